"""Many jobs as one: the state is the join, an error of one does not touch the others, outputs line up."""

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, InvalidProgram, JobFailed, JobLike, JobState, JobTimeout, NoOutput, OqcSdk
from qcaas_sdk._callbacks import composite_callbacks
from qcaas_sdk._callbacks.composite import state_is_the_join
from qcaas_sdk._record import CompositeRecord, join
from qcaas_sdk.composite import record_of
from qcaas_sdk.errors import ServerUnavailable
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.local import DEFAULT_QPU_ID, LocalQpu, LocalSettings
from qcaas_sdk.statechart import Machine, shipped_chart
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, sdk_on
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, empty_composite, make_job, make_job_in
from tests.support.examples import scaled
from tests.support.programs import BELL, BROKEN, FLIP_FIRST_OF_THREE
from tests.testing.virtually import virtually

C, S, R = JobState.CREATED, JobState.SUBMITTED, JobState.RUNNING
DONE, FAILED, CANCELLED = JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED


def composite_of(*children: Job | CompositeJob) -> CompositeJob:
    composite = empty_composite()
    composite.add(list(children))
    return composite


# The join.


@pytest.mark.parametrize(
    ("children", "state"),
    [
        ([], C),
        ([C, C], C),
        ([C, S], S),
        ([S, S], S),
        ([S, R], R),
        ([C, DONE], R),
        ([S, FAILED], R),
        ([DONE, DONE], DONE),
        ([DONE, CANCELLED], CANCELLED),
        ([DONE, CANCELLED, FAILED], FAILED),
    ],
)
async def test_the_state_is_the_join_of_the_childrens(children: list[JobState], state: JobState) -> None:
    composite = composite_of(*[await make_job_in(child, FakeTasks()) for child in children])
    assert composite.state is state
    assert composite.ended == (state in {DONE, FAILED, CANCELLED})
    assert composite.completed == (state is DONE)


@given(st.lists(st.sampled_from(list(JobState)), max_size=8))
def test_the_join_depends_on_nothing_but_which_states_there_are(states: list[JobState]) -> None:
    def counted(listed: list[JobState]) -> dict[JobState, int]:
        return {state: listed.count(state) for state in JobState}

    assert join(counted(states)) is join(counted(states * 3))


TREES = st.recursive(st.none(), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=9)
MOVES = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["submit", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "cancel", "reset", "add"]),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(TREES, MOVES)
def test_in_any_tree_and_any_order_of_moves_every_state_is_the_join(tree: Any, moves: list[tuple[int, str]]) -> None:
    jobs: list[tuple[Job, FakeTasks]] = []
    composites: list[CompositeJob] = []

    def grown(node: Any) -> Job | CompositeJob:
        if node is None:
            tasks = FakeTasks()
            jobs.append((make_job(tasks), tasks))
            return jobs[-1][0]
        composite = composite_of(*[grown(child) for child in node])
        composites.append(composite)
        return composite

    def check() -> None:
        for composite in composites:
            assert state_is_the_join(record_of(composite))
            at = JobState.CREATED
            for event in composite.transitions:
                assert event.source is at
                at = event.target
            assert composite.state is at

    async def scenario() -> None:
        grown([tree])
        for which, move in moves:
            job, tasks = jobs[which % len(jobs)]
            if move == "add":
                composites[which % len(composites)].add(make_job(FakeTasks()))
            elif move == "reset":
                await fakes.try_fire(job, "reset")
            elif move in {"submit", "cancel"}:
                tasks.answers["report"] = [fakes.RUNNING]
                await fakes.try_fire(job, move)
            else:
                tasks.answers["report"] = [getattr(fakes, move)]
                await fakes.try_fire(job, "poll")
            check()

    asyncio.run(scenario())


def test_a_childs_event_costs_the_same_in_a_crowd() -> None:
    """Counted, not timed: the machine is not asked at all when the join has not changed."""
    fired: list[str] = []

    class Counting(Machine[CompositeRecord, None]):
        def fire_now(self, model: CompositeRecord, trigger: str) -> None:
            fired.append(trigger)
            super().fire_now(model, trigger)

    async def scenario() -> None:
        machine = Counting(shipped_chart("composite_job"), composite_callbacks(), state_type=JobState.of)
        composite = empty_composite(machine)
        composite.add([make_job(FakeTasks()) for _ in range(500)])
        await composite.execute()
        assert composite.completed

    asyncio.run(scenario())
    assert fired == ["join"] * 3, "submitted, running, completed"


