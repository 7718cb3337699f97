"""Programs to results and refusals, as the engine has them."""

from collections.abc import Mapping
from typing import Any

import pytest
from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk.local.simulator.engines.aer import simulate
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
SHOTS = 200


def run(program: str, shots: int = SHOTS, **request: Any) -> Simulation:
    config = CompilerConfig(repeats=shots, results_format=QuantumResultsFormat().binary_count())
    wanted = {"qubits": 32, "max_shots": 100_000, "seed": 5} | request
    return simulate(SimulationRequest(program=program, config=config.to_json(), **wanted))


def counts(program: str, shots: int = SHOTS) -> Mapping[str, Mapping[str, int]]:
    results: Mapping[str, Mapping[str, int]] = run(program, shots).results
    return results


def certain(program: str) -> dict[str, str]:
    """The one bitstring of each register of a program without chance."""
    results = counts(program)
    for name, bitstrings in results.items():
        assert list(bitstrings.values()) == [SHOTS], f"{name}: {bitstrings}"
    return {name: next(iter(bitstrings)) for name, bitstrings in results.items()}


def refusal(program: str) -> TaskError:
    with pytest.raises(TaskError) as caught:
        run(program)
    return caught.value
