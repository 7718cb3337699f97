"""Circuits through the provider give what Aer gives, keys included; files give what their text gives."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, generate_preset_pass_manager, qasm2
from qiskit_aer import AerSimulator

from qcaas_sdk import OqcSdk
from qcaas_sdk.local import LocalSettings
from qcaas_sdk.qiskit import OqcBackend
from tests.qiskit.circuits import DYNAMIC, STATIC
from tests.qiskit.distributions import alike

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "qasm"
FILES = sorted(FOLDER.glob("*.qasm"))
SHOTS = 2000
REFERENCE_SHOTS = 5000
AER = AerSimulator(seed_simulator=5, max_parallel_threads=1)  # more of them would spin on shared cores
FOR_AER = generate_preset_pass_manager(optimization_level=0, backend=AER)


def aers(circuit: QuantumCircuit) -> dict[str, int]:
    return dict(AER.run(FOR_AER.run(circuit), shots=REFERENCE_SHOTS).result().get_counts())


@cache
def reference(make: Callable[[], QuantumCircuit]) -> dict[str, int]:
    return aers(make())


@pytest.mark.parametrize("optimization_level", [0, 1, 3])
def test_circuits_transpiled_for_the_backend_give_aers_counts(backend: OqcBackend, optimization_level: int) -> None:
    pass_manager = generate_preset_pass_manager(optimization_level, backend=backend, seed_transpiler=1)
    prepared = [pass_manager.run(make()) for make in STATIC + DYNAMIC]
    result = backend.run(prepared, shots=SHOTS).result()
    assert result.success
    for make, sent in zip(STATIC + DYNAMIC, prepared, strict=True):
        assert alike(result.get_counts(sent), reference(make)), make.__name__


def test_circuits_that_were_not_transpiled_give_aers_counts(backend: OqcBackend) -> None:
    circuits = [make() for make in STATIC + DYNAMIC]
    result = backend.run(circuits, shots=SHOTS).result()
    for make, circuit in zip(STATIC + DYNAMIC, circuits, strict=True):
        assert alike(result.get_counts(circuit), reference(make)), make.__name__


def test_registers_are_joined_the_last_one_first_with_bit_0_on_the_right(backend: OqcBackend) -> None:
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.x(1)
    circuit.measure([0, 1, 2], [0, 1, 2])
    counts = backend.run(circuit, shots=10).result().get_counts()
    assert counts == {"01 0": 10}


@pytest.mark.skipif(not FILES, reason=f"THE CIRCUITS ARE NOT HERE: {FOLDER} is absent, so no real file was run")
async def test_the_circuits_of_files_give_what_their_texts_give(backend: OqcBackend) -> None:
    texts = [file.read_text(encoding="utf-8") for file in FILES]
    circuits = [qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS) for text in texts]
    async with OqcSdk.local(LocalSettings(seed=3)) as sdk:
        by_text = sdk.create_job(program=texts)
        await by_text.execute(timeout_s=120)
    pass_manager = generate_preset_pass_manager(backend=backend)
    result = backend.run([pass_manager.run(circuit) for circuit in circuits], shots=SHOTS).result()
    for number, (file, circuit, output) in enumerate(zip(FILES, circuits, by_text.outputs.results(), strict=True)):
        joined = result.get_counts(number)
        assert alike(joined, aers(circuit)), file.stem
        for place, register in enumerate(reversed(circuit.cregs)):
            ours: Counter[str] = Counter()
            for key, count in joined.items():
                ours[key.split(" ")[place][::-1]] += count  # the service's order: bit 0 on the left
            assert alike(ours, output.counts(register.name)), f"{file.stem}: {register.name}"