# Making one.


async def test_lists_broadcast() -> None:
    qpus = (LocalQpu("qpu:a"), LocalQpu("qpu:b"))
    async with OqcSdk.local(LocalSettings(qpus=qpus)) as sdk:
        composite = sdk.create_job(program=[BELL, BROKEN], qpu_id=["qpu:a", "qpu:b"])
        assert isinstance(composite, CompositeJob)
        assert [(job.program, job.qpu_id) for job in composite.leaves()] == [(BELL, "qpu:a"), (BROKEN, "qpu:b")]
        assert [job.qpu_id for job in sdk.create_job(program=BELL, qpu_id=["qpu:a", "qpu:b"]).leaves()] == [
            "qpu:a",
            "qpu:b",
        ]
        assert len(sdk.create_job(program=[BELL])) == 1
        assert len(sdk.create_job(program=[BELL] * 3, qpu_id=["qpu:b"])) == 3
        with pytest.raises(ValueError, match="program has 3, qpu_id has 2"):
            sdk.create_job(program=[BELL] * 3, qpu_id=["qpu:a", "qpu:b"])
        with pytest.raises(ValueError, match="the list of programs is empty"):
            sdk.create_job(program=[])
        with pytest.raises(InvalidProgram):
            sdk.create_job(program=[BELL, ""])


async def test_there_is_no_arbitrary_limit_on_the_number() -> None:
    async with OqcSdk.local() as sdk:
        assert len(sdk.create_job(program=[BELL] * 10_000)) == 10_000


def test_a_child_is_in_a_composite_once() -> None:
    job = make_job(FakeTasks())
    composite = composite_of(job)
    with pytest.raises(ValueError, match="already in this composite"):
        composite.add(job)
    inner = composite_of(make_job(FakeTasks()))
    composite.add(inner)
    for loop in (composite, inner):
        with pytest.raises(ValueError, match="already in this composite"):
            inner.add(composite) if loop is composite else composite.add(composite)
    assert len(composite) == 2


# Running one.


async def test_outputs_line_up_with_the_jobs() -> None:
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[FLIP_FIRST_OF_THREE, BROKEN, FLIP_FIRST_OF_THREE])
        outputs = await composite.execute(timeout_s=60)
        assert [output.ok for output in outputs] == [True, False, True]
        assert [output.job for output in outputs] == composite.jobs
        assert composite.state is FAILED
        assert (len(composite.completed_jobs), len(composite.failed_jobs)) == (2, 1)
        assert composite.terminal_jobs == composite.jobs
        assert composite.active_jobs == []
        assert "jobs=3, state=FAILED, completed=2, failed=1" in repr(composite)
        with pytest.raises(JobFailed, match="frobnicate"):
            composite.raise_for_status()
        with pytest.raises(JobFailed):
            outputs.raise_for_error()


async def test_a_cancelled_job_leaves_a_place_in_the_outputs() -> None:
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL, BELL])
        await composite.jobs[0].cancel()
        await composite.wait()
        first, second = composite.outputs
        assert isinstance(first, NoOutput)
        assert (first.state, first.ok, first.is_error, bool(first)) == (CANCELLED, False, False, False)
        assert second.ok
        assert composite.outputs.results() == [second]
        assert not composite.outputs.any_error
        assert not composite.outputs.all_ok
        assert composite.state is CANCELLED
        assert composite.cancelled_jobs == [composite.jobs[0]]


async def test_executing_again_runs_the_ended_ones_and_only_awaits_those_under_way() -> None:
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL, BELL])
        await composite.execute()
        composite.add(sdk.create_job(program=BELL))
        await composite.jobs[2].submit()
        await composite.execute()
        assert [len(job.history) for job in composite.leaves()] == [2, 2, 1]
        assert len(composite.history) == 5


