"""What the commands do when something is wrong or odd: which code, how many lines, and where they look."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from qcaas_sdk import OqcSdk
from qcaas_sdk.cli.app import command_line
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.screen import MAX_ROWS, Screen
from qcaas_sdk.local import LocalCloud, LocalQpu, LocalSettings
from tests.support.programs import BELL

pytestmark = pytest.mark.slow

URL = "http://localhost"
QCAAS = [sys.executable, "-W", "error", "-m", "qcaas_sdk"]


@pytest.fixture
def bell(tmp_path: Path) -> str:
    (tmp_path / "bell.qasm").write_text(BELL)
    return str(tmp_path / "bell.qasm")


def against(
    monkeypatch: pytest.MonkeyPatch, transport: httpx.AsyncBaseTransport, *words: str, token: str = "t0ken"
) -> tuple[int, str, str]:
    """Run a command whose service is `transport`: exit code, stdout, stderr."""
    monkeypatch.setattr(
        Connection, "sdk", lambda self, journal=None: OqcSdk(URL, token, journal=journal, http_transport=transport)
    )
    environment = {"COLUMNS": "120", "OQC_URL": URL, "OQC_AUTHENTICATION_TOKEN": token}
    done = CliRunner(env=environment).invoke(command_line(), list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def cloud(*qpus: LocalQpu, token: str | None = None) -> httpx.AsyncBaseTransport:
    return httpx.ASGITransport(LocalCloud(LocalSettings(qpus=qpus, token=token)).app)


def listing(**answer: object) -> httpx.AsyncBaseTransport:
    """A service that answers the list of QPUs like this."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"version": "3"} if request.url.path.endswith("version") else answer)

    return httpx.MockTransport(handle)


def test_a_refused_token_has_a_code_of_its_own_and_is_not_shown(monkeypatch: pytest.MonkeyPatch, bell: str) -> None:
    code, out, err = against(monkeypatch, cloud(LocalQpu(), token="right"), "run", bell, token="wr0ng")
    assert (code, out) == (3, "")
    assert "wr0ng" not in err


def test_of_several_qpus_one_must_be_chosen(monkeypatch: pytest.MonkeyPatch, bell: str) -> None:
    code, out, err = against(monkeypatch, cloud(LocalQpu(id="qpu:a"), LocalQpu(id="qpu:b")), "run", bell)
    assert (code, out) == (2, "")
    assert "--qpu with one of: qpu:a, qpu:b" in err


def test_the_only_qpu_needs_no_choice(monkeypatch: pytest.MonkeyPatch, bell: str) -> None:
    code, out, _ = against(monkeypatch, cloud(LocalQpu(id="qpu:a")), "run", bell)
    assert code == 0
    assert "COMPLETED" in out


def test_no_active_qpu_is_the_services_trouble_not_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    service = listing(items=[{"id": "qpu:a", "url": URL, "active": False}])
    code, out, err = against(monkeypatch, service, "qpus")
    assert (code, out) == (4, "")
    assert "has no active QPU" in err


def test_a_warning_of_the_service_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    service = listing(items=[{"id": "qpu:a", "url": URL, "active": True}], message="Warning: maintenance at noon")
    code, out, err = against(monkeypatch, service, "qpus")
    assert code == 0
    assert "qpu:a" in out
    assert "\nqcaas: Warning: maintenance at noon\n" in err
    assert ".py" not in err


def test_each_job_that_did_not_end_is_named_with_its_task(monkeypatch: pytest.MonkeyPatch, bell: str) -> None:
    slow = cloud(LocalQpu(queue_delay_s=60))
    code, out, err = against(monkeypatch, slow, "run", bell, bell, "--timeout", "1", "--no-journal")
    assert code == 5
    assert out.count("SUBMITTED") == 2
    assert err.count("qcaas: ") == err.count("did not end within") == 2
    assert len(set(re.findall(r"task (\S+) may still run on the service", err))) == 2


def test_help_can_be_read_on_a_terminal_without_unicode() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for words in ([], ["run"], ["qpus"], ["serve"], ["demo"]):
        done = subprocess.run([*QCAAS, *words, "--help"], env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert b"Usage" in done.stdout


def test_an_empty_token_file_is_called_what_it_is(tmp_path: Path, bell: str) -> None:
    (tmp_path / "token").touch()
    words = ["run", bell, "--url", "https://cloud.example.org", "--token-file", str(tmp_path / "token")]
    done = CliRunner().invoke(command_line(), words)
    assert done.exit_code == 2
    assert done.stderr.endswith("token is empty: expected a token\n")


def test_a_terminal_sees_states_move_in_place_and_the_spinner_stays_what_it_is(bell: str) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    for name in ("OQC_URL", "NO_COLOR", "CI"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [*QCAAS, "run", "bell.qasm"],
        cwd=Path(bell).parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:
        pass  # how Linux says that the other side of a terminal has closed
    finally:
        os.close(ours)
    out, _ = process.communicate(timeout=60)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert process.returncode == 0
    assert b"COMPLETED" in out
    assert re.search(r"[⠀-⣿] bell\.qasm", shown)
    assert not re.search(r"[-\\|/] bell\.qasm", shown)


def test_counts_show_the_most_frequent_and_say_how_many_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().counts("c", {f"{n:05b}": n for n in range(MAX_ROWS + 4)})
    rows = re.findall(r"^  ([01]{5})  ", capsys.readouterr().out, re.MULTILINE)
    assert rows == [f"{n:05b}" for n in range(MAX_ROWS + 3, 3, -1)]


@pytest.mark.parametrize("counts", [{}, {"0": 0}])
def test_a_register_without_counts_is_shown_all_the_same(
    counts: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    Screen().counts("c", counts)
    assert "c  (0 shots)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "a" * 300),
        ("watch", "a" * 300),
        ("resume", "a" * 300),
        ("cancel", "a" * 300),
        ("show", f"{'a' * 300}/1"),
        ("show", f"x/{'9' * 5000}"),
        ("show", "\u0663" * 300 + "/\u0663"),
        ("diagram", "a" * 300),
        ("diagram", "a/" * 3000),
    ],
    ids=lambda words: f"{words[0]} {words[1][:9]}",
)
def test_a_name_that_no_file_can_have_is_unknown(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(command_line(), list(words))
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 2
    assert "None" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_journal_that_cannot_be_made_is_one_line(bell: str) -> None:
    done = CliRunner().invoke(command_line(), ["run", bell, "--journal", "a" * 300])
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 2
    assert "the journal aaa" in done.stderr


@pytest.mark.parametrize("more", [(), ("--no-journal",)])
def test_more_shots_than_there_can_be_are_wrong_usage(more: tuple[str, ...], bell: str) -> None:
    done = CliRunner().invoke(command_line(), ["run", bell, "--shots", "99999999999", *more])
    assert done.exit_code == 2
    assert "--shots" in done.stderr
    assert "2147483647" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--queue-delay", "inf"),
        ("serve", "--seconds-per-shot", "1e999"),
        ("serve", "--seed", "-1"),
    ],
    ids=" ".join,
)
def test_a_value_that_is_refused_is_wrong_usage(words: tuple[str, ...], bell: str) -> None:
    done = CliRunner().invoke(command_line(), [bell if word == "BELL" else word for word in words])
    assert done.exit_code == 2
    assert "must be a" in done.stderr
