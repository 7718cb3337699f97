"""The engine `aer`: circuits to results, on Qiskit Aer. Runs inside the simulator process."""

import time
from functools import lru_cache

from compiler_config.config import MetricsType
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.exceptions import QiskitError

from qcaas_sdk.local.engines.config import read_config
from qcaas_sdk.local.engines.sampling import memory_for, method_for, prepare, run
from qcaas_sdk.local.programs import names_of_single_bits, parse
from qcaas_sdk.local.results import Registers, registers_of, shape, wants_raw
from qcaas_sdk.local.simulation import Simulation, SimulationRequest


def simulate(request: SimulationRequest) -> Simulation:
    """Run a program.

    Raises:
        TaskError: It cannot run, or not here.
    """
    started = time.perf_counter()
    config, shots = read_config(request)
    with memory_for(request) as budget:
        circuit, registers = _compile(request.program)
        method = method_for(circuit, request.qubits, budget)
        words, each_shot = run(circuit, method, shots, request.seed, keep_shots=wants_raw(config.results_format))
    results = shape(words, each_shot, registers, config.results_format)
    wanted = config.metrics
    metrics = {
        "optimized_circuit": _as_text(circuit) if MetricsType.OptimizedCircuit in wanted else None,
        "optimized_instruction_count": circuit.size() if MetricsType.OptimizedInstructionCount in wanted else None,
        "physical_qubit_indices": None,  # there are no physical qubits
        "shots": shots,
        "method": method,
        "seconds": time.perf_counter() - started,
    }
    return Simulation(results=dict(results), shots=shots, metrics=metrics)


@lru_cache(maxsize=64)
def _compile(program: str) -> tuple[QuantumCircuit, Registers]:
    circuit = parse(program)
    registers = registers_of(circuit, names_of_single_bits(program))
    return prepare(circuit), registers


def _as_text(circuit: QuantumCircuit) -> str | None:
    for dumps in (qasm2.dumps, qasm3.dumps):
        try:
            return str(dumps(circuit))
        except QiskitError:
            continue
    return None