async def test_retrying_touches_only_what_has_failed() -> None:
    flaky = FakeTasks(report=[fakes.FAILED, fakes.COMPLETED])
    good, bad = make_job(FakeTasks()), make_job(flaky)
    composite = composite_of(good, bad)
    await composite.execute()
    assert composite.state is FAILED
    assert await composite.retry_failed() is composite
    assert composite.state is R
    await composite.wait()
    assert composite.completed
    assert (len(good.history), len(bad.history)) == (1, 2)


async def test_two_that_retry_at_once_begin_one_run() -> None:
    flaky = FakeTasks(report=[fakes.FAILED, fakes.COMPLETED])
    composite = composite_of(make_job(flaky))
    await composite.execute()
    await asyncio.gather(composite.retry_failed(), composite.retry_failed())
    await composite.wait()
    assert composite.completed
    assert len(composite.jobs[0].history) == 2


async def test_an_error_of_one_leaves_the_others_alone_and_is_raised_at_the_end() -> None:
    down = FakeTasks(report=[ServerUnavailable("down", may_have_arrived=True), fakes.COMPLETED])
    composite = composite_of(make_job(FakeTasks()), make_job(down), make_job(FakeTasks()))
    with pytest.raises(ServerUnavailable) as caught:
        await composite.execute()
    (note,) = caught.value.__notes__
    assert note == f"1 of 3 jobs raised an error: {composite.jobs[1]!r}. The other jobs are not affected"
    assert [job.state for job in composite.leaves()] == [DONE, S, DONE]
    await composite.wait()
    assert composite.completed


@virtually
async def test_one_deadline_holds_for_all_and_everything_goes_on() -> None:
    async with sdk_on(SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(0.3))])) as sdk:
        composite = sdk.create_job(program=[BELL] * 5)
        begin = asyncio.get_running_loop().time()
        with pytest.raises(JobTimeout) as caught:
            await composite.execute(timeout_s=0.15)
        assert asyncio.get_running_loop().time() - begin == pytest.approx(0.15)
        assert caught.value.job is composite
        assert all(job.state is not CANCELLED for job in composite.leaves())
        await composite.wait(timeout_s=60)
        assert composite.completed
        assert len(composite.history) == 5


async def test_jobs_are_yielded_as_they_end() -> None:
    slow = FakeTasks(report=[fakes.RUNNING] * 9 + [fakes.COMPLETED])
    first, second = make_job(slow), make_job(FakeTasks())
    done = await make_job_in(DONE, FakeTasks())
    composite = composite_of(first, second, done)
    assert [job async for job in composite.as_completed()] == [done, second, first]
    assert composite.completed


async def test_leaving_as_completed_early_cancels_nothing() -> None:
    never = FakeTasks(report=fakes.RUNNING)
    composite = composite_of(make_job(never), make_job(FakeTasks()))
    stream = composite.as_completed()
    assert (await anext(stream)).completed
    await stream.aclose()
    assert [job.state for job in composite.leaves()] == [R, DONE]
    assert all(record_of_job(job).lock is None for job in composite.leaves())


async def test_events_are_its_jobs_moves() -> None:
    inner = composite_of(make_job(FakeTasks()))
    composite = composite_of(make_job(FakeTasks()), inner)
    running = asyncio.create_task(composite.execute())
    seen = [move async for move in composite.events()]
    await running
    assert {move.job for move in seen} == set(composite.leaves())
    assert [move.transition.target for move in seen].count(DONE) == 2
    assert [event.target for event in composite.transitions][-1] is DONE


