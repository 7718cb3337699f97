"""What is said about jobs that have not ended, and that no process works on: how to go on."""

import re
from pathlib import Path

import pytest
from rich.text import Text

from qcaas_sdk._journal import JournalFile
from qcaas_sdk.cli.overview import Overview, how_to_continue
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.local import LocalQpu
from tests.cli.test_commands import qcaas
from tests.cli.test_troubles import against, cloud
from tests.support.programs import BELL

pytestmark = pytest.mark.slow


@pytest.fixture
def left(tmp_path: Path, campaigns_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a campaign at a service with two jobs that have not ended."""
    (tmp_path / "bell.qasm").write_text(BELL)
    service = cloud(LocalQpu(queue_delay_s=60))
    file = str(tmp_path / "bell.qasm")
    code, _, err = against(monkeypatch, service, "run", file, file, "--timeout", "2")
    assert code == 5, err
    (journal,) = campaigns_folder.glob("*.db")
    return journal.stem


def test_jobs_and_show_say_how_to_continue(left: str) -> None:
    for words in (
        ["jobs"],
        ["jobs", left],
        ["jobs", "--state", "CREATED", "--state", "SUBMITTED"],
        ["show", f"{left}/1"],
    ):
        code, out, err = qcaas(*words)
        assert code == 0
        last = f"{left}: 2 of 2 jobs have not ended; to continue: qcaas resume {left}"
        assert err.splitlines()[-1:] == [last], (words, out)


def test_a_script_is_told_nothing_beside_its_json(left: str) -> None:
    for words in (["jobs", "--json"], ["show", f"{left}/1", "--json"]):
        assert qcaas(*words)[2] == ""


def test_several_campaigns_are_one_line(tmp_path: Path) -> None:
    def at(name: str, unended: int, service: str = "https://cloud.example.org") -> Overview:
        JournalFile(tmp_path / f"{name}.db").close()
        return Overview(tmp_path / f"{name}.db", service, {}, unended)

    assert how_to_continue([at("a", 0)]) is None
    assert how_to_continue([at("a", 3, "embedded")]) is None, "nobody can continue it"
    said = how_to_continue([at("b", 1), at("a", 2)])
    assert said is not None
    assert re.match(r"2 campaigns have jobs that have not ended; to continue the newest: qcaas resume .*b\.db$", said)


def test_the_name_of_the_campaign_is_said_before_anything_is_submitted(
    tmp_path: Path, campaigns_folder: Path
) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    file = str(tmp_path / "bell.qasm")
    _, _, err = qcaas("run", file)
    (journal,) = campaigns_folder.glob("*.db")
    lines = err.splitlines()
    assert f"campaign {journal.stem}: 1 job" in lines
    assert lines.index(f"campaign {journal.stem}: 1 job") < next(i for i, line in enumerate(lines) if "->" in line)
    _, _, err = qcaas("run", file, file, "--journal", str(tmp_path / "mine.db"))
    assert f"campaign {tmp_path / 'mine.db'}: 2 jobs" in err.splitlines()
    assert "campaign " not in qcaas("run", file, "--no-journal")[2]


def test_a_job_or_campaign_in_place_of_a_chart_or_job(tmp_path: Path, campaigns_folder: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    assert qcaas("run", str(tmp_path / "bell.qasm"), "--name", "my bell")[0] == 0
    (journal,) = campaigns_folder.glob("*.db")
    name = journal.stem
    for given, job in ((f"{name}/0", f"{name}/0"), (name, f"{name}/0"), ("my bell", f"{name}/0")):
        code, out, err = qcaas("diagram", given)
        assert (code, out) == (2, "")
        assert err == (
            f"qcaas: {given!r} is not a chart; to draw the life of a job: qcaas diagram --sequence {job}\n"
        )
    assert "no such file" in qcaas("diagram", "nothing")[2]
    for words in (["diagram", "--sequence", name], ["show", name]):
        code, out, err = qcaas(*words)
        assert (code, out) == (2, "")
        example = f"pass one of its jobs, for example {name}/0; `qcaas jobs {name}` lists them"
        assert err == f"qcaas: {name} is a campaign: {example}\n"


def test_run_local_uses_the_embedded_qpu_although_a_service_is_set(tmp_path: Path, campaigns_folder: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    service = {"OQC_URL": "https://qcaas.example.org", "OQC_AUTHENTICATION_TOKEN": "token"}
    for more in ([], ["--noise", "toshiko"]):
        code, out, err = qcaas("run", str(tmp_path / "bell.qasm"), "--local", *more, **service)
        assert (code, "COMPLETED" in out, "embedded" in err) == (0, True, True), err


@pytest.mark.parametrize(("width", "lines"), [(50, 2), (160, 1)])
def test_a_terminal_does_not_break_the_next_command(
    width: int, lines: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    command = "qcaas resume 20261129-001122-abcd"
    Screen().hint(f"20261129-001122-abcd: 2 of 2 jobs have not ended; to continue: {command}")
    said = Text.from_ansi(capsys.readouterr().err).plain.splitlines()
    assert len(said) == lines
    assert said[-1].endswith(command)
    assert lines == 1 or said[-1] == command
    Screen().hint(None)
    assert capsys.readouterr().err == ""
