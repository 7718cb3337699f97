"""Turns recorded steps into a Qiskit circuit."""

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import frozen
from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, Clbit, QuantumRegister, Qubit
from qiskit.circuit.classical import expr
from qiskit.circuit.library import UnitaryGate
from qiskit.circuit.library import standard_gates as gates

from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.formulas import Formula, Gate
from qcaas_sdk.local.simulator.openqasm.layout import Layout
from qcaas_sdk.local.simulator.openqasm.operations import BASE, MATRIX, PHASE, Matrix, Operation, matrix_of
from qcaas_sdk.local.simulator.openqasm.recorder import Barrier, Block, Measured, Reset, Slot, Step
from qcaas_sdk.local.simulator.openqasm.results import Source, contents_of

_CONTROLLED = {
    ("x", 1): gates.CXGate,
    ("x", 2): gates.CCXGate,
    ("y", 1): gates.CYGate,
    ("z", 1): gates.CZGate,
    ("z", 2): gates.CCZGate,
    ("h", 1): gates.CHGate,
    ("s", 1): gates.CSGate,
    ("sdg", 1): gates.CSdgGate,
    ("sx", 1): gates.CSXGate,
    ("rx", 1): gates.CRXGate,
    ("ry", 1): gates.CRYGate,
    ("rz", 1): gates.CRZGate,
    ("p", 1): gates.CPhaseGate,
    ("swap", 1): gates.CSwapGate,
    ("u", 1): gates.CU3Gate,
    ("u1", 1): gates.CU1Gate,
    ("u3", 1): gates.CU3Gate,
}
_MAX_MATRIX_QUBITS = 5
"""Qubits of a controlled operation that is written as a matrix; Qiskit decomposes larger ones."""


@frozen(eq=False)
class Recorded:
    """A program as a circuit.

    Attributes:
        circuit: The circuit.
        layout: Where its results are.
    """

    circuit: QuantumCircuit
    layout: Layout


def assemble(steps: Sequence[Step], registers: Registers) -> Recorded:
    """The circuit of recorded steps; its registers have the names of the program."""
    contents = contents_of(registers)
    circuit = QuantumCircuit()
    qubits: dict[int, Qubit] = {}
    for name, numbers in registers.qubits.items():
        quantum = QuantumRegister(len(numbers), name)
        circuit.add_register(quantum)
        qubits.update(zip(numbers, quantum, strict=True))
    for number in range(registers.count):
        if number not in qubits:
            qubits[number] = Qubit()
            circuit.add_bits([qubits[number]])
    placed: set[Clbit] = set()
    for name, elements in contents.items():
        bits = []
        for element in elements:
            bit = element.bit if isinstance(element, Slot) and element.bit not in placed else Clbit()
            placed.add(bit)
            bits.append(bit)
        circuit.add_register(ClassicalRegister(name=name, bits=bits))
    circuit.add_bits([bit for bit in dict.fromkeys(_bits_used(steps)) if bit not in placed])
    _emit(circuit, steps, qubits)
    return Recorded(circuit, _layout(circuit, contents))


def _layout(circuit: QuantumCircuit, contents: dict[str, list[Source]]) -> Layout:
    known = {bit: index for index, bit in enumerate(circuit.clbits)}
    zero = len(circuit.clbits)

    def position(source: Source) -> int | None:
        if source is None:
            return None
        return known[source.bit] if isinstance(source, Slot) else zero + int(source == 1)

    return Layout({name: [position(bit) for bit in bits] for name, bits in contents.items()}, ones=2 << zero)


def _bits_used(steps: Iterable[Step]) -> Iterable[Clbit]:
    for step in steps:
        if isinstance(step, Measured):
            yield step.slot.bit
        elif isinstance(step, Block):
            yield from _bits_in(step.condition)
            yield from _bits_used(step.then)
            yield from _bits_used(step.otherwise)


def _bits_in(formula: Formula) -> Iterable[Clbit]:
    if isinstance(formula, Slot):
        yield formula.bit
    elif isinstance(formula, Gate):
        yield from _bits_in(formula.left)
        yield from _bits_in(formula.right)


def _emit(circuit: QuantumCircuit, steps: Iterable[Step], qubits: dict[int, Qubit]) -> None:
    for step in steps:
        match step:
            case Measured():
                circuit.measure(qubits[step.qubit], step.slot.bit)
            case Reset():
                circuit.reset(qubits[step.qubit])
            case Barrier():
                circuit.barrier([qubits[qubit] for qubit in step.qubits])
            case Block(is_loop=True):
                with circuit.while_loop(_expression(step.condition)):
                    _emit(circuit, step.then, qubits)
            case Block():
                with circuit.if_test(_expression(step.condition)) as otherwise:
                    _emit(circuit, step.then, qubits)
                if step.otherwise:
                    with otherwise:
                        _emit(circuit, step.otherwise, qubits)
            case _:
                for operation in step:
                    _apply(circuit, operation, qubits)


def _expression(formula: Formula) -> expr.Expr:
    if isinstance(formula, Slot):
        return expr.lift(formula.bit)
    if not isinstance(formula, Gate):
        return expr.lift(formula)
    left = _expression(formula.left)
    match formula.op:
        case "not":
            return expr.logic_not(left)
        case "and":
            return expr.logic_and(left, _expression(formula.right))
        case _:
            return expr.logic_or(left, _expression(formula.right))


def _apply(circuit: QuantumCircuit, operation: Operation, qubits: dict[int, Qubit]) -> None:
    controls, targets = operation.controls, operation.qubits
    name = operation.name
    if name == PHASE:
        if not controls:
            circuit.global_phase += operation.parameters[0]
            return
        name, targets, controls = "p", controls[-1:], controls[:-1]
    wires = [qubits[number] for number in controls + targets]
    count = len(controls)
    if name == MATRIX or (count and (name, count) not in _CONTROLLED and _is_small(name, len(wires))):
        _apply_matrix(circuit, matrix_of(operation), wires, count)
    elif count == 0:
        circuit.append(BASE[name](*operation.parameters), wires)
    elif (name, count) in _CONTROLLED:
        circuit.append(_CONTROLLED[name, count](*operation.parameters), wires)
    elif name == "x":
        circuit.append(gates.MCXGate(count), wires)
    elif name == "p":
        circuit.append(gates.MCPhaseGate(operation.parameters[0], count), wires)
    else:
        circuit.append(BASE[name](*operation.parameters).control(count, annotated=False), wires)


def _is_small(name: str, qubits: int) -> bool:
    return name not in {"x", "p"} and qubits <= _MAX_MATRIX_QUBITS


def _apply_matrix(circuit: QuantumCircuit, matrix: Matrix, wires: Sequence[Qubit], controls: int) -> None:
    if len(wires) > _MAX_MATRIX_QUBITS and controls:
        circuit.append(UnitaryGate(matrix, check_input=False).control(controls, annotated=False), wires)
        return
    # The controls are the most significant qubits: the matrix acts only if all are 1.
    full = np.eye(len(matrix) << controls, dtype=np.complex128)
    full[-len(matrix) :, -len(matrix) :] = matrix
    circuit.append(UnitaryGate(full, check_input=False), [*wires[controls:], *wires[:controls]])