@settings(max_examples=scaled(60), deadline=None)
@given(data=st.data())
def test_whatever_is_added_meanwhile_events_end_with_the_last_job(data: st.DataObject) -> None:
    """Jobs, ended ones and composites, added at any turn to any composite of the tree."""
    adding = data.draw(st.lists(st.tuples(st.integers(0, 8), st.sampled_from("jec"), st.integers(0, 3)), max_size=6))

    async def scenario() -> None:
        inner = composite_of(make_job(FakeTasks(report=[fakes.RUNNING, fakes.COMPLETED])))
        composite = composite_of(make_job(FakeTasks()), inner)
        tree = [composite, inner]
        seen: list[tuple[Job, JobState]] = []
        added: list[Job] = []

        async def listen() -> None:
            async for move in composite.events():
                seen.append((move.job, move.transition.target))

        async def drive() -> None:
            for turns, kind, where in adding:
                for _ in range(turns):
                    await asyncio.sleep(0)
                if composite.ended:
                    return
                job = await make_job_in(DONE, FakeTasks()) if kind == "e" else make_job(FakeTasks())
                if kind == "c":
                    tree.append(composite_of(job))
                    tree[where % (len(tree) - 1)].add(tree[-1])
                else:
                    tree[where % len(tree)].add(job)
                added.extend([] if kind == "e" else [job])

        listening, driving = asyncio.create_task(listen()), asyncio.create_task(drive())
        await asyncio.sleep(0)
        while not composite.ended or not driving.done():
            await composite.wait()
            await asyncio.sleep(0)
        await asyncio.wait_for(listening, 10.0)
        ends = [job for job, state in seen if state is DONE]
        assert len(ends) == len(set(ends)), "each move is told once"
        assert set(added) <= {job for job in composite.leaves() if job.completed}
        for member in tree:
            assert record_of(member).followers == ()
        assert all(len(record_of(job).observers) == 1 for job in composite.leaves())

    asyncio.run(scenario())


async def test_events_of_an_empty_composite_end_when_something_that_has_ended_is_added() -> None:
    composite = composite_of()
    listening = asyncio.create_task(anext(composite.events(), None))
    await asyncio.sleep(0)
    composite.add(await make_job_in(DONE, FakeTasks()))
    assert await asyncio.wait_for(listening, 10.0) is None


async def test_a_job_that_is_in_it_twice_is_yielded_once() -> None:
    job = make_job(FakeTasks())
    unchecked: Machine[CompositeRecord, None] = Machine(
        shipped_chart("composite_job"), composite_callbacks(), state_type=JobState.of, check_invariants=False
    )
    composite, inner = (empty_composite(unchecked) for _ in range(2))
    inner.add(job)
    composite.add([job, inner])
    assert [one async for one in composite.as_completed()] == [job]


@pytest.mark.virtual_time
async def test_cancelling_is_for_every_job() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(60.0))])
    async with sdk_on(cloud) as sdk:
        composite = sdk.create_job(program=[BELL] * 4)
        await composite.cancel_if_active()
        assert composite.state is C
        await composite.submit()
        assert composite.state is S
        sent = len(cloud.ledger.requests())
        await composite.cancel()
        assert composite.state is CANCELLED
        assert len(cloud.ledger.requests()) - sent == 1 + 4, "one cancellation, and a question each"


@pytest.mark.virtual_time
async def test_jobs_that_meet_travel_together() -> None:
    cloud = SimulatedCloud()
    async with sdk_on(cloud) as sdk:
        sent = len(cloud.ledger.requests())
        composite = sdk.create_job(program=[BELL] * 60)
        await composite.submit()
        assert len(cloud.ledger.requests()) - sent == 2
        sent = len(cloud.ledger.requests())
        jobs = [sdk.create_job(program=BELL) for _ in range(60)]
        await asyncio.gather(*(job.submit() for job in jobs))
        assert len(cloud.ledger.requests()) - sent == 2, "the same without a composite"
        await asyncio.gather(composite.wait(), *(job.wait() for job in jobs))
        assert len({job.task_id for job in [*composite.leaves(), *jobs]}) == 120


async def test_a_composite_is_job_like() -> None:
    async with OqcSdk.local() as sdk:
        composite: JobLike = sdk.create_job(program=[BELL], qpu_id=DEFAULT_QPU_ID)
        assert (await composite.execute()).all_ok
        assert composite.completed


async def test_an_empty_composite_has_nothing_to_do() -> None:
    composite = composite_of()
    assert (await composite.execute()).all() == []
    assert (composite.state, composite.ended) == (C, False)


async def test_random_cancels_of_callers_leave_every_job_legal() -> None:
    rng = random.Random(3)
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL] * 12)
        for _ in range(12):
            call = asyncio.create_task(rng.choice([composite.wait, composite.refresh, composite.execute])())
            await asyncio.sleep(rng.random() * 0.02)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            assert state_is_the_join(record_of(composite))
            assert all(record_of_job(job).lock is None for job in composite.leaves())
        await composite.wait()
        assert composite.completed
