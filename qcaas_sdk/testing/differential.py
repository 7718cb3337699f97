"""A second opinion on charts: `python-statemachine` runs their SCXML beside the machine of this library.

Both engines get the same events and the same answers to the chart's guards. Whatever they do differently is a bug in
one of them, or in the export.
"""

import io
from collections import Counter
from contextlib import redirect_stdout
from functools import partial
from typing import Any, TypeAlias

from attrs import define, field, frozen
from hypothesis import strategies as st

from qcaas_sdk.diagrams import scxml
from qcaas_sdk.errors import IllegalTransition, MissingExtra
from qcaas_sdk.statechart import Callbacks, Chart, JoinRule, Machine, Transition, TransitionLock
from qcaas_sdk.statechart.machine import InvariantBroken
from qcaas_sdk.testing.stateful.chart_strategies import event_sequences


@frozen
class Event:
    """A trigger, and what the guards say when it is their turn.

    Attributes:
        trigger: Its name.
        holds: The guards that hold.
        children: For a composite, the states of its children, which decide about the guards.
    """

    trigger: str
    holds: frozenset[str] = frozenset()
    children: tuple[str, ...] = ()


Told: TypeAlias = list[tuple[str, str]]
"""What was done, in order: ("effect" or "action", its name)."""


def guards_of(chart: Chart) -> list[str]:
    """The names of a chart's guards."""
    return sorted({choice.guard for t in chart.transitions for choice in t.choices if choice.guard is not None})


@st.composite
def answered_events(draw: st.DrawFn, chart: Chart, *, max_size: int = 30) -> list[Event]:
    """Events for `DifferentialRunner`: triggers as `event_sequences` draws them, and any answers to the guards.

    Args:
        draw: Hypothesis' own.
        chart: The chart.
        max_size: Events at most.
    """
    triggers = draw(event_sequences(chart, max_size=max_size))
    if chart.child is not None:
        families = st.lists(st.sampled_from([state.name for state in chart.child.states]), max_size=4).map(tuple)
        return [_event_of(chart, trigger, draw(families)) for trigger in triggers]
    guards = guards_of(chart)
    answers = st.frozensets(st.sampled_from(guards)) if guards else st.just(frozenset[str]())
    return [Event(trigger, draw(answers)) for trigger in triggers]


def _event_of(chart: Chart, trigger: str, children: tuple[str, ...]) -> Event:
    """An event of a composite with these children: the first rule that is true of them, by their names alone."""

    def true_of(rule: JoinRule, child: Chart) -> bool:
        named = (rule.all, rule.any, rule.none)
        every, some, no = ({state for name in names for state in child.within(name)} for names in named)
        here = set(children)
        return (not every or here <= every) and (not some or bool(here & some)) and not here & no

    assert chart.child is not None
    holds = {rule.guard for rule in chart.join if rule.guard and true_of(rule, chart.child)}
    return Event(trigger, frozenset(guard for guard in holds if guard), children)


@define(eq=False)
class _Model:
    """Something that is moved, and remembers what was done to it."""

    state: str
    lock: TransitionLock | None = None
    holds: frozenset[str] = frozenset()
    counts: Counter[str] = field(factory=Counter)
    told: Told = field(factory=list)

    def on_transition(self, transition: Transition[str]) -> None:
        """Nothing is kept."""


class DifferentialRunner:
    """One chart in two engines."""

    def __init__(self, chart: Chart) -> None:
        """Both begin in the initial state.

        Raises:
            MissingExtra: python-statemachine is not installed.
        """
        try:
            from statemachine.io import load  # noqa: PLC0415  # an extra
        except ModuleNotFoundError as error:
            raise MissingExtra("the second engine", "testing") from error
        self.chart = chart
        self._guards = guards_of(chart)
        self._model = _Model(chart.initial)
        self._machine = Machine(chart, _callbacks(chart))
        self._other: Any = load(scxml(chart), format="scxml", name=chart.name)()

    async def send(self, event: Event) -> None:
        """Send an event to both.

        Raises:
            InvariantBroken: They differ in the state they come to, or in what they do on the way.
        """
        before = self._model.state
        ours, theirs = await self._ours(event), self._theirs(event)
        if ours != theirs:
            raise InvariantBroken(
                f"{self.chart.name}: {event} in {before!r} led this library's machine to {ours[0]!r} by way of "
                f"{ours[1]}, and python-statemachine to {theirs[0]!r} by way of {theirs[1]}"
            )

    async def _ours(self, event: Event) -> tuple[str, Told]:
        self._model.holds, self._model.told, self._model.counts = event.holds, [], Counter(event.children)
        try:
            await self._machine.fire(self._model, event.trigger)
        except IllegalTransition:
            self._model.told = []  # an effect whose answer no guard knows has led nowhere
        return self._model.state, self._model.told

    def _theirs(self, event: Event) -> tuple[str, Told]:
        data = {guard: guard in event.holds for guard in self._guards}
        with redirect_stdout(io.StringIO()) as said:
            self._other.send(event.trigger, **data)
        lines = [line.partition(": ") for line in said.getvalue().splitlines()]
        names = {state.name for state in self.chart.states}
        (state,) = [one.id for one in self._other.configuration if one.id in names]
        return state, [(label, name.strip("'")) for label, _, name in lines]


def _callbacks(chart: Chart) -> Callbacks[_Model, None]:
    effects = {t.effect for t in chart.transitions if t.effect is not None}
    actions = {action for t in chart.transitions for choice in t.choices for action in choice.actions}
    guards = [] if chart.join else guards_of(chart)  # the machine itself evaluates the rules of a join
    return Callbacks(
        effects={name: partial(_effect, name) for name in effects},
        guards={name: partial(_guard, name) for name in guards},
        actions={name: partial(_action, name) for name in actions},
        invariants={invariant.name: lambda _: True for invariant in chart.invariants},
    )


async def _effect(name: str, model: _Model) -> None:
    model.told.append(("effect", name))


def _guard(name: str, model: _Model, _: None) -> bool:
    return name in model.holds


def _action(name: str, model: _Model, _: None) -> None:
    model.told.append(("action", name))
