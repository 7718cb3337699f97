"""`qcaas diagram`: charts by name and from files, in every format, into files and onto stdout."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from qcaas_sdk.cli.app import command_line
from qcaas_sdk.statechart import shipped_chart
from tests.cli.test_commands import qcaas
from tests.diagrams import reading
from tests.support.programs import BELL


@pytest.mark.parametrize("name", ["job", "composite_job"])
def test_a_chart_of_the_package_is_drawn_by_its_name(name: str) -> None:
    code, out, _ = qcaas("diagram", name)
    assert (code, out) == (0, shipped_chart(name).diagram().mermaid())


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg", "scxml", "text"])
def test_every_format_goes_to_stdout(form: str) -> None:
    code, out, _ = qcaas("diagram", "job", "--format", form)
    assert (code, out.encode()) == (0, shipped_chart("job").diagram().as_bytes(form))


def test_a_png_can_be_sent_on() -> None:
    done = CliRunner().invoke(command_line(), ["diagram", "job", "--format", "png", "--view", "overview"])
    assert done.exit_code == 0
    assert done.stdout_bytes.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("ending", "begin"),
    [
        ("mmd", b"stateDiagram-v2"),
        ("dot", b"digraph"),
        ("svg", b"<svg"),
        ("png", b"\x89PNG"),
        ("scxml", b"<?xml"),
        ("txt", b"job: "),
        ("md", b"stateDiagram-v2"),
        ("SVG", b"<svg"),
    ],
)
def test_the_outputs_ending_says_the_format(ending: str, begin: bytes, tmp_path: Path) -> None:
    code, out, _ = qcaas("diagram", "job", "--output", str(tmp_path / f"job.{ending}"))
    assert (code, out) == (0, "")
    assert (tmp_path / f"job.{ending}").read_bytes().startswith(begin)


@pytest.mark.parametrize("name", ["job.gif", "job", "job.svg.bak"])
def test_an_ending_that_no_format_has_is_refused_by_name(name: str, tmp_path: Path) -> None:
    code, out, err = qcaas("diagram", "job", "--output", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert name in err and ".svg" in err and ".mmd" in err and "--format" in err
    assert not any(tmp_path.iterdir()), "nothing was written"
    assert qcaas("diagram", "job", "--output", str(tmp_path / name), "--format", "dot")[0] == 0
    assert (tmp_path / name).read_bytes().startswith(b"digraph")


def test_a_file_of_the_users_own(tmp_path: Path) -> None:
    chart = shipped_chart("job")
    (tmp_path / "own.yaml").write_text(Path(chart.file).read_text())
    code, out, _ = qcaas("diagram", str(tmp_path / "own.yaml"), "--format", "dot")
    assert code == 0
    assert reading.of_dot(out) == reading.of_chart(chart)


def test_a_chart_that_is_none_or_wrong_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("name: wrong\n")
    for name, said in [
        ("nonsense", "composite_job, job"),
        (str(tmp_path / "missing.yaml"), "cannot be read"),
        (str(tmp_path / "wrong.yaml"), "wrong.yaml"),
    ]:
        code, out, err = qcaas("diagram", name)
        assert (code, out) == (2, "")
        assert said in err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    code, _, err = qcaas("diagram", "job", "--output", str(tmp_path / "no" / "job.svg"))
    assert code == 2
    assert "cannot write" in err and "job.svg" in err


def test_without_the_extra_there_is_a_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pygraphviz", None)
    code, _, err = qcaas("diagram", "job", "--format", "svg")
    assert code == 2
    assert "qcaas-sdk[diagrams]" in err


def test_the_life_of_a_job_of_a_campaign(campaigns_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    qcaas("run", str(tmp_path / "bell.qasm"))
    (journal,) = campaigns_folder.glob("*.db")
    job = f"{journal.stem}/0"
    code, out, _ = qcaas("diagram", "--sequence", job)
    assert (code, out.splitlines()[0]) == (0, "sequenceDiagram")
    code, out, _ = qcaas("diagram", "--sequence", job, "--format", "text")
    assert code == 0
    told = [line.split("  ")[-1] for line in out.splitlines() if line.startswith("  ")]
    assert told[0] == "submit"
    assert {"submitted", "running", "completed"} < {*told}, "by the service's clock"
    assert told[-1].endswith("→ completed by poll: The server has a result")
    assert "Requests were not recorded." in out
    assert qcaas("diagram", "--sequence", job, "--output", str(tmp_path / "life.svg"))[0] == 0
    assert (tmp_path / "life.svg").read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.parametrize("form", ["dot", "png", "scxml"])
def test_a_life_has_no_such_format(form: str) -> None:
    code, _, err = qcaas("diagram", "--sequence", "some/0", "--format", form)
    assert (code, "mermaid, svg or text" in err) == (2, True)


def test_there_is_no_such_job() -> None:
    code, out, err = qcaas("diagram", "--sequence", "nothing/0")
    assert (code, out) == (2, "")
    assert "qcaas jobs" in err
