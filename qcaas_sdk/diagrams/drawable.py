"""What pictures need of charts, of the records of jobs, and of outputs: whoever has these can be drawn."""

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
        """Whether only a reset leads on."""
        ...


class DrawnChoice(Protocol):
    """One outcome of a rule."""

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def guard(self) -> str | None:
        """The question that must be answered with yes; None for "otherwise"."""
        ...

    @property
    def target(self) -> str | None:
        """The state entered; None if it stays."""
        ...

    @property
    def actions(self) -> tuple[str, ...]:
        """The bookkeeping that is done."""
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
        """The call that runs first, or None."""
        ...

    @property
    def choices(self) -> Sequence[DrawnChoice]:
        """The possible outcomes, in order."""
        ...


class DrawnChart(Protocol):
    """A chart."""

    @property
    def name(self) -> str:
        """What it is called."""
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
        """In order."""
        ...

    @property
    def transitions(self) -> Sequence[DrawnRule]:
        """In order."""
        ...

    @property
    def final_states(self) -> frozenset[str]:
        """The names of the ends."""
        ...

    def transition(self, state: str, trigger: str) -> DrawnRule | None:
        """What a trigger does in a state, or None."""
        ...

    def legal(self, state: str) -> Sequence[str]:
        """The triggers that are legal in a state."""
        ...

    def arrows(self) -> Iterator[tuple[str, DrawnRule, DrawnChoice, str]]:
        """Every arrow: source, rule, choice, target."""
        ...


class DrawnTransition(Protocol):
    """A transition, as far as a picture needs it."""

    @property
    def source(self) -> str:
        """The state left."""
        ...

    @property
    def target(self) -> str:
        """The state entered."""
        ...

    @property
    def trigger(self) -> str:
        """What was asked."""
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
        """What has happened, oldest first."""
        ...

    @property
    def foreign(self) -> int:
        """How many of those another process made."""
        ...

    @property
    def made_s(self) -> float | None:
        """When it was made; None if another process made it."""
        ...

    @property
    def tag(self) -> str | None:
        """The user's own word for it."""
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
