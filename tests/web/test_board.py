"""The board: what a browser gets, whenever it asks, adds up to what the journal holds."""

import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import JobState, OqcSdk, Usage
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, sdk_on
from qcaas_sdk.web.board import MAX_ROWS, Board
from qcaas_sdk.web.history import MAX_STEPS, CountsOverTime
from qcaas_sdk.web.rows import PLACE_OF, STATES
from qcaas_sdk.web.source import Journaled
from tests.support.examples import scaled
from tests.support.programs import BELL
from tests.web.campaign import BEGIN, Campaign, busy


def new_board(tick_s: int = 1) -> Board:
    """A board; a minute after the begin of the campaign, and time passes whenever somebody looks at the clock."""

    class Ticking(SystemClock):
        seconds = count(60, tick_s)

        def monotonic(self) -> float:
            return float(next(self.seconds))

        def wall(self) -> datetime:
            return BEGIN + timedelta(seconds=60)

    return Board(Ticking(), lambda: None, {})


class Browser:
    """What a browser knows: rows by number, and the last of everything else."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.version = 0
        self.rows: dict[int, list[Any]] = {}
        self.rest: dict[str, Any] = {}
        self.messages: list[int] = []

    def catch_up(self) -> None:
        while self.board.has_news(self.version):
            for message, version in self.board.since(self.version):
                assert version > self.version
                self.version = version
                news = json.loads(message)
                self.messages.append(len(news["rows"]))
                self.rows |= {row[0]: row for row in news["rows"]}
                self.rest |= news


STEPS = st.lists(
    st.tuples(st.sampled_from(["made", "submitted", "running", "completed", "failed", "cancelled"]), st.booleans()),
    max_size=30,
)
LEGAL = {
    "submitted": {"CREATED"},
    "running": {"SUBMITTED"},
    "completed": {"SUBMITTED", "RUNNING"},
    "failed": {"SUBMITTED", "RUNNING"},
    "cancelled": {"SUBMITTED", "RUNNING"},
}


@pytest.mark.parametrize("most", [3, MAX_ROWS])
@settings(max_examples=scaled(30), deadline=None)  # each writes a journal
@given(STEPS, st.randoms(use_true_random=False))
def test_a_browser_that_looks_now_and_then_knows_what_one_knows_that_begins_now(
    most: int, steps: list[tuple[str, bool]], random: Any
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory() as folder,
        Campaign(Path(folder) / "campaign.db") as campaign,
    ):
        patch.setattr("qcaas_sdk.web.board.MAX_ROWS", most)
        states: dict[int, str] = {}
        board, source = new_board(), Journaled(campaign.path, "mine")
        browser = Browser(board)
        for at, (what, looks) in enumerate(steps):
            if what == "made":
                number = len(states) + 1
                campaign.made([number], tag=f"t{number}")
                states[number] = "CREATED"
            elif fitting := [number for number, state in states.items() if state in LEGAL[what]]:
                number = random.choice(fitting)
                if what == "failed":
                    campaign.failed([number], "no", at)
                else:
                    getattr(campaign, what)([number], at)
                states[number] = what.upper()
            campaign.write()
            board.update(asyncio.run(source.read()))
            if looks:
                browser.catch_up()
        browser.catch_up()
        late = Browser(board)
        late.catch_up()
        assert browser.rows == late.rows
        assert {number: STATES[row[1]].value for number, row in late.rows.items()} == states
        counts = Counter(states.values())
        if late.rest:
            assert late.rest["counts"] == browser.rest["counts"] == [counts[state.value] for state in STATES]
            assert late.rest["figures"]["runs"] == len(states) - counts["CREATED"]


async def test_many_jobs_come_in_parts_and_only_the_last_has_the_figures(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made(range(1, 1201))
        campaign.write()
        board = new_board()
        board.update(await Journaled(campaign.path, "mine").read())
    browser = Browser(board)
    browser.catch_up()
    assert browser.messages == [MAX_ROWS, MAX_ROWS, 200]
    assert len(browser.rows) == 1200
    assert browser.rest["counts"] == [1200, 0, 0, 0, 0, 0]


async def test_what_did_not_change_is_not_sent_again(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        board, source = new_board(0), Journaled(tmp_path / "campaign.db", "mine")
        campaign.made(range(1, 101))
        campaign.submitted(range(1, 101))
        campaign.write()
        board.update(await source.read())
        browser = Browser(board)
        browser.catch_up()
        campaign.completed([7])
        campaign.write()
        board.update(await source.read())
        browser.catch_up()
    assert browser.messages == [100, 1]
    assert board.update(await source.read()) is False
    assert not board.has_news(browser.version)


async def test_the_figures_of_a_qpu(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made(range(1, 11), qpu="qpu:a")
        campaign.made([11], qpu="qpu:b")
        campaign.submitted(range(1, 12), 0.0)
        campaign.completed(range(1, 6), 55.0, wait_s=3.0, run_s=0.5)
        campaign.running([6], 56.0)
        campaign.write()
        board = new_board()  # a minute after the begin
        board.update(await Journaled(campaign.path, "mine").read())
    browser = Browser(board)
    browser.catch_up()
    figures = browser.rest["figures"]
    one, other = figures["qpus"]
    assert (one["id"], one["waiting"], one["running"], one["ended"]) == ("qpu:a", 4, 1, 5)
    assert (one["wait_s"], one["run_s"], one["rate"]) == (3.0, 0.5, 1.0), "five ends in the last five seconds"
    assert one["left_s"] == 5.0
    assert (other["id"], other["waiting"], other["wait_s"], other["left_s"]) == ("qpu:b", 1, None, None)
    assert (figures["runs"], figures["shots"], figures["qpu_s"], figures["requests"]) == (11, 11_000, 2.5, None)
    assert round(figures["lag_s"], 3) == 0.2


@pytest.mark.virtual_time
async def test_the_usage_on_the_page_is_that_of_the_sdk(tmp_path: Path) -> None:
    """A run that failed has used its shots too, a refused one none; one that is under way counts."""
    cloud = SimulatedCloud(qpus=[SimulatedQpu("q", service_time=Constant(2.0))])
    async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
        board, source = new_board(), Journaled(tmp_path / "j.db", "mine")
        fine = sdk.create_job(program=[BELL] * 3, shots=100, tag="fine")
        await fine.execute()
        await sdk.create_job(program=f"{BELL} // simulated: fails", shots=100).wait()
        await sdk.create_job(program=f"{BELL} // simulated: refused", shots=100).wait()
        sdk.create_job(program=BELL, shots=100)  # never submitted
        await usage_agrees(board, source, sdk, Usage(4, 400, 8.0, 4))
        again = fine.jobs[0]
        await again.reconfigure().submit()
        await usage_agrees(board, source, sdk, Usage(5, 500, 8.0, 4))
        await again.wait()
        await usage_agrees(board, source, sdk, Usage(5, 500, 10.0, 5))


async def usage_agrees(board: Board, source: Journaled, sdk: OqcSdk, expected: Usage) -> None:
    total = sdk.usage().total
    assert total == expected
    board.update(await source.read())
    browser = Browser(board)
    browser.catch_up()
    figures = browser.rest["figures"]
    assert (figures["runs"], figures["shots"], figures["qpu_s"]) == (total.runs, total.shots, total.qpu_seconds)


async def test_a_run_that_no_poll_saw_counts_as_running_while_it_ran(tmp_path: Path) -> None:
    """The service's clock counts, wherever it stands; a run without its times counts as the SDK saw it."""
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made(range(1, 4))
        campaign.submitted(range(1, 4), 0.0)
        campaign.completed([1, 2], 12.0, wait_s=3.8, run_s=8.0)
        campaign.failed([3], "no", 12.0)
        campaign.write()
        board = new_board()
        board.update(await Journaled(campaign.path, "mine").read())
    browser = Browser(board)
    browser.catch_up()
    history = browser.rest["figures"]["history"]
    running, submitted = (history["counts"][PLACE_OF[state]] for state in (JobState.RUNNING, JobState.SUBMITTED))
    at = [round(seconds / history["width"]) for seconds in (2.0, 6.0, 11.0)]
    assert [running[step] for step in at] == [0, 2, 2]
    assert [submitted[step] for step in at] == [3, 1, 1]
    assert (history["ended"], history["by_service"]) == (3, 2)
    assert [counts[-1] for counts in history["counts"][1:]] == [0, 0, 2, 1, 0]


