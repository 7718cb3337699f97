"""The elements of a chart as a person wrote them: states, choices, rules, guards, invariants. Plain frozen data."""

import attrs
from attrs import field, frozen


@frozen
class State:
    """A state that a model can be in.

    Attributes:
        name: Its name in the chart.
        summary: One line that describes it.
        final: Whether it is final; only the chart's reset leads out of a final state.
        parent: The superstate that it is in; of a state that an extension adds, also a state of the extended chart.
        shows_as: The state of the extended chart that a user sees; its own name if the chart extends no other.
        line: Its line in the file, counted from 1.
    """

    name: str
    summary: str
    final: bool = False
    parent: str | None = None
    shows_as: str = field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    line: int = field(default=0, eq=False, repr=False)


@frozen
class Superstate:
    """A state that holds other states. A model is never in it alone.

    Attributes:
        name: Its name in the chart.
        summary: One line that describes it.
        parent: The superstate that it is in.
        final: Whether all states in it are final.
        line: Its line in the file.
    """

    name: str
    summary: str
    parent: str | None = None
    final: bool = False
    line: int = field(default=0, eq=False, repr=False)


@frozen
class Choice:
    """One outcome of a transition; the first choice whose guard holds is taken.

    Attributes:
        summary: One line that describes it; becomes the `reason` of the transition.
        guard: The name of the condition, or None for "otherwise".
        target: The next state, or None if the state stays the same.
        actions: Names of the functions that update the model together with the state.
        line: Its line in the file.
    """

    summary: str
    guard: str | None = None
    target: str | None = None
    actions: tuple[str, ...] = ()
    line: int = field(default=0, eq=False, repr=False)


@frozen
class ChoicePoint:
    """A named list of choices that several transitions lead to.

    Attributes:
        name: Its name in the chart.
        summary: One line that describes it.
        branches: The choices, in order.
        line: Its line in the file.
    """

    name: str
    summary: str
    branches: tuple[Choice, ...]
    line: int = field(default=0, eq=False, repr=False)


@frozen
class TransitionRule:
    """What a trigger does in its source states: an effect, then the first choice whose guard holds.

    Attributes:
        trigger: The name of the event.
        sources: The states in which it is legal; as written, also superstates.
        choices: The possible outcomes, in order; as written, only those after the choice point.
        summary: One line that describes it.
        effect: The name of the function that is awaited first, or None.
        choice: The choice point whose branches come first, or None.
        summaries: Guard and summary of the branches of the choice point that have another summary here.
        when: Guards that are asked before the effect; if one does not hold, the trigger is not legal.
        always: Whether it is automatic: it happens as soon as a source state is entered.
        after_s: Whether it is delayed: the seconds in a source state after which it happens, or None.
        bound: How often an automatic or delayed transition can happen.
        line: Its line in the file.
    """

    trigger: str
    sources: tuple[str, ...]
    choices: tuple[Choice, ...]
    summary: str
    effect: str | None = None
    choice: str | None = None
    summaries: tuple[tuple[str, str], ...] = ()
    when: tuple[str, ...] = ()
    always: bool = False
    after_s: float | None = None
    bound: int | None = None
    line: int = field(default=0, eq=False, repr=False)

    @property
    def automatic(self) -> bool:
        """Whether it happens without a trigger that you fire: at once, or after a delay."""
        return self.always or self.after_s is not None

    @property
    def fires(self) -> bool:
        """Whether it is automatic and fires a trigger that another rule declares."""
        return self.automatic and not self.choices and self.choice is None


@frozen
class AddedGuard:
    """A guard that an extension adds to a trigger of the chart that it extends.

    Attributes:
        guard: The name of the condition; it is asked before the effect.
        trigger: The trigger.
        sources: The states in which it is asked; empty for all.
        summary: One line that describes it.
        line: Its line in the file.
    """

    guard: str
    trigger: str
    summary: str
    sources: tuple[str, ...] = ()
    line: int = field(default=0, eq=False, repr=False)


@frozen
class JoinRule:
    """A state of a composite, and what must be true of its children. The first rule that is true counts.

    Attributes:
        state: The state of the composite.
        summary: One line that describes it; becomes the `reason` of the transition.
        all: Every child is in one of these states or superstates; empty for no condition.
        any: At least one child is in one of these; empty for no condition.
        none: No child is in one of these.
        line: Its line in the file.
    """

    state: str
    summary: str
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    line: int = field(default=0, eq=False, repr=False)

    @property
    def guard(self) -> str | None:
        """Its condition as the name of a guard, for example `all_ended_any_failed`; None if it is always true."""
        parts = [
            f"{word}_{'_or_'.join(names)}"
            for word, names in (("all", self.all), ("any", self.any), ("none", self.none))
            if names
        ]
        return "_".join(parts) or None


@frozen
class Invariant:
    """A condition on the model that holds in every state, by name."""

    name: str
    summary: str
    line: int = field(default=0, eq=False, repr=False)
