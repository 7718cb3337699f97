"""`qcaas check`: mistakes in programs are found before anything is sent."""

import json
from pathlib import Path

import pytest

from qcaas_sdk.local import LocalQpu
from tests.cli.test_commands import qcaas
from tests.cli.test_finding import shape
from tests.cli.test_troubles import against, cloud
from tests.support.programs import BELL

TURN = 'OPENQASM 3;\ninclude "stdgates.inc";\ninput float theta;\nqubit q;\nbit c;\nrx(theta) q;\nc = measure q;\n'
WIDE = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[40];\ncreg c[40];\nh q[39];\nmeasure q -> c;\n'
UNDECLARED = BELL.replace("cx q[0],q[1]", "cx q[0],r[1]")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    texts = {"bell": BELL, "turn": TURN, "wide": WIDE, "undeclared": UNDECLARED, "syntax": BELL + "h q[0"}
    for name, text in texts.items():
        (tmp_path / f"{name}.qasm").write_text(text)
    (tmp_path / "notes.qasm").write_text("import qiskit\nqc = qiskit.QuantumCircuit(2)\n")
    (tmp_path / "values.json").write_text('[{"theta": 0.5}, {"phi": 1}]')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_right_programs_end_with_0_and_nothing_is_kept(folder: Path, campaigns_folder: Path) -> None:
    code, out, err = qcaas("check", "bell.qasm", "wide.qasm")
    assert (code, out, err) == (0, "bell.qasm: no mistakes\nwide.qasm: no mistakes\n", "")
    assert not campaigns_folder.exists()


def test_every_wrong_program_is_named_with_its_mistake(folder: Path) -> None:
    code, out, err = qcaas("check", "undeclared.qasm", "bell.qasm", "syntax.qasm", "notes.qasm", "turn.qasm")
    assert code == 2
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert lines["undeclared.qasm"].startswith("line ") and "'r'" in lines["undeclared.qasm"]
    assert lines["bell.qasm"] == "no mistakes"
    assert lines["syntax.qasm"].startswith("line ")
    assert "Python" in lines["notes.qasm"]
    assert "theta" in lines["turn.qasm"], "a parameter without a value"
    assert lines["turn.qasm"].endswith("pass --parameters FILE")
    assert "create_job" not in out, "that is for users of the package"
    assert err == "qcaas: 4 mistakes in undeclared.qasm, syntax.qasm, notes.qasm, turn.qasm\n"


def test_files_that_cannot_be_read_are_named_beside_the_mistakes_of_the_others(folder: Path) -> None:
    (folder / "empty.qasm").write_text("\n")
    (folder / "bits.qasm").write_bytes(b"\xff\xfe")
    code, out, err = qcaas("check", "none.qasm", "syntax.qasm", "empty.qasm", ".", "bits.qasm", "bell.qasm")
    assert code == 2
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert lines["none.qasm"] == "cannot be read: No such file or directory"
    assert lines["syntax.qasm"].startswith("line ")
    assert lines["empty.qasm"] == "is empty: expected an OpenQASM program"
    assert lines["."] == "cannot be read: Is a directory"
    assert lines["bits.qasm"] == "cannot be read: it is not UTF-8 text"
    assert lines["bell.qasm"] == "no mistakes"
    assert err == "qcaas: 5 mistakes in none.qasm, syntax.qasm, empty.qasm, ., bits.qasm\n"


def test_a_file_that_cannot_be_read_is_one_mistake_for_scripts_too(folder: Path) -> None:
    code, out, _ = qcaas("check", "none.qasm", "turn.qasm", "--parameters", "values.json", "--local", "--json")
    assert code == 2
    lost, right, wrong = shape(out)
    message = "cannot be read: No such file or directory"
    assert lost == {
        "file": "none.qasm",
        "parameters": None,
        "qpu_id": None,
        "error": {"code": None, "message": message},
    }
    assert (right["error"], right["qpu_id"] is None, "theta" in wrong["error"]["message"]) == (None, False, True)


@pytest.mark.parametrize("words", [("check",), ("chart", "check")])
def test_the_help_explains_the_exit_codes_of_a_check(words: tuple[str, ...]) -> None:
    _, out, _ = qcaas(*words, "--help")
    told = " ".join(out.partition("Exit codes:")[2].split())
    assert told.startswith("0 no mistakes; 2 a mistake, a file that cannot be read, or wrong usage")
    assert "job" not in told


@pytest.mark.slow
def test_a_long_program_is_read_to_its_end(folder: Path) -> None:
    (folder / "long.qasm").write_text(BELL + "h q[0];\n" * 5000 + "h r[0];\n")
    code, out, _ = qcaas("check", "long.qasm")
    assert (code, "'r'" in out) == (2, True), out


def test_values_of_parameters_are_checked_each(folder: Path) -> None:
    code, out, _ = qcaas("check", "turn.qasm", "--parameters", "values.json", "--json")
    assert code == 2
    right, wrong = shape(out)
    assert right == {"file": "turn.qasm", "parameters": {"theta": 0.5}, "qpu_id": None, "error": None}
    assert wrong["parameters"] == {"phi": 1}
    assert "theta" in wrong["error"]["message"]


def test_a_service_says_how_many_qubits_and_shots_there_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = cloud(LocalQpu(id="qpu:a", qubits=8), LocalQpu(id="qpu:b", qubits=50))
    words = ("check", "bell.qasm", "wide.qasm")
    code, out, err = against(monkeypatch, service, *words, "--qpu", "qpu:a")
    assert (code, out.splitlines()[0]) == (2, "bell.qasm: no mistakes"), err
    assert "wide.qasm: the program uses 40 qubits, but qpu:a has 8" in out
    assert "for qpu:a on http://localhost" in err
    code, out, _ = against(monkeypatch, service, *words, "--qpu", "qpu:b", "--json")
    assert code == 0
    assert [one["qpu_id"] for one in shape(out)] == ["qpu:b", "qpu:b"]
    assert against(monkeypatch, service, *words)[0] == 2, "one of two QPUs must be named"
    code, out, _ = against(monkeypatch, service, *words, "--qpu", "qpu:b", "--shots", "999999999")
    assert (code, "shots" in out) == (2, True)


def test_the_embedded_qpu_counts_only_if_it_is_meant(folder: Path) -> None:
    code, out, err = qcaas("check", "wide.qasm", "--local", "--json")
    assert code == 2
    assert "qubits" in json.loads(out)[0]["error"]["message"]
    code, _, err = qcaas("check", "bell.qasm", "--qpu", "qpu:a")
    assert (code, "--local" in err) == (2, True)


def test_a_missing_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk.cli.commands.check.find_spec", lambda name: None)
    code, _, err = qcaas("check", "bell.qasm")
    assert (code, "qcaas-sdk[check]" in err) == (0, True)