MOVES = [(JobState.CREATED, JobState.SUBMITTED), (JobState.SUBMITTED, JobState.RUNNING)]
MOVES += [(JobState.RUNNING, JobState.COMPLETED), (JobState.COMPLETED, JobState.CREATED)]


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1e6)), max_size=200))
def test_the_counts_over_time_end_with_what_there_is(jumps: list[tuple[int, float]]) -> None:
    begin = BEGIN.timestamp()
    history, places = CountsOverTime(), dict.fromkeys(range(41), 0)
    for job, at in jumps:
        source, target = MOVES[places[job] % 4]
        places[job] += 1
        history.moved(source, target, begin + at)
    document = history.document(begin + 2e6, living=True)
    counts = document["counts"]
    assert isinstance(counts, list)
    if not jumps:
        assert counts == []
        return
    assert all(len(state) == len(counts[0]) <= MAX_STEPS for state in counts)
    now = Counter(
        [JobState.CREATED, JobState.SUBMITTED, JobState.RUNNING, JobState.COMPLETED][n % 4] for n in places.values()
    )
    assert [state[-1] for state in counts[1:]] == [now[state] for state in STATES[1:]]


@pytest.mark.slow
async def test_ten_thousand_rows_are_small(tmp_path: Path) -> None:
    with busy(tmp_path / "campaign.db") as campaign:
        campaign.write()
        board = new_board(0)
        board.update(await Journaled(campaign.path, "mine").read())
    browser = Browser(board)
    browser.catch_up()
    assert len(browser.rows) == 10_000
    assert len(json.dumps([*browser.rows.values()], separators=(",", ":"))) < 2_000_000
