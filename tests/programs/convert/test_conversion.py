"""One door: text, files, and what is refused with what words."""

from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import InvalidProgram, OqcSdk, UnsupportedProgram
from qcaas_sdk._programs.convert import SOURCES, program_text
from tests.support.programs import BELL, BELL_3


def test_text_stays_what_it_is() -> None:
    assert program_text(BELL) is BELL


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "bell.qasm"
    file.write_text(f"// für zwei\n{BELL}", encoding="utf-8")
    assert program_text(file) == f"// für zwei\n{BELL}"
    file.write_text(BELL, encoding="utf-8-sig")
    assert program_text(file) == BELL
    with pytest.raises(FileNotFoundError, match=r"none\.qasm"):
        program_text(tmp_path / "none.qasm")
    (tmp_path / "bell.bc").write_bytes(b"BC\xc0\xde\x35\x14")
    with pytest.raises(InvalidProgram, match=r"bell\.bc is not a text file \(byte 2 is not UTF-8\).*not as bitcode"):
        program_text(tmp_path / "bell.bc")
    (tmp_path / "empty").touch()
    with pytest.raises(InvalidProgram, match="is empty"):
        program_text(tmp_path / "empty")


@pytest.mark.parametrize("program", [None, 3, b"OPENQASM 2.0;", object(), {"a": 1}, type("Mine", (), {})()])
def test_an_object_of_no_known_kind_is_told_what_is_known(program: Any) -> None:
    with pytest.raises(UnsupportedProgram) as caught:
        program_text(program)
    assert isinstance(caught.value, TypeError | ValueError)
    for word in (type(program).__qualname__, "OpenQASM 2", "QIR", "pathlib.Path", *(s.package for s in SOURCES)):
        assert word in str(caught.value)
    assert "builtins" not in str(caught.value)


@pytest.mark.parametrize("text", ["", " \n\t", "\ud800"])
def test_text_that_is_none(text: str) -> None:
    with pytest.raises(InvalidProgram):
        program_text(text)


async def test_everything_goes_together_in_lists_and_in_reconfigure(tmp_path: Path) -> None:
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(2, 2, name="bell")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    file = tmp_path / "bell.qasm"
    file.write_text(BELL_3)
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL, file, circuit], shots=100)
        outputs = await composite.execute(timeout_s=60)
        assert [set(output.counts()) for output in outputs.results()] == [{"00", "11"}] * 3
        job = sdk.create_job(program=BELL).reconfigure(program=circuit)
        await job.execute(timeout_s=60)
        assert job.program == program_text(circuit)
        with pytest.raises(UnsupportedProgram) as caught:
            sdk.create_job(program=[BELL, 3])  # type: ignore[list-item]  # what a user may try
        assert caught.value.__notes__ == ["(entry 1 of the list, counted from 0; no job was created)"]
