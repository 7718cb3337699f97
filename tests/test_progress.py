"""Many jobs while they run: counts, rate, time left."""

import io
import re
import sys
import threading
import warnings
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import define
from rich.console import Console

from qcaas_sdk import JobState, MissingExtra, OqcSdk
from qcaas_sdk._handles.progress import Progress, shown
from tests.support.programs import BELL, BROKEN


@define
class Job:
    state: JobState = JobState.CREATED


def of(**counts: int) -> list[Job]:
    return [Job(JobState[name]) for name, count in counts.items() for _ in range(count)]


def test_states_come_in_the_charts_order_and_only_those_that_have_jobs() -> None:
    progress = Progress(of(COMPLETED=3, CREATED=2, RUNNING=1))
    assert progress.lines() == [(JobState.CREATED, 2), (JobState.RUNNING, 1), (JobState.COMPLETED, 3)]


@pytest.mark.parametrize(
    ("ended", "seconds", "summary"),
    [
        (0, 5.0, "0 of 100 ended"),
        (20, 5.0, "20 of 100 ended, 4.0 per second, less than 1 min left"),
        (1, 60.0, "1 of 100 ended, 1.0 per minute, about 99 min left"),
        (50, 100.0, "50 of 100 ended, 30.0 per minute, about 2 min left"),
        (100, 8.0, "100 of 100 ended in 8.0 s, 12.5 per second"),
    ],
)
def test_rate_and_time_left_follow_from_what_has_ended(ended: int, seconds: float, summary: str) -> None:
    now = 0.0
    jobs = of(RUNNING=100)
    progress = Progress(jobs, clock=lambda: now)
    for job in jobs[:ended]:
        job.state = JobState.FAILED
    now = seconds
    assert progress.summary() == summary


def test_what_had_ended_before_does_not_count_for_the_rate() -> None:
    now = 0.0
    jobs = of(COMPLETED=50, RUNNING=50)
    progress = Progress(jobs, clock=lambda: now)
    now = 10.0
    assert progress.summary() == "50 of 100 ended"
    for job in jobs[50:60]:
        job.state = JobState.COMPLETED
    assert progress.summary() == "60 of 100 ended, 1.0 per second, less than 1 min left"


def test_the_unit_of_the_time_left_changes_only_as_it_gets_short() -> None:
    units = []
    for seconds in range(40_000, 0, -7):
        progress = Progress(of(COMPLETED=1, RUNNING=1), clock=lambda: 0.0, under_way=(float(seconds), 0))
        unit = re.findall(r"(less than 1 min|\d+ min|\d+ h) left", progress.summary())[0].split()[-1]
        units.append("0" if "less" in progress.summary() else unit)
    assert [unit for unit, before in zip(units, [None, *units], strict=False) if unit != before] == ["h", "min", "0"]


def test_the_time_that_it_took_grows_no_more() -> None:
    now = 0.0
    jobs = of(RUNNING=2)
    progress = Progress(jobs, clock=lambda: now)
    for job in jobs:
        job.state = JobState.COMPLETED
    now = 8.0
    before = progress.summary()
    now = 100.0
    assert progress.summary() == before == "2 of 2 ended in 8.0 s, 15.0 per minute"


def test_who_looks_later_sees_the_same_rate() -> None:
    now = 0.0
    jobs = of(RUNNING=100)
    first = Progress(jobs, clock=lambda: now)
    for job in jobs[:20]:
        job.state = JobState.COMPLETED
    now = 100.0
    later = Progress(jobs, clock=lambda: now, under_way=(100.0, 0))
    assert later.summary() == first.summary() == "20 of 100 ended, 12.0 per minute, about 7 min left"


def test_the_last_picture_stays() -> None:
    out = io.StringIO()
    jobs = of(COMPLETED=3, FAILED=1)
    with shown(jobs, console=Console(file=out, width=80)):
        pass
    lines = [line.split()[:2] for line in out.getvalue().splitlines()]
    assert ["COMPLETED", "3"] in lines
    assert ["FAILED", "1"] in lines
    assert "4 of 4 ended" in out.getvalue()


def test_nothing_is_shown_unless_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(of(CREATED=1), wanted=False):
        pass
    assert capsys.readouterr().out == ""


def test_without_rich_there_is_a_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.live", None)
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[cli\]"), shown(of(CREATED=1)):
        pass


async def test_execute_shows_it_for_a_job_and_for_a_composite(capsys: pytest.CaptureFixture[str]) -> None:
    async with OqcSdk.local() as sdk:
        composite: Any = sdk.create_job(program=[BELL, BELL, BROKEN])
        await composite.execute(progress=True)
        assert "3 of 3 ended in" in capsys.readouterr().out
        await sdk.create_job(program=BELL).execute(progress=True)
        assert "1 of 1 ended in" in capsys.readouterr().out


# In a notebook.


class Notebook:
    """Stands in for the IPython of a kernel: it keeps what is displayed."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []
        self.updates = threading.Semaphore(0)

    def display(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> "Notebook":
        assert raw
        assert display_id
        self.shown.append(bundle)
        return self

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(bundle)
        self.updates.release()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    kept = Notebook()
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    vars(ipython)["get_ipython"] = lambda: SimpleNamespace(kernel=object())
    vars(display)["display"] = kept.display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return kept


def test_in_a_notebook_the_display_of_the_cell_follows_the_jobs(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qcaas_sdk._handles.notebook_progress.REFRESHES_PER_S", 1000)
    jobs = of(RUNNING=4)
    with warnings.catch_warnings(action="error"), shown(jobs):
        for job in jobs[:3]:
            job.state = JobState.COMPLETED
        while notebook.updates.acquire(blocking=False):
            pass
        for _ in range(2):  # the second update from now on begins after the change
            assert notebook.updates.acquire(timeout=60)
        jobs[3].state = JobState.FAILED
    assert "0 of 4 ended" in notebook.shown[0]["text/plain"]
    assert any("3 of 4 ended" in bundle["text/plain"] for bundle in notebook.shown)
    assert "4 of 4 ended" in notebook.shown[-1]["text/html"]
    assert ">FAILED</td>" in notebook.shown[-1]["text/html"]
    assert capsys.readouterr() == ("", "")


def test_in_a_notebook_progress_needs_no_rich(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.live", None)
    with shown(of(COMPLETED=1)):
        pass
    assert "1 of 1 ended" in notebook.shown[-1]["text/plain"]


def test_ipython_in_a_terminal_is_not_a_notebook(notebook: Notebook) -> None:
    vars(sys.modules["IPython"])["get_ipython"] = SimpleNamespace
    with shown(of(COMPLETED=1)):
        pass
    assert not notebook.shown
