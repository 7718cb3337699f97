"""What the effects send, in which order, and what they make of doubt."""

import asyncio

import pytest

from qcaas_sdk._record import JobState
from qcaas_sdk._service import TaskReport
from qcaas_sdk.errors import (
    AuthenticationError,
    BadAnswer,
    RequestRefused,
    RequestTooLarge,
    ServerUnavailable,
    ServerUnreachable,
    ServerWarning,
    TransportError,
    UnknownQpu,
    UntrustedHost,
)
from qcaas_sdk.job import record_of_job
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, make_job, make_job_in

LOST = ServerUnavailable("the answer never came", may_have_arrived=True)
NEVER_LEFT = ServerUnreachable("no connection")


async def test_a_run_is_reserve_submit_and_one_question() -> None:
    tasks = FakeTasks()
    job = make_job(tasks, tag="mine")
    outputs = await job.execute()
    assert tasks.calls == ["reserve", "submit", "report"]
    assert outputs.one.data == {"c": {"00": 5, "11": 5}}
    (order,) = tasks.orders
    assert (order.task_id, order.tag, order.program) == ("task-1", "mine", job.program)
    assert '"repeats": 1000' in order.config


async def test_an_id_that_is_reserved_is_used_again_after_trouble() -> None:
    tasks = FakeTasks(submit=[NEVER_LEFT, None])
    job = make_job(tasks)
    with pytest.raises(ServerUnreachable):
        await job.submit()
    assert (job.state, job.task_id, record_of_job(job).run.in_doubt) == (JobState.CREATED, "task-1", False)
    await job.submit()
    assert tasks.calls == ["reserve", "submit", "submit"]
    assert {order.task_id for order in tasks.orders} == {"task-1"}


async def test_after_a_lost_answer_the_server_is_asked_before_anything_is_sent_again() -> None:
    tasks = FakeTasks(submit=[LOST, None], status=fakes.CREATED)
    job = await make_job(tasks).submit()
    assert tasks.calls == ["reserve", "submit", "status", "submit"]
    assert job.state is JobState.SUBMITTED


@pytest.mark.parametrize("there", [fakes.SUBMITTED, fakes.RUNNING, fakes.COMPLETED, fakes.FAILED, fakes.EXPIRED])
async def test_after_a_lost_answer_a_task_that_is_there_is_not_sent_again(there: TaskReport) -> None:
    tasks = FakeTasks(submit=LOST, status=there)
    job = await make_job(tasks).submit()
    assert tasks.calls == ["reserve", "submit", "status"]
    assert job.state is JobState.SUBMITTED
    assert not record_of_job(job).run.in_doubt


async def test_a_second_sending_that_is_refused_because_the_first_came_late_is_no_failure() -> None:
    conflict = RequestRefused("already submitted", status=409)
    tasks = FakeTasks(submit=[LOST, conflict], status=[fakes.CREATED, fakes.RUNNING])
    job = await make_job(tasks).submit()
    assert tasks.calls == ["reserve", "submit", "status", "submit", "status"]
    assert job.state is JobState.SUBMITTED


async def test_while_an_earlier_sending_may_still_arrive_each_attempt_is_asked_about_first() -> None:
    """A connection that comes about only after minutes would otherwise send what has arrived meanwhile."""
    tasks = FakeTasks(submit=[LOST, NEVER_LEFT, NEVER_LEFT, None], status=fakes.CREATED)
    job = await make_job(tasks).submit()
    assert tasks.calls == ["reserve", "submit", *["status", "submit"] * 3]
    assert tasks.single_attempt == [False, True, True, True]
    assert (job.state, record_of_job(job).run.in_doubt) == (JobState.SUBMITTED, False)


async def test_a_sending_that_is_refused_fails_the_job_with_the_servers_words() -> None:
    tasks = FakeTasks(submit=RequestRefused("400", status=400, messages=["no such gate"]))
    job = await make_job(tasks).submit()
    assert job.state is JobState.FAILED
    assert tasks.calls == ["reserve", "submit", "status"], "believed when the server does not have it either"
    assert job.error is not None
    assert (job.error.error_code, job.error.error_message) == (400, "no such gate")
    assert job.history.all() == [job.error]


async def test_a_program_over_the_size_limit_fails_without_a_server() -> None:
    job = await make_job(FakeTasks(submit=RequestTooLarge("140 kB; the limit is 128 KiB"))).submit()
    assert job.error is not None
    assert (job.error.error_code, job.error.error_message) == (413, "140 kB; the limit is 128 KiB")


@pytest.mark.parametrize(
    "trouble",
    [
        AuthenticationError("expired"),
        UnknownQpu("gone"),
        UntrustedHost("elsewhere"),
        RequestRefused("not found", status=404),
        RequestRefused("payment required", status=402),
    ],
)
async def test_what_speaks_of_account_or_address_leaves_the_job_as_it_was(trouble: Exception) -> None:
    tasks = FakeTasks(submit=[trouble, None])
    job = make_job(tasks)
    with pytest.raises(type(trouble)):
        await job.submit()
    assert (job.state, record_of_job(job).run.in_doubt, job.history.all()) == (JobState.CREATED, False, [])
    await job.submit()
    assert job.state is JobState.SUBMITTED


