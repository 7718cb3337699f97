"""Targets, from all that a service may say of a QPU."""

from typing import Any

import pytest
from qiskit import QuantumCircuit, qasm2
from qiskit.circuit.library import get_standard_gate_name_mapping

from qcaas_sdk.local.simulator.programs import parse
from qcaas_sdk.qiskit import OqcBackend
from qcaas_sdk.qiskit.target import GATES, Features, target_of


@pytest.mark.parametrize(
    ("features", "qubits", "max_shots", "takes_3"),
    [
        ({}, None, None, None),
        # Two that OQC's cloud has sent, as quoted by the tests of another open client (qBraid).
        ({"always_on": True, "qubit_count": 8, "simulator": True}, 8, None, None),
        ({"qubit_count": 32, "Maximum Shots": 100000, "Maximum Repetition Period": "1 second"}, 32, 100000, None),
        ({"qubits": 32, "max_shots": 100, "languages": ["OpenQASM 2", "OpenQASM 3"]}, 32, 100, True),
        ({"qubits": [0, 1], "max_shots": "many", "languages": "QIR"}, None, None, None),
        ({"qubits": True, "qubit_count": -1, "languages": [2, 3]}, None, None, None),
        ({"languages": ["OpenQASM 2", "QIR 3"]}, None, None, False),
    ],
)
def test_features_are_read_as_far_as_they_are_known(
    features: dict[str, Any], qubits: int | None, max_shots: int | None, takes_3: bool | None
) -> None:
    read = Features.read(features)
    assert (read.qubits, read.max_shots, read.takes_openqasm_3) == (qubits, max_shots, takes_3)
    target = target_of("qpu", read)
    assert target.num_qubits == qubits
    assert target.build_coupling_map() is None
    assert {"cx", "h", "rz", "measure", "reset"} <= set(target.operation_names)
    assert ("if_else" in target.operation_names) is (takes_3 is True)


def test_the_target_says_that_it_is_generic(backend: OqcBackend) -> None:
    assert backend.target.description == "qpu:local:1:aer: generic, any gate between any qubits"
    assert backend.num_qubits == 32
    assert backend.coupling_map is None
    assert backend.max_circuits is None
    assert backend.features.everything["simulator"] is True


@pytest.mark.parametrize("name", GATES)
def test_every_gate_of_the_target_survives_the_way_to_the_embedded_qpu(name: str) -> None:
    gate = get_standard_gate_name_mapping()[name].to_mutable()
    gate.params = [0.1 * (place + 1) for place in range(len(gate.params))]
    circuit = QuantumCircuit(gate.num_qubits, 1)
    circuit.append(gate, range(gate.num_qubits))
    circuit.measure(0, 0)
    assert parse(qasm2.dumps(circuit)).data[0].operation == gate
