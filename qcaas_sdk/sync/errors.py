"""The errors that carry a job: their job has no `async` either."""

import qcaas_sdk._handles.errors as with_async
from qcaas_sdk.sync.bridge import stands_for
from qcaas_sdk.sync.outputs import JobLike, SingleJob


@stands_for(with_async.JobTimeout)
class JobTimeout(with_async.JobTimeout):
    """As `qcaas_sdk.JobTimeout`: `except` with either name catches it.

    Attributes:
        job: The job or composite, still usable.
    """

    job: JobLike  # type: ignore[assignment]  # the same job, without `async`

    def __init__(self, message: str, job: JobLike) -> None:
        super().__init__(message, job)  # type: ignore[arg-type]  # as above


@stands_for(with_async.TaskLost)
class TaskLost(with_async.TaskLost):
    """As `qcaas_sdk.TaskLost`: `except` with either name catches it.

    Attributes:
        job: The job, still usable.
        task_id: The id of the task.
    """

    job: SingleJob  # type: ignore[assignment]  # the same job, without `async`
