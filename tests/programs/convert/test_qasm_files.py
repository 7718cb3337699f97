"""Real circuits, loaded into Qiskit, pytket and Cirq and sent as objects, give the distributions of their text."""

import re
import warnings
from pathlib import Path

import pytest
from qiskit import qasm2

with warnings.catch_warnings():  # of packages that these import
    warnings.simplefilter("ignore")
    from cirq.contrib.qasm_import import circuit_from_qasm
    from pytket.qasm import circuit_from_qasm_str

from tests.programs.convert.distributions import SHOTS, agree, counts_of

FOLDER = Path(__file__).parents[4] / "shared" / "qasm"
FILES = sorted(FOLDER.glob("*.qasm"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not FILES, reason=f"THE CIRCUITS ARE NOT HERE: {FOLDER} is absent, so no real file was sent")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_the_object_gives_the_distribution_of_the_text(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    without_barriers = re.sub(r"^\s*barrier[^;]*;", "", text, flags=re.MULTILINE)  # Cirq has none
    from_text, from_path, from_qiskit, from_pytket, from_cirq = await counts_of(
        text,
        file,
        qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS),
        circuit_from_qasm_str(text),
        circuit_from_qasm(without_barriers),
    )
    assert set(from_path) == set(from_qiskit) == set(from_pytket) == set(from_text)
    assert set(from_cirq) == {f"m_{name}" for name in from_text}
    for name, counts in from_text.items():
        for other in (from_path[name], from_qiskit[name], from_pytket[name], from_cirq[f"m_{name}"]):
            assert sum(other.values()) == SHOTS
            assert len(next(iter(other))) == len(next(iter(counts)))
            assert agree(counts, other)
