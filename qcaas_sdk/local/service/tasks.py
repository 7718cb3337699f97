"""A task of the embedded service."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from attrs import Factory, define, field

from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure


class TaskStatus(StrEnum):
    """The status of a task, in the service's words."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED})


@define(eq=False)
class Task:
    """One task.

    Attributes:
        qpu_id: The QPU that runs it.
        tag: The user's own label.
        times: When it reached each status.
        status: Its current status.
        program: Its program; None until it is submitted.
        config: The compiler configuration as JSON text; None for the defaults.
        number: Its position in the order of submission to its QPU, from 0; None until it is submitted.
        outcome: The outcome of its run; None if it has not run to the end.
        id: Its id, a UUID.
    """

    qpu_id: str
    tag: str | None
    times: dict[TaskStatus, datetime]
    status: TaskStatus = TaskStatus.CREATED
    program: str | None = field(default=None, repr=False)
    config: str | None = field(default=None, repr=False)
    number: int | None = None
    outcome: Simulation | SimulationFailure | None = field(default=None, repr=False)
    id: str = Factory(lambda: str(uuid4()))

    @classmethod
    def reserve(cls, qpu_id: str, tag: str | None, now: datetime) -> "Task":
        """A new task that has an id, and no program yet."""
        return cls(qpu_id=qpu_id, tag=tag, times={TaskStatus.CREATED: now})

    @property
    def ended(self) -> bool:
        """Whether its status is final."""
        return self.status in ENDED

    @property
    def was_submitted(self) -> bool:
        """Whether a program was submitted for it."""
        return TaskStatus.SUBMITTED in self.times

    def move(self, status: TaskStatus, now: datetime) -> None:
        """Set its status."""
        self.status = status
        self.times[status] = now

    def finish(self, outcome: Simulation | SimulationFailure, now: datetime) -> None:
        """Set the outcome of its run: it is COMPLETED or FAILED."""
        self.outcome = outcome
        self.move(TaskStatus.COMPLETED if isinstance(outcome, Simulation) else TaskStatus.FAILED, now)

    def results(self) -> Any:
        """The results; None unless it is COMPLETED."""
        return self.outcome.results if isinstance(self.outcome, Simulation) else None

    def error(self) -> dict[str, Any] | None:
        """Why it failed; None unless it is FAILED."""
        if not isinstance(self.outcome, SimulationFailure):
            return None
        return {"error_code": int(self.outcome.code), "error_message": self.outcome.message}

    def timings(self) -> dict[str, str]:
        """When it reached each status: the lower-case status to an ISO time."""
        return {status.lower(): iso(moment) for status, moment in self.times.items()}

    def metrics(self) -> dict[str, Any] | None:
        """Metrics of the run; None unless it is COMPLETED."""
        return self.outcome.metrics if isinstance(self.outcome, Simulation) else None

    def metadata(self) -> dict[str, Any]:
        """What the client submitted with it."""
        return {
            "id": self.id,
            "qpu_id": self.qpu_id,
            "tag": self.tag,
            "config": self.config,
            "created_at": iso(self.times[TaskStatus.CREATED]),
        }

    def summary(self) -> dict[str, Any]:
        """One entry of the list of tasks."""
        return {**self.metadata(), "task_id": self.id, "status": self.status.value}

    def all_info(self) -> dict[str, Any]:
        """Everything that the service knows of it."""
        return {
            **self.metadata(),
            "status": self.status.value,
            "results": self.results(),
            "task_error": self.error(),
            "timings": self.timings(),
            "execution_metadata": self.metrics(),
            "metadata": self.metadata(),
        }


def iso(moment: datetime) -> str:
    """A UTC time in the format of the service."""
    return moment.isoformat().replace("+00:00", "Z")
