"""A server that reserves no ids: a program is sent once, and after doubt never again by itself."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qcaas_sdk._journal import EntryWriter, open_journal, read_journal
from qcaas_sdk._record import JobState
from qcaas_sdk.errors import (
    QcaasError,
    RequestRefused,
    RequestTooLarge,
    ServerUnavailable,
    ServerUnreachable,
    ServerWarning,
    SubmissionInDoubt,
)
from qcaas_sdk.job import Job, record_of_job
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, make_job

LOST = ServerUnavailable("the answer never came", may_have_arrived=True)


def no_such_call(status: int = 405, message: str = "no such call", *, own: bool = True) -> RequestRefused:
    return RequestRefused(message, status=status, messages=[message], in_the_services_form=own)


pytestmark = pytest.mark.filterwarnings("ignore:the service reserves no task ids")


def tasks(**answers: object) -> FakeTasks:
    return FakeTasks(reserve=no_such_call(), **answers)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_the_server_makes_the_id(status: int) -> None:
    service = FakeTasks(reserve=no_such_call(status))
    job = make_job(service)
    with pytest.warns(ServerWarning, match="reserves no task ids"):
        await job.execute()
    assert service.calls == [*["reserve"] * 3, "submit_unreserved", "report"], "one answer is not a rule"
    assert (job.state, job.task_id) == (JobState.COMPLETED, "made-1")
    assert "task_id" not in service.orders[0].to_wire()


async def test_a_refused_reservation_of_another_kind_is_no_such_server() -> None:
    service = FakeTasks(reserve=RequestRefused("too many", status=400))
    with pytest.raises(RequestRefused, match="too many"):
        await make_job(service).submit()
    assert service.calls == ["reserve"]


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("message", "own"), [("no such call", True), ("Not Found", False), ("no QPU qpu:1 here (any more)", True)]
)
async def test_an_answer_that_passes_is_no_rule(status: int, times: int, message: str, own: bool) -> None:
    service = FakeTasks(reserve=[*[no_such_call(status, message, own=own)] * times, "task-1"])
    job = await make_job(service).submit()
    assert (job.state, job.task_id) == (JobState.SUBMITTED, "task-1")
    assert service.calls == [*["reserve"] * (times + 1), "submit"]


@pytest.mark.parametrize(
    ("message", "own", "reserves"),
    [
        ("Not Found", False, False),
        ("no QPU qpu:1 here (any more)", True, False),
        ("no such QPU", True, False),
        ("no such call", True, True),
    ],
)
async def test_what_is_not_the_services_own_word_or_known_to_be_untrue_is_raised(
    message: str, own: bool, reserves: bool
) -> None:
    service = FakeTasks(reserve=no_such_call(404, message, own=own))
    service.reserves = reserves
    job = make_job(service)
    with pytest.raises(RequestRefused, match=message.split(maxsplit=1)[0]):
        await job.submit()
    assert service.calls == ["reserve"] * 3
    assert (job.state, job.task_id, record_of_job(job).run.in_doubt) == (JobState.CREATED, None, False)


async def test_a_page_among_the_answers_is_not_believed() -> None:
    service = FakeTasks(reserve=[no_such_call(), no_such_call(own=False), no_such_call()])
    with pytest.raises(RequestRefused):
        await make_job(service).submit()
    assert "submit_unreserved" not in service.calls


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
    assert service.calls == [*["reserve"] * 3, "submit_unreserved"]
    assert job.state is JobState.CREATED
    assert "in doubt" in repr(job)


async def test_whoever_has_made_sure_may_send_it_once_more() -> None:
    job, service = await doubtful()
    await job.reconfigure().execute()
    assert service.calls[4:] == ["reserve", "submit_unreserved", "report"], "known by now"
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


@pytest.mark.parametrize(
    ("answer", "runs"),
    [
        (RequestRefused("no such gate", status=400), 0),
        (RequestRefused("no such place", status=404), 0),
        (ServerUnreachable("no connection"), 0),
        (LOST, 1),
    ],
)
async def test_a_journal_counts_only_a_submission_that_may_have_arrived(
    tmp_path: Path, answer: Exception, runs: int
) -> None:
    opened = open_journal(tmp_path / "j.db", "https://qpu.example.org")
    job = make_job(tasks(submit_unreserved=[answer, "made-2"], report=fakes.FAILED))
    record = record_of_job(job)
    record.writer = EntryWriter.for_job(opened.journal, record, datetime(2026, 1, 1, tzinfo=UTC))
    with suppress(QcaasError):
        await job.submit()
    job.reconfigure()
    opened.journal.close()
    [kept] = read_journal(tmp_path / "j.db").jobs.values()
    assert sum(one.usage.runs for one in kept.usages) == runs == sum(one.usage.runs for one in record.usages)
