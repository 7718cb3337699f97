"""`qcaas watch` on a whole terminal: what it shows at every size, and what its keys do."""

import asyncio
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from qcaas_sdk import JobState, OqcSdk
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._journal import JournalState
from qcaas_sdk._record import ErrorRecord, JobRecord, JobRequest
from qcaas_sdk.cli.campaigns import folder
from qcaas_sdk.cli.keys import NAMES, keys_in
from qcaas_sdk.cli.overview import overview
from qcaas_sdk.cli.viewer import Viewer
from qcaas_sdk.cli.watched import WatchedCampaign
from qcaas_sdk.local import LocalQpu, LocalSettings
from tests.support.examples import scaled
from tests.support.programs import BELL

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
TASK = "7a6b0c3e-0000-4000-8000-{:012}"
SIZES = [(50, 14), (80, 24), (120, 50)]


def record(number: int, state: JobState) -> JobRecord:
    made = JobRecord(request=JobRequest(BELL, "qpu:a", tag=f"t{number % 3}"))
    made.state = state
    made.run.task_id = TASK.format(number)
    if state is JobState.FAILED:
        made.run.output = ErrorRecord(
            qpu_id="qpu:a",
            task_id=made.task_id,
            program=BELL,
            received=NOON,
            error_code=101,
            error_message="no such gate: hh",
        )
    return made


def viewer_of(count: int = 100, *, unicode: bool = True) -> Viewer:
    states = [JobState.SUBMITTED, JobState.COMPLETED, JobState.COMPLETED, JobState.FAILED]
    jobs = {number + 1: record(number, states[number % 4]) for number in range(count)}
    labels = {number: f"/a/long/way/to/the/folder/of/program-{number - 1:03}.qasm" for number in jobs}
    state = JournalState(jobs, {}, labels, "https://cloud.example.org", None)
    seen = WatchedCampaign(folder() / "20261128-120000-abcd.db", state, SystemClock())
    return Viewer(seen, lambda number: [Text(f"about {number - 1}"), *map(Text, map(str, range(200)))], unicode)


def shown(viewer: Viewer, width: int = 80, height: int = 24) -> list[str]:
    return [line.plain.rstrip() for line in viewer.lines(width, height)]


def chosen(lines: list[str]) -> str:
    (line,) = (line for line in lines if line.startswith("›"))
    return line


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [0, 1, 100, 12_345])
def test_it_fits_every_terminal_with_counts_rows_and_keys(size: tuple[int, int], count: int) -> None:
    viewer = viewer_of(count)
    for keys in ([], ["down", "enter"], ["escape", "/", "x"], ["escape", "f"]):
        for key in keys:
            viewer.press(key)
        lines = viewer.lines(*size)
        assert len(lines) <= size[1]
        assert all(line.cell_len <= size[0] for line in lines), [line.plain for line in lines]
        assert lines[-1].plain.strip(), "the keys are on the screen"


@pytest.mark.parametrize("size", SIZES)
def test_the_chart_has_the_counts_of_all_states(size: tuple[int, int]) -> None:
    text = "\n".join(shown(viewer_of(100), *size))
    for state, count in (("CREATED", 0), ("SUBMITTED", 25), ("RUNNING", 0), ("COMPLETED", 50), ("FAILED", 25)):
        assert re.search(rf"{state} +{count}\b", text), text
    assert "50 of 100" not in text
    assert "75 of 100 ended" in text


def test_a_wide_terminal_shows_whole_task_ids_and_errors() -> None:
    lines = shown(viewer_of(), 120, 40)
    assert any(TASK.format(3) in line and "no such gate" in line for line in lines)
    narrow = shown(viewer_of(), 50, 40)
    assert not any("7a6b0c3e" in line for line in narrow), "an id is shown whole or not at all"
    assert any("program-003.qasm" in line for line in narrow), "the end of a path is what differs"


