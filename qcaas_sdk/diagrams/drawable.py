"""Protocols: what pictures need from charts, job records and outputs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol


class DrawnState(Protocol):
    """A state of a chart."""

    @property
    def name(self) -> str:
        """Its name in the chart."""
        ...

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def final(self) -> bool:
        """Whether only a reset can leave it."""
        ...


class DrawnChoice(Protocol):
    """One possible outcome of a rule."""

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def guard(self) -> str | None:
        """The condition that must be true; None for "otherwise"."""
        ...

    @property
    def target(self) -> str | None:
        """The state entered; None if it stays."""
        ...

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that run."""
        ...


class DrawnRule(Protocol):
    """What a trigger does in its source states."""

    @property
    def trigger(self) -> str:
        """The name of the event."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """The states in which it is legal."""
        ...

    @property
    def effect(self) -> str | None:
        """The effect that runs first, or None."""
        ...

    @property
    def choices(self) -> Sequence[DrawnChoice]:
        """The possible outcomes, in order."""
        ...


class DrawnChart(Protocol):
    """A chart."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def initial(self) -> str:
        """The state of a new model."""
        ...

    @property
    def reset(self) -> str | None:
        """The trigger that may leave a final state, if there is one."""
        ...

    @property
    def states(self) -> Sequence[DrawnState]:
        """Its parts, in order."""
        ...

    @property
    def transitions(self) -> Sequence[DrawnRule]:
        """Its parts, in order."""
        ...

    @property
    def final_states(self) -> frozenset[str]:
        """The names of the final states."""
        ...

    def transition(self, state: str, trigger: str) -> DrawnRule | None:
        """What a trigger does in a state, or None."""
        ...

    def legal(self, state: str) -> Sequence[str]:
        """The triggers that are legal in a state."""
        ...

    def arrows(self) -> Iterator[tuple[str, DrawnRule, DrawnChoice, str]]:
        """Every possible transition: source, rule, choice, target."""
        ...


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
    def tag(self) -> str | None:
        """The user's tag."""
        ...

    @property
    def task_id(self) -> str | None:
        """The server's id of its current run."""
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
