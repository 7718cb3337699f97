"""The errors that carry the job that they are about."""

from qcaas_sdk.errors import QcaasError
from qcaas_sdk.outputs import JobLike


class JobTimeout(QcaasError, TimeoutError):
    """The deadline passed before the job ended. Nothing was cancelled: `await job.wait()` goes on.

    Attributes:
        job: The job or composite, still usable.
    """

    def __init__(self, message: str, job: JobLike) -> None:
        super().__init__(message)
        self.job = job
