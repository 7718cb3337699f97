"""The errors of jobs that may not be submitted."""

from qcaas_sdk._record import Budget
from qcaas_sdk.errors import QcaasError


class BudgetExceeded(QcaasError):
    """A run would exceed a budget. Nothing was sent; the job stays CREATED.

    Attributes:
        budget: The budget.
        limit: What is exceeded: `runs`, `shots` or `qpu_seconds`.
        used: How much of it is used or promised: runs that are in doubt count until it is known that they never ran.
    """

    def __init__(self, message: str, *, budget: Budget, limit: str, used: float) -> None:
        super().__init__(message)
        self.budget = budget
        self.limit = limit
        self.used = used


class NoPlace(QcaasError):
    """A job waits for a place at its QPU, but none becomes free: the jobs that hold them cannot be waited for.

    The job stays CREATED. The message names one of the jobs that hold a place, and what to do about it.
    """
