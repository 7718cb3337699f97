"""A task as the simulated service keeps it."""

from enum import StrEnum
from math import inf

from attrs import define, field

from qcaas_sdk.testing.cloud.outcomes import Completed, Failed, Outcome, Says


class TaskStatus(StrEnum):
    """The contract's words for the status of a task."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED})


@define(eq=False)
class SimulatedTask:
    """One task, from its reservation on.

    Attributes:
        id: Its id, in the form of a UUID.
        qpu_id: The QPU it is for.
        tag: The user's own word for it.
        times: When it came into each of its states, in virtual seconds.
        status: Its status.
        program: What to run; None until it is submitted.
        config: The compiler configuration as JSON text.
        outcome: What becomes of it when it runs; None until it is submitted.
        last_missed: When the service last answered that no program had come for it.
    """

    id: str
    qpu_id: str
    tag: str | None
    times: dict[TaskStatus, float]
    status: TaskStatus = TaskStatus.CREATED
    program: str | None = field(default=None, repr=False)
    config: str | None = field(default=None, repr=False)
    outcome: Outcome | None = None
    last_missed: float = -inf

    def move(self, status: TaskStatus, moment: float) -> None:
        """Come into a state."""
        self.status = status
        self.times[status] = moment

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.status in ENDED

    @property
    def was_submitted(self) -> bool:
        """Whether a program came for it, whatever has happened since."""
        return TaskStatus.SUBMITTED in self.times

    @property
    def word(self) -> str:
        """How the server calls its status."""
        if self.status is TaskStatus.COMPLETED and isinstance(self.outcome, Says):
            return self.outcome.word
        if isinstance(self.outcome, Completed):
            return self.outcome.words.get(self.status.value, self.status.value)
        return self.status.value

    @property
    def results(self) -> object:
        """What it measured; None unless it is COMPLETED."""
        if self.status is TaskStatus.COMPLETED and isinstance(self.outcome, Completed | Says):
            return self.outcome.results
        return None

    @property
    def error(self) -> dict[str, object] | None:
        """Why it failed; None unless it is FAILED."""
        if self.status is TaskStatus.FAILED and isinstance(self.outcome, Failed):
            return {"error_code": self.outcome.code, "error_message": self.outcome.message}
        return None

    @property
    def metrics(self) -> dict[str, object] | None:
        """How long it ran; None unless it is COMPLETED."""
        if self.status is not TaskStatus.COMPLETED:
            return None
        return {"wall_s": self.times[TaskStatus.COMPLETED] - self.times[TaskStatus.RUNNING]}
