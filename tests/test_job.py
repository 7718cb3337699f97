"""A job from its user's side, on the embedded QPU."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk import (
    IllegalTransition,
    InvalidProgram,
    Job,
    JobFailed,
    JobLike,
    JobState,
    JobTimeout,
    OqcSdk,
    RequestTooLarge,
)
from qcaas_sdk._base.transition_scope import OutsideTransition
from qcaas_sdk.job import record_of_job
from qcaas_sdk.local import FaultKind, LocalCloud, LocalFault, LocalQpu, LocalSettings
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, run_virtual, sdk_on
from tests.support.programs import BELL, BELL_3, BROKEN, FLIP_FIRST_OF_THREE

SLOW = LocalSettings(qpus=(LocalQpu(queue_delay_s=30.0),))


@asynccontextmanager
async def cloud_and_sdk(settings: LocalSettings) -> AsyncIterator[tuple[LocalCloud, OqcSdk]]:
    cloud = LocalCloud(settings)
    carrier = httpx.ASGITransport(cloud.app)
    sdk = OqcSdk("http://localhost", "t", default_qpu_id=settings.qpus[0].id, http_transport=carrier)
    async with sdk:
        yield cloud, sdk
    await cloud.close()


def submitted_to(cloud: LocalCloud) -> list[str]:
    """The ids of the tasks that the service was given a program for, however often."""
    return [task.id for task in cloud.tasks_between(None, None) if task.was_submitted]


async def test_a_bell_pair_comes_back_as_counts() -> None:
    async with OqcSdk.local(LocalSettings(seed=1)) as sdk:
        job = sdk.create_job(program=BELL, tag="bell")
        outputs = await job.execute(timeout_s=60)
        counts = outputs.one.counts()
        assert set(counts) == {"00", "11"}
        assert sum(counts.values()) == 1000
        assert outputs.data == {"c": counts}, "one output lends its attributes"
        assert job.state is JobState.COMPLETED
        assert job.completed
        assert job.ended
        assert job.result is outputs.one
        assert job.error is None
        assert job.timings is not None
        assert job.metrics is not None
        assert job.metadata is not None
        assert repr(job).startswith(f"Job(id={job.task_id}, tag='bell', qpu='{job.qpu_id}', state=COMPLETED")
        assert job.result.counts() == job.result.counts("c")
        with pytest.raises(KeyError, match="no register 'd'"):
            job.result.counts("d")


async def test_the_leftmost_character_is_bit_0_of_the_register() -> None:
    async with OqcSdk.local() as sdk:
        outputs = await sdk.create_job(program=FLIP_FIRST_OF_THREE).execute()
        assert outputs.one.data == {"c": {"100": 1000}}


async def test_openqasm_3_runs_too_and_shots_are_the_configs() -> None:
    config = CompilerConfig(repeats=321, results_format=QuantumResultsFormat().binary_count())
    async with OqcSdk.local() as sdk:
        outputs = await sdk.create_job(program=BELL_3, config=config).execute()
        assert sum(outputs.one.counts().values()) == 321


async def test_a_program_that_cannot_run_fails_with_the_servers_reason() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BROKEN)
        outputs = await job.execute()
        assert job.state is JobState.FAILED
        assert not job.completed
        assert outputs.one is job.error
        assert "frobnicate" in job.error.error_message
        assert bool(job.error)
        assert outputs.any_error
        with pytest.raises(JobFailed, match="frobnicate") as caught:
            job.raise_for_status()
        assert (caught.value.task_id, caught.value.qpu_id) == (job.task_id, job.qpu_id)
        with pytest.raises(JobFailed):
            outputs.raise_for_error()


async def test_a_program_over_the_size_limit_fails_with_a_reason_and_nothing_is_sent() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL + "//" + "x" * 140_000, check=False)
        await job.execute()
        assert job.error is not None
        assert "128 KiB" in job.error.error_message
        assert RequestTooLarge.__name__ not in job.error.error_message


async def test_executing_again_runs_again_and_history_keeps_both() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
        first = (await job.execute()).one
        second = (await job.execute()).one
        assert job.history.all() == [first, second]
        assert job.history.first is first
        assert job.history.last is second
        assert first.task_id != second.task_id
        assert job.result is second


async def test_waiting_submits_a_fresh_job_and_returns_at_once_on_an_ended_one() -> None:
    async with OqcSdk.local() as sdk:
        job = await sdk.create_job(program=BELL).wait(timeout_s=60)
        assert job.completed
        assert await job.wait(timeout_s=0.0) is job
        assert len(job.history) == 1


async def test_refreshing_adds_one_output_however_often() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
        assert (await job.refresh()).state is JobState.CREATED
        await job.submit()
        while not job.ended:
            await job.refresh()
        for _ in range(3):
            await job.refresh()
        assert len(job.history) == 1


async def test_submitting_twice_is_illegal_and_changes_nothing() -> None:
    async with OqcSdk.local() as sdk:
        job = await sdk.create_job(program=BELL).submit()
        advice = (
            r"submit\(\) is not possible: the job is already submitted. `await job.wait\(\)` .* `await job.cancel"
        )
        with pytest.raises(IllegalTransition, match=advice):
            await job.submit()
        await job.wait()
        assert len(job.history) == 1


async def test_three_executions_at_once_are_one_run() -> None:
    async with cloud_and_sdk(LocalSettings()) as (cloud, sdk):
        job = sdk.create_job(program=BELL)
        outputs = await asyncio.gather(*(job.execute() for _ in range(3)))
        assert len(job.history) == 1
        assert {output.one.task_id for output in outputs} == {job.task_id}
        assert len(submitted_to(cloud)) == 1
        await asyncio.gather(*(job.execute() for _ in range(3)))
        assert len(job.history) == 2, "on an ended job, three at once are one run more"


# Events.


async def test_events_are_the_moves_as_they_happen() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
        running = asyncio.create_task(job.execute())
        seen = [event async for event in job.events()]
        await running
        assert seen[0].source is JobState.CREATED
        assert seen[0].target is JobState.SUBMITTED
        assert seen[0].trigger == "submit"
        assert seen[0].reason == "The server has it."
        assert seen[-1].target is JobState.COMPLETED
        assert [event.monotonic_s for event in seen] == sorted(event.monotonic_s for event in seen)
        assert tuple(seen) == job.transitions
        assert [event async for event in job.events()] == seen, "afterwards the run is told again, and ends"
        await job.execute()
        assert [event.trigger async for event in job.events()][:2] == ["reset", "submit"]


# Timeouts and cancellation.


async def test_a_deadline_raises_cancels_nothing_and_leaves_the_job_resumable() -> None:
    async with cloud_and_sdk(LocalSettings(qpus=(LocalQpu(queue_delay_s=0.5),))) as (_, sdk):
        job = sdk.create_job(program=BELL)
        with pytest.raises(JobTimeout, match="Nothing was cancelled") as caught:
            await job.execute(timeout_s=0.1)
        assert caught.value.job is job
        assert isinstance(caught.value, TimeoutError)
        assert job.state is JobState.SUBMITTED
        await job.wait(timeout_s=60)
        assert job.completed
        assert len(job.history) == 1


@pytest.mark.parametrize("timeout_s", [-1.0, float("nan")])
async def test_a_deadline_that_is_none_is_refused(timeout_s: float) -> None:
    async with OqcSdk.local() as sdk:
        with pytest.raises(ValueError, match="timeout_s"):
            await sdk.create_job(program=BELL).wait(timeout_s)


@pytest.mark.slow
async def test_a_deadline_is_kept_while_the_server_hangs() -> None:
    hang = LocalFault(FaultKind.SLOW, on="/submit", delay_s=60.0)
    async with cloud_and_sdk(LocalSettings(faults=(hang,))) as (_, sdk):
        job = sdk.create_job(program=BELL)
        begin = time.perf_counter()
        with pytest.raises(JobTimeout):
            await job.execute(timeout_s=1.0)
        assert 0.75 < time.perf_counter() - begin < 20.0
        assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, True)


async def test_a_timeout_of_the_callers_own_is_the_callers_to_see() -> None:
    async with OqcSdk.local(SLOW) as sdk:
        job = sdk.create_job(program=BELL)
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.2):
                await job.execute()
        assert not isinstance(caught.value, JobTimeout)
        assert (job.state, record_of_job(job).lock) == (JobState.SUBMITTED, None)
        await job.cancel()
        assert job.state is JobState.CANCELLED


async def test_a_cancel_during_a_wait_ends_the_wait() -> None:
    async with OqcSdk.local(SLOW) as sdk:
        job = sdk.create_job(program=BELL)
        waiting = asyncio.create_task(job.execute())
        while job.state is not JobState.SUBMITTED:
            await asyncio.sleep(0.01)
        assert await job.cancel() is job
        async with asyncio.timeout(5):
            assert len(await waiting) == 0
        assert job.state is JobState.CANCELLED
        assert job.history.all() == []
        job.raise_for_status()


async def test_cancelling_an_ended_job_changes_nothing() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
        await job.execute()
        before = repr(job)
        await job.cancel()
        await job.cancel_if_active()
        assert repr(job) == before


async def test_a_created_job_is_cancelled_without_a_request() -> None:
    async with cloud_and_sdk(LocalSettings()) as (cloud, sdk):
        job = sdk.create_job(program=BELL)
        await job.cancel_if_active()
        assert job.state is JobState.CREATED, "it is not active"
        await job.cancel()
        assert job.state is JobState.CANCELLED
        assert len(submitted_to(cloud)) == 0
        await job.execute()
        assert job.completed, "and it can still be run"


# Setting up anew.


async def test_reconfiguring_is_for_another_run() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BROKEN, tag="kept")
        failed = (await job.execute()).one
        assert job.reconfigure(program=BELL) is job
        assert (job.state, job.error, job.result, job.task_id) == (JobState.CREATED, None, None, None)
        assert job.history.all() == [failed]
        assert job.tag == "kept"
        await job.execute()
        assert job.completed
        job.reconfigure(failed, program=FLIP_FIRST_OF_THREE)
        assert (job.program, job.config) == (FLIP_FIRST_OF_THREE, None)


async def test_reconfiguring_is_all_or_nothing() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
        await job.execute()
        before = (repr(job), record_of_job(job).request)
        with pytest.raises(InvalidProgram):
            job.reconfigure(program="", qpu_id="qpu:other")
        with pytest.raises(TypeError):
            job.reconfigure(shots=3)  # type: ignore[call-arg]  # the point of the test
        assert (repr(job), record_of_job(job).request) == before


async def test_a_job_under_way_is_not_reconfigured() -> None:
    async with OqcSdk.local(SLOW) as sdk:
        job = await sdk.create_job(program=BELL).submit()
        with pytest.raises(IllegalTransition):
            job.reconfigure(program=BELL_3)
        assert job.program == BELL


async def test_an_output_can_be_run_again() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=FLIP_FIRST_OF_THREE)
        old = (await job.execute()).one
        job.reconfigure(program=BELL)
        await job.execute()
        new = await old.reexecute()
        assert new.data == {"c": {"100": 1000}}
        assert await old.resubmit() is job
        assert job.state is JobState.SUBMITTED
        await job.wait()
        assert len(job.history) == 4


# Guards of the architecture.


@pytest.mark.virtual_time
async def test_a_request_about_a_task_outside_a_transition_is_refused() -> None:
    cloud = SimulatedCloud(require_transition=False)
    async with sdk_on(cloud) as sdk:
        job = await sdk.create_job(program=BELL).submit()
        tasks = factory_of(sdk).effects.tasks
        sent = cloud.ledger.requests()
        with pytest.raises(OutsideTransition, match="no transition is running"):
            await tasks.report(job.qpu_id, job.task_id)
        with pytest.raises(OutsideTransition):
            await tasks.cancel(job.qpu_id, job.task_id)
        assert cloud.ledger.requests() == sent
        assert len(cloud.ledger.requests("submit")) == 1


async def test_a_job_is_job_like() -> None:
    async with OqcSdk.local() as sdk:
        job: JobLike = sdk.create_job(program=BELL)
        assert isinstance(job, Job)
        assert (await job.execute()).all_ok


async def test_faults_on_the_way_lose_nothing() -> None:
    """A quarter of all answers dropped, refused or garbled: every job ends with one result of its own."""
    rng = random.Random(5)
    kinds = (FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.STATUS)
    faults = tuple(LocalFault(kind, on="/tasks", probability=0.05) for kind in kinds)
    async with cloud_and_sdk(LocalSettings(seed=rng.randrange(100), faults=faults)) as (cloud, sdk):
        jobs = [sdk.create_job(program=BELL) for _ in range(30)]
        await asyncio.gather(*(job.execute(timeout_s=120) for job in jobs))
        assert all(job.completed and len(job.history) == 1 for job in jobs)
        assert len(submitted_to(cloud)) == 30


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("path", ["/tasks", "/tasks/submit", "all_info"])
def test_a_timeout_tells_what_a_service_answered_that_only_had_errors(many: bool, path: str) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud()
        down = [False]

        async def answer(request: httpx.Request) -> httpx.Response:
            if down[0] and request.url.path.endswith(path):
                return httpx.Response(503, json={"detail": "in maintenance"})
            return await cloud.transport.handle_async_request(request)

        async with sdk_on(cloud, http_transport=httpx.MockTransport(answer)) as sdk:
            job = sdk.create_job(program=["OPENQASM 2.0;"] * 2 if many else "OPENQASM 2.0;")
            down[0] = True
            said = r"the service's last (\d+ answers were|answer was) 503: .*in maintenance"
            with pytest.raises(JobTimeout, match=said):
                await job.wait(3.0)
            down[0] = False
            assert (await job.wait(1000.0)).completed

    run_virtual(scenario())


def test_a_timeout_says_nothing_of_a_service_that_answers() -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("q", service_time=Constant(100.0))])
        async with sdk_on(cloud) as sdk:
            with pytest.raises(JobTimeout) as caught:
                await sdk.create_job(program="OPENQASM 2.0;").wait(3.0)
        assert "did not end within 3 s. Nothing was cancelled" in str(caught.value)

    run_virtual(scenario())
