"""From a circuit to what is sent for it, and what must be kept to read the answer.

The service answers with counts register by register, which loses how registers go together, while Qiskit's results
join them. So a program has one classical register only, of the bits that the circuit uses.
"""

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm2, qasm3
from qiskit.circuit import Barrier, ControlFlowOp, Delay, Gate, Measure, Reset
from qiskit.converters import circuit_to_dag
from qiskit.exceptions import QiskitError

from qcaas_sdk.qiskit.conditions import on_single_bits
from qcaas_sdk.qiskit.errors import UnsupportedCircuit
from qcaas_sdk.qiskit.target import Features

_KEPT = (Gate, Measure, Reset, Barrier, Delay, ControlFlowOp)


@frozen
class Experiment:
    """One circuit of a job.

    Attributes:
        program: Its text.
        bits: For each bit of the program's only classical register, which classical bit of the circuit it is.
        shots: How often it is to run.
        header: What Qiskit wants to know of the circuit in its results.
    """

    program: str = field(repr=False)
    bits: tuple[int, ...]
    shots: int
    header: dict[str, Any]

    @property
    def name(self) -> str:
        """The circuit's name."""
        return str(self.header["name"])


def experiment_of(circuit: QuantumCircuit, shots: int, features: Features) -> Experiment:
    """Make ready what is sent for a circuit.

    Raises:
        UnsupportedCircuit: It cannot be sent: what it is, and what to do.
    """
    if not isinstance(circuit, QuantumCircuit):
        raise UnsupportedCircuit(f"a backend runs QuantumCircuits, not {type(circuit).__name__}")
    what = f"the circuit {circuit.name!r}"
    if circuit.parameters:
        unbound = ", ".join(parameter.name for parameter in circuit.parameters)
        raise UnsupportedCircuit(f"{what} has parameters without values ({unbound}): call assign_parameters() first")
    plain = _without_subroutines(circuit)
    if not _measures(plain):
        raise UnsupportedCircuit(f"{what} measures nothing, so there would be no result: add measure_all()")
    try:
        flat, bits = _with_one_register(plain)
        program = _text(flat)
    except (QiskitError, NotImplementedError) as error:
        raise UnsupportedCircuit(f"{what} can be written neither as OpenQASM 2 nor 3: {error}") from error
    if features.takes_openqasm_3 is False and program.startswith("OPENQASM 3"):
        takes = ", ".join(features.languages or ())
        raise UnsupportedCircuit(f"{what} needs OpenQASM 3 (for its control flow), and this QPU takes: {takes}")
    return Experiment(program, bits, shots, _header(circuit))


def _text(circuit: QuantumCircuit) -> str:
    try:
        return str(qasm2.dumps(circuit))
    except qasm2.QASM2ExportError:
        return str(qasm3.dumps(circuit))


def _header(circuit: QuantumCircuit) -> dict[str, Any]:
    return {
        "name": circuit.name,
        "n_qubits": circuit.num_qubits,
        "qreg_sizes": [[register.name, register.size] for register in circuit.qregs],
        "creg_sizes": [[register.name, register.size] for register in circuit.cregs],
        "memory_slots": circuit.num_clbits,
        "global_phase": float(circuit.global_phase),
        "metadata": dict(circuit.metadata or {}),
    }


def _without_subroutines(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with instructions that are no gates (`initialize`, whole circuits) replaced by what they do."""
    while names := {
        step.operation.name
        for step in circuit.data
        if not isinstance(step.operation, _KEPT) and getattr(step.operation, "definition", None) is not None
    }:
        circuit = circuit.decompose(sorted(names))
    return circuit


def _measures(circuit: QuantumCircuit) -> bool:
    return any(
        isinstance(step.operation, Measure)
        or (isinstance(step.operation, ControlFlowOp) and any(map(_measures, step.operation.blocks)))
        for step in circuit.data
    )


def _with_one_register(circuit: QuantumCircuit) -> tuple[QuantumCircuit, tuple[int, ...]]:
    if len(circuit.cregs) == 1 and circuit.cregs[0].size == circuit.num_clbits and _has_control_flow(circuit.data):
        return circuit, tuple(range(circuit.num_clbits))  # as it is, so that conditions on the register stay short
    circuit = on_single_bits(circuit)
    idle = set(circuit_to_dag(circuit).idle_wires())
    bits = [bit for bit in circuit.clbits if bit not in idle]
    flat = QuantumCircuit(circuit.qubits, bits)
    flat.add_register(QuantumRegister(name="q", bits=circuit.qubits))
    flat.add_register(ClassicalRegister(name="c", bits=bits))
    for step in circuit.data:
        flat.append(step)
    return flat, tuple(circuit.find_bit(bit).index for bit in bits)


def _has_control_flow(steps: Iterable[Any]) -> bool:
    return any(isinstance(step.operation, ControlFlowOp) for step in steps)
