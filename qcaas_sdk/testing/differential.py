"""A second opinion on charts: `python-statemachine` runs their SCXML beside the machine of this library.

Both engines get the same events and the same answers to the chart's guards, and time passes for both until the next
delay is over. Whatever they do differently is a bug in one of them, or in the export.
"""

import io
from collections import Counter
from contextlib import redirect_stdout
from functools import partial
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

from attrs import define, field, frozen
from hypothesis import strategies as st

from qcaas_sdk.diagrams import scxml
from qcaas_sdk.errors import IllegalTransition, MissingExtra
from qcaas_sdk.statechart import Callbacks, Chart, JoinRule, Machine, Transition, TransitionLock, TransitionRule
from qcaas_sdk.statechart.machine import InvariantBroken
from qcaas_sdk.testing.stateful.chart_strategies import entered, event_sequences

LATER = ""
"""The trigger of an event that is the end of a delay."""


@frozen
class Event:
    """A trigger, and which guards hold.

    Attributes:
        trigger: Its name; `LATER` if time passes until the next delay is over.
        holds: The guards that hold.
        children: For a composite, the states of its children: they decide which guards hold.
    """

    trigger: str
    holds: frozenset[str] = frozenset()
    children: tuple[str, ...] = ()


Told: TypeAlias = list[tuple[str, str]]
"""What was done, in order: ("effect" or "action", its name)."""


def guards_of(chart: Chart) -> list[str]:
    """The names of a chart's guards."""
    rules = (*chart.transitions, *chart.rules)
    asked = {choice.guard for rule in rules for choice in rule.choices if choice.guard is not None}
    return sorted(asked | {guard for rule in rules for guard in rule.when})


