"""Timelines by the service's own times: whose clock is whose, and clocks that disagree."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, OqcSdk
from qcaas_sdk._base.task_timings import service_times, stamps
from qcaas_sdk._record import JobRecord, JobRequest, JobState, ResultRecord
from qcaas_sdk.diagrams import Timeline
from qcaas_sdk.diagrams.composite import composite_timeline
from qcaas_sdk.diagrams.history import StateHistory, history_of
from qcaas_sdk.diagrams.service_clock import ServiceClock, by_service_clock
from qcaas_sdk.statechart import Transition, shipped_chart
from qcaas_sdk.testing import Constant, SimulatedQpu
from tests.callbacks.fakes import FakeTasks, make_job
from tests.diagrams import scenes
from tests.diagrams.reading import svg_texts
from tests.support.passing_clock import PassingClock
from tests.support.programs import BELL

BEGIN = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
HOUR = 3600.0


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def given_times(ahead: float = 0.0, **moments: float) -> dict[str, object]:
    return {name: after(ahead + moment).isoformat() for name, moment in moments.items()}


USUAL = {"created": 1.1, "submitted": 2.1, "running": 5.0, "completed": 8.0}
"""The SDK makes the job at 1 s, knows at 2.3 s that it is submitted, and at 9 s that it has ended."""


def one_job(timings: dict[str, object] | None, noted: float = 2.3, seen: float = 9.0) -> StateHistory:
    """A job that the SDK has never seen running."""
    clock = PassingClock()
    now = clock.wall()
    begin = clock.monotonic() - (now - BEGIN).total_seconds()
    record = JobRecord(request=JobRequest("OPENQASM 3;", "qpu:1"), made_s=begin + 1.0)
    for source, target, trigger, at in (
        (JobState.CREATED, JobState.SUBMITTED, "submit", noted),
        (JobState.SUBMITTED, JobState.COMPLETED, "poll", seen),
    ):
        record.transitions.append(Transition(source, target, trigger, "", after(at), begin + at))
    record.state = JobState.COMPLETED
    output = ResultRecord(
        qpu_id="qpu:1", task_id="t", program="", received=after(seen), timings=timings, data={"c": {"0": 1}}
    )
    record.keep_output(output)
    return history_of(record, shipped_chart("job"), clock)


def drawn(*histories: StateHistory) -> tuple[ServiceClock, list[dict[str, tuple[float, float]]]]:
    """The clock, and the begin and end of each state in seconds after `BEGIN`."""
    clock = by_service_clock(histories)
    found = []
    for history, spans in zip(histories, clock.spans, strict=True):
        zero = (history.spans[0].begin_s or 0.0) - 1.0
        found.append({one.state: (round((one.begin_s or 0) - zero, 2), round(one.end_s - zero, 2)) for one in spans})
    return clock, found


def test_a_run_that_no_poll_saw_is_drawn() -> None:
    history = one_job(given_times(**USUAL))
    assert [span.state for span in history.spans] == ["created", "submitted", "completed"]
    clock, (spans,) = drawn(history)
    assert spans["running"][1] - spans["running"][0] == pytest.approx(3.0)
    assert spans["submitted"] == (2.3, 5.2), "aligned at the submission: the answer may have taken 0.2 s"
    assert (clock.used, clock.unusable, clock.ended) == (1, 0, 1)
    assert [span.state for span in clock.spans[0] if span.by_service] == ["submitted", "running", "completed"]


@given(st.floats(-1e9, 1e9))
def test_a_clock_that_is_wrong_moves_nothing(ahead: float) -> None:
    _, right = drawn(one_job(given_times(**USUAL)))
    clock, wrong = drawn(one_job(given_times(ahead, **USUAL)))
    for state, (begin, end) in wrong[0].items():
        if state != "completed":  # its end is now
            assert (begin, end) == pytest.approx(right[0][state], abs=0.02)
    assert clock.ahead == [pytest.approx(ahead - 0.2, abs=0.01)]


@given(
    st.floats(-5e4, 5e4),
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 9), st.floats(0, 9), st.floats(0, 5)), min_size=1, max_size=6),
)
def test_the_services_times_stay_between_what_the_sdk_knows(
    ahead: float, runs: list[tuple[float, float, float, float]]
) -> None:
    """However long answers take: submitted and ended no later than the SDK knew it, and in order."""
    histories = []
    for answer, wait, run, lag in runs:
        moments = {"submitted": 1.0, "running": 1.0 + wait, "completed": 1.0 + wait + run}
        seen = max(1.0 + answer, 1.0 + wait + run + lag)
        histories.append(one_job(given_times(ahead, **moments), 1.0 + answer, seen))
    clock = by_service_clock(histories)
    assert clock.used == len(runs)
    for history, spans in zip(histories, clock.spans, strict=True):
        begins = [span.begin_s or 0.0 for span in spans]
        assert begins == sorted(begins)
        assert all(span.begin_s is not None and span.end_s >= span.begin_s for span in spans[:-1])
        by_name = {span.state: span for span in spans}
        assert (by_name["completed"].begin_s or 0) <= (history.spans[-1].begin_s or 0) + 0.01
        assert (by_name["submitted"].begin_s or 0) <= (history.spans[1].begin_s or 0) + 0.01


@pytest.mark.parametrize(
    "timings",
    [
        None,
        {},
        {"running": "soon", "completed": 7, "submitted": None},
        given_times(submitted=2.1, completed=8.0),  # it ran, but they do not say when
        given_times(submitted=2.1, running=9.0, completed=8.0),
        given_times(submitted=2.1, running=2e9, completed=8.0),
        given_times(submitted=6.0, running=5.0, completed=8.0),
        given_times(created=3.0, submitted=2.1, running=5.0, completed=8.0),
    ],
)
def test_times_that_say_nothing_or_nonsense_are_not_used(timings: dict[str, object] | None) -> None:
    history = one_job(timings)
    clock = by_service_clock([history])
    assert clock.spans == [history.spans]
    assert clock.told(thick=True).startswith("Times by your clock")


def test_times_longer_than_the_run_was_here_do_not_fit() -> None:
    """The service's clock jumped by an hour while the task was there."""
    history = one_job(given_times(created=1.1, submitted=2.1, running=5.0, completed=HOUR))
    clock = by_service_clock([history])
    assert (clock.used, clock.unusable) == (0, 1)
    assert clock.spans == [history.spans]
    assert "times of 1 run do not fit" in clock.told(thick=True)


