"""The exact distribution of a small program: a density matrix for each value that the classical bits can have.

It knows no OpenQASM and no simulator: a program here is what a test has made, as data. Every measurement branches, so
conditions and loops are exact too.
"""

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from tests.local.reference.matrices import Matrix

NEGLIGIBLE = 1e-12
"""A branch of this probability is dropped."""

Bits = tuple[int, ...]
Branches = dict[Bits, Matrix]


@frozen
class Apply:
    """A gate, as its matrix, on qubits; the first qubit is the most significant of the matrix."""

    matrix: Matrix
    qubits: tuple[int, ...]


@frozen
class Measure:
    """A qubit into a bit."""

    qubit: int
    bit: int


@frozen
class Reset:
    """A qubit to 0."""

    qubit: int


@frozen
class Assign:
    """A classical bit to a constant."""

    bit: int
    value: int


@frozen
class Condition:
    """Whether some bits, the first the least significant, make a number that compares so with a value."""

    bits: tuple[int, ...]
    comparison: str
    value: int

    def holds(self, memory: Bits) -> bool:
        """Whether it does."""
        number = sum(memory[bit] << place for place, bit in enumerate(self.bits))
        return {
            "==": number == self.value,
            "!=": number != self.value,
            "<": number < self.value,
            ">=": number >= self.value,
        }[self.comparison]


@frozen
class If:
    """One body or the other."""

    condition: Condition
    body: "tuple[Step, ...]"
    otherwise: "tuple[Step, ...]" = ()


@frozen
class While:
    """A body as long as the condition holds; it must end with probability 1."""

    condition: Condition
    body: "tuple[Step, ...]"


Step = Apply | Measure | Reset | Assign | If | While


def distribution(steps: Sequence[Step], qubits: int, bits: int) -> dict[Bits, float]:
    """The probability of each value of the classical bits at the end."""
    start = np.zeros((2**qubits, 2**qubits), dtype=np.complex128)
    start[0, 0] = 1.0
    ends = _run(steps, {(0,) * bits: start}, qubits)
    return {memory: float(np.trace(state).real) for memory, state in ends.items()}


def _run(steps: Sequence[Step], branches: Branches, qubits: int) -> Branches:
    for step in steps:
        branches = _step(step, branches, qubits)
    return branches


def _step(step: Step, branches: Branches, qubits: int) -> Branches:
    match step:
        case Apply(matrix, targets):
            whole = _on(matrix, targets, qubits)
            return {memory: whole @ state @ whole.conj().T for memory, state in branches.items()}
        case Measure(qubit, bit):
            ends: Branches = {}
            for memory, state in branches.items():
                for value in (0, 1):
                    projector = _on(_PROJECTORS[value], (qubit,), qubits)
                    _add(ends, (*memory[:bit], value, *memory[bit + 1 :]), projector @ state @ projector)
            return ends
        case Reset(qubit):
            zero = _on(_PROJECTORS[0], (qubit,), qubits)
            lower = _on(_LOWER, (qubit,), qubits)
            return {
                memory: zero @ state @ zero + lower @ state @ lower.conj().T for memory, state in branches.items()
            }
        case Assign(bit, value):
            assigned: Branches = {}
            for memory, state in branches.items():
                _add(assigned, (*memory[:bit], value, *memory[bit + 1 :]), state)
            return assigned
        case If(condition, body, otherwise):
            taken, left = _split(condition, branches)
            return _join(_run(body, taken, qubits), _run(otherwise, left, qubits))
        case While(condition, body):
            ended: Branches = {}
            for _ in range(1000):
                branches, left = _split(condition, branches)
                ended = _join(ended, left)
                if not branches:
                    return ended
                branches = _run(body, branches, qubits)
            raise AssertionError("the loop of this program does not end")


def _split(condition: Condition, branches: Branches) -> tuple[Branches, Branches]:
    return (
        {memory: state for memory, state in branches.items() if condition.holds(memory)},
        {memory: state for memory, state in branches.items() if not condition.holds(memory)},
    )


def _join(some: Branches, others: Branches) -> Branches:
    joined = dict(some)
    for memory, state in others.items():
        _add(joined, memory, state)
    return joined


def _add(branches: Branches, memory: Bits, state: Matrix) -> None:
    if np.trace(state).real > NEGLIGIBLE:
        branches[memory] = branches[memory] + state if memory in branches else state


_PROJECTORS = (np.diag([1.0, 0.0]).astype(np.complex128), np.diag([0.0, 1.0]).astype(np.complex128))
_LOWER = np.array([[0, 1], [0, 0]], dtype=np.complex128)


def _on(matrix: Matrix, targets: Sequence[int], qubits: int) -> Matrix:
    """The gate on all qubits; qubit 0 is the most significant."""
    others = [qubit for qubit in range(qubits) if qubit not in targets]
    whole = np.kron(matrix, np.eye(2 ** len(others)))
    order = [*targets, *others]
    axes = [order.index(qubit) for qubit in range(qubits)]
    tensor = whole.reshape([2] * (2 * qubits)).transpose([*axes, *(qubits + axis for axis in axes)])
    return tensor.reshape(2**qubits, 2**qubits)


def bound(outcomes: int, shots: int, once_in: float) -> float:
    """Total variation that sampling alone exceeds once in so many runs: E is at most half the root of k/n (Cauchy and
    Schwarz), and the tail is McDiarmid's."""
    return 0.5 * math.sqrt(outcomes / shots) + math.sqrt(math.log(once_in) / (2 * shots))