@st.composite
def answered_events(draw: st.DrawFn, chart: Chart, *, max_size: int = 30) -> list[Event]:
    """Events for `DifferentialRunner`, with any set of guards that hold. Most events are legal, some are not.

    Args:
        draw: Hypothesis passes it.
        chart: The chart; if it has automatic transitions, time passes between the triggers.
        max_size: The largest number of events; for a composite, of triggers.
    """
    if chart.child is not None:
        families = st.lists(st.sampled_from([state.name for state in chart.child.states]), max_size=4).map(tuple)
        triggers = draw(event_sequences(chart, max_size=max_size))
        return [_event_of(chart, trigger, draw(families)) for trigger in triggers]
    guards = guards_of(chart)
    answers = st.frozensets(st.sampled_from(guards)) if guards else st.just(frozenset[str]())
    anything = [*chart.triggers, *([LATER] if chart.automatic else [])]
    at = entered(chart, {chart.initial})  # where a model may be by now
    events: list[Event] = []
    for _ in range(draw(st.integers(0, max_size))):
        legal = sorted({trigger for state in at for trigger in chart.legal(state)})
        if any(rule.after_s is not None for state in at for rule in chart.automatic.get(state, ())):
            legal += [LATER] * (1 + len(legal) // 2)
        any_of = legal if legal and draw(st.integers(0, 5)) < 5 else anything
        events.append(Event(draw(st.sampled_from(any_of)), draw(answers)))
        at = entered(chart, {_after(chart, state, events[-1]) for state in at})
    return events


def _after(chart: Chart, state: str, event: Event) -> str:
    """Where an event leads from a state."""
    rule = chart.transition(state, event.trigger)
    if rule is None or not event.holds.issuperset(rule.when):
        return state
    taken = next((choice for choice in rule.choices if choice.guard is None or choice.guard in event.holds), None)
    return state if taken is None else taken.target or state


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
    place: str
    pending: bool = False
    lock: TransitionLock | None = None
    holds: frozenset[str] = frozenset()
    counts: Counter[str] = field(factory=Counter)
    told: Told = field(factory=list)

    def on_transition(self, transition: Transition[str]) -> None:
        """Nothing is kept."""

    def on_step(self, transition: Transition[str]) -> None:
        """Nothing is kept."""

    def on_settled(self) -> None:
        """Nothing is kept."""


@define
class _Delays:
    """What is due when, for this library's machine: the clock only goes on if nothing else happens."""

    now: float = 0.0
    due: list[tuple[float, TransitionRule]] = field(factory=list)
    counts: Counter[TransitionRule] = field(factory=Counter)

    def count(self, model: _Model, rule: TransitionRule, /) -> int:
        """How often a rule has been taken."""
        return self.counts[rule]

    def happened(self, model: _Model, rule: TransitionRule, /) -> None:
        """Count one more."""
        self.counts[rule] += 1

    def delay(self, model: _Model, rule: TransitionRule, seconds: float, /) -> None:
        """Note when it is due."""
        self.due.append((self.now + seconds, rule))

    def waits(self, model: _Model, /) -> bool:
        """Whether something is due later."""
        return bool(self.due)

    def left(self, model: _Model, /) -> None:
        """Nothing is due any more."""
        self.due.clear()

    def next(self) -> TransitionRule | None:
        """What is due first; the clock goes on until then."""
        if not self.due:
            return None
        first = min(self.due, key=lambda one: one[0])
        self.due.remove(first)
        self.now = first[0]
        return first[1]


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
        self._places = {state.name for state in chart.states}
        self._delays = _Delays()
        self._model = _Model(chart.initial, chart.initial)
        self._machine = Machine(chart, _callbacks(chart), automation=self._delays)
        self._begun = False
        self._now = 0.0
        self._due: list[tuple[float, str, str]] = []
        with redirect_stdout(io.StringIO()) as said:
            self._other: Any = load(_without_delays(scxml(chart)), format="scxml", name=chart.name)()
        self._heard(said.getvalue())

    async def send(self, event: Event) -> None:
        """Send an event to both.

        Raises:
            InvariantBroken: They differ in the new state, in what they called, or in their delays.
        """
        if not self._begun:
            await self._begin()
        before = self._place
        ours, theirs = await self._ours(event), self._theirs(event)
        if ours != theirs:
            raise InvariantBroken(
                f"{self.chart.name}: {event} in {before!r}. This library's machine went to {ours[0]!r} through "
                f"{ours[1]}, python-statemachine to {theirs[0]!r} through {theirs[1]}; the next delays are {ours[2]} "
                f"and {theirs[2]}"
            )

    @property
    def _place(self) -> str:
        return self._model.place if self.chart.extends else self._model.state

    async def _begin(self) -> None:
        self._begun = True
        self._machine.begin(self._model)
        await self._go_on()

    async def _go_on(self) -> None:
        """What is due at once."""
        while self._delays.due and min(due for due, _ in self._delays.due) <= self._delays.now:
            rule = self._delays.next()
            assert rule is not None  # one is due
            await self._machine.due(self._model, rule)

    async def _ours(self, event: Event) -> tuple[str, Told, list[float]]:
        self._model.holds, self._model.told, self._model.counts = event.holds, [], Counter(event.children)
        try:
            if event.trigger != LATER:
                await self._machine.fire(self._model, event.trigger)
            elif rule := self._delays.next():
                await self._machine.due(self._model, rule)
            await self._go_on()
        except IllegalTransition:
            self._model.told = []  # an effect whose answer no guard knows has led nowhere
        return self._place, self._model.told, sorted(due for due, _ in self._delays.due)

    def _theirs(self, event: Event) -> tuple[str, Told, list[float]]:
        data = {guard: guard in event.holds for guard in self._guards}
        for guard, holds in data.items():
            setattr(self._other.model, guard, holds)
        trigger = event.trigger
        if trigger == LATER and self._due:
            first = min(self._due, key=lambda one: one[0])
            self._due.remove(first)
            self._now, trigger, _ = first
        with redirect_stdout(io.StringIO()) as said:
            if trigger != LATER:
                self._other.send(trigger, **data)
        told = self._heard(said.getvalue())
        (state,) = [one.id for one in self._other.configuration if one.id in self._places]
        return state, told, sorted(due for due, _, _ in self._due)

    def _heard(self, said: str) -> Told:
        """What the other engine has logged; delays are noted."""
        told: Told = []
        for line in said.splitlines():
            label, _, written = line.partition(": ")
            name = written.strip("'")
            if label == "delay":
                seconds, sent, event = name.split()
                self._due.append((self._now + float(seconds.removesuffix("s")), event, sent))
            elif label == "left":
                self._due = [one for one in self._due if one[2] != name]
            else:
                told.append((label, name))
        return told


def _without_delays(text: str) -> str:
    """SCXML that logs its delays: the other engine would sleep until they are over."""
    root = ET.fromstring(text)  # noqa: S314  # this library has written it
    for element in root.iter():
        kind = element.tag.rpartition("}")[2]
        namespace = element.tag.removesuffix(kind)
        if kind == "send" and "delay" in element.attrib:
            sent = " ".join(element.attrib[key] for key in ("delay", "id", "event"))
        elif kind == "cancel":
            sent = element.attrib["sendid"]
        else:
            continue
        element.tag, element.attrib = f"{namespace}log", {"label": "delay" if kind == "send" else "left"}
        element.set("expr", repr(sent))
    return ET.tostring(root, encoding="unicode")


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
