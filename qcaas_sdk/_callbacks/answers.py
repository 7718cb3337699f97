"""What the effects of the chart `job` learn, and the guards and invariants that read it."""

from typing import NamedTuple

from attrs import frozen

from qcaas_sdk._record import JobRecord, JobState
from qcaas_sdk._service import TaskReport, TaskStatus


class Rejected(NamedTuple):
    """The server refused the program."""

    code: int
    reason: str


@frozen
class NeverArrives:
    """The server does not have the task, and no submission can arrive any more."""


EffectResult = TaskReport | Rejected | NeverArrives


def cancellation_waits(job: JobRecord, _: EffectResult | None) -> bool:
    """You have cancelled it, but a submission may still arrive."""
    return job.run.cancellation_waits


def never_arrives(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server does not have the task, and no submission can arrive any more."""
    return isinstance(answer, NeverArrives)


def may_be_abandoned(job: JobRecord, _: EffectResult | None) -> bool:
    """The server may not have the task, has lost it, or sends no usable answer."""
    return job.run.in_doubt or job.run.lost or job.run.unreadable


def submission_refused(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server refused this program."""
    return isinstance(answer, Rejected)


def task_completed(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server has a result."""
    return _says(answer, TaskStatus.COMPLETED)


def task_failed(_: JobRecord, answer: EffectResult | None) -> bool:
    """The task failed or expired."""
    return _says(answer, TaskStatus.FAILED, TaskStatus.EXPIRED)


def task_cancelled(_: JobRecord, answer: EffectResult | None) -> bool:
    """The task was cancelled."""
    return _says(answer, TaskStatus.CANCELLED)


def task_running(_: JobRecord, answer: EffectResult | None) -> bool:
    """The QPU runs the task."""
    return _says(answer, TaskStatus.RUNNING)


def task_active(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server has the task, and it has not ended; an unknown status counts as not ended."""
    return _says(answer, TaskStatus.SUBMITTED, TaskStatus.RUNNING, TaskStatus.UNKNOWN)


def result_if_and_only_if_completed(job: JobRecord) -> bool:
    """Invariant 2, first half."""
    return (job.result is not None) == (job.state is JobState.COMPLETED)


def error_if_and_only_if_failed(job: JobRecord) -> bool:
    """Invariant 2, second half."""
    return (job.error is not None) == (job.state is JobState.FAILED)


def output_is_the_last_of_history(job: JobRecord) -> bool:
    """Invariant 3, as far as it can be checked at one moment."""
    output = job.run.output
    return output is None or any(last is output for last in job.history[-1:])


def _says(answer: EffectResult | None, *statuses: TaskStatus) -> bool:
    return isinstance(answer, TaskReport) and answer.meaning in statuses


GUARDS = {
    guard.__name__: guard
    for guard in (
        submission_refused,
        cancellation_waits,
        never_arrives,
        may_be_abandoned,
        task_completed,
        task_failed,
        task_cancelled,
        task_running,
        task_active,
    )
}

INVARIANTS = {
    invariant.__name__: invariant
    for invariant in (
        result_if_and_only_if_completed,
        error_if_and_only_if_failed,
        output_is_the_last_of_history,
    )
}
