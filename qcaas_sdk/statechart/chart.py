"""What a statechart is, as plain frozen data. Knows neither files nor machines."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import field, frozen

from qcaas_sdk._guards import arguments

if TYPE_CHECKING:
    from qcaas_sdk.diagrams import Detail, Diagram
    from qcaas_sdk.diagrams.diagram import MimeBundle


@frozen
class State:
    """A state that a model can be in.

    Attributes:
        name: Its name in the chart.
        summary: One line for people.
        final: Whether it is an end; only the chart's reset leads out of an end.
        line: Where it stands in its file, counted from 1.
    """

    name: str
    summary: str
    final: bool = False
    line: int = field(default=0, eq=False, repr=False)


@frozen
class Choice:
    """One outcome of a transition: taken when it is the first whose guard holds.

    Attributes:
        summary: One line for people; becomes the `reason` of the transition.
        guard: The name of the question that must be answered with yes, or None for "otherwise".
        target: The state moved to, or None when the state stays.
        actions: Names of the bookkeeping done in the same instant as the move.
        line: Where it stands in its file.
    """

    summary: str
    guard: str | None = None
    target: str | None = None
    actions: tuple[str, ...] = ()
    line: int = field(default=0, eq=False, repr=False)


@frozen
class TransitionRule:
    """What a trigger does in its source states: an effect, then the first choice whose guard holds.

    Attributes:
        trigger: The name of the event.
        sources: The states in which it is legal.
        choices: The possible outcomes, in order; never empty.
        summary: One line for people.
        effect: The name of the call that runs first and may wait, or None.
        line: Where it stands in its file.
    """

    trigger: str
    sources: tuple[str, ...]
    choices: tuple[Choice, ...]
    summary: str
    effect: str | None = None
    line: int = field(default=0, eq=False, repr=False)


@frozen
class Invariant:
    """A fact about the model that holds in every state, by name."""

    name: str
    summary: str
    line: int = field(default=0, eq=False, repr=False)


@frozen(slots=False)  # cached_property needs a __dict__
class Chart:
    """A lifecycle: states, and the only transitions between them.

    Attributes:
        name: What the chart is called in messages and pictures.
        summary: One line for people.
        initial: The state of a new model.
        states: In the order of the file.
        transitions: In the order of the file.
        invariants: Facts that hold in every state.
        reset: The one trigger that may leave a final state, if there is one.
        file: Where the chart was read.
    """

    name: str
    summary: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[TransitionRule, ...]
    invariants: tuple[Invariant, ...] = ()
    reset: str | None = None
    file: str = field(default="<chart>", eq=False)

    @cached_property
    def _by_state_and_trigger(self) -> dict[tuple[str, str], TransitionRule]:
        return {(source, t.trigger): t for t in self.transitions for source in t.sources}

    @cached_property
    def final_states(self) -> frozenset[str]:
        """The names of the ends."""
        return frozenset(state.name for state in self.states if state.final)

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """All triggers, in the order of their first mention."""
        return tuple(dict.fromkeys(t.trigger for t in self.transitions))

    def transition(self, state: str, trigger: str) -> TransitionRule | None:
        """What `trigger` does in `state`, or None when it is not legal there."""
        return self._by_state_and_trigger.get((state, trigger))

    def legal(self, state: str) -> tuple[str, ...]:
        """The triggers that are legal in `state`, in the order of the file."""
        return tuple(trigger for trigger in self.triggers if (state, trigger) in self._by_state_and_trigger)

    def arrows(self) -> Iterator[tuple[str, TransitionRule, Choice, str]]:
        """Every possible transition: source, rule, choice and target (the source itself if it stays there)."""
        for transition in self.transitions:
            for source in transition.sources:
                for choice in transition.choices:
                    yield source, transition, choice, choice.target or source

    def diagram(self, detail: "Detail | str" = "guards") -> "Diagram":
        """The chart as a picture.

        Args:
            detail: How much text is shown: `triggers`, `guards` or `summaries`.

        Raises:
            InvalidArgument: There is no such detail.
        """
        from qcaas_sdk.diagrams import Detail, Diagram  # noqa: PLC0415  # pictures only when they are wanted

        return Diagram(self, detail=arguments.member(detail, "detail", Detail))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> "MimeBundle":
        return self.diagram()._repr_mimebundle_()
