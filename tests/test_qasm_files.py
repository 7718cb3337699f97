"""Real circuits through `OqcSdk.local()`: the counts agree with Aer's, run beside it without our code."""

import math
from pathlib import Path

import pytest
from qiskit import qasm2, transpile
from qiskit_aer import AerSimulator

from qcaas_sdk import OqcSdk
from qcaas_sdk.local import LocalSettings

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "qasm"
FILES = sorted(FOLDER.glob("*.qasm"))
SHOTS = 1000
REFERENCE_SHOTS = 200_000


def reference(program: str) -> dict[str, dict[str, float]]:
    """Frequencies by Aer itself, register by register, bit 0 leftmost."""
    circuit = qasm2.loads(program, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    simulator = AerSimulator(seed_simulator=11)
    counts = (
        simulator.run(transpile(circuit, simulator, optimization_level=0), shots=REFERENCE_SHOTS)
        .result()
        .get_counts()
    )
    registers: dict[str, dict[str, float]] = {creg.name: {} for creg in circuit.cregs}
    for key, count in counts.items():
        for creg, bits in zip(reversed(circuit.cregs), key.split(" "), strict=True):
            frequencies = registers[creg.name]
            frequencies[bits[::-1]] = frequencies.get(bits[::-1], 0.0) + count / REFERENCE_SHOTS
    return registers


def bound(outcomes: int) -> float:
    """Total variation that sampling alone exceeds once in a million: E ≤ ½·√(k/n), tail by McDiarmid."""
    both = 1 / SHOTS + 1 / REFERENCE_SHOTS
    return 0.5 * math.sqrt(outcomes * both) + math.sqrt(math.log(1e6) * both / 2)


@pytest.mark.skipif(not FILES, reason=f"THE CIRCUITS ARE NOT HERE: {FOLDER} is absent, so no real file was run")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_real_circuit_gives_aers_distribution(file: Path) -> None:
    program = file.read_text(encoding="utf-8")
    async with OqcSdk.local(LocalSettings(seed=3)) as sdk:
        job = sdk.create_job(program=program)
        await job.execute(timeout_s=120)
        job.raise_for_status()
        assert job.result is not None
        expected = reference(program)
        assert set(job.result.data) == set(expected)
        for register, frequencies in expected.items():
            counts = job.result.counts(register)
            assert sum(counts.values()) == SHOTS
            keys = counts.keys() | frequencies.keys()
            distance = 0.5 * sum(abs(counts.get(key, 0) / SHOTS - frequencies.get(key, 0.0)) for key in keys)
            assert distance <= bound(len(keys)), f"{register}: {distance:.4f}"
