"""What is known of one run of a job."""

from datetime import datetime

from attrs import define

from qcaas_sdk._record.outputs import Diagnostics, OutputRecord

MAX_DELIVERY_S = 300.0
"""The default for the longest time, in seconds, that a request takes to reach the service."""


@define(eq=False)
class Run:
    """What is known of a run.

    Attributes:
        task_id: The server's id of the run, once it is reserved.
        attached: You attached the task: another program submitted it, or will.
        place: Its position among the runs that the service accepted from this SDK; None before that.
        in_doubt: A submission was sent and not answered: the server may have the task.
        cancel_asked: The server was asked to cancel the task; for a run in doubt: the user has cancelled it.
        sent_at: When the last submission that may still arrive was sent, if that is known.
        sent_s: The same moment on this process's monotonic clock.
        lost: The server's last answer was that it does not know the task, or it keeps saying that nothing was
            submitted.
        elsewhere: It was submitted by another SDK, whose snapshot was loaded; that one counts what it uses.
        unreadable: The server's last answer about the task could not be used.
        said_created_s: Since when the server reports CREATED for a task that it accepted, on the same clock.
        qpu_url: The URL of the task's QPU, if it is known.
        server_status: The last status that the server sent, in its own spelling.
        output: The result or the error, once the run has ended with one.
        timings: The server's time stamps, if it sent any.
        metrics: The server's execution metrics, if it sent any.
        metadata: The server's metadata of the task, if it sent any.
    """

    task_id: str | None = None
    attached: bool = False
    place: int | None = None
    in_doubt: bool = False
    cancel_asked: bool = False
    sent_at: datetime | None = None
    sent_s: float | None = None
    lost: bool = False
    elsewhere: bool = False
    unreadable: bool = False
    said_created_s: float | None = None
    qpu_url: str | None = None
    server_status: str | None = None
    output: OutputRecord | None = None
    timings: Diagnostics | None = None
    metrics: Diagnostics | None = None
    metadata: Diagnostics | None = None

    @property
    def cancellation_waits(self) -> bool:
        """Whether the user has cancelled it, but a submission may still arrive."""
        return self.in_doubt and self.cancel_asked

    @property
    def not_submitted(self) -> bool:
        """Whether it is attached to an id that is only reserved, as far as the server has said."""
        return self.attached and self.in_doubt
