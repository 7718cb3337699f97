"""A task as the service keeps it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from attrs import Factory, define, field

from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure


class TaskStatus(StrEnum):
    """The service's words for where a task stands."""

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
    """One task, from its reservation on.

    Attributes:
        qpu_id: The QPU it is for.
        tag: The user's own word for it.
        times: When it came into each of its states.
        status: Where it stands now.
        program: What to run; None until it is submitted.
        config: The compiler configuration as JSON text; None for the defaults.
        number: Its place in the order of submission at its QPU, from 0; None until it is submitted.
        outcome: What the run came to, if it ended by itself.
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
        """A task that has an id and nothing else yet."""
        return cls(qpu_id=qpu_id, tag=tag, times={TaskStatus.CREATED: now})

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.status in ENDED

    @property
    def was_submitted(self) -> bool:
        """Whether a program came for it, whatever happened since."""
        return TaskStatus.SUBMITTED in self.times

    def move(self, status: TaskStatus, now: datetime) -> None:
        """Come into a state."""
        self.status = status
        self.times[status] = now

    def finish(self, outcome: Simulation | SimulationFailure, now: datetime) -> None:
        """End by itself, in COMPLETED or FAILED."""
        self.outcome = outcome
        self.move(TaskStatus.COMPLETED if isinstance(outcome, Simulation) else TaskStatus.FAILED, now)

    def results(self) -> Any:
        """The results, once it is COMPLETED."""
        return self.outcome.results if isinstance(self.outcome, Simulation) else None

    def error(self) -> dict[str, Any] | None:
        """Why it failed, once it is FAILED."""
        if not isinstance(self.outcome, SimulationFailure):
            return None
        return {"error_code": int(self.outcome.code), "error_message": self.outcome.message}

    def timings(self) -> dict[str, str]:
        """When it came into each of its states: ISO times by the states' names in small letters."""
        return {status.lower(): iso(moment) for status, moment in self.times.items()}

    def metrics(self) -> dict[str, Any] | None:
        """Facts about the run, once it is COMPLETED."""
        return self.outcome.metrics if isinstance(self.outcome, Simulation) else None

    def metadata(self) -> dict[str, Any]:
        """What came along with the submission."""
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
        """Everything."""
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
    """A UTC moment as the service writes it."""
    return moment.isoformat().replace("+00:00", "Z")
