"""Protocols: what pictures need from job records and outputs."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from qcaas_sdk._base.task_timings import ServiceTimes


class DrawnTransition(Protocol):
    """A transition, as far as a picture needs it."""

    @property
    def source(self) -> str:
        """The source state."""
        ...

    @property
    def target(self) -> str:
        """The target state."""
        ...

    @property
    def trigger(self) -> str:
        """The trigger."""
        ...

    @property
    def reason(self) -> str:
        """The summary of the branch that was taken."""
        ...

    @property
    def at(self) -> datetime:
        """The time of day."""
        ...

    @property
    def monotonic_s(self) -> float:
        """The same moment on a clock that never goes back."""
        ...


class DrawnJob(Protocol):
    """The record of a job, as far as a picture needs it."""

    @property
    def state(self) -> str:
        """Its current state."""
        ...

    @property
    def place(self) -> str:
        """Its current state by its name in the chart; in an extension, perhaps one that shows as its state."""
        ...

    @property
    def transitions(self) -> Sequence[DrawnTransition]:
        """Its transitions, oldest first."""
        ...

    @property
    def foreign(self) -> int:
        """How many of these transitions another process made."""
        ...

    @property
    def made_s(self) -> float | None:
        """When it was made; None if another process made it."""
        ...

    @property
    def policy(self) -> object:
        """Where it is in a chart that extends `job`, and so may go on by itself; None if its chart is `job`."""
        ...

    @property
    def task_ids(self) -> Collection[str]:
        """The server's ids of its runs, as far as they are known."""
        ...

    @property
    def service_times(self) -> Sequence[ServiceTimes | None]:
        """The service's times of each run that has ended, oldest first; None if unknown."""
        ...

    @property
    def tag(self) -> str | None:
        """The user's tag."""
        ...

    @property
    def held(self) -> str | None:
        """Why it was not submitted so far, if a limit is the reason."""
        ...

    @property
    def task_id(self) -> str | None:
        """The server's id of its current run."""
        ...

    @property
    def qpu_id(self) -> str:
        """Its QPU."""
        ...

    @property
    def error(self) -> object:
        """The error of its current run, or None."""
        ...


class DrawnComposite(Protocol):
    """The record of a composite, as far as a picture needs it."""

    @property
    def state(self) -> str:
        """Its current state."""
        ...

    def leaves(self) -> Iterable[DrawnJob]:
        """The records of its jobs."""
        ...


class DrawnOutput(Protocol):
    """A result or an error."""

    @property
    def qpu_id(self) -> str:
        """The QPU of the run."""
        ...

    @property
    def task_id(self) -> str | None:
        """The server's id of the run."""
        ...

    @property
    def ok(self) -> bool:
        """Whether it is a result."""
        ...

    @property
    def is_error(self) -> bool:
        """Whether it is an error."""
        ...
