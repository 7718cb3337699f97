"""The metrics of a run on Aer. Used inside the simulator process."""

from compiler_config.config import CompilerConfig, MetricsType
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.exceptions import QiskitError


def metrics_of(config: CompilerConfig, circuit: QuantumCircuit | None) -> dict[str, object]:
    """The metrics that a configuration asks for; None for the others, and if there is no circuit."""
    text = count = None
    if circuit is not None:
        text = _as_text(circuit) if MetricsType.OptimizedCircuit in config.metrics else None
        count = circuit.size() if MetricsType.OptimizedInstructionCount in config.metrics else None
    return {
        "optimized_circuit": text,
        "optimized_instruction_count": count,
        "physical_qubit_indices": None,  # there are no physical qubits
    }


def _as_text(circuit: QuantumCircuit) -> str | None:
    for dumps in (qasm2.dumps, qasm3.dumps):
        try:
            return str(dumps(circuit))
        except QiskitError:
            continue
    return None
