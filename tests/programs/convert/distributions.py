"""Distributions of circuits, compared as tests/test_qasm_files.py compares them."""

import math
from collections.abc import Mapping
from typing import Any

from compiler_config.config import CompilerConfig, QuantumResultsFormat
from qiskit_aer import AerSimulator

from qcaas_sdk import OqcSdk
from qcaas_sdk._programs.convert import program_text, under_own_names
from qcaas_sdk.local import LocalSettings
from qcaas_sdk.local.simulator.engines.aer import simulate
from qcaas_sdk.local.simulator.simulation import SimulationRequest

SHOTS = 2000
AER = AerSimulator(
    method="statevector", seed_simulator=5, max_parallel_threads=1, fusion_enable=False, enable_truncation=False
)


async def counts_of(*programs: Any) -> list[dict[str, dict[str, int]]]:
    """What the embedded QPU measures, one register → counts for each program."""
    async with OqcSdk.local(LocalSettings(seed=3)) as sdk:
        composite = sdk.create_job(program=list(programs), shots=SHOTS)
        outputs = await composite.execute(timeout_s=120)
        composite.raise_for_status()
        return [output.data for output in outputs.results()]


def agree(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whether two samples can be of one distribution: E of total variation ≤ ½·√(k/n), tail by McDiarmid."""
    keys = one.keys() | other.keys()
    ones, others = sum(one.values()), sum(other.values())
    both = 1 / ones + 1 / others
    bound = 0.5 * math.sqrt(len(keys) * both) + math.sqrt(math.log(1e6) * both / 2)
    return 0.5 * sum(abs(one.get(key, 0) / ones - other.get(key, 0) / others) for key in keys) <= bound


def sampled(program: Any) -> dict[str, dict[str, int]]:
    """What the engine measures of the program's text, without a QPU around it."""
    text = program_text(program)
    config = CompilerConfig(repeats=SHOTS, results_format=QuantumResultsFormat().binary_count())
    results = simulate(SimulationRequest(text, config.to_json(), qubits=32, max_shots=SHOTS, seed=5)).results
    return dict(under_own_names(text, results))
