"""What is known of one run of a job."""

from attrs import define

from qcaas_sdk._record.outputs import Diagnostics, OutputRecord


@define(eq=False)
class Run:
    """What is known of a run.

    Attributes:
        task_id: The server's id of the run, once it is reserved.
        place: Its place among the runs that the service has accepted from this SDK; None while it has not.
        in_doubt: A submission was sent and was not answered: the server may have the task.
        cancel_asked: The server was asked to cancel the task.
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
    server_status: str | None = None
    output: OutputRecord | None = None
    timings: Diagnostics | None = None
    metrics: Diagnostics | None = None
    metadata: Diagnostics | None = None
