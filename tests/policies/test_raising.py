"""A guard or an action raises in what a chart does by itself: who waits gets the error, and the job stays usable."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from qcaas_sdk import Job, JobCallbacks, JobState, JobView, OqcSdk
from qcaas_sdk.statechart import Chart, parse_chart
from qcaas_sdk.testing import run_virtual, sdk_on
from tests.policies.charts import ASKING, PROGRAM, failing, programs

R, F, X = JobState.RUNNING, JobState.FAILED, JobState.CANCELLED

TOLD = """\
name: told_job
summary: A job that tells of an error.
extends: job
states:
  - {name: told, summary: Its error was told., within: failed}
transitions:
  - {always: true, source: failed, target: told, action: tell, bound: 1, summary: It tells.}
"""

IMPATIENT = """\
name: impatient_job
summary: A job that is cancelled if it runs too long.
extends: job
transitions:
  - {after: 1, source: running, when: may_run, trigger: cancel, bound: 1, summary: It takes too long.}
"""

AGAIN = """\
name: again_job
summary: A job that is ready again after a cancellation.
extends: job
transitions:
  - {always: true, source: cancelled, when: may_run, trigger: reset, bound: 1, summary: It is ready again.}
"""


class Broken(Exception):
    """What a guard or an action raises."""


class Guard:
    """A guard that holds, or raises.

    Attributes:
        broken: Whether it raises now.
    """

    def __init__(self, *, broken: bool = True) -> None:
        self.broken = broken

    def __call__(self, _: JobView) -> bool:
        if self.broken:
            raise Broken
        return True


def guarded(guard: Callable[[JobView], bool], chart: Chart | str = "job_with_retries", runs: int = 1) -> OqcSdk:
    """An SDK whose jobs ask this guard, on a cloud whose first runs fail."""
    name = "error_may_pass" if isinstance(chart, str) else "may_run"
    return sdk_on(failing(runs), job_chart=chart, callbacks=JobCallbacks(guards={name: guard}))


def unseen() -> list[dict[str, Any]]:
    """What reaches the exception handler of the running loop."""
    met: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: met.append(context))
    return met


def lock_is_free(job: Job) -> bool:
    """Whether the job takes another trigger at once: one that needs no request, and comes back."""
    before = job.state
    job.reconfigure()
    return before is not JobState.CREATED and job.state is JobState.CREATED


def test_the_error_of_a_guard_goes_to_each_who_waits_once() -> None:
    async def scenario() -> None:
        guard = Guard()
        async with guarded(guard) as sdk:
            job = sdk.create_job(program=PROGRAM)
            met = unseen()
            waiting = [asyncio.create_task(work) for work in (job.execute(), job.wait(), job.wait())]
            ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [Broken] * 3
            assert (job.state, job.place, job.ended, len(job.history)) == (F, "failed", True, 1)
            assert (await job.wait()) is job, "the run is over, and its error was raised"
            guard.broken = False
            assert (await job.execute()).one.ok
            assert met == []

    run_virtual(scenario())


def test_the_error_names_the_guard_and_the_job() -> None:
    async def scenario() -> None:
        async with guarded(Guard()) as sdk:
            job = sdk.create_job(program=PROGRAM, tag="mine")
            with pytest.raises(Broken) as caught:
                await job.execute()
            (note,) = caught.value.__notes__
            assert note.startswith("in the guard 'error_may_pass' of Job(id=")
            assert "tag='mine'" in note

    run_virtual(scenario())


def test_a_composite_gets_the_error_and_its_other_jobs_go_on() -> None:
    async def scenario() -> None:
        async with guarded(Guard()) as sdk:
            composite = sdk.create_job(program=programs(bad=1, good=2))
            with pytest.raises(Broken) as caught:
                await composite.execute()
            note = caught.value.__notes__[-1]
            job = composite.failed_jobs[0]
            assert note == f"1 of 3 jobs raised an error: {job!r}. The other jobs are not affected"
            assert (composite.state, len(composite.completed_jobs)) == (F, 2)

    run_virtual(scenario())


def test_the_error_of_an_action_goes_to_who_waits() -> None:
    async def scenario() -> None:
        def tell(_: JobView) -> None:
            raise Broken

        callbacks = JobCallbacks(actions={"tell": tell})
        async with sdk_on(failing(1), job_chart=parse_chart(TOLD), callbacks=callbacks) as sdk:
            job = sdk.create_job(program=PROGRAM)
            with pytest.raises(Broken) as caught:
                await job.execute()
            assert caught.value.__notes__[0].startswith("in the action 'tell' of Job(")
            assert (job.state, job.place, job.ended) == (F, "failed", True)
            assert lock_is_free(job)

    run_virtual(scenario())


def test_the_error_of_a_delayed_transition_goes_to_each_who_waits() -> None:
    async def scenario() -> None:
        guard = Guard(broken=False)
        async with guarded(guard, parse_chart(ASKING)) as sdk:
            met = unseen()
            job = sdk.create_job(program=PROGRAM)
            waiting = [asyncio.create_task(work) for work in (job.execute(), job.wait())]
            await asyncio.sleep(10)
            assert (job.state, job.ended) == (F, False)
            guard.broken = True
            ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [Broken] * 2
            assert (job.state, job.ended, len(job.history)) == (F, True, 1)
            assert lock_is_free(job)
            guard.broken = False
            assert (await job.execute()).one.ok
            assert met == []

    run_virtual(scenario())


def test_if_nobody_waits_the_event_loop_gets_the_error_of_a_delayed_transition() -> None:
    async def scenario() -> None:
        guard = Guard(broken=False)
        async with guarded(guard, parse_chart(ASKING)) as sdk:
            met = unseen()
            job = await sdk.create_job(program=PROGRAM).submit()
            await asyncio.sleep(10)
            await job.refresh()
            assert (job.state, job.ended) == (F, False)
            guard.broken = True
            await asyncio.sleep(20)
            (context,) = met
            assert isinstance(context["exception"], Broken)
            assert context["message"].startswith("no code waits for Job(id=")
            assert (job.state, job.ended) == (F, True)
            assert lock_is_free(job)

    run_virtual(scenario())


def test_who_waits_for_a_job_at_the_server_gets_the_error_at_once() -> None:
    async def scenario() -> None:
        guard = Guard(broken=False)
        async with guarded(guard, parse_chart(IMPATIENT), runs=0) as sdk:
            job = sdk.create_job(program=PROGRAM)
            waiting = asyncio.create_task(job.execute())
            await asyncio.sleep(0.5)
            assert (job.state, waiting.done()) == (R, False)
            guard.broken = True
            with pytest.raises(Broken):
                await asyncio.wait_for(waiting, timeout=1)
            assert job.state is R
            guard.broken = False
            assert (await job.wait()).state is X, "the next call goes on with the chart"

    run_virtual(scenario())


def test_whoever_waits_gets_the_error_too_if_another_call_made_the_transition() -> None:
    async def scenario() -> None:
        async with guarded(Guard(), parse_chart(AGAIN), runs=0) as sdk:
            job = await sdk.create_job(program=PROGRAM).submit()
            waiting = asyncio.create_task(job.wait())
            await asyncio.sleep(0.1)
            with pytest.raises(Broken):
                await job.cancel()
                await job.refresh()
            with pytest.raises(Broken):
                await waiting
            assert (job.state, job.ended) == (X, True)

    run_virtual(scenario())
