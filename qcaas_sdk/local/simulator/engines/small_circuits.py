"""Samples small circuits: Aer computes the probabilities of many in one call, and the shots are drawn from them.

Most of Aer's time for a small circuit goes into its call and its shots. Used inside the simulator process.
"""

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, qasm2
from qiskit.circuit import CircuitInstruction
from qiskit_aer import AerSimulator
from qiskit_aer.library import SaveProbabilities

from qcaas_sdk.local.simulator.openqasm.layout import Layout
from qcaas_sdk.local.simulator.programs import Language, inspect

MAX_QUBITS = 8
MAX_OPERATIONS = 500
MAX_CHARACTERS = 8_000
"""A program with more qubits, operations or characters is not small."""
METHOD = "statevector"

_LABEL = "p"
_NOT_UNITARY = frozenset({"reset", "initialize", "if_else", "for_loop", "while_loop", "switch_case"})
# What can make a program larger than its text: definitions, loops, modifiers, and registers of 100 qubits or more.
_CAN_GROW = re.compile(r"\b(?:gate|def|for|while|if|switch|opaque|extern|let)\b|@|\[(?!\s*\d{1,2}\s*\])|__quantum__")


class SmallCircuit(NamedTuple):
    """A circuit that measures at its end only.

    Attributes:
        unitary: Its gates, then an instruction that saves the probabilities of the measured qubits.
        bits: For each measured qubit, the classical bits that get its outcome.
    """

    unitary: QuantumCircuit
    bits: Sequence[Sequence[int]]


def reads_quickly(program: str) -> bool:
    """Whether the text of a program bounds the time that it takes to read it."""
    return len(program) <= MAX_CHARACTERS and _CAN_GROW.search(program) is None


def read(program: str) -> QuantumCircuit | None:
    """A program as Qiskit's reader has it, which is faster than ours; None if one of the two refuses it.

    Call it only for a program that `reads_quickly`: without definitions, both readers mean the same.

    Raises:
        TaskError: The text is not a program, or includes a file.
    """
    language, code = inspect(program)
    if language is not Language.QASM2:
        return None
    try:
        circuit = qasm2.loads(code, include_path=())
    except qasm2.QASM2ParseError:
        return None
    finite = all(math.isfinite(value) for step in circuit.data for value in step.operation.params)
    return circuit if finite else None


def layout_of(circuit: QuantumCircuit, small: SmallCircuit) -> Layout:
    """Where the bits of the results are, if they are those of the circuit's registers."""
    measured = {bit for bits in small.bits for bit in bits}
    numbers = {bit: number for number, bit in enumerate(circuit.clbits)}
    places = {register.name: [numbers[bit] for bit in register] for register in circuit.cregs}
    return Layout({name: [bit if bit in measured else None for bit in bits] for name, bits in places.items()})


def as_small(circuit: QuantumCircuit) -> SmallCircuit | None:
    """The circuit without its measurements; None if it is large, or an operation depends on a measurement."""
    if circuit.num_qubits > MAX_QUBITS or circuit.size() > MAX_OPERATIONS:
        return None
    gates, measured, used = [], dict[int, list[int]](), set[int]()
    for step in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in step.qubits]
        if step.operation.name == "measure":
            (bit,) = (circuit.find_bit(bit).index for bit in step.clbits)
            if bit in used:
                return None
            used.add(bit)
            measured.setdefault(qubits[0], []).append(bit)
        elif step.operation.name in _NOT_UNITARY or step.clbits or not measured.keys().isdisjoint(qubits):
            return None
        elif step.operation.name != "barrier":
            gates.append(step)
    if not measured:
        return None
    gates.append(CircuitInstruction(_save(len(measured)), [circuit.qubits[number] for number in measured]))
    unitary = QuantumCircuit.from_instructions(gates, qubits=circuit.qubits, global_phase=circuit.global_phase)
    return SmallCircuit(unitary, list(measured.values()))


@cache
def _save(qubits: int) -> SaveProbabilities:
    return SaveProbabilities(qubits, label=_LABEL)


@cache
def _simulator() -> AerSimulator:
    return AerSimulator(method=METHOD, max_parallel_threads=1)


def probabilities(circuits: Sequence[SmallCircuit]) -> list[NDArray[np.float64]] | None:
    """The probabilities of the outcomes of each circuit, in one call of Aer; None if Aer cannot run all of them."""
    found = _simulator().run([circuit.unitary for circuit in circuits], shots=1).result()
    if not found.success:
        return None
    return [np.asarray(found.data(index)[_LABEL], dtype=np.float64) for index in range(len(circuits))]


def draw(
    circuit: SmallCircuit, outcomes: NDArray[np.float64], shots: int, seed: int | None, *, keep_shots: bool
) -> tuple[Mapping[int, int], list[int]]:
    """Draw shots: memory word to number of shots, and the word of every shot if `keep_shots`."""
    rng = np.random.default_rng(seed)
    chances = np.clip(outcomes, 0.0, None)
    chances /= chances.sum()
    counts = rng.multinomial(shots, chances)
    words = {_word(int(outcome), circuit.bits): int(counts[outcome]) for outcome in np.flatnonzero(counts)}
    if not keep_shots:
        return words, []
    each = np.repeat(np.array(list(words), dtype=object), list(words.values()))
    return words, list(rng.permutation(each))


def _word(outcome: int, bits: Sequence[Sequence[int]]) -> int:
    return sum(1 << bit for place, targets in enumerate(bits) if outcome >> place & 1 for bit in targets)
