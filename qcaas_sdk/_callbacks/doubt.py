"""What is certain of a task whose submission is in doubt, or that the service has lost. Sends nothing."""

import warnings
from datetime import UTC

from attrs import frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._handles.errors import TaskLost
from qcaas_sdk._record import JobRecord, Run
from qcaas_sdk._service import TaskReport
from qcaas_sdk.errors import BadAnswer, RequestRefused, ServerWarning, SubmissionInDoubt

MAX_DELIVERY_S = 300.0
"""The longest time, in seconds, that a request is expected to take to the service, unless the user says another."""


@frozen
class Delivery:
    """How long a submission may still arrive.

    Attributes:
        clock: Where time comes from.
        max_s: The longest time, in seconds, that a request can take to the service.
    """

    clock: Clock
    max_s: float = MAX_DELIVERY_S

    def sent(self, run: Run) -> None:
        """A submission of the run leaves at this moment, or may have left until now."""
        run.sent_at, run.sent_s = self.clock.wall(), self.clock.monotonic()

    def is_over(self, run: Run) -> bool:
        """Whether nothing that was sent for the run can still arrive.

        Of a run that another process has sent, only the time of day of that is known, or nothing: then the time
        begins to count now.
        """
        now = self.clock.monotonic()
        if run.sent_s is None:
            wall = self.clock.wall()
            ago = (wall - (run.sent_at or wall).astimezone(UTC)).total_seconds()
            run.sent_s = now - max(ago, 0.0)
            run.sent_at = run.sent_at or wall
        return now - run.sent_s >= self.max_s

    def check_created(self, job: JobRecord, task_id: str, report: TaskReport) -> None:
        """The service says CREATED of a task that it had accepted: tell it once, and do not wait for ever.

        Raises:
            TaskLost: It has said so for as long as a request can take.
        """
        run, now = job.run, self.clock.monotonic()
        if run.said_created_s is None:
            run.said_created_s = now
        elif now - run.said_created_s >= self.max_s:
            run.said_created_s, run.lost = None, True
            raise TaskLost(
                f"{job!r}: the service accepted task {task_id}, but has said {report.status} for {self.max_s:g} s, "
                "as if nothing had been submitted. It is not sent again: it could run twice. `await job.wait()` "
                "asks again, `await job.abandon()` gives the run up",
                task_id,
            )
        if job.run.server_status != report.status:
            warnings.warn(
                f"the service accepted task {task_id} on {job.qpu_id}, but says {report.status}, as if nothing had "
                "been submitted: it is asked again",
                ServerWarning,
                stacklevel=2,
            )


def lost(job: JobRecord, task_id: str, error: RequestRefused) -> TaskLost:
    """The error for a task that the service does not know any more."""
    job.run.lost = True
    return TaskLost(
        f"{job!r}: the service does not know task {task_id} any more ({'; '.join(error.messages)}). `await "
        "job.wait()` asks again, `await job.abandon()` gives the run up; after that `job.execute()` is another run",
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
        f"{job!r} may have been submitted, but its service reserves no ids, so it cannot be asked about: look for it "
        "in the service's own list of tasks; job.reconfigure() makes it ready to be sent once more, and "
        "`await job.abandon()` gives the run up"
    )
