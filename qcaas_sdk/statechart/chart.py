"""A statechart as plain frozen data, independent of files and machines."""

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
        summary: One line that describes it.
        final: Whether it is final; only the chart's reset leads out of a final state.
        line: Its line in the file, counted from 1.
    """

    name: str
    summary: str
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
class TransitionRule:
    """What a trigger does in its source states: an effect, then the first choice whose guard holds.

    Attributes:
        trigger: The name of the event.
        sources: The states in which it is legal.
        choices: The possible outcomes, in order; never empty.
        summary: One line that describes it.
        effect: The name of the function that is awaited first, or None.
        line: Its line in the file.
    """

    trigger: str
    sources: tuple[str, ...]
    choices: tuple[Choice, ...]
    summary: str
    effect: str | None = None
    line: int = field(default=0, eq=False, repr=False)


@frozen
class Invariant:
    """A condition on the model that holds in every state, by name."""

    name: str
    summary: str
    line: int = field(default=0, eq=False, repr=False)


@frozen(slots=False)  # cached_property needs a __dict__
class Chart:
    """A lifecycle: states, and the only transitions between them.

    Attributes:
        name: The chart's name in messages and pictures.
        summary: One line that describes it.
        initial: The state of a new model.
        states: In the order of the file.
        transitions: In the order of the file.
        invariants: Conditions that hold in every state.
        reset: The only trigger that leaves a final state, if there is one.
        file: The file that the chart was read from.
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
        """The names of the final states."""
        return frozenset(state.name for state in self.states if state.final)

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """All triggers, in the order of the file."""
        return tuple(dict.fromkeys(t.trigger for t in self.transitions))

    def transition(self, state: str, trigger: str) -> TransitionRule | None:
        """The rule for `trigger` in `state`, or None if it is not legal there."""
        return self._by_state_and_trigger.get((state, trigger))

    def legal(self, state: str) -> tuple[str, ...]:
        """The triggers that are legal in `state`, in the order of the file."""
        return tuple(trigger for trigger in self.triggers if (state, trigger) in self._by_state_and_trigger)

    def arrows(self) -> Iterator[tuple[str, TransitionRule, Choice, str]]:
        """Every arrow of the chart: source, transition, choice and next state (which may be the source)."""
        for transition in self.transitions:
            for source in transition.sources:
                for choice in transition.choices:
                    yield source, transition, choice, choice.target or source

    def diagram(self, detail: "Detail | str" = "guards") -> "Diagram":
        """The chart as a picture.

        Args:
            detail: How much is written: `triggers`, `guards` or `summaries`.

        Raises:
            InvalidArgument: There is no such detail.
        """
        from qcaas_sdk.diagrams import Detail, Diagram  # noqa: PLC0415  # only when a picture is drawn

        return Diagram(self, detail=arguments.member(detail, "detail", Detail))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> "MimeBundle":
        return self.diagram()._repr_mimebundle_()
