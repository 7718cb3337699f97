"""Qiskit's circuits, by `qiskit.qasm2.dumps`, and by `qiskit.qasm3.dumps` where OpenQASM 2 has no words for one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qcaas_sdk._programs.convert.refusals import measures_nothing, not_writable, unbound
from qcaas_sdk._programs.register_names import with_names
from qcaas_sdk.errors import InvalidProgram

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def text_of(circuit: "QuantumCircuit") -> str:
    """OpenQASM 2 or 3 that means what the circuit means.

    Raises:
        InvalidProgram: A parameter has no value, nothing is measured, or neither language can say it.
    """
    from qiskit import qasm2, qasm3  # noqa: PLC0415  # loaded: there is a circuit
    from qiskit.exceptions import QiskitError  # noqa: PLC0415  # as above

    from qcaas_sdk._programs.convert.qiskit_gates import in_known_gates  # noqa: PLC0415  # it imports Qiskit
    from qcaas_sdk._programs.convert.qiskit_registers import in_free_registers  # noqa: PLC0415  # as above

    if circuit.parameters:
        names = (parameter.name for parameter in circuit.parameters)
        raise unbound("Qiskit", names, "call circuit.assign_parameters(…) first")
    if inputs := [variable.name for variable in circuit.iter_input_vars()]:
        raise InvalidProgram(
            f"the Qiskit circuit has input variables without a value: {', '.join(inputs)}; pass the text of "
            "qiskit.qasm3.dumps(circuit) as the program, and parameters={…}"
        )
    if not _measures(circuit):
        raise measures_nothing("Qiskit", "call circuit.measure_all() or measure some qubits")
    try:
        circuit, places = in_free_registers(in_known_gates(circuit))
        try:
            text = str(qasm2.dumps(circuit))
            if not _reads_as(text, circuit):
                text = str(qasm3.dumps(circuit))
        except QiskitError:
            text = str(qasm3.dumps(circuit))
    except QiskitError as error:
        raise not_writable("Qiskit", error.message) from error
    return with_names(text, places)


def parameters(circuit: "QuantumCircuit") -> tuple[list[str], list[str]]:
    """The names of its parameters; an element of a vector is called `name[index]`."""
    return [parameter.name for parameter in circuit.parameters], []


def bound(circuit: "QuantumCircuit", values: Mapping[str, float]) -> "QuantumCircuit":
    """The circuit with these values."""
    return circuit.assign_parameters(dict(values))


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


def _reads_as(text: str, circuit: "QuantumCircuit") -> bool:
    """Whether OpenQASM 2 reads back as the circuit: registers, and every instruction with its bits."""
    from qiskit import qasm2  # noqa: PLC0415  # as above

    try:
        read = qasm2.loads(
            text,
            custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS,
            custom_classical=qasm2.LEGACY_CUSTOM_CLASSICAL,
        )
    except qasm2.QASM2ParseError:
        return False
    return _outline(read) == _outline(circuit)


def _outline(circuit: "QuantumCircuit") -> tuple[object, ...]:
    place = {bit: index for bits in (circuit.qubits, circuit.clbits) for index, bit in enumerate(bits)}
    return (
        [(register.name, register.size) for register in circuit.cregs],
        circuit.num_qubits,
        [
            (step.operation.name, [place[bit] for bit in step.qubits], [place[bit] for bit in step.clbits])
            for step in circuit.data
        ],
    )
