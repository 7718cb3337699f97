"""What is known of a task whose submission is in doubt, or that the service has lost. Sends nothing."""

from datetime import UTC

from attrs import frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._handles.errors import TaskLost
from qcaas_sdk._record import MAX_DELIVERY_S, JobRecord, Run
from qcaas_sdk._service import TaskReport
from qcaas_sdk.errors import BadAnswer, RequestRefused, SubmissionInDoubt
from qcaas_sdk.errors.base import warn_of_server


@frozen(eq=False, repr=False)
class Delivery:
    """How long a submission may still arrive.

    Attributes:
        clock: The source of time.
        max_s: The longest time, in seconds, that a request can take to reach the service.
    """

    clock: Clock
    max_s: float = MAX_DELIVERY_S

    def sent(self, run: Run) -> None:
        """Note that a submission of the run is sent now, or may have been sent until now."""
        run.sent_at, run.sent_s = self.clock.wall(), self.clock.monotonic()

    def is_over(self, run: Run) -> bool:
        """Whether no submission of the run can still arrive.

        If another process sent it, only the time of day is known; if not even that, the time counts from now.
        """
        now = self.clock.monotonic()
        if run.sent_s is None:
            wall = self.clock.wall()
            ago = (wall - (run.sent_at or wall).astimezone(UTC)).total_seconds()
            run.sent_s = now - max(ago, 0.0)
            run.sent_at = run.sent_at or wall
        return now - run.sent_s >= self.max_s

    def check_created(self, job: JobRecord, task_id: str, report: TaskReport) -> None:
        """Handle the status CREATED for a task that the service has accepted: warn once, and do not wait forever.

        Raises:
            TaskLost: The status has been CREATED for as long as a request can take.
        """
        run, now = job.run, self.clock.monotonic()
        if run.said_created_s is None:
            run.said_created_s = now
        elif now - run.said_created_s >= self.max_s:
            run.said_created_s, run.lost = None, True
            raise TaskLost(
                f"{job!r}: the service accepted task {task_id}, but has reported {report.status} for {self.max_s:g} "
                "s, as if it had not been submitted. The SDK does not send it again, because it could run twice. "
                "`await job.wait()` asks again, `await job.abandon()` gives up the run",
                task_id,
            )
        if job.run.server_status != report.status:
            warn_of_server(
                f"the service accepted task {task_id} on {job.qpu_id}, but reports {report.status}, as if it had not "
                "been submitted; the SDK asks again"
            )


def lost(job: JobRecord, task_id: str, error: RequestRefused) -> TaskLost:
    """The error for a task that the service does not know any more."""
    job.run.lost = True
    return TaskLost(
        f"{job!r}: the service does not know task {task_id} any more ({'; '.join(error.messages)}). `await "
        "job.wait()` asks again; `await job.abandon()` gives up the run, then `await job.execute()` starts another",
        task_id,
    )


def unreadable(job: JobRecord, task_id: str, error: BadAnswer) -> BadAnswer:
    """The error for an answer about a task that cannot be used, with what the user can do."""
    return BadAnswer(
        f"{job!r}: {error}. The job keeps its state: `await job.wait()` asks about task {task_id} again, `await "
        "job.abandon()` gives the run up",
        may_have_arrived=error.may_have_arrived,
    )


def cannot_be_asked(job: JobRecord) -> SubmissionInDoubt:
    """The error for a submission without an id whose answer was lost."""
    return SubmissionInDoubt(
        f"{job!r} may have been submitted, but its service reserves no task ids, so the SDK cannot ask about it. "
        "Look for it in the service's own list of tasks. If it is not there, `job.reconfigure()` lets you submit it "
        "again; `await job.abandon()` gives up the run"
    )
