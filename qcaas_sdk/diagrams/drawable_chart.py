"""Protocols: what pictures need from charts."""

from collections.abc import Iterator, Sequence
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

    @property
    def parent(self) -> str | None:
        """The superstate that it is in; in an extension, perhaps a state."""
        ...

    @property
    def shows_as(self) -> str:
        """The state that a user sees."""
        ...


class DrawnSuperstate(Protocol):
    """A state that holds other states."""

    @property
    def name(self) -> str:
        """Its name in the chart."""
        ...

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def parent(self) -> str | None:
        """The superstate that it is in."""
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
        """The possible outcomes, in order; its own, if it leads to a choice point."""
        ...

    @property
    def choice(self) -> str | None:
        """The choice point that it leads to."""
        ...

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def when(self) -> Sequence[str]:
        """Guards that are asked before the effect."""
        ...

    @property
    def automatic(self) -> bool:
        """Whether it happens without a trigger that a user fires."""
        ...

    @property
    def fires(self) -> bool:
        """Whether it is automatic and fires a trigger that another rule declares."""
        ...

    @property
    def after_s(self) -> float | None:
        """How long it waits, in seconds, if it is delayed."""
        ...

    @property
    def bound(self) -> int | None:
        """How often it may happen without a trigger."""
        ...


class DrawnChoicePoint(Protocol):
    """A list of branches that several rules lead to."""

    @property
    def name(self) -> str:
        """Its name in the chart."""
        ...

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def branches(self) -> Sequence[DrawnChoice]:
        """In order."""
        ...


class DrawnJoinRule(Protocol):
    """A state of a composite, and the states of its children for which it holds."""

    @property
    def state(self) -> str:
        """The state of the composite."""
        ...

    @property
    def all(self) -> Sequence[str]:
        """Every child is in one of these."""
        ...

    @property
    def any(self) -> Sequence[str]:
        """A child is in one of these."""
        ...

    @property
    def none(self) -> Sequence[str]:
        """No child is in one of these."""
        ...


class DrawnGuard(Protocol):
    """A guard that an extension adds to a trigger."""

    @property
    def guard(self) -> str:
        """The name of the condition."""
        ...

    @property
    def trigger(self) -> str:
        """The trigger."""
        ...

    @property
    def sources(self) -> Sequence[str]:
        """The states in which it is asked; empty for all."""
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
    def rules(self) -> Sequence[DrawnRule]:
        """Its transitions as they are written: from superstates, to choice points."""
        ...

    @property
    def superstates(self) -> Sequence[DrawnSuperstate]:
        """Its superstates, outer before inner."""
        ...

    @property
    def choices(self) -> Sequence[DrawnChoicePoint]:
        """Its choice points."""
        ...

    @property
    def guards(self) -> Sequence[DrawnGuard]:
        """The guards that an extension adds."""
        ...

    @property
    def join(self) -> Sequence[DrawnJoinRule]:
        """How the states of the children make the state; only in the chart of a composite."""
        ...

    @property
    def child(self) -> "DrawnChart | None":
        """The chart of the children; only in the chart of a composite."""
        ...

    def within(self, name: str) -> Sequence[str]:
        """The states inside a state or superstate."""
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