def test_keys_move_the_choice_and_the_table_follows() -> None:
    viewer = viewer_of()
    assert " 0 SUBMITTED" in chosen(shown(viewer))
    for key, number in [("down", 1), ("j", 2), ("up", 1), ("end", 99), ("down", 99), ("home", 0), ("k", 0)]:
        viewer.press(key)
        assert f" {number} " in chosen(shown(viewer)), key
    viewer.press("page down")
    first = int(chosen(shown(viewer)).split()[1])
    viewer.press(" ")
    assert int(chosen(shown(viewer)).split()[1]) == 2 * first > 10
    viewer.press("page up")
    assert int(chosen(shown(viewer)).split()[1]) == first


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("state:failed", range(3, 100, 4)),
        ("no such gate", range(3, 100, 4)),
        ('error:"such gate" tag:t0', range(3, 100, 12)),
        ("job:8", [8]),
        ("program-017", [17]),
        ("NAME:PROGRAM-017", [17]),
        (TASK.format(5), [5]),
        ("tag:gate", []),
    ],
)
def test_a_filter_finds_by_words_and_fields(typed: str, found: "range | list[int]") -> None:
    viewer = viewer_of()
    for key in ["/", *typed]:
        viewer.press(key)
    assert shown(viewer)[-2] == f"/{typed}▏"
    viewer.press("enter")
    lines = shown(viewer, 120, 200)
    assert lines[-2].startswith(f"{len(found)} of 100 jobs; filter: ")
    assert [int(row[1]) for line in lines if (row := re.match(r"[› ] +(\d+) [A-Z]", line))] == list(found)
    viewer.press("escape")
    assert shown(viewer)[-2] == "100 of 100 jobs"


def test_q_is_a_letter_in_a_filter_and_goes_back_in_a_detail() -> None:
    viewer = viewer_of()
    for key in ["/", "q", "backspace", "enter", "down", "enter"]:
        viewer.press(key)
    assert shown(viewer)[0] == "about 1"
    viewer.press("end")
    assert shown(viewer)[-2] == "199"
    viewer.press("page up")
    assert shown(viewer)[-2] != "199"
    viewer.press("q")
    assert not viewer.closed
    assert chosen(shown(viewer)).split()[1] == "1", "the choice stays"
    viewer.press("q")
    assert viewer.closed


def test_what_is_chosen_stays_chosen_when_the_campaign_moves() -> None:
    viewer = viewer_of()
    for key in ["f", "down", "down"]:
        viewer.press(key)
    assert chosen(shown(viewer)).split()[1] == "11"
    more = dict(viewer.seen.state.jobs) | {101: record(100, JobState.FAILED), 1: record(0, JobState.FAILED)}
    viewer.seen.update(JournalState(more, {}, {}, None, None))
    lines = shown(viewer)
    assert chosen(lines).split()[1] == "11"
    assert lines[-2].startswith("27 of 101 jobs")


def test_without_unicode_there_are_only_plain_characters() -> None:
    viewer = viewer_of(10, unicode=False)
    for size in SIZES:
        text = "\n".join(shown(viewer, *size))
        assert text.replace("…", "").isascii()
        assert "> " in text


@settings(max_examples=scaled(60), deadline=None)
@given(
    st.lists(st.sampled_from([*{*NAMES.values()}, "q", "f", "/", "a", ":", '"', " ", "G"]), max_size=25),
    st.integers(1, 140),
    st.integers(1, 60),
    st.integers(0, 30),
)
def test_no_keys_and_no_size_break_it(keys: list[str], width: int, height: int, count: int) -> None:
    viewer = viewer_of(count)
    for key in keys:
        viewer.press(key)
        lines = viewer.lines(width, height)
        assert len(lines) <= height
        if width >= 20:
            assert all(line.cell_len <= width for line in lines)


def test_keys_of_terminals_have_names() -> None:
    assert keys_in("\x1b[A\x1bOBq\x1b[5~\r\x7f\x1b") == ["up", "down", "q", "page up", "enter", "backspace", "escape"]
    assert keys_in("é\x01\x1b[Z\x1b[1;5C") == ["é"], "keys without a meaning do nothing"


# In a pseudo-terminal.


