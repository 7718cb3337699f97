"""`qcaas run --parameters`: one job for each entry of a list or a table."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import no_service, qcaas  # noqa: F401  # a fixture
from tests.support.programs import BELL
from tests.test_sweeps import ROTATION

pytestmark = pytest.mark.slow


@pytest.fixture
def program(tmp_path: Path) -> str:
    (tmp_path / "rotation.qasm").write_text(ROTATION, encoding="utf-8")
    return str(tmp_path / "rotation.qasm")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sweep.json", '[{"theta": 0}, {"theta": 3.141592653589793}]'),
        ("sweep.csv", "theta\n0\n3.141592653589793\n"),
        ("SWEEP.CSV", "\ufefftheta \n 0\n 3.141592653589793\n"),
    ],
)
def test_each_entry_is_a_job(name: str, text: str, program: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, _ = qcaas(
        "run", program, "--parameters", str(tmp_path / name), "--shots", "5", "--no-journal", "--json"
    )
    jobs = json.loads(out)
    assert code == 0
    assert [job["parameters"] for job in jobs] == [{"theta": 0}, {"theta": 3.141592653589793}]
    assert [job["file"] for job in jobs] == [f"{program} theta=0", f"{program} theta=3.141592653589793"]
    assert [job["result"] for job in jobs] == [{"c": {"0": 5}}, {"c": {"1": 5}}]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("s.json", "{", "is not valid JSON"),
        ("s.json", "{}", "expected a list of objects"),
        ("s.json", "[]", "has no parameter values"),
        ("s.json", '[{"theta": 1}, 3]', "entry 1, counted from 0: parameters must be a mapping"),
        ("s.json", '[{"theta": "x"}]', "the parameter 'theta' is 'x'"),
        ("s.csv", "theta\n", "has no parameter values"),
        ("s.csv", "theta,phi\n1\n", "line 2 does not have as many values"),
        ("s.csv", "theta\n1,2\n", "line 2 does not have as many values"),
        ("s.csv", "theta\nnan\n", "pass a finite number"),
        ("s.json", '[{"phi": 1}]', "no value for theta; no parameter 'phi'"),
    ],
)
def test_a_wrong_file_is_wrong_usage(name: str, text: str, told: str, program: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, err = qcaas("run", program, "--parameters", str(tmp_path / name), "--no-journal")
    assert (code, out) == (2, "")
    assert told in err


def test_a_program_without_parameters_takes_none(tmp_path: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL, encoding="utf-8")
    (tmp_path / "s.json").write_text('[{"theta": 1}]', encoding="utf-8")
    code, _, err = qcaas("run", str(tmp_path / "bell.qasm"), "--parameters", str(tmp_path / "s.json"), "--no-journal")
    assert code == 2
    assert "no parameter 'theta' in the program" in err
