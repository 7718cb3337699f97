"""Errors of runs and their results."""

from collections.abc import Sequence

from qcaas_sdk.errors.base import QcaasError


class SubmissionInDoubt(QcaasError):
    """The program may have been submitted, and the SDK does not send it again.

    There are two cases. The service reserves no task ids, so the SDK cannot ask about the submission; if it sent the
    program again, you could pay twice. Or you have cancelled the job, and the cancellation waits until the submission
    cannot arrive any more. `await job.abandon()` gives up the run.
    """


class UnknownTask(QcaasError, LookupError):
    """The service has no task with that id, or not for this account.

    Attributes:
        task_id: The id.
        qpu_id: The QPU that was asked; empty if any.
    """

    def __init__(self, message: str, *, task_id: str, qpu_id: str) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.qpu_id = qpu_id


class UnknownJob(QcaasError, LookupError):
    """No job or composite in the journal has that name.

    Attributes:
        name: The name.
    """

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class NameTaken(QcaasError, ValueError):
    """Another job or composite in the journal has that name; nothing was created.

    Attributes:
        name: The name.
    """

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class UnknownProgram(QcaasError):
    """The program of an attached task is not known, so the SDK cannot send it. Nothing was sent."""


class JobFailed(QcaasError):
    """The run failed and has no result.

    Attributes:
        task_id: The server's id of the run, if one was reserved.
        qpu_id: The QPU of the run.
        code: The server's error code, if it gave one.
        details: The server's error message.
    """

    def __init__(self, message: str, *, task_id: str | None, qpu_id: str, code: int | None, details: str) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.qpu_id = qpu_id
        self.code = code
        self.details = details


class NoResult(QcaasError, ValueError, IndexError):
    """The results do not contain what you asked for: another format, no shots, no output, or more than one."""


class UnknownRegister(QcaasError, KeyError):
    """The result has no such register, or has several and you named none."""


class IllegalTransition(QcaasError):
    """The state does not allow this call; nothing was sent and nothing has changed.

    Attributes:
        state: The current state.
        trigger: The trigger that is not legal in this state.
        legal: The triggers of the chart that are.
    """

    def __init__(self, message: str, *, state: str, trigger: str, legal: Sequence[str]) -> None:
        super().__init__(message)
        self.state = state
        self.trigger = trigger
        self.legal = tuple(legal)


class ChartMismatch(QcaasError):
    """A saved job runs on a chart that this SDK does not have, or that does not know its state. Nothing was lost.

    Attributes:
        chart: The name of the chart.
        place: The state of the job in it.
    """

    def __init__(self, message: str, *, chart: str, place: str) -> None:
        super().__init__(message)
        self.chart = chart
        self.place = place
