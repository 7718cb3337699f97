"""The errors that carry a job, and those that say which calls a job's state allows."""

from collections.abc import Sequence

from qcaas_sdk._handles.outputs import JobLike, SingleJob
from qcaas_sdk._record import Budget, JobRecord, JobState, states_in
from qcaas_sdk.errors import IllegalTransition, QcaasError, UnknownProgram


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

    Either it does not know the id any more, or it accepted the submission but keeps saying that nothing was
    submitted. The job keeps its state, and `await job.wait()` asks again. `await job.abandon()` gives up the run.

    Attributes:
        job: The job, still usable.
        task_id: The id of the task.
    """

    job: SingleJob

    def __init__(self, message: str, task_id: str) -> None:
        super().__init__(message)
        self.task_id = task_id


class BudgetExceeded(QcaasError):
    """A run would exceed a budget. Nothing was sent; the job keeps its state, also one that has ended.

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
    """A job waits for a place at its QPU, but none can become free: the SDK cannot wait for the jobs there.

    The job keeps its state. The message names one of the jobs that hold a place, and says what to do.
    """


def not_allowed(
    call: str, job: object, state: JobState, *, trigger: str, legal: Sequence[str], reason: str = ""
) -> IllegalTransition:
    """The error for a call that the state of a job does not allow: it names the calls that are.

    Args:
        call: The call, for example `submit`.
        job: The job, for the message.
        state: Its state.
        trigger: The trigger of the chart that is not legal.
        legal: The triggers that are.
        reason: Why, and what to call; by default it follows from the state.
    """
    if reason:
        pass
    elif state in states_in("active"):
        reason = "the job is already submitted. `await job.wait()` waits for its end, `await job.cancel()` cancels it"
    elif state is JobState.CREATED:
        reason = "another call is changing the job. Await that call first"
    else:
        reason = (
            "the job has ended. `await job.execute()` runs it again, `job.reconfigure()` prepares it for another run"
        )
    return IllegalTransition(
        f"{job!r}: {call}() is not possible: {reason}", state=state, trigger=trigger, legal=legal
    )


def check_program(job: JobRecord) -> None:
    """Refuse another run of a job whose program is not known.

    Raises:
        UnknownProgram: It is not.
    """
    if job.request.has_program:
        return
    if job.run.not_submitted:
        raise UnknownProgram(
            f"{job!r}: its id is reserved, but nothing was submitted with it, and the service does not tell the "
            "program. The program that reserved the id has to submit it; `await job.refresh()` asks again"
        )
    raise UnknownProgram(
        f"{job!r} cannot be run again: another program submitted it, and the service does not tell what it is. "
        "`job.reconfigure(program=…)` sets the program"
    )
