"""Every circuit of the public collection beside this project, against exact probabilities."""

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from compiler_config.config import CompilerConfig, QuantumResultsFormat
from qiskit import QuantumCircuit, qasm2
from qiskit.quantum_info import Statevector

from qcaas_sdk.local.simulator.engines.aer import simulate
from qcaas_sdk.local.simulator.simulation import SimulationRequest

FOLDER = Path(__file__).parents[3] / "shared" / "qasm"
FILES = sorted(FOLDER.glob("*.qasm"))
SHOTS = 20_000


def exact(program: str) -> dict[str, dict[str, float]]:
    """Probabilities by register, computed from the state, with none of our own code."""
    circuit = qasm2.loads(program, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    wires = {
        circuit.find_bit(step.clbits[0]).index: circuit.find_bit(step.qubits[0]).index
        for step in circuit.data
        if step.operation.name == "measure"
    }
    bare = QuantumCircuit(circuit.num_qubits)
    for step in circuit.data:
        if step.operation.name not in {"measure", "barrier"}:
            bare.append(step.operation, [circuit.find_bit(qubit).index for qubit in step.qubits])
    state = Statevector(bare).probabilities()
    probabilities: dict[str, dict[str, float]] = {}
    for register in circuit.cregs:
        found: Counter[str] = Counter()
        for index, probability in enumerate(state):
            bits = (circuit.find_bit(bit).index for bit in register)
            found["".join(str(index >> wires[bit] & 1) if bit in wires else "0" for bit in bits)] += probability
        probabilities[register.name] = dict(found)
    return probabilities


def bound(outcomes: int) -> float:
    """Total variation that sampling exceeds less than once in a hundred million times (Bretagnolle, Huber, Carol)."""
    return math.sqrt((outcomes * math.log(2) + math.log(1e8)) / (2 * SHOTS))


def check(results: Mapping[str, Mapping[str, int]], expected: Mapping[str, Mapping[str, float]]) -> None:
    """See that counts are a sample of `SHOTS` from the probabilities."""
    assert set(results) == set(expected)
    for register, probabilities in expected.items():
        counts = results[register]
        assert sum(counts.values()) == SHOTS
        words = set(counts) | set(probabilities)
        distance = sum(abs(counts.get(word, 0) / SHOTS - probabilities.get(word, 0.0)) for word in words) / 2
        likely = sum(1 for probability in probabilities.values() if probability > 1e-12)
        assert distance <= bound(likely)
        assert all(probabilities.get(word, 0.0) > 1e-12 for word in counts)


@pytest.mark.skipif(not FILES, reason=f"THE CIRCUITS ARE NOT THERE: {FOLDER} holds no .qasm files")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_counts_agree_with_exact_probabilities(file: Path) -> None:
    program = file.read_text()
    config = CompilerConfig(repeats=SHOTS, results_format=QuantumResultsFormat().binary_count()).to_json()
    results = simulate(SimulationRequest(program, config, qubits=32, max_shots=SHOTS, seed=5)).results
    check(results, exact(program))
