"""A noisy Bell pair as a density matrix, from the textbook: it knows no simulator and no noise model."""

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from tests.local.reference.matrices import GATES, Matrix, X, Y, Z, controlled

I2 = np.eye(2, dtype=np.complex128)
PAULIS = (I2, X, Y, Z)


@frozen
class NoisyQubit:
    """The figures of a qubit: times in nanoseconds, errors as 1 minus the average fidelity."""

    t1: float
    t2: float
    error: float
    reads_1_for_0: float
    reads_0_for_1: float


def relaxation(time: float, t1: float, t2: float) -> list[Matrix]:
    """Kraus operators: the excited state decays with T1, and coherence with T2."""
    decay = 1 - math.exp(-time / t1)
    # What dephasing adds to the loss of coherence by decay.
    kept = math.exp(-time / t2) / math.sqrt(1 - decay)
    damping = [np.diag([1, math.sqrt(1 - decay)]).astype(complex), np.array([[0, math.sqrt(decay)], [0, 0]], complex)]
    dephasing = [math.sqrt((1 + kept) / 2) * I2, math.sqrt((1 - kept) / 2) * Z]
    return [one @ other for one in dephasing for other in damping]


def fidelity(kraus: Sequence[Matrix]) -> float:
    """The average fidelity of a channel to doing nothing (Horodecki)."""
    size = len(kraus[0])
    process = sum(abs(np.trace(operator)) ** 2 for operator in kraus) / size**2
    return float((size * process + 1) / (size + 1))


def depolarized(state: Matrix, share: float) -> Matrix:
    """A share of the state replaced by one that is completely mixed."""
    return (1 - share) * state + share * np.trace(state) * np.eye(len(state)) / len(state)


def applied(kraus: Sequence[Matrix], state: Matrix) -> Matrix:
    """The state after a channel."""
    return np.asarray(sum(operator @ state @ operator.conj().T for operator in kraus))


def bell(first: NoisyQubit, second: NoisyQubit, pair_error: float, gate: float, pair_gate: float) -> dict[str, float]:
    """What `h q[0]; cx q[0], q[1]; measure` gives: bitstring, qubit 0 first, to its probability.

    Args:
        first: Qubit 0. The error of its gate comes after the Hadamard gate.
        second: Qubit 1.
        pair_error: The average error of the gate on both.
        gate: How long the gate on one qubit takes.
        pair_gate: How long the gate on both takes.
    """
    state = np.zeros((4, 4), dtype=np.complex128)
    state[0, 0] = 1
    state = applied([np.kron(GATES["h"][2](), I2)], state)
    one = relaxation(gate, first.t1, first.t2)
    share = (fidelity(one) - (1 - first.error)) / (fidelity(one) - 1 / 2)
    state = applied([np.kron(operator, I2) for operator in one], state)
    # One qubit of two: a random Pauli operator.
    mixed = sum(applied([np.kron(pauli, I2)], state) for pauli in PAULIS) / 4
    state = (1 - share) * state + share * mixed
    state = applied([controlled(X)], state)
    both = [
        np.kron(a, b)
        for a in relaxation(pair_gate, first.t1, first.t2)
        for b in relaxation(pair_gate, second.t1, second.t2)
    ]
    state = applied(both, state)
    state = depolarized(state, (fidelity(both) - (1 - pair_error)) / (fidelity(both) - 1 / 4))
    confusion = np.kron(
        *(
            np.array([[1 - q.reads_1_for_0, q.reads_0_for_1], [q.reads_1_for_0, 1 - q.reads_0_for_1]])
            for q in (first, second)
        )
    )
    read = confusion @ np.diag(state).real
    return {f"{at:02b}": float(share) for at, share in enumerate(read)}
