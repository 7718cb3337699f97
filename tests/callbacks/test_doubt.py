"""Cancelled means that the server said so: jobs in doubt, tasks that the server has lost, runs that are given up."""

import pytest

from qcaas_sdk._handles.errors import TaskLost
from qcaas_sdk._record import JobState
from qcaas_sdk._service import TaskReport
from qcaas_sdk.errors import (
    IllegalTransition,
    RequestRefused,
    ServerUnavailable,
    ServerWarning,
    SubmissionInDoubt,
    TransportError,
)
from qcaas_sdk.job import Job, record_of_job
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, make_job, make_job_in

LOST_ANSWER = ServerUnavailable("the answer never came", may_have_arrived=True)


def forgotten(status: int = 404) -> RequestRefused:
    return RequestRefused("no such task", status=status, messages=["no such task"], in_the_services_form=True)


async def in_doubt(**answers: object) -> tuple[Job, FakeTasks]:
    """A job whose submission is in doubt."""
    tasks = FakeTasks(submit=LOST_ANSWER, status=LOST_ANSWER, **answers)  # type: ignore[arg-type]
    job = make_job(tasks)
    with pytest.raises(TransportError):
        await job.submit()
    tasks.calls.clear()
    return job, tasks


# A cancellation that waits.


async def test_a_cancelled_job_whose_submission_may_still_arrive_stays_created_and_is_never_sent_again() -> None:
    job, tasks = await in_doubt(report=fakes.CREATED)
    await job.cancel()
    assert (job.state, job.cancellation_waits, record_of_job(job).run.in_doubt) == (JobState.CREATED, True, True)
    assert "cancellation waits" in repr(job)
    with pytest.raises(SubmissionInDoubt, match="cancelled it, and an earlier submission may still arrive"):
        await job.submit()
    with pytest.raises(TimeoutError):
        await job.wait(timeout_s=0.1)
    with pytest.raises(TimeoutError):
        await job.execute(timeout_s=0.1)
    with pytest.raises(IllegalTransition):
        job.reconfigure()
    await job.cancel()
    assert "submit" not in tasks.calls
    assert "reserve" not in tasks.calls
    assert job.cancellation_waits


@pytest.mark.parametrize(
    ("later", "state", "calls"),
    [
        (fakes.CREATED, JobState.CREATED, ["report"]),
        (fakes.SUBMITTED, JobState.SUBMITTED, ["report", "cancel", "report"]),
        (fakes.RUNNING, JobState.RUNNING, ["report", "cancel", "report"]),
        (fakes.STRANGE, JobState.SUBMITTED, ["report", "cancel", "report"]),
        (fakes.CANCELLED, JobState.CANCELLED, ["report"]),
        (fakes.COMPLETED, JobState.COMPLETED, ["report"]),
        (fakes.FAILED, JobState.FAILED, ["report"]),
        (fakes.EXPIRED, JobState.FAILED, ["report"]),
    ],
)
@pytest.mark.filterwarnings("ignore:the server reports")
async def test_each_poll_asks_and_cancels_what_has_arrived(
    later: TaskReport, state: JobState, calls: list[str]
) -> None:
    job, tasks = await in_doubt(report=[fakes.CREATED, later])
    await job.cancel()
    tasks.calls.clear()
    await job.refresh()
    assert job.state is state
    assert tasks.calls == calls
    assert record_of_job(job).run.in_doubt == (later is fakes.CREATED)


@pytest.mark.parametrize("refusal", [400, 404, 409, 410, 422])
async def test_a_server_that_cannot_cancel_what_was_not_submitted_does_not_stop_the_cancellation(
    refusal: int,
) -> None:
    refused = RequestRefused("nothing to cancel", status=refusal, messages=["nothing to cancel"])
    job, _ = await in_doubt(report=fakes.CREATED, cancel=refused)
    await job.cancel()
    assert job.cancellation_waits


@pytest.mark.parametrize("trouble", [LOST_ANSWER, RequestRefused("a page", status=404)])
async def test_a_cancellation_that_meets_trouble_is_still_to_be_done(trouble: Exception) -> None:
    job, tasks = await in_doubt(report=fakes.CREATED, cancel=[trouble, None])
    with pytest.raises(type(trouble)):
        await job.cancel()
    assert job.cancellation_waits
    with pytest.raises(SubmissionInDoubt):
        await job.submit()
    assert "submit" not in tasks.calls