def size_of(file: int, columns: int, rows: int) -> None:
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, words: list[str], columns: int, rows: int, **environment: str) -> None:
        self._file, end = pty.openpty()
        size_of(self._file, columns, rows)
        self.text = ""
        about = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "qcaas_sdk", *words], stdin=end, stdout=end, stderr=end, start_new_session=True,
            env=about | {"TERM": "xterm-256color"} | environment,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no threads yet
        )  # fmt: skip
        os.close(end)

    def press(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        size_of(self._file, columns, rows)

    def frame(self) -> list[str]:
        """What it shows now: every picture begins at the upper left corner."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.text.split("\x1b[H")[-1]).split("\r\n")

    def until(self, found: str) -> list[str]:
        """Read until the last picture has a text."""
        while found not in "\n".join(self.frame()):
            assert select.select([self._file], [], [], 60)[0], f"{found!r} is not in {self.text[-4000:]!r}"
            self.text += os.read(self._file, 1 << 16).decode("utf-8", "replace")
        return self.frame()

    def end(self) -> int:
        try:
            while data := os.read(self._file, 1 << 16):
                self.text += data.decode("utf-8", "replace")
        except OSError:  # its end is closed
            pass
        os.close(self._file)
        return self.process.wait(timeout=60)


async def _submitted(journal: Path) -> tuple[OqcSdk, list[str]]:
    sdk = OqcSdk.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=3600),)), journal=journal)
    await sdk.open()
    jobs = [sdk.create_job(program=BELL) for _ in range(30)]
    await asyncio.gather(*(job.submit() for job in jobs))
    while overview(journal).counts.get(JobState.SUBMITTED) != 30:  # another thread writes it
        await asyncio.sleep(0.02)
    return sdk, [str(job.task_id) for job in jobs]


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    with asyncio.Runner() as runner:
        sdk, tasks = runner.run(_submitted(tmp_path / "mine.db"))
        yield tmp_path / "mine.db", tasks
        runner.run(sdk.close())


@pytest.mark.slow
@pytest.mark.parametrize("columns", [50, 80, 120])
def test_a_campaign_in_a_real_terminal(campaign: tuple[Path, list[str]], columns: int) -> None:
    journal, tasks = campaign
    terminal = Terminal(["watch", str(journal)], columns, 24)
    lines = terminal.until("q quit")
    assert max(map(len, lines)) <= columns
    assert re.search(r"SUBMITTED +30", "\n".join(lines))
    terminal.press("jjj\r")
    terminal.until("Esc back")
    assert tasks[3] in "".join(terminal.frame()).replace("\n", ""), "a task id is never cut"
    terminal.press("\x1b")
    terminal.until("q quit")
    terminal.resize(columns - 9, 15)
    terminal.press("k")
    lines = terminal.until("›   2")
    assert max(map(len, lines)) <= columns - 9
    assert len(lines) <= 15
    terminal.press("q")
    assert terminal.end() == 5
    assert "\x1b[?1049l" in terminal.text, "the screen is as before"
    assert terminal.text.rstrip().endswith("its jobs continue")


@pytest.mark.slow
def test_colours_can_be_switched_off_and_ctrl_c_ends_it(campaign: tuple[Path, list[str]]) -> None:
    terminal = Terminal(["watch", str(campaign[0])], 80, 24, NO_COLOR="1")
    terminal.until("q quit")
    assert not re.search(r"\x1b\[(?:\d;)*3\d", terminal.text)
    terminal.press("\x03")
    assert terminal.end() == 130
    assert "\x1b[?1049l" in terminal.text
    assert "Traceback" not in terminal.text


@pytest.mark.slow
def test_a_terminal_that_can_do_nothing_gets_lines(campaign: tuple[Path, list[str]]) -> None:
    terminal = Terminal(["watch", str(campaign[0]), "--timeout", "0.5"], 80, 24, TERM="dumb")
    assert terminal.end() == 5
    assert "\x1b" not in terminal.text
    assert "30 submitted" in terminal.text
