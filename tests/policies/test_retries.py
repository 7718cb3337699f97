"""A job that its chart runs again: by itself, a limited number of times, each run once, whoever waits."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import CompositeJob, IllegalTransition, Job, JobCallbacks, JobState, JobTimeout, SdkNotOpen
from qcaas_sdk.statechart import parse_chart
from qcaas_sdk.testing import Fault, Recorder, RequestKind, SimulatedCloud, Status, check, run_virtual, sdk_on
from tests.policies.charts import ASKING, LASTING, PASSING, PROGRAM, TWO_DELAYS, failing, programs, retries

C, S, F = JobState.CREATED, JobState.SUBMITTED, JobState.FAILED


def submissions(cloud: SimulatedCloud) -> int:
    return len(cloud.ledger.requests(RequestKind.SUBMIT))


def test_each_retry_is_a_run_of_its_own_after_a_pause() -> None:
    async def scenario() -> None:
        cloud = failing(2)
        async with retries(cloud) as sdk:
            recorder = Recorder(cloud)
            recorder.watch(sdk)
            job = sdk.create_job(program=PROGRAM)
            outputs = await job.execute()
            assert outputs.one.ok
            assert [output.ok for output in job.history] == [False, False, True]
            assert len({output.task_id for output in job.history}) == 3
            resets = [one for one in job.transitions if one.trigger == "reset"]
            assert len(resets) == 2
            for one, following in pairwise(job.transitions):
                if following.trigger == "reset":
                    assert following.monotonic_s - one.monotonic_s == pytest.approx(60)
            check(recorder)

    run_virtual(scenario())


def test_there_is_a_bound_and_execute_begins_anew() -> None:
    async def scenario() -> None:
        cloud = failing(100)
        async with retries(cloud) as sdk:
            job = sdk.create_job(program=PROGRAM)
            assert not (await job.execute()).one.ok
            assert (job.state, job.ended, len(job.history), job.place) == (F, True, 4, "failed")
            await job.execute()
            assert len(job.history) == 8, "the user has begun a new run, so it may be repeated again"
            assert submissions(cloud) == 8

    run_virtual(scenario())


def test_other_errors_are_not_repeated() -> None:
    async def scenario() -> None:
        async with retries(failing(1, LASTING)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            assert not (await job.execute()).one.ok
            assert (job.ended, len(job.history)) == (True, 1)

    run_virtual(scenario())


def test_the_sdk_goes_on_although_nobody_waits() -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            job = await sdk.create_job(program=PROGRAM).submit()
            await asyncio.sleep(10)
            await job.refresh()
            assert (job.state, job.ended, job.place) == (F, False, "pausing")
            await asyncio.sleep(61)
            assert job.state is S
            assert (await job.wait()).completed

    run_virtual(scenario())


def test_a_deadline_in_the_pause_stops_the_wait_only() -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            with pytest.raises(JobTimeout):
                await job.wait(timeout_s=20)
            assert (job.state, job.place, job.ended) == (F, "pausing", False)
            waiting = [asyncio.create_task(job.wait()) for _ in range(3)]
            await asyncio.sleep(1)
            waiting[0].cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert job.completed
            assert len(job.history) == 2

    run_virtual(scenario())


@pytest.mark.parametrize("how", ["cancel", "reconfigure"])
def test_a_job_in_its_pause_can_be_stopped(how: str) -> None:
    async def scenario() -> None:
        cloud = failing(1)
        async with retries(cloud) as sdk:
            job = sdk.create_job(program=PROGRAM)
            waiting = asyncio.create_task(job.wait())
            await asyncio.sleep(20)
            assert job.place == "pausing"
            if how == "cancel":
                await job.cancel()
                assert (await waiting, job.state, job.ended) == (job, F, True)
                assert job.error is not None
            else:
                job.reconfigure(program=PROGRAM + " // another")
                await waiting
                assert (job.state, job.ended) == (C, False)
            await asyncio.sleep(1000)
            assert submissions(cloud) == 1
            assert job.state is (F if how == "cancel" else C)

    run_virtual(scenario())


def test_a_composite_waits_for_what_runs_again() -> None:
    async def scenario() -> None:
        cloud = failing(2)
        async with retries(cloud) as sdk:
            recorder = Recorder(cloud)
            recorder.watch(sdk)
            jobs = sdk.create_job(program=programs(2, 1))
            states: list[JobState] = []
            jobs.observe(lambda _, transition: states.append(transition.target))
            waiting = asyncio.create_task(jobs.wait())
            await asyncio.sleep(20)
            assert [job.state for job in jobs.leaves()] == [F, F, JobState.COMPLETED]
            assert (jobs.state, jobs.ended, len(jobs.terminal_jobs)) == (JobState.RUNNING, False, 1)
            assert jobs.counts[JobState.RUNNING] == 2
            outer = CompositeJob([jobs])
            check(recorder)
            await waiting
            assert jobs.completed
            assert outer.completed
            assert states == [S, JobState.RUNNING, JobState.COMPLETED], "no end in between"
            check(recorder)

    run_virtual(scenario())


def test_a_composite_ends_when_the_last_pause_is_cancelled() -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            jobs = sdk.create_job(program=programs(2))
            waiting = asyncio.create_task(jobs.wait())
            await asyncio.sleep(20)
            assert jobs.state is JobState.RUNNING
            await jobs.cancel()
            assert (await waiting, jobs.state, jobs.ended) == (jobs, F, True)

    run_virtual(scenario())


def test_as_completed_yields_a_job_once_and_at_its_last_end() -> None:
    async def scenario() -> None:
        async with retries(failing(2)) as sdk:
            jobs = sdk.create_job(program=programs(2, 2))
            seen: list[Job] = []
            async for job in jobs.as_completed():
                assert job.completed
                seen.append(job)
            assert sorted(map(id, seen)) == sorted(map(id, jobs.leaves()))

    run_virtual(scenario())


def test_events_go_on_to_the_last_end() -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            waiting = asyncio.create_task(job.wait())
            seen = [transition async for transition in job.events()]
            await waiting
            assert seen == [*job.transitions]
            assert [one.target for one in seen].count(F) == 1
            assert seen[-1].target is JobState.COMPLETED
            assert [one async for one in job.events()][-1] == seen[-1], "at once, because it has ended"

    run_virtual(scenario())


def test_events_end_when_the_pause_is_cancelled() -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            waiting = asyncio.create_task(job.wait())
            following = asyncio.create_task(anext_all(job))
            await asyncio.sleep(20)
            assert not following.done()
            await job.cancel()
            assert (await following)[-1] is F
            await waiting

    async def anext_all(job: Job) -> list[JobState]:
        return [transition.target async for transition in job.events()]

    run_virtual(scenario())


def test_a_retry_that_cannot_be_submitted_is_the_next_waiters() -> None:
    async def scenario() -> None:
        kinds = (RequestKind.RESERVE, RequestKind.SUBMIT)
        cloud = failing(1, faults=[Fault(Status(503), on=kinds, during=(50, 300))])
        async with retries(cloud) as sdk:
            job = await sdk.create_job(program=PROGRAM).submit()
            await asyncio.sleep(10)
            await job.refresh()
            await asyncio.sleep(350)
            assert (job.state, job.ended) == (C, False), "the service was down when the pause was over"
            await job.wait()
            assert job.completed
            assert len(job.history) == 2

    run_virtual(scenario())


def test_closing_stops_the_pause_and_wakes_who_waits() -> None:
    async def scenario() -> None:
        cloud = failing(1)
        sdk = await retries(cloud).open()
        job = sdk.create_job(program=PROGRAM)
        waiting = asyncio.create_task(job.wait())
        await asyncio.sleep(20)
        assert job.place == "pausing"
        await sdk.close()
        with pytest.raises(SdkNotOpen):
            await waiting
        with pytest.raises(SdkNotOpen):
            await job.wait()
        await asyncio.sleep(1000)
        assert (job.state, job.ended, submissions(cloud)) == (F, False, 1)
        await sdk.open()
        assert (await job.wait()).completed, "the pause is long over"
        assert job.transitions[-1].monotonic_s < 1040
        await sdk.close()

    run_virtual(scenario())


def test_a_guard_that_no_longer_holds_ends_the_job_without_a_transition() -> None:
    async def scenario() -> None:
        allowed = True
        callbacks = JobCallbacks(guards={"may_run": lambda job: allowed and job.runs < 3})
        async with sdk_on(failing(9), job_chart=parse_chart(ASKING), callbacks=callbacks) as sdk:
            jobs = sdk.create_job(program=[PROGRAM])
            job = next(jobs.leaves())
            waiting = asyncio.create_task(jobs.wait())
            await asyncio.sleep(8)
            assert (job.state, job.ended, jobs.state) == (F, False, JobState.RUNNING)
            allowed = False
            await waiting
            assert (job.state, job.ended, jobs.state, jobs.ended) == (F, True, F, True)
            assert len(job.transitions) == 3

    run_virtual(scenario())


def test_a_chart_without_its_own_submission_leaves_that_to_who_waits() -> None:
    async def scenario() -> None:
        callbacks = JobCallbacks(guards={"may_run": lambda job: job.error_code == PASSING})
        async with sdk_on(failing(9), job_chart=parse_chart(ASKING), callbacks=callbacks) as sdk:
            job = sdk.create_job(program=PROGRAM)
            await job.wait()
            assert len(job.history) == 3
            with pytest.raises(IllegalTransition):
                await job.submit()

    run_virtual(scenario())


@pytest.mark.parametrize(("short", "places"), [(9, "soon later later"), (0, "later later")])
def test_two_delays_of_one_state_have_a_time_and_a_bound_each(short: int, places: str) -> None:
    async def scenario() -> None:
        callbacks = JobCallbacks(guards={"is_short": lambda job: job.runs <= short})
        cloud = failing(9)
        async with sdk_on(cloud, job_chart=parse_chart(TWO_DELAYS), callbacks=callbacks) as sdk:
            job = sdk.create_job(program=PROGRAM)
            came: list[str] = []
            waiting = asyncio.create_task(job.wait())
            while not waiting.done():
                await asyncio.sleep(1)
                if job.place in {"soon", "later"} and came[len(job.history) - 1 :] == []:
                    came.append(job.place)
            assert " ".join(came) == places
            assert (job.ended, job.place, len(job.history)) == (True, "failed", len(came) + 1)

    run_virtual(scenario())


def test_two_delays_of_one_state_go_on_after_a_crash(tmp_path: Path) -> None:
    async def scenario() -> None:
        callbacks = JobCallbacks(guards={"is_short": lambda job: True})
        cloud, journal = failing(1), tmp_path / "j.db"
        options: dict[str, Any] = {"job_chart": parse_chart(TWO_DELAYS), "callbacks": callbacks, "journal": journal}
        async with sdk_on(cloud, **options) as sdk:
            job = await sdk.create_job(program=PROGRAM).submit()
            await asyncio.sleep(10)
            await job.refresh()
            assert len(json.loads(json.dumps(job.to_snapshot()))["qcaas_sdk"]["chart"]["due"]) == 2
        options["callbacks"] = JobCallbacks(guards={"is_short": lambda job: False})
        await asyncio.sleep(20)
        async with sdk_on(cloud, **options) as sdk:
            (job,) = sdk.recover()
            assert isinstance(job, Job)
            await asyncio.sleep(25)
            assert job.place == "failed", "the guard is asked again when the delay is over"
            await asyncio.sleep(10)
            assert job.place == "later"

    run_virtual(scenario())
