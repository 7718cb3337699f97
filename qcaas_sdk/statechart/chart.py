"""A statechart as plain frozen data, independent of files and machines.

A chart has two forms. What a person wrote stands in `states`, `superstates`, `choices`, `rules` and `join`. What the
machine runs is derived from it once: `transitions`, a flat table without superstates and choice points.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
from attrs import field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.statechart.elements import (
    AddedGuard,
    Choice,
    ChoicePoint,
    Invariant,
    JoinRule,
    State,
    Superstate,
    TransitionRule,
)

if TYPE_CHECKING:
    from qcaas_sdk.diagrams import Diagram, View
    from qcaas_sdk.diagrams.diagram import MimeBundle

JOIN = "join"
"""The trigger of a composite whose children have changed."""


@frozen(slots=False)  # cached_property needs a __dict__
class Chart:
    """A lifecycle: states, and the only transitions between them.

    Attributes:
        name: The chart's name in messages and pictures.
        summary: One line that describes it.
        initial: The state of a new model.
        states: The states that a model can be in, in the order of the file.
        rules: The transitions as they are written.
        invariants: Conditions that hold in every state.
        reset: The only trigger that leaves a final state, if there is one.
        superstates: The states that hold others, outer ones first.
        choices: The named lists of choices.
        children: The name of the chart that the children of a composite run.
        join: How the states of the children make the state of a composite.
        extends: The name of the chart that this one extends.
        guards: The guards that an extension adds.
        version: The version of the chart; journals keep it.
        file: The file that the chart was read from.
        child: The chart of the children.
        base: The chart that this one extends.
    """

    name: str
    summary: str
    initial: str
    states: tuple[State, ...]
    rules: tuple[TransitionRule, ...]
    invariants: tuple[Invariant, ...] = ()
    reset: str | None = None
    superstates: tuple[Superstate, ...] = ()
    choices: tuple[ChoicePoint, ...] = ()
    children: str | None = None
    join: tuple[JoinRule, ...] = ()
    extends: str | None = None
    guards: tuple[AddedGuard, ...] = ()
    version: int = 1
    file: str = field(default="<chart>", eq=False)
    child: "Chart | None" = field(default=None, eq=False, repr=False)
    base: "Chart | None" = field(default=None, eq=False, repr=False)

    @cached_property
    def _inside(self) -> dict[str, tuple[str, ...]]:
        parents = {one.name: one.parent for one in self.superstates} | {one.name: one.parent for one in self.states}
        inside: dict[str, list[str]] = {name: [] for name in parents}
        for state in self.states:
            name: str | None = state.name
            seen: set[str] = set()
            while name is not None and name in inside and name not in seen:
                seen.add(name)
                inside[name].append(state.name)
                name = parents[name]
        return {name: tuple(names) for name, names in inside.items()}

    def within(self, name: str) -> tuple[str, ...]:
        """The states in a superstate, in the order of the file. For a state: itself and the states in it."""
        return self._inside[name]

    @cached_property
    def transitions(self) -> tuple[TransitionRule, ...]:
        """The table that the machine runs: sources are states, and the branches of choice points are filled in."""
        if self.join:
            return tuple(self._joins())
        return tuple(flat for rule in self.rules if not rule.fires for flat in self._flat(rule))

    @cached_property
    def automatic(self) -> dict[str, tuple[TransitionRule, ...]]:
        """The automatic and delayed transitions of each state that has some, in the order of the file."""
        found: dict[str, tuple[TransitionRule, ...]] = {}
        for rule in self.rules:
            for source in self._sources(rule) if rule.automatic else ():
                found[source] = (*found.get(source, ()), rule)
        return found

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(state.name for state in self.states)

    @cached_property
    def _by_state_and_trigger(self) -> dict[tuple[str, str], TransitionRule]:
        return {(source, t.trigger): t for t in self.transitions for source in t.sources}

    @cached_property
    def final_states(self) -> frozenset[str]:
        """The names of the final states."""
        return frozenset(state.name for state in self.states if state.final)

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """All triggers that you can fire, in the order of the file."""
        return tuple(dict.fromkeys(t.trigger for t in self.transitions if not t.automatic))

    def transition(self, state: str, trigger: str) -> TransitionRule | None:
        """The rule for `trigger` in `state`, or None if it is not legal there."""
        return self._by_state_and_trigger.get((state, trigger))

    def legal(self, state: str) -> tuple[str, ...]:
        """The triggers that are legal in `state`, in the order of the file."""
        return tuple(trigger for trigger in self.triggers if (state, trigger) in self._by_state_and_trigger)

    def arrows(self) -> Iterator[tuple[str, TransitionRule, Choice, str]]:
        """Every arrow of the flat table: source, transition, choice and next state (which may be the source)."""
        for transition in self.transitions:
            for source in transition.sources:
                for choice in transition.choices:
                    yield source, transition, choice, choice.target or source

    @cached_property
    def _points(self) -> dict[str, ChoicePoint]:
        return {point.name: point for point in reversed(self.choices)}

    def joined(self, rule: TransitionRule) -> tuple[Choice, ...]:
        """All choices of a rule as it is written: those of its choice point, then its own."""
        point = self._points.get(rule.choice) if rule.choice is not None else None
        if point is None:
            return rule.choices
        summaries = dict(rule.summaries)
        return (
            *(attrs.evolve(one, summary=summaries.get(one.guard or "", one.summary)) for one in point.branches),
            *rule.choices,
        )

    def _expanded(self, names: Iterable[str]) -> tuple[str, ...]:
        """The states in these states and superstates, each once; an unknown name stays for the check to find."""
        return tuple(dict.fromkeys(state for name in names for state in self._inside.get(name, (name,))))

    def _sources(self, rule: TransitionRule) -> tuple[str, ...]:
        """The states in which a rule is legal. An automatic one is not inherited by what is added within a state."""
        if not rule.automatic:
            return self._expanded(rule.sources)
        named = ((name,) if name in self._names else self._expanded((name,)) for name in rule.sources)
        return tuple(dict.fromkeys(state for found in named for state in found))

    def _flat(self, rule: TransitionRule) -> Iterator[TransitionRule]:
        asked: dict[tuple[str, ...], list[str]] = {}
        for source in self._sources(rule):
            added = (
                one.guard
                for one in self.guards
                if one.trigger == rule.trigger and (not one.sources or source in self._expanded(one.sources))
            )
            asked.setdefault((*rule.when, *added), []).append(source)
        for when, sources in asked.items():
            yield attrs.evolve(
                rule, sources=tuple(sources), choices=self.joined(rule), choice=None, summaries=(), when=when
            )

    def _joins(self) -> Iterator[TransitionRule]:
        choices = tuple(Choice(one.summary, one.guard, one.state, line=one.line) for one in self.join)
        living = tuple(state.name for state in self.states if not state.final)
        yield TransitionRule(JOIN, living, choices, "Compute the state from the states of the children.")
        if self.reset is not None:
            summary = "A child runs again, or was added; compute the state from the states of the children."
            ended = tuple(state.name for state in self.states if state.final)
            yield TransitionRule(self.reset, ended, choices, summary)

    def diagram(self, view: "View | str" = "full") -> "Diagram":
        """The chart as a picture.

        Args:
            view: What it shows: `overview` (the states and the main path) or `full`.

        Raises:
            InvalidArgument: There is no such view.
        """
        from qcaas_sdk.diagrams import Diagram, View  # noqa: PLC0415  # only when a picture is drawn
        from qcaas_sdk.diagrams.view import picture_of  # noqa: PLC0415  # as above

        return Diagram(self, picture_of(self, arguments.member(view, "view", View)))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> "MimeBundle":
        return self.diagram()._repr_mimebundle_()