async def test_doubt_that_outlasts_all_patience_is_raised_and_kept_in_mind() -> None:
    tasks = FakeTasks(submit=LOST, status=fakes.CREATED)
    job = make_job(tasks)
    with pytest.raises(ServerUnavailable):
        await job.submit()
    assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, True)
    assert "submission in doubt" in repr(job)
    tasks.calls.clear()
    tasks.answers["status"] = [fakes.RUNNING]
    await job.submit()
    assert tasks.calls == ["status"], "a later call asks first"


async def test_a_submission_cut_off_by_its_caller_is_in_doubt() -> None:
    tasks = FakeTasks()

    async def hang(_: object, *, single_attempt: bool = False) -> None:
        await asyncio.Event().wait()

    tasks.submit = hang  # type: ignore[method-assign]
    job = make_job(tasks)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await job.submit()
    assert (job.state, record_of_job(job).run.in_doubt, record_of_job(job).lock) == (JobState.CREATED, True, None)


async def test_cancelling_what_was_never_sent_needs_no_request() -> None:
    tasks = FakeTasks()
    job = await make_job(tasks).cancel()
    assert job.state is JobState.CANCELLED
    assert tasks.calls == []


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (fakes.CANCELLED, JobState.CANCELLED),
        (fakes.RUNNING, JobState.RUNNING),
        (fakes.SUBMITTED, JobState.SUBMITTED),
        (fakes.COMPLETED, JobState.COMPLETED),
        (fakes.FAILED, JobState.FAILED),
    ],
)
async def test_cancelling_a_submission_in_doubt_asks_the_server(report: TaskReport, state: JobState) -> None:
    tasks = FakeTasks(submit=LOST, status=LOST, report=report)
    job = make_job(tasks)
    with pytest.raises(TransportError):
        await job.submit()
    tasks.calls.clear()
    await job.cancel_if_active()
    assert tasks.calls == ["cancel", "report"]
    assert (job.state, record_of_job(job).run.in_doubt) == (state, False)


async def test_a_cancel_that_comes_too_late_keeps_the_result() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=fakes.COMPLETED))
    await job.cancel()
    assert job.completed
    assert job.result is not None


async def test_a_cancel_that_is_refused_because_the_task_has_ended_is_no_error() -> None:
    refused = RequestRefused("it has ended", status=409)
    job = await make_job_in(JobState.RUNNING, FakeTasks(cancel=refused, report=fakes.COMPLETED))
    await job.cancel()
    assert job.completed


async def test_a_cancel_that_is_refused_while_the_task_goes_on_is_an_error() -> None:
    refused = RequestRefused("not yours", status=400)
    job = await make_job_in(JobState.RUNNING, FakeTasks(cancel=refused, report=fakes.RUNNING))
    with pytest.raises(RequestRefused, match="not yours"):
        await job.cancel()
    assert job.state is JobState.RUNNING
    assert "cancellation requested" not in repr(job)


async def test_an_unconfirmed_cancel_says_so_and_polling_settles_it() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[fakes.RUNNING, fakes.CANCELLED]))
    await job.cancel()
    assert job.state is JobState.RUNNING
    assert "cancellation requested" in repr(job)
    await job.refresh()
    assert job.state is JobState.CANCELLED


async def test_an_expired_task_has_failed_and_says_why() -> None:
    job = await make_job_in(JobState.SUBMITTED, FakeTasks(report=fakes.EXPIRED))
    await job.refresh()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "EXPIRED" in job.error.error_message
    assert job.server_status == "EXPIRED"


async def test_an_unknown_status_is_announced_once_and_its_word_is_kept() -> None:
    job = await make_job_in(JobState.SUBMITTED, FakeTasks(report=fakes.STRANGE))
    with pytest.warns(ServerWarning, match="TRANSMOGRIFIED") as caught:
        await job.refresh()
        await job.refresh()
    assert len(caught) == 1
    assert job.state is JobState.SUBMITTED
    assert job.server_status == "TRANSMOGRIFIED"
    assert "server_status='TRANSMOGRIFIED'" in repr(job)


async def test_completed_without_results_is_a_bad_answer_and_the_job_stands() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[TaskReport(status="COMPLETED"), fakes.COMPLETED]))
    with pytest.raises(BadAnswer, match="sends no results"):
        await job.wait()
    assert job.state is JobState.RUNNING
    await job.wait()
    assert job.completed


@pytest.mark.parametrize("word", ["completed", "SUCCEEDED", "done", " DONE "])
async def test_the_servers_spellings_of_an_end_are_understood(word: str) -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=TaskReport(status=word, results={})))
    await job.refresh()
    assert job.completed
    assert job.server_status == word


async def test_diagnostics_that_are_missing_are_asked_for_if_the_user_wants_them() -> None:
    tasks = FakeTasks(metadata=ServerUnavailable("down", may_have_arrived=True))
    job = make_job(tasks, fetch_diagnostics=True)
    await job.execute()
    assert tasks.calls == ["reserve", "submit", "report", "execution_metadata", "metadata"]
    assert job.timings == {"completed": "now"}
    assert job.metrics == {"told": "execution_metadata"}
    assert job.metadata is None, "what cannot be had is not worth a failure"
    assert job.result is not None
    assert job.result.metrics == job.metrics


async def test_diagnostics_that_came_along_cost_nothing() -> None:
    tasks = FakeTasks()
    job = make_job(tasks)
    await job.execute()
    assert tasks.calls == ["reserve", "submit", "report"]
    assert job.timings == {"completed": "now"}
