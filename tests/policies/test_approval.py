"""A job that waits for an approval, what callbacks see of a job, and what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import BadStatechart, IllegalTransition, InvalidArgument, Job, JobCallbacks, JobState, JobView, OqcSdk
from qcaas_sdk.statechart import parse_chart
from qcaas_sdk.testing import run_virtual, sdk_on
from tests.policies.charts import APPROVED, ASKING, PROGRAM, approval, approvals, charted, failing

C = JobState.CREATED


def test_a_job_is_sent_once_it_is_approved() -> None:
    async def scenario() -> None:
        told: list[str] = []
        cloud = failing(0)
        async with approvals(cloud, told) as sdk:
            job = sdk.create_job(program=PROGRAM, tag="mine")
            with pytest.raises(IllegalTransition):
                await job.submit()
            waiting = asyncio.create_task(job.wait())
            await asyncio.sleep(1000)
            assert (job.state, job.place, waiting.done()) == (C, "created", False)
            assert (await job.trigger("approve")) is job
            assert (job.state, job.place, told) == (C, "approved", ["mine"])
            with pytest.raises(IllegalTransition):
                await job.trigger("aprove")
            await waiting
            assert job.completed
            assert job.transitions[0].trigger == "submit", "what a user sees has no steps in between"
            with pytest.raises(IllegalTransition):
                await job.trigger("approve")
            job.reconfigure()
            assert job.place == "created", "another run needs another approval"

    run_virtual(scenario())


def test_a_composite_sends_what_needs_no_approval() -> None:
    async def scenario() -> None:
        async with approvals(failing(0)) as sdk:
            jobs = sdk.create_job(program=[PROGRAM])
            jobs.add(sdk.create_job(program=PROGRAM, tag="cheap"))
            waiting = asyncio.create_task(jobs.wait())
            await asyncio.sleep(100)
            first, cheap = jobs.leaves()
            assert (first.state, cheap.state, jobs.state) == (C, JobState.COMPLETED, JobState.RUNNING)
            await first.trigger("approve")
            await waiting
            assert jobs.completed

    run_virtual(scenario())


@pytest.mark.parametrize(
    ("trigger", "calls"), [("submit", "submit"), ("reset", "execute|reconfigure"), ("poll", "wait|refresh")]
)
def test_triggers_of_job_are_methods(trigger: str, calls: str) -> None:
    assert all(hasattr(Job, call) for call in calls.split("|"))

    async def scenario() -> None:
        async with approvals(failing(0)) as sdk:
            wanted = r"\(\) or ".join(calls.split("|"))
            with pytest.raises(InvalidArgument, match=rf"call {wanted}\(\) instead"):
                await sdk.create_job(program=PROGRAM).trigger(trigger)

    run_virtual(scenario())


def test_a_job_that_is_not_approved_can_be_cancelled() -> None:
    async def scenario() -> None:
        async with approvals(failing(0)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            waiting = asyncio.create_task(job.wait())
            await asyncio.sleep(1)
            await job.cancel()
            await waiting
            assert job.state is JobState.CANCELLED

    run_virtual(scenario())


def test_callbacks_see_a_job_and_cannot_change_it() -> None:
    views: list[JobView] = []

    async def scenario() -> None:
        def may_run(job: JobView) -> bool:
            views.append(job)
            return False

        callbacks = JobCallbacks(guards={"may_run": may_run})
        async with sdk_on(failing(1), job_chart=parse_chart(ASKING), callbacks=callbacks) as sdk:
            job = sdk.create_job(program=PROGRAM, tag="mine", shots=12)
            await job.wait()
            (view, *_) = views
            assert (view.state, view.place, view.error_code, view.error_message) == (
                job.state,
                "failed",
                7,
                "not now",
            )
            assert (view.program, view.qpu_id, view.tag, view.shots) == (PROGRAM, job.qpu_id, "mine", 12)
            assert (view.task_id, view.server_status, view.runs) == (job.task_id, "FAILED", 1)
            assert (view.transitions, view.changed_at) == (job.transitions, job.transitions[-1].at)
            assert not view.runs_again
            assert repr(view) == repr(job)
            for name in ("state", "place", "anything"):
                with pytest.raises(AttributeError):
                    setattr(view, name, "x")

    run_virtual(scenario())


def test_a_guard_that_raises_changes_nothing() -> None:
    async def scenario() -> None:
        def is_approved(job: JobView) -> bool:
            raise ZeroDivisionError

        callbacks = JobCallbacks(guards={"is_approved": is_approved}, actions={"tell": lambda job: None})
        async with approvals(failing(0), callbacks=callbacks) as sdk:
            job = sdk.create_job(program=PROGRAM)
            with pytest.raises(ZeroDivisionError):
                await job.wait()
            assert (job.state, job.place) == (C, "created")
            await job.cancel()

    run_virtual(scenario())


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no callbacks": ({"job_chart": parse_chart(APPROVED)}, BadStatechart, "'is_approved'"),
    "another name": (
        {"job_chart": parse_chart(APPROVED), "callbacks": JobCallbacks(guards={"is_aproved": bool})},
        BadStatechart,
        "'is_approved'",
    ),
    "one more name": (
        {
            "job_chart": parse_chart(ASKING),
            "callbacks": JobCallbacks(guards={"may_run": bool, "other": bool}),
        },
        BadStatechart,
        "'other', but the chart does not use it",
    ),
    "a name of the package": (
        {"job_chart": parse_chart(ASKING), "callbacks": JobCallbacks(guards={"task_failed": bool})},
        InvalidArgument,
        "'task_failed' belongs to this package",
    ),
    "callbacks without a chart": ({"callbacks": JobCallbacks()}, InvalidArgument, "pass job_chart= too"),
    "callbacks of another kind": (
        {"job_chart": "job_with_retries", "callbacks": {}},
        InvalidArgument,
        "JobCallbacks",
    ),
    "no such chart": ({"job_chart": "job_with_retry"}, BadStatechart, "its charts: composite_job, job, job_with_"),
    "no such file": ({"job_chart": "charts/mine.yaml"}, BadStatechart, "cannot be read"),
    "no path": ({"job_chart": 3}, InvalidArgument, "job_chart"),
    "a chart of composites": ({"job_chart": "composite_job"}, InvalidArgument, "does not extend 'job'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_at_once(case: str) -> None:
    options, kind, message = WRONG[case]
    with pytest.raises(kind, match=message):
        OqcSdk("https://example.com", "token", **options)


def test_a_chart_is_a_file_a_name_or_a_chart(tmp_path: Path) -> None:
    path = charted(tmp_path, "approved_job", APPROVED)

    async def scenario() -> None:
        for chart in (path, str(path), parse_chart(APPROVED)):
            async with approvals(failing(0), job_chart=chart) as sdk:
                assert await places(sdk) == ["created", "approved"]

    async def places(sdk: OqcSdk) -> list[str]:
        job: Job = sdk.create_job(program=PROGRAM)
        before = job.place
        await job.trigger("approve")
        return [before, job.place]

    run_virtual(scenario())
    assert OqcSdk("https://example.com", "token", job_chart="job")
    assert OqcSdk.local(job_chart=path, callbacks=approval([]))


async def _waits(job: JobView) -> bool:
    return True


@pytest.mark.parametrize("given", [["may_run"], None, {"may_run": True}, {"may_run": _waits}])
@pytest.mark.parametrize("kind", ["guards", "actions", "invariants"])
def test_callbacks_are_functions_that_do_not_wait(kind: str, given: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"{kind}.* must be a"):
        JobCallbacks(**{kind: given})