def test_one_wrong_task_spoils_no_other() -> None:
    good = [one_job(given_times(**USUAL), noted=2.3 + late) for late in (0.0, 0.5, 1.0)]
    clock, spans = drawn(*good, one_job(given_times(1e8, **USUAL)))
    assert clock.used == 4
    assert [one["running"][0] for one in spans] == [5.2, 5.2, 5.2, 5.2], (
        "the answer that came first aligns all of a QPU"
    )


def test_clocks_that_disagree_are_told() -> None:
    def told(*ahead: float) -> str:
        return by_service_clock([one_job(given_times(one, **USUAL)) for one in ahead]).told(thick=False)

    assert "clock seems" not in told(0.3)
    assert "Its clock seems 2 h 59 min behind yours: its times are moved to fit." in told(-3 * HOUR + 30.0)
    assert "Its clock seems 9.8 s ahead of yours" in told(10.0)
    assert "Its clocks seem up to 2 h 00 min off yours" in told(0.0, 2 * HOUR)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-29T01:00:00",
        "2026-03-29T01:00:00Z",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29 01:00:00.000",
    ],
)
def test_a_time_without_a_zone_is_utc(written: str) -> None:
    assert stamps({"Running": written}) == {"running": BEGIN.timestamp()}


@given(
    st.dictionaries(st.sampled_from([*USUAL, "other"]), st.text() | st.datetimes().map(str) | st.floats() | st.none())
)
def test_whatever_the_service_sends_is_read_or_left_out(timings: dict[str, object]) -> None:
    found = service_times("q", timings, ran=True)
    if found is not None:
        assert found.running is not None
        assert found.submitted <= found.running <= found.ended


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_first_and_the_last_date(written: str) -> None:
    timings: dict[str, object] = dict.fromkeys(("submitted", "running", "completed"), written)
    clock, (spans,) = drawn(one_job(timings))
    assert clock.used == 1
    assert spans["running"] == (2.3, 2.3)


@pytest.mark.parametrize("skew_s", [0.0, 7.0, -3 * HOUR])
@pytest.mark.parametrize("jobs", [1, 32, 60])
@pytest.mark.slow
def test_every_job_of_a_campaign_has_run(jobs: int, skew_s: float) -> None:
    async def scene(sdk: OqcSdk) -> tuple[Timeline, int]:
        composite = sdk.create_job(program=["OPENQASM 3;"] * jobs)
        await composite.execute()
        return composite.timeline(), len(composite.jobs)

    qpu = SimulatedQpu(service_time=Constant(0.5), clock_skew_s=skew_s)
    timeline, count = scenes.in_virtual_time(scene, qpu)
    lengths = [span.length_s for spans in timeline.service.spans for span in spans if span.state == "running"]
    assert lengths == [pytest.approx(0.5, abs=1e-3)] * count
    runs = sorted(
        (s.begin_s or 0, s.end_s) for spans in timeline.service.spans for s in spans if s.state == "running"
    )
    assert all(end <= begin + 1e-3 for (_, end), (begin, _) in pairwise(runs)), "one QPU, one task"
    assert f"the service's clock for {jobs} of {jobs}" in str(timeline)
    assert ("its times are moved" in str(timeline)) == bool(skew_s)
    svg = " ".join(svg_texts(ET.fromstring(timeline.svg())))
    assert ("Thick: the service's clock" in svg) == (jobs < 60)


def test_an_ended_run_and_a_new_one_have_each_their_own_times() -> None:
    timeline = scenes.third_run(lambda job: job.timeline())
    (spans,) = timeline.service.spans
    assert [(span.state, span.by_service) for span in spans[:9]] == [
        ("created", False),
        ("submitted", True),
        ("running", True),
        ("failed", True),
        ("created", False),
        ("submitted", True),
        ("running", True),
        ("completed", True),
        ("created", False),
    ]
    assert not any(span.by_service for span in spans[8:]), "the run is not over"
    assert [span.length_s for span in spans if span.state == "running"][:2] == pytest.approx([20.0, 20.0], abs=1e-3)


async def test_a_job_without_times_says_whose_clock_it_is() -> None:
    assert "Times by your clock: when the SDK saw a change." in str(make_job(FakeTasks()).timeline())
    assert "clock" not in str(composite_timeline(_Nobody(), shipped_chart("composite_job"), PassingClock()))


class _Nobody:
    state = "created"

    def leaves(self) -> tuple[()]:
        return ()


async def test_a_journal_and_a_snapshot_keep_the_times(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "mine.journal") as sdk:
        composite = sdk.create_job(program=[BELL] * 3)
        await composite.execute()
        loaded = sdk.from_snapshot(composite.to_snapshot())
        assert isinstance(loaded, CompositeJob)
        for one in (composite, loaded):
            assert one.timeline().service.used == 3
    async with OqcSdk.local(journal=tmp_path / "mine.journal") as sdk:
        assert [again.timeline().service.used for again in sdk.recover(all=True)] == [3, 3]
