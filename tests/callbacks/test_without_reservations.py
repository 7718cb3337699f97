"""A server that reserves no ids: a program is sent once, and after doubt never again by itself."""

import pytest

from qcaas_sdk._record import JobState
from qcaas_sdk.errors import RequestRefused, RequestTooLarge, ServerUnavailable, ServerUnreachable, SubmissionInDoubt
from qcaas_sdk.job import Job, record_of_job
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, make_job

LOST = ServerUnavailable("the answer never came", may_have_arrived=True)


def tasks(**answers: object) -> FakeTasks:
    return FakeTasks(reserve=RequestRefused("no such call", status=405), **answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_the_server_makes_the_id(status: int) -> None:
    service = FakeTasks(reserve=RequestRefused("no such call", status=status))
    job = make_job(service)
    await job.execute()
    assert service.calls == ["reserve", "submit_unreserved", "report"]
    assert (job.state, job.task_id) == (JobState.COMPLETED, "made-1")
    assert "task_id" not in service.orders[0].to_wire()


async def test_a_refused_reservation_of_another_kind_is_no_such_server() -> None:
    service = FakeTasks(reserve=RequestRefused("too many", status=400))
    with pytest.raises(RequestRefused, match="too many"):
        await make_job(service).submit()
    assert service.calls == ["reserve"]


async def doubtful() -> tuple[Job, FakeTasks]:
    service = tasks(submit_unreserved=[LOST, "made-2"])
    job = make_job(service)
    with pytest.raises(SubmissionInDoubt, match=r"may have been submitted.*reconfigure"):
        await job.submit()
    return job, service


async def test_after_a_lost_answer_it_is_never_sent_again_by_itself() -> None:
    job, service = await doubtful()
    for attempt in (job.submit, job.wait, job.execute, job.cancel):
        with pytest.raises(SubmissionInDoubt):
            await attempt()
    assert service.calls == ["reserve", "submit_unreserved"]
    assert job.state is JobState.CREATED
    assert "in doubt" in repr(job)


async def test_whoever_has_made_sure_may_send_it_once_more() -> None:
    job, service = await doubtful()
    await job.reconfigure().execute()
    assert service.calls[2:] == ["reserve", "submit_unreserved", "report"]
    assert job.completed


async def test_what_never_left_can_be_sent_again() -> None:
    service = tasks(submit_unreserved=[ServerUnreachable("no connection"), "made-2"])
    job = make_job(service)
    with pytest.raises(ServerUnreachable):
        await job.submit()
    assert not record_of_job(job).run.in_doubt
    await job.submit()
    assert job.task_id == "made-2"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(RequestRefused("no such gate", status=400), 400), (RequestTooLarge("130 KiB"), 413)],
)
async def test_a_refused_program_fails(refusal: RequestRefused, code: int) -> None:
    job = await make_job(tasks(submit_unreserved=refusal)).submit()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.error_code == code


async def test_a_refusal_that_is_not_about_the_program_leaves_it_as_it_was() -> None:
    job = make_job(
        tasks(submit_unreserved=[RequestRefused("no such place", status=404), "made-2"], report=fakes.FAILED)
    )
    with pytest.raises(RequestRefused):
        await job.submit()
    assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, False)
    await job.wait()
    assert job.state is JobState.FAILED
