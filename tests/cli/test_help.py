"""The help, in any terminal, and what is said about a command that does not exist."""

import subprocess

import pytest

from qcaas_sdk.cli.app import COMMANDS, command_line
from tests.cli.test_commands import QCAAS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_every_help_fits_the_terminal_and_nothing_is_cut_off(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.argv", ["qcaas"])
    for words in [["--help"], ["chart", "check", "--help"], *([name, "--help"] for name in COMMANDS)]:
        command_line()(words, prog_name="qcaas", standalone_mode=False)
        out = capsys.readouterr().out
        assert out.startswith("Usage: qcaas ")
        assert "<bool>" not in out, "a flag takes no value"
        assert words[0] != "run" or "OQC_AUTHENTICATION_TOKEN" in "".join(out.split())
        for line in out.splitlines():
            assert len(line) <= columns, line
            assert not line.rstrip().endswith(("…", " ...")), f"{words}: {line}"


@pytest.mark.parametrize(
    ("wrong", "right"), [("recover", "resume"), ("wach", "watch"), ("job", "jobs"), ("list", "jobs")]
)
def test_a_command_that_does_not_exist_has_a_neighbour(wrong: str, right: str) -> None:
    done = subprocess.run([*QCAAS, wrong], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"did you mean `qcaas {right}`?" in done.stderr


def test_a_command_that_resembles_none_is_only_named() -> None:
    done = subprocess.run([*QCAAS, "xyzzy"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "did you mean" in done.stderr) == (2, False)
    assert "xyzzy" in done.stderr and "--help" in done.stderr
