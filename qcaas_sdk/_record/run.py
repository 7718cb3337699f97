"""What is known of one run of a job."""

from datetime import datetime

from attrs import define

from qcaas_sdk._record.outputs import Diagnostics, OutputRecord


@define(eq=False)
class Run:
    """What is known of a run.

    Attributes:
        task_id: The server's id of the run, once it is reserved.
        place: Its place among the runs that the service has accepted from this SDK; None while it has not.
        in_doubt: A submission was sent and was not answered: the server may have the task.
        cancel_asked: The server was asked to cancel the task; of a run in doubt: the user has asked for that.
        sent_at: When the last submission that may still arrive was sent, as far as is known.
        sent_s: The same moment on this process's clock that never goes back.
        lost: The server's last answer was that it does not know the task, or it has said for long that nothing was
            submitted.
        unreadable: The server's last answer about the task could not be used.
        said_created_s: Since when the server says CREATED of a task that it had accepted, on the same clock.
        qpu_url: Where the task is, as far as is known.
        server_status: The server's own last word on the task, as it spelt it.
        output: The result or the error, once the run has ended with one.
        timings: The server's time stamps, as far as it told.
        metrics: The server's figures about the execution, as far as it told.
        metadata: The server's record of the task, as far as it told.
    """

    task_id: str | None = None
    place: int | None = None
    in_doubt: bool = False
    cancel_asked: bool = False
    sent_at: datetime | None = None
    sent_s: float | None = None
    lost: bool = False
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
        """Whether it is to be cancelled, but a submission of it may still arrive."""
        return self.in_doubt and self.cancel_asked
