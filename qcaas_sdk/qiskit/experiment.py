"""From a circuit to what is sent for it, and what must be kept to read the answer.

The service answers with counts register by register, which loses how registers go together, while Qiskit's results
join them. So a program has one classical register only, of the bits that the circuit uses.
"""

from typing import Any

from attrs import field, frozen
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import ControlFlowOp
from qiskit.converters import circuit_to_dag
from qiskit.exceptions import QiskitError

from qcaas_sdk._programs.convert import program_text
from qcaas_sdk._programs.convert.qiskit_conditions import on_single_bits
from qcaas_sdk.errors import InvalidProgram
from qcaas_sdk.qiskit.errors import UnsupportedCircuit
from qcaas_sdk.qiskit.target import Features


@frozen
class Experiment:
    """One circuit of a job.

    Attributes:
        program: Its text.
        register: The name of its only classical register.
        bits: For each bit of that register, which classical bit of the circuit it is.
        shots: How often it is to run.
        header: What Qiskit wants to know of the circuit in its results.
    """

    program: str = field(repr=False)
    register: str
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
        UnsupportedCircuit: It cannot be sent: which it is, why, and what to do.
    """
    if not isinstance(circuit, QuantumCircuit):
        raise UnsupportedCircuit(f"a backend runs QuantumCircuit objects, not {type(circuit).__name__}")
    try:
        flat, bits = _with_one_register(circuit)
        program = program_text(flat)
    except (InvalidProgram, QiskitError) as error:
        raise UnsupportedCircuit(f"the circuit {circuit.name!r} cannot be sent: {error}") from error
    if features.takes_openqasm_3 is False and program.startswith("OPENQASM 3"):
        takes = ", ".join(features.languages or ())
        raise UnsupportedCircuit(f"the circuit {circuit.name!r} needs OpenQASM 3, but this QPU accepts only: {takes}")
    return Experiment(program, flat.cregs[0].name, bits, shots, _header(circuit))


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


def _with_one_register(circuit: QuantumCircuit) -> tuple[QuantumCircuit, tuple[int, ...]]:
    if len(circuit.cregs) == 1 and circuit.cregs[0].size == circuit.num_clbits and _has_control_flow(circuit):
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


def _has_control_flow(circuit: QuantumCircuit) -> bool:
    return any(isinstance(step.operation, ControlFlowOp) for step in circuit.data)
