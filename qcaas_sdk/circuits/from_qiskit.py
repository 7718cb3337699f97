"""Qiskit's circuits, by `qiskit.qasm2.dumps`, and by `qiskit.qasm3.dumps` where OpenQASM 2 has no words for one."""

from typing import TYPE_CHECKING

from qcaas_sdk.circuits.names import TAKEN
from qcaas_sdk.circuits.refusals import measures_nothing, not_writable, unbound

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Operation


def text_of(circuit: "QuantumCircuit") -> str:
    """OpenQASM 2 or 3 that means what the circuit means.

    Raises:
        InvalidProgram: A parameter has no value, nothing is measured, or neither language can say it.
    """
    from qiskit import qasm2, qasm3  # noqa: PLC0415  # loaded: there is a circuit
    from qiskit.exceptions import QiskitError  # noqa: PLC0415  # as above

    if circuit.parameters:
        names = (parameter.name for parameter in circuit.parameters)
        raise unbound("Qiskit", names, "call circuit.assign_parameters(…) first")
    if not _measures(circuit):
        raise measures_nothing("Qiskit", "call circuit.measure_all() or measure some qubits")
    circuit = _in_single_steps(circuit)
    try:
        if not _names_clash(circuit):
            return str(qasm2.dumps(circuit))
    except QiskitError:
        pass
    try:
        return str(qasm3.dumps(circuit))
    except QiskitError as error:
        raise not_writable("Qiskit", error.message) from error


def _measures(circuit: "QuantumCircuit") -> bool:
    """Whether something is measured, in the blocks of control flow too, and inside instructions of the user's own."""
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name == "measure":
            return True
        inside = [*getattr(operation, "blocks", ())]
        if instruction.clbits and not inside and operation.definition is not None:
            inside = [operation.definition]
        if any(_measures(block) for block in inside):
            return True
    return False


def _in_single_steps(circuit: "QuantumCircuit") -> "QuantumCircuit":
    """The circuit without composite instructions that are no gates, which the exporters write as if they were."""
    while names := {
        instruction.operation.name for instruction in circuit.data if _is_composite(instruction.operation)
    }:
        circuit = circuit.decompose(sorted(names))
    return circuit


def _is_composite(operation: "Operation") -> bool:
    from qiskit.circuit import Barrier, ControlFlowOp, Gate, Instruction  # noqa: PLC0415  # as above

    inside = isinstance(operation, Instruction) and not isinstance(operation, Gate | Barrier | ControlFlowOp)
    return inside and operation.definition is not None


def _names_clash(circuit: "QuantumCircuit") -> bool:
    """Whether a register has the name of a gate; the OpenQASM 3 exporter then gives it another."""
    return any(register.name in TAKEN for register in (*circuit.qregs, *circuit.cregs))
