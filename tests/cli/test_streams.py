"""Closed, full, unread and simple-minded streams, and Ctrl-C: an exit code for each, and never a traceback."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qcaas_sdk.cli import campaigns, ending, streams
from qcaas_sdk.cli.ending import EXIT_CODES
from qcaas_sdk.cli.screen import WIDE
from tests.cli.test_campaigns import served
from tests.cli.test_commands import qcaas
from tests.cli.test_troubles import against
from tests.support.examples import scaled
from tests.support.hostile import NASTY, STATUSES, TEXT, HostileService, slow
from tests.support.programs import BELL

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = [sys.executable, "-c", "from _qcaas import main; main()"]
"""What the script `qcaas` does."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bell.qasm").write_text(BELL)
    return tmp_path


def begun(folder: Path, words: Sequence[str], **how: Any) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **how.pop("env", {})}
    return subprocess.Popen([*SCRIPT, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, **how)


def ended(folder: Path, words: Sequence[str], **how: Any) -> tuple[int, str]:
    """The exit code, and what was said on stderr."""
    process = begun(folder, words, stderr=subprocess.PIPE, **how)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err.decode()
    assert b"Exception ignored" not in err, err.decode()
    return process.returncode, err.decode()


COMMANDS = [("run", "bell.qasm"), ("qpus", "--json"), ("diagram", "job"), ("demo",), ("--help",)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_output_that_nobody_reads_ends_quietly_with_141(folder: Path, words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        code, err = ended(folder, words, stdout=writer)
    finally:
        os.close(writer)
    assert code == 141
    assert "stdout" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_output_that_cannot_be_written_is_said_and_ends_with_6(folder: Path, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        code, err = ended(folder, words, stdout=full)
    assert (code, err.splitlines()[-1]) == (6, "qcaas: cannot write to stdout: No space left on device")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_so_does_output_that_is_closed(folder: Path, words: tuple[str, ...]) -> None:
    code, err = ended(folder, words, preexec_fn=lambda: os.close(1))
    assert (code, err.splitlines()[-1]) == (6, "qcaas: cannot write to stdout: it is closed")


def test_a_run_whose_output_is_lost_is_in_its_journal(folder: Path, campaigns_folder: Path) -> None:
    assert ended(folder, ["run", "bell.qasm"], preexec_fn=lambda: os.close(1))[0] == 6
    (journal,) = campaigns_folder.glob("*.db")
    assert campaigns.opened(journal.stem).has_ended


@pytest.mark.parametrize("closed", [True, False])
def test_remarks_that_cannot_be_written_change_nothing(folder: Path, closed: bool) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    close = (lambda: os.close(2)) if closed else None
    process = begun(folder, ["run", "bell.qasm"], stdout=subprocess.PIPE, stderr=writer, preexec_fn=close)
    out, _ = process.communicate(timeout=60)
    os.close(writer)
    assert process.returncode == 0
    assert b"COMPLETED" in out
    assert b"(1000 shots)" in out


def test_closed_streams_do_not_give_their_numbers_to_files(folder: Path) -> None:
    process = begun(folder, ["run", "bell.qasm"], preexec_fn=lambda: os.closerange(0, 3))
    assert process.wait(timeout=60) == 6
    code, err = ended(folder, ["run", "-"], preexec_fn=lambda: os.close(0), stdout=subprocess.DEVNULL)
    assert code == 2
    assert "stdin cannot be read" in err


def test_stdin_that_is_no_text_is_said() -> None:
    code, _, err = qcaas("run", "-", stdin=b"\xff\xfe\x00")  # type: ignore[arg-type]  # click takes bytes too
    assert (code, err) == (2, "qcaas: stdin cannot be read: it is not UTF-8 text\n")


@pytest.mark.parametrize("name", ["/dev/zero", "-"])
def test_what_has_no_end_is_not_read_for_ever(name: str) -> None:
    code, _, err = qcaas("run", name, stdin=b"/" * (ending.MAX_BYTES + 1))  # type: ignore[arg-type]
    called = "stdin" if name == "-" else name
    assert (code, err) == (2, f"qcaas: {called} cannot be read: it is larger than 64 MiB\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_stream_that_does_not_know_a_character_shows_an_escape(folder: Path, encoding: str) -> None:
    name = "größe→日.qasm"
    (folder / name).write_text(BELL)
    process = begun(
        folder, ["run", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PYTHONIOENCODING": encoding, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    shown = name.encode(encoding, "backslashreplace")
    assert shown + b": COMPLETED" in out
    assert re.search(re.escape(shown) + rb": (SUBMITTED|RUNNING) -> COMPLETED", err)  # it runs for a millisecond


def test_a_table_in_a_pipe_is_not_broken_off(folder: Path) -> None:
    ended(folder, ["run", "bell.qasm"], stdout=subprocess.DEVNULL)
    (line,) = (line for line in qcaas("jobs", COLUMNS="20")[1].splitlines() if "completed" in line)
    assert line.split()[1:] == ["1", "1", "completed", "embedded"]
    assert WIDE > 1000


# Ctrl-C.


def test_ctrl_c_while_the_package_is_imported_ends_it_quietly(folder: Path) -> None:
    """It comes in the middle of an import, whichever that is."""
    for module in ("attrs", "click", "rich.console"):
        code = (
            "import builtins, os, signal\n"
            "real = builtins.__import__\n"
            "def imports(name, *rest):\n"
            f"    if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
            "    return real(name, *rest)\n"
            "builtins.__import__ = imports\n"
            "from _qcaas import main; main()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "qpus"], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (130, b"", b""), module


def test_ctrl_c_that_is_ignored_stays_ignored(folder: Path) -> None:
    process = begun(
        folder, ["run", "bell.qasm"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"COMPLETED" in out


def test_ctrl_c_twice_ends_a_run_at_once(folder: Path) -> None:
    with served("--queue-delay", "60") as service:
        process = begun(folder, ["run", "bell.qasm"], stderr=subprocess.PIPE, env=service)
        assert process.stderr is not None
        for line in process.stderr:
            if b"SUBMITTED" in line:
                break
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"interrupted" in err


def test_the_help_names_every_exit_code() -> None:
    assert all(f"{code} " in EXIT_CODES for code in (0, 1, 2, 3, 4, 5, 6, 130, 141))


# A service's texts, and results of all kinds.

RESULTS = [
    {"c": {"x": 1, "00": 2}}, {"c": [["0", "1"]]}, [1, 2], "hello\x1b[2J", 5, {}, {"c": {}}, {"c": {"00": "5"}},
    {"c": {"00": None}}, {"c": {"00": -5}}, {"c": {"00": 0}}, {"c": {"00": 0.5}}, {"c": {"00": {"a": 1}}},
    {"c": {"": 5}}, {"c": {"0": 5, "11": 2}}, {"c": None}, {"c": {"0": True}},
]  # fmt: skip


def completed(result: object) -> httpx.MockTransport:
    service = HostileService("x", "COMPLETED")
    answer = service.answer

    def handle(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/all_info"):
            return answer(request)
        content = json.dumps({"status": "COMPLETED", "results": result})
        return httpx.Response(200, content=content, headers={"content-type": "application/json"})

    return httpx.MockTransport(handle)


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: repr(result)[:30])
def test_a_job_that_completed_is_shown_whatever_its_result_is(
    monkeypatch: pytest.MonkeyPatch, folder: Path, result: object
) -> None:
    words = ("run", str(folder / "bell.qasm"), "--no-journal")
    code, out, err = against(monkeypatch, completed(result), *words)
    assert code == 0
    assert "COMPLETED" in out
    check_terminal(out + err)
    code, out, _ = against(monkeypatch, completed(result), *words, "--json")
    assert code == 0
    (document,) = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert document["result"] == result


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=6,
    )
)
@settings(parent=slow, max_examples=scaled(50))
def test_any_result_is_shown(result: object) -> None:
    from qcaas_sdk import JobResult
    from qcaas_sdk.cli.screen import Screen

    with contextlib.redirect_stdout(io.StringIO()) as said:
        Screen().result(JobResult(qpu_id="q", task_id="t", program=BELL, received=None, data=result))
    assert said.getvalue() or not result
    assert all(line.isprintable() for line in said.getvalue().split("\n"))


def check_terminal(text: str) -> None:
    for line in text.split("\n"):
        assert line.isprintable(), line


@example(text="".join(NASTY), status="FAILED")
@example(text="".join(NASTY), status="COMPLETED")
@example(text="".join(NASTY), status="REFUSED")
@settings(parent=slow, max_examples=scaled(10))
@given(text=TEXT, status=STATUSES)
def test_nothing_that_a_service_says_reaches_the_terminal_raw(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, text: str, status: str
) -> None:
    folder = tmp_path_factory.mktemp("said")
    name, journal = str(folder / "[red]p.qasm"), str(folder / "j.db")
    Path(name).write_text(BELL)
    service = HostileService(text, status)
    looks = [("jobs", journal), ("show", f"{journal}/0"), ("watch", journal), ("qpus",)]
    for words in [("run", name, "--journal", journal), *looks]:
        _, out, err = against(monkeypatch, service, *words)
        check_terminal(out + err)
        assert len(err) > 10 or len(out) > 10


def test_names_of_files_and_qpus_are_shown_as_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for nasty in NASTY:
        name = nasty.replace("/", "").replace("\0", "").encode("utf-8", "replace").decode()
        (tmp_path / f"{name}.qasm").write_text(BELL)
        monkeypatch.chdir(tmp_path)
        code, out, err = against(monkeypatch, HostileService("x", "COMPLETED", qpu_id=nasty), "qpus")
        check_terminal(out + err)
        code, out, err = against(
            monkeypatch, HostileService("x", "COMPLETED"), "run", "--no-journal", "--", f"{name}.qasm"
        )
        assert code == 0
        check_terminal(out + err)
        wrong = [["run", "--", name], ["jobs", "--", name], ["diagram", "--", name]]
        for words in [*wrong, ["run", "--qpu", name, "--", f"{name}.qasm"]]:
            code, out, err = against(monkeypatch, HostileService("x"), *words)
            assert code == 2
            check_terminal(out + err)


@pytest.mark.parametrize(
    "words", [["--\x1b[31m"], ["\x1b[31m"], ["run", "x", "--shots", "\x1b[31m"], ["run", "--\u202e"]]
)
def test_words_of_the_command_line_are_shown_as_text(folder: Path, words: list[str]) -> None:
    code, err = ended(folder, words, stdout=subprocess.DEVNULL)
    assert code == 2
    assert err.startswith("qcaas: ")
    assert err.count("\n") == 1
    check_terminal(err)


def test_the_streams_are_lost_for_one_reason_each() -> None:
    assert streams.OutputLost(BrokenPipeError(32, "Broken pipe")).unread
    assert not streams.OutputLost(OSError(28, "No space left on device")).unread
