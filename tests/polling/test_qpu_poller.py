"""When a job is polled: as long as somebody waits, by one poller, and error reaches those who wait."""

import asyncio
import math
import random
from collections.abc import Callable, Sequence

import pytest
from attrs import define, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk._callbacks import JobEffects
from qcaas_sdk._polling import Forecaster, PollScheduler
from qcaas_sdk._polling.policy import MAX_PARALLEL, MAX_PAUSE_S, VAIN_BURST, VAIN_PER_S
from qcaas_sdk._record import JobRecord, JobRequest, JobState, JobTransition
from qcaas_sdk._service import TaskReport, TaskSubmission
from qcaas_sdk.errors import SdkNotOpen, ServerUnavailable
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.statechart import Machine, shipped_chart
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, VirtualClock, run_virtual, sdk_on
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, make_job_in
from tests.support.examples import scaled
from tests.support.passing_clock import PassingClock

pytestmark = pytest.mark.usefixtures("each_api")


class StoppedClock(PassingClock):
    """A clock on which no pause ends."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


async def test_many_who_wait_share_one_poller() -> None:
    tasks = FakeTasks(report=[fakes.RUNNING] * 5 + [fakes.COMPLETED])
    job = await make_job_in(JobState.SUBMITTED, tasks)
    await asyncio.gather(*(job.wait() for _ in range(10)))
    assert job.completed
    assert tasks.calls == ["report"] * 6


async def test_pauses_grow_to_a_limit() -> None:
    clock = PassingClock()
    scheduler = PollScheduler(clock, random.Random(0))
    tasks = FakeTasks(report=[fakes.RUNNING] * 40 + [fakes.COMPLETED])
    job = await make_job_in(JobState.RUNNING, tasks)
    await scheduler.until_ended(record_of_job(job), job.refresh)
    assert 30 < clock.now < 60, "about a second each, once it has doubled to that"


async def test_an_error_reaches_all_who_wait_and_the_job_can_be_awaited_again() -> None:
    error = ServerUnavailable("down", may_have_arrived=True)
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[error, fakes.COMPLETED]))
    ends = await asyncio.gather(job.wait(), job.wait(), return_exceptions=True)
    assert ends == [error, error]
    await job.wait()
    assert job.completed


async def test_nobody_waiting_means_nobody_asking() -> None:
    tasks = FakeTasks(report=fakes.RUNNING)
    job = await make_job_in(JobState.RUNNING, tasks)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await job.wait()
    await asyncio.sleep(0)
    asked = len(tasks.calls)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(tasks.calls) == asked
    assert record_of_job(job).lock is None


async def test_an_end_that_another_caller_brings_about_is_noticed_at_once() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[fakes.RUNNING, fakes.RUNNING, fakes.CANCELLED]))
    scheduler = PollScheduler(StoppedClock(), random.Random(0))
    waiting = asyncio.create_task(scheduler.until_ended(record_of_job(job), job.refresh))
    for _ in range(5):
        await asyncio.sleep(0)
    await job.cancel()
    await job.refresh()
    async with asyncio.timeout(5):
        await waiting
    assert job.state is JobState.CANCELLED


async def test_a_run_that_begins_the_moment_another_ends_disturbs_nobody() -> None:
    results = [TaskReport(status="COMPLETED", results={"c": {str(n): 1}}) for n in range(20)]
    job = await make_job_in(JobState.SUBMITTED, FakeTasks(report=results))
    again: list[asyncio.Task[object]] = []

    def run_again(moved: Job, event: JobTransition) -> None:
        if event.target is JobState.COMPLETED and len(again) < 10:
            again.append(asyncio.create_task(moved.execute()))

    job.observe(run_again)
    first = await job.execute()
    assert first.one.data == {"c": {"0": 1}}, "the end of the run that was waited for, not of a later one"
    later = [await task for task in again]
    while len(later) < 10:
        later += [await task for task in again[len(later) :]]
    assert [outputs.one.data for outputs in later] == [{"c": {str(n): 1}} for n in range(1, 11)]
    assert len(job.history) == 11


async def test_closing_wakes_those_who_wait() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=fakes.RUNNING))
    scheduler = PollScheduler(PassingClock(), random.Random(0))
    waiting = asyncio.create_task(scheduler.until_ended(record_of_job(job), job.refresh))
    await asyncio.sleep(0)
    scheduler.close()
    with pytest.raises(SdkNotOpen, match="was closed while"):
        await waiting
    assert job.state is JobState.RUNNING


# In virtual time, against a QPU that does what a test says.


@define
class Queue(FakeTasks):
    """A QPU: task n has ended at `ends[n]`; every question takes 2 ms."""

    ends: list[float]
    asked: int = 0
    asked_at: list[float] = field(factory=list)

    async def reserve(self, qpu_id: str, tag: str | None) -> str:
        return ""

    async def submit(self, order: TaskSubmission, *, single_attempt: bool = False) -> None:
        return None

    async def report(self, qpu_id: str, task_id: str) -> TaskReport:
        self.asked += 1
        self.asked_at.append(VirtualClock().monotonic())
        await asyncio.sleep(0.002)
        return fakes.COMPLETED if VirtualClock().monotonic() >= self.ends[int(task_id)] else fakes.SUBMITTED


@frozen
class Outcome:
    """What a campaign cost: questions a job, and seconds between the end of a task and its discovery."""

    questions: float
    lags: list[float]
    wall_s: float
    asked_at: list[float]

    @property
    def p95(self) -> float:
        return sorted(self.lags)[int(0.95 * (len(self.lags) - 1))]


def campaign(
    *batches: Callable[[float], Sequence[float]],
    patience_s: float | None = None,
    timeout_s: float | None = None,
    forecaster: Forecaster | None = None,
) -> list[Outcome]:
    """Run batches of jobs one after the other on one SDK; each says when its tasks end, given the time it starts."""

    async def scenario() -> list[Outcome]:
        clock, rng = VirtualClock(), random.Random(7)
        scheduler = PollScheduler(clock, rng, forecaster)
        outcomes = []
        for batch in batches:
            begin = clock.monotonic()
            queue = Queue([begin + end for end in batch(begin)])
            effects = JobEffects(queue, clock, rng)  # type: ignore[arg-type]  # a fake stands in for Tasks
            machine = Machine(shipped_chart("job"), effects.callbacks(), clock=clock, state_type=JobState.of)
            jobs = []
            for number in range(len(queue.ends)):
                record = JobRecord(request=JobRequest(program="OPENQASM 2.0;", qpu_id="q"))
                record.run.task_id = str(number)
                jobs.append(Job(record, fakes.FakeOwner(machine, scheduler)))
            await asyncio.wait([asyncio.create_task(job.wait(timeout_s)) for job in jobs], timeout=patience_s)
            ended = [(job, end) for job, end in zip(jobs, queue.ends, strict=True) if job.ended]
            lags = [job.transitions[-1].monotonic_s - max(end, begin) for job, end in ended]
            outcomes.append(Outcome(queue.asked / len(jobs), lags, clock.monotonic() - begin, queue.asked_at))
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
        return outcomes

    return run_virtual(scenario())


def test_tasks_that_take_no_time_cost_one_question_each() -> None:
    (outcome,) = campaign(lambda _: [0.0] * 2000)
    assert outcome.questions <= 1.05
    assert outcome.p95 <= 2000 / 8 * 0.003


@pytest.mark.slow
def test_a_long_queue_of_short_tasks_is_followed_closely_with_few_questions() -> None:
    (outcome,) = campaign(lambda _: [0.02 * (n + 1) for n in range(1000)])
    assert outcome.questions <= 1.5
    assert outcome.p95 <= 0.5
    assert outcome.wall_s <= 22.0


def test_tasks_of_a_second_are_noticed_within_a_fraction_of_it_with_few_questions() -> None:
    (outcome,) = campaign(lambda _: [1.0 * (n + 1) for n in range(200)])
    assert outcome.questions <= 2.0
    assert outcome.p95 <= 0.3


def test_a_long_task_alone_is_noticed_soon_and_the_second_of_its_kind_at_once() -> None:
    first, second, third = campaign(*[lambda _: [20.0]] * 3)
    assert first.lags[0] <= 1.05
    assert first.questions <= 28
    for later in (second, third):
        assert later.lags[0] <= 0.5
    assert second.questions <= 9  # one task may have been an exception: some questions before the expected end
    assert third.questions <= 6


@pytest.mark.parametrize("length_s", [0.003, 0.15, 3.0])
def test_after_one_slow_task_the_lags_of_short_ones_are_in_proportion(length_s: float) -> None:
    _, *later = campaign(lambda _: [60.0], *[lambda _: [length_s]] * 12)
    lags = [outcome.lags[0] for outcome in later]
    assert max(lags) <= 8 * length_s + 0.02
    assert max(lags[8:]) <= 0.2 * length_s + 0.02
    assert sum(outcome.questions for outcome in later[1:]) / 11 <= 6


def test_it_is_right_when_order_is_not_kept() -> None:
    ends = [0.05 * (n + 1) for n in range(400)]
    random.Random(1).shuffle(ends)
    (outcome,) = campaign(lambda _: ends)
    assert len(outcome.lags) == 400
    assert outcome.wall_s <= 21.5
    assert outcome.p95 <= 15.0
    assert outcome.questions <= 4.0


def test_it_is_right_when_a_task_never_ends() -> None:
    (outcome,) = campaign(lambda _: [math.inf if n == 0 else 0.1 * n for n in range(100)], patience_s=60.0)
    assert len(outcome.lags) == 99
    assert outcome.questions <= 20.0


def test_it_is_right_when_the_length_of_tasks_jumps() -> None:
    def ends(_: float) -> list[float]:
        short = [0.05 * (n + 1) for n in range(100)]
        long = [5.0 + 4.0 * (n + 1) for n in range(10)]
        return short + long + [45.0 + 0.05 * (n + 1) for n in range(100)]

    (outcome,) = campaign(ends)
    assert len(outcome.lags) == 210
    assert max(outcome.lags) <= 15.0
    assert outcome.questions <= 3.0


def test_it_is_right_when_a_window_closes_for_hours() -> None:
    closed = 3 * 3600.0
    (outcome,) = campaign(lambda _: [*(0.1 * (n + 1) for n in range(50)), *(closed + 0.1 * n for n in range(50))])
    assert len(outcome.lags) == 100
    assert max(outcome.lags) <= MAX_PAUSE_S * 1.1 + 1.0
    assert outcome.questions * 100 <= 800


@frozen
class Expectation:
    """A forecast as a test wants it."""

    opens_in_s: float
    free_in_s: float | None = None


def test_a_window_that_the_service_speaks_of_costs_few_questions_and_no_lag() -> None:
    opens_at = 3 * 3600.0

    async def forecaster(_: str) -> Expectation:
        return Expectation(max(opens_at - VirtualClock().monotonic(), 0.0))

    ends = [*(0.1 * (n + 1) for n in range(50)), *(opens_at + 0.1 * (n + 1) for n in range(50))]
    (outcome,) = campaign(lambda _: ends, forecaster=forecaster)
    assert max(outcome.lags) <= 1.0
    assert outcome.questions * 100 <= 300


def test_a_wrong_forecast_is_survived() -> None:
    async def forecaster(_: str) -> Expectation:
        return Expectation(opens_in_s=1e6, free_in_s=1e9)

    (outcome,) = campaign(lambda _: [3600.0, 3601.0], forecaster=forecaster)
    assert max(outcome.lags) <= 650.0


def test_a_forecast_that_fails_is_done_without() -> None:
    asked = 0

    async def forecaster(_: str) -> Expectation:
        nonlocal asked
        asked += 1
        raise ServerUnavailable("no forecasts today", may_have_arrived=False)

    (outcome,) = campaign(lambda _: [200.0], forecaster=forecaster)
    assert 4 <= asked <= 6, "not before half a minute has passed, and then once each"
    assert outcome.lags[0] <= 11.0


def test_an_end_just_before_the_deadline_is_no_timeout() -> None:
    early, *_ = campaign(lambda _: [50.0], lambda _: [58.0], timeout_s=60.0)
    assert len(early.lags) == 1
    first, second = campaign(lambda _: [40.0], lambda _: [59.5], timeout_s=60.0)
    assert [len(first.lags), len(second.lags)] == [1, 1]
    assert second.lags[0] <= 0.5


def test_questions_in_vain_keep_to_their_budget() -> None:
    (outcome,) = campaign(lambda _: [math.inf] * 500, patience_s=100.0)
    for moment in range(0, 100, 10):
        asked = sum(moment <= at < moment + 10 for at in outcome.asked_at)
        assert asked <= 10 * VAIN_PER_S + VAIN_BURST + 2 * MAX_PARALLEL


async def test_if_the_poller_fails_every_waiter_gets_its_error() -> None:
    class BrokenClock(PassingClock):
        async def sleep(self, seconds: float) -> None:
            raise ZeroDivisionError

    scheduler = PollScheduler(BrokenClock(), random.Random(0))
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=fakes.RUNNING))
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(5):
            await scheduler.until_ended(record_of_job(job), job.refresh)


@given(
    st.lists(st.floats(0.0, 50.0), min_size=1, max_size=25),
    st.lists(st.floats(0.0, 5.0), min_size=0, max_size=10),
)
@settings(max_examples=scaled(60), deadline=None)
def test_all_ends_are_found_whenever_they_come(ends: list[float], later: list[float]) -> None:
    outcomes = campaign(lambda _: ends, lambda _: later or [0.0])
    assert [len(outcome.lags) for outcome in outcomes] == [len(ends), len(later) or 1]
    assert all(lag >= 0.0 for outcome in outcomes for lag in outcome.lags)


@pytest.mark.parametrize("skew_s", [-3600.0, 3600.0])
def test_it_is_right_when_clocks_differ(skew_s: float) -> None:
    def campaign_on(skew_s: float) -> tuple[list[float], int]:
        qpu = SimulatedQpu("q1", service_time=Constant(5.0), windows=[(0, 60), (4000, 9000)], clock_skew_s=skew_s)
        cloud = SimulatedCloud(seed=1, qpus=[qpu], latency_s=0.01)

        async def scenario() -> list[float]:
            sdk = sdk_on(cloud)
            async with sdk:
                composite = sdk.create_job(program=[f"OPENQASM 2.0; // {n}" for n in range(30)], qpu_id="q1")
                await composite.execute()
                ends = [(job, cloud.ledger.ended_at(str(job.task_id))) for job in composite.leaves()]
                return [job.transitions[-1].monotonic_s - (end or 0.0) for job, end in ends]

        return run_virtual(scenario()), len(cloud.ledger.requests("info"))

    lags, questions = campaign_on(skew_s)
    usual_lags, usual_questions = campaign_on(0.0)
    assert max(lags) <= max(usual_lags) + 60.0  # one pause; a confused client would be an hour late
    assert questions <= 2 * usual_questions


@pytest.mark.parametrize("seed", range(12))
def test_jobs_that_are_cancelled_while_those_before_them_are_asked_about_error_nobody(seed: int) -> None:
    cloud = SimulatedCloud(
        seed=seed, qpus=[SimulatedQpu("q1", service_time=Constant(0.5), in_order=False)], latency_s=0.05
    )
    rng = random.Random(seed)

    async def cancelled(job: Job, at_s: float) -> None:
        await asyncio.sleep(at_s)
        await job.cancel()

    async def scenario() -> None:
        async with sdk_on(cloud) as sdk:
            composite = await sdk.create_job(program=[f"OPENQASM 2.0; // {n}" for n in range(30)]).submit()
            cancels = [asyncio.create_task(cancelled(job, rng.uniform(0.0, 6.0))) for job in composite.leaves()]
            await composite.wait()
            await asyncio.gather(*cancels)
            assert composite.ended

    random.seed(seed)
    run_virtual(scenario())