# What the server has lost.


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("state", [JobState.SUBMITTED, JobState.RUNNING])
async def test_a_task_that_the_server_does_not_know_any_more_is_a_named_error_and_can_be_given_up(
    state: JobState, status: int
) -> None:
    job = await make_job_in(state, FakeTasks(report=forgotten(status)))
    for verb in ("wait", "refresh", "cancel", "execute"):
        with pytest.raises(TaskLost, match=r"no such task.*abandon") as caught:
            await getattr(job, verb)()
        assert (caught.value.job, caught.value.task_id) == (job, job.task_id)
    assert job.state is state
    assert "lost by the service" in repr(job)
    await job.abandon()
    assert (job.state, job.task_id, job.history.all()) == (JobState.CANCELLED, "task-1", [])


async def test_a_task_that_is_found_again_goes_on() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[forgotten(), fakes.RUNNING, fakes.COMPLETED]))
    with pytest.raises(TaskLost):
        await job.wait()
    await job.refresh()
    with pytest.raises(IllegalTransition, match=r"its task is not in doubt and not lost. Use `await job.cancel"):
        await job.abandon()
    await job.wait()
    assert job.completed


async def test_a_page_of_a_proxy_says_nothing_about_the_task() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=RequestRefused("a page", status=404)))
    with pytest.raises(RequestRefused):
        await job.wait()
    with pytest.raises(IllegalTransition):
        await job.abandon()


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_an_id_that_was_never_sent_and_is_forgotten_is_reserved_again(status: int) -> None:
    tasks = FakeTasks(submit=[forgotten(status), None], status=forgotten())
    job = await make_job(tasks).submit()
    assert tasks.calls == ["reserve", "submit", "status", "reserve", "submit"]
    assert [order.task_id for order in tasks.orders] == ["task-1", "task-2"]
    assert (job.state, job.task_id) == (JobState.SUBMITTED, "task-2")


async def test_an_id_that_may_have_been_used_and_is_forgotten_is_not_replaced() -> None:
    job, tasks = await in_doubt()
    tasks.answers["status"] = [forgotten()]
    for call in (job.wait, job.submit):
        with pytest.raises(TaskLost):
            await call()  # type: ignore[operator]
    assert tasks.calls == ["status", "status"]
    assert (job.state, job.task_id) == (JobState.CREATED, "task-1")
    await job.abandon()
    assert job.state is JobState.CANCELLED
    assert tasks.calls == ["status", "status"], "nothing is asked or sent"


async def test_a_refusal_that_is_not_about_the_id_is_raised() -> None:
    tasks = FakeTasks(submit=forgotten(), status=fakes.CREATED)
    job = make_job(tasks)
    with pytest.raises(RequestRefused):
        await job.submit()
    assert tasks.calls == ["reserve", "submit", "status"]
    assert (job.state, job.task_id, record_of_job(job).run.in_doubt) == (JobState.CREATED, "task-1", False)


async def test_a_server_that_forgets_every_id_is_not_asked_for_ever() -> None:
    tasks = FakeTasks(submit=forgotten(), status=forgotten())
    job = make_job(tasks)
    with pytest.raises(RequestRefused):
        await job.submit()
    assert tasks.calls.count("reserve") <= 12
    assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, False)


# A submission that stays CREATED.


async def test_a_submission_that_stays_created_is_told_once() -> None:
    job = await make_job_in(JobState.SUBMITTED, FakeTasks(report=[*[fakes.CREATED] * 5, fakes.COMPLETED]))
    with pytest.warns(ServerWarning, match="reports CREATED, as if it had not been submitted") as caught:
        await job.wait()
    assert len(caught) == 1
    assert job.completed


# Giving up.


@pytest.mark.parametrize("state", [JobState.CREATED, JobState.SUBMITTED, JobState.RUNNING])
async def test_a_run_that_is_in_no_doubt_cannot_be_abandoned(state: JobState) -> None:
    tasks = FakeTasks()
    job = await make_job_in(state, tasks)
    with pytest.raises(IllegalTransition, match=r"Use `await job.cancel\(\)`"):
        await job.abandon()
    assert (job.state, tasks.calls) == (state, [])


@pytest.mark.parametrize("state", [JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED])
async def test_abandoning_a_job_that_has_ended_does_nothing(state: JobState) -> None:
    job = await make_job_in(state, FakeTasks())
    before = (job.state, job.history.all(), job.transitions)
    await job.abandon()
    assert (job.state, job.history.all(), job.transitions) == before
