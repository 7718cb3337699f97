"""The errors that carry the job that they are about."""

from qcaas_sdk._handles.outputs import JobLike, SingleJob
from qcaas_sdk.errors import QcaasError


class JobTimeout(QcaasError, TimeoutError):
    """The deadline passed before the job ended. Nothing was cancelled: `await job.wait()` goes on.

    Attributes:
        job: The job or composite, still usable.
    """

    def __init__(self, message: str, job: JobLike) -> None:
        super().__init__(message)
        self.job = job


class TaskLost(QcaasError):
    """The service has lost the task of a job.

    Either it no longer knows the id, or it accepted the submission and goes on to say that nothing was submitted. The
    job stays in its state, and `await job.wait()` asks again. `await job.abandon()` gives the run up.

    Attributes:
        job: The job, still usable.
        task_id: The id that the service was asked about.
    """

    job: SingleJob

    def __init__(self, message: str, task_id: str) -> None:
        super().__init__(message)
        self.task_id = task_id
