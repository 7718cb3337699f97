"""The machine that runs a chart, on `transitions`.

One machine serves all models of a chart. It is a small subclass of `AsyncMachine` because the stock one is not
safe for lives that overlap: there a second trigger cancels the callback of the first, callbacks of one slot run
side by side, and a timeout inside a callback is swallowed. Here

- one transition at a time runs on a model; the next one waits its turn;
- a running transition is never cancelled by another; if its own task is cancelled, the model stays where it was;
- callbacks run one after the other: effect, guard, action, move. Only the effect can wait, so what the others do
  happens in one instant for everybody else.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from attrs import field, frozen
from transitions import EventData
from transitions.core import Condition
from transitions.extensions.asyncio import AsyncEvent, AsyncMachine, AsyncState, AsyncTransition

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._base.transition_scope import running_transition
from qcaas_sdk.errors import IllegalTransition
from qcaas_sdk.statechart.chart import Chart, TransitionRule
from qcaas_sdk.statechart.validate import check_callbacks


class TransitionLock(asyncio.Lock):
    """Held for the length of a transition; knows its holder, and how many hold or await it."""

    def __init__(self) -> None:
        super().__init__()
        self.holder: asyncio.Task[Any] | None = None
        self.users = 0


S = TypeVar("S", bound=str)
M = TypeVar("M", bound="Model")
A = TypeVar("A")


@frozen
class Transition(Generic[S]):
    """A transition that has happened.

    Attributes:
        source: The state left.
        target: The state entered.
        trigger: What was asked.
        reason: The chart's summary of the outcome taken.
        at: The time of day, in UTC.
        monotonic_s: The same moment on the clock that never goes back, in seconds.
    """

    source: S
    target: S
    trigger: str
    reason: str
    at: datetime
    monotonic_s: float


class Model(Protocol):
    """What the machine needs of the thing that it moves."""

    @property
    def state(self) -> str:
        """Its current state, as the machine's `state_type`. A plain attribute, which only the machine writes."""
        ...

    lock: TransitionLock | None
    """The machine's; None while no transition is under way."""

    def on_transition(self, transition: Transition[Any]) -> None:
        """Hear of a transition, in the instant it happens. Must not raise."""
        ...


@frozen
class Callbacks(Generic[M, A]):
    """The meaning of the names in a chart: an explicit registry, the only place where they are looked up.

    Attributes:
        effects: Called first with the model; may wait; the answer is handed to guards and actions. A transition
            without an effect has the answer None.
        guards: Pure questions about model and answer.
        actions: Bookkeeping on the model; must not wait, and must change nothing if it raises.
        invariants: Facts about the model that must hold after every transition.
    """

    effects: Mapping[str, Callable[[M], Awaitable[A | None]]] = field(factory=dict)
    guards: Mapping[str, Callable[[M, A | None], bool]] = field(factory=dict)
    actions: Mapping[str, Callable[[M, A | None], None]] = field(factory=dict)
    invariants: Mapping[str, Callable[[M], bool]] = field(factory=dict)


class InvariantBroken(AssertionError):
    """Something holds no longer that its chart, or the testing kit, says holds always: a bug."""


class Machine(Generic[M, A]):
    """Runs one chart for any number of models.

    Attributes:
        chart: The chart.
        clock: Where the times of transitions come from.
    """

    def __init__(
        self,
        chart: Chart,
        callbacks: Callbacks[M, A],
        *,
        clock: Clock | None = None,
        state_type: Callable[[str], str] = str,
        before_each: Callable[[], None] = lambda: None,
        check_invariants: bool = sys.flags.dev_mode,
    ) -> None:
        """Bind a chart to the meaning of its names.

        Args:
            chart: A checked chart.
            callbacks: Its registry; the names must be the chart's, both ways.
            clock: Where the times of transitions come from.
            state_type: Turns a state's name in the chart into what models and transitions carry.
            before_each: Called whenever something is triggered, before anything else; nothing happens if it raises.
            check_invariants: Check the chart's invariants after every transition; by default in Python's
                development mode (`python -X dev`).

        Raises:
            BadStatechart: The chart names a callback that the registry does not have, or the other way round.
        """
        check_callbacks(
            chart,
            {
                "effect": callbacks.effects,
                "guard": callbacks.guards,
                "action": callbacks.actions,
                "invariant": callbacks.invariants,
            },
        )
        self.chart = chart
        self._callbacks = callbacks
        self.clock: Clock = clock or SystemClock()
        self._states = {state.name: state_type(state.name) for state in chart.states}
        self._names = {state: name for name, state in self._states.items()}
        self._before_each = before_each
        self._check_invariants = check_invariants
        engine = _Engine(chart, self._states, self._candidates())
        self._triggers = {name: event.trigger for name, event in engine.events.items()}

    def check_caller(self) -> None:
        """Raise what `before_each` raises, as a trigger would at this place."""
        self._before_each()

    async def fire(self, model: M, trigger: str) -> None:
        """Trigger a transition, after those that are under way on this model.

        If the surrounding task is cancelled, or the effect raises, the model stays in its state and is free again.

        Raises:
            IllegalTransition: The chart does not know the trigger in the model's state, or no guard holds, or the
                trigger comes from inside a transition of the same model. Nothing has changed.
        """
        if not await self._fire_in_turn(model, trigger):
            raise self.illegal(model, trigger)

    async def try_fire(self, model: M, trigger: str) -> bool:
        """As `fire`, but a trigger that has become illegal by the time it is our turn is answered with False."""
        return await self._fire_in_turn(model, trigger)

    def fire_now(self, model: M, trigger: str) -> None:
        """Trigger a transition that has no effect, without an event loop.

        Raises:
            IllegalTransition: As `fire`; also when another transition of the model is under way, or when this one
                has an effect.
        """
        self._before_each()
        rule = self.chart.transition(self.state_name(model), trigger)
        if model.lock is not None or rule is None or rule.effect is not None:
            raise self.illegal(model, trigger)
        try:
            self._triggers[trigger](model).send(None)
        except StopIteration as stop:
            if not stop.value:
                raise self.illegal(model, trigger) from None

    def check(self, model: M) -> None:
        """Ask the chart's invariants of a model.

        Raises:
            InvariantBroken: The first that does not hold.
        """
        for name, holds in self._callbacks.invariants.items():
            if not holds(model):
                raise InvariantBroken(f"{model!r}: {name} does not hold")

    def legal(self, model: M) -> tuple[str, ...]:
        """The triggers that the chart knows in the model's state."""
        return self.chart.legal(self.state_name(model))

    def state_name(self, model: M) -> str:
        """What the chart calls the model's state.

        Raises:
            ValueError: The chart does not know it.
        """
        try:
            return self._names[model.state]
        except KeyError:
            known = ", ".join(self._names)
            raise ValueError(f"the chart {self.chart.name} has no state {model.state!r}; it has: {known}") from None

    async def _fire_in_turn(self, model: M, trigger: str) -> bool:
        self._before_each()
        lock = model.lock
        if lock is None:
            lock = model.lock = TransitionLock()
        task = asyncio.current_task()
        if lock.holder is not None and lock.holder is task:
            raise IllegalTransition(
                f"{model!r}: {trigger!r} was triggered from inside a transition of the same model",
                state=self.state_name(model),
                trigger=trigger,
                legal=(),
            )
        lock.users += 1
        try:
            async with lock:
                if self.chart.transition(self.state_name(model), trigger) is None:
                    return False
                lock.holder = task
                try:
                    with running_transition(f"{self.chart.name}.{trigger}"):
                        return bool(await self._triggers[trigger](model))
                finally:
                    lock.holder = None
        finally:
            lock.users -= 1
            if lock.users == 0:
                model.lock = None

    def illegal(self, model: M, trigger: str) -> IllegalTransition:
        """The error for a trigger that cannot be taken now; it says why."""
        legal = self.legal(model)
        reason = "no guard of it holds" if trigger in legal else f"legal there: {', '.join(legal) or 'nothing'}"
        if trigger in legal and model.lock is not None:
            reason = "another transition of it is under way; await that first"
        return IllegalTransition(
            f"{model!r} cannot {trigger!r} in state {self.state_name(model)!r} ({reason})",
            state=self.state_name(model),
            trigger=trigger,
            legal=legal,
        )

    def _candidates(self) -> list[dict[str, object]]:
        """The chart in `transitions`' own markup: one candidate a choice, the effect on the first alone."""
        return [
            {
                "trigger": transition.trigger,
                "source": self._states[source],
                "dest": self._states[choice.target] if choice.target not in {source, None} else None,
                "prepare": [self._effect(transition)] if transition.effect and index == 0 else [],
                "conditions": [self._guard(choice.guard)] if choice.guard else [],
                "before": [self._actions(choice.actions)] if choice.actions else [],
                "after": self._after(source, transition.trigger, choice.target or source, choice.summary),
            }
            for transition in self.chart.transitions
            for source in transition.sources
            for index, choice in enumerate(transition.choices)
        ]

    def _effect(self, transition: TransitionRule) -> Callable[[EventData], Awaitable[None]]:
        effect = self._callbacks.effects[str(transition.effect)]

        async def run(event: EventData) -> None:
            event.kwargs["answer"] = await effect(event.model)

        return run

    def _guard(self, name: str) -> Callable[[EventData], bool]:
        guard = self._callbacks.guards[name]
        return lambda event: guard(event.model, event.kwargs.get("answer"))

    def _actions(self, names: tuple[str, ...]) -> Callable[[EventData], None]:
        actions = [self._callbacks.actions[name] for name in names]

        def run(event: EventData) -> None:
            for action in actions:
                action(event.model, event.kwargs.get("answer"))

        return run

    def _after(self, source: str, trigger: str, target: str, reason: str) -> list[Callable[[EventData], None]]:
        after = [] if source == target else [self._note(source, trigger, target, reason)]
        return [*after, self._check] if self._check_invariants else after

    def _note(self, source: str, trigger: str, target: str, reason: str) -> Callable[[EventData], None]:
        clock = self.clock
        left, entered = self._states[source], self._states[target]

        def run(event: EventData) -> None:
            event.model.on_transition(Transition(left, entered, trigger, reason, clock.wall(), clock.monotonic()))

        return run

    def _check(self, event: EventData) -> None:
        self.check(event.model)


def place(model: Model, state: str) -> None:
    """Put a model where it once was. Nothing runs, and the model hears of nothing.

    Raises:
        IllegalTransition: A transition of the model is under way.
    """
    if model.lock is not None:
        reason = f"{model!r} cannot be placed in {state!r}: a transition of it is under way; await that first"
        raise IllegalTransition(reason, state=model.state, trigger="place", legal=())
    model.state = state  # type: ignore[misc]  # this and the engine are the only writers


class _Transition(AsyncTransition):  # type: ignore[misc]  # transitions' stubs contradict each other
    """Runs its callbacks one after the other, and cancels nothing. Only `prepare`, the effect, is awaited."""

    condition_cls = Condition

    async def execute(self, event_data: EventData) -> bool:
        for effect in self.prepare:
            await effect(event_data)
        if not all(condition.check(event_data) for condition in self.conditions):
            return False
        for action in self.before:
            action(event_data)
        if self.dest is not None:
            event_data.machine.set_state(self.dest, event_data.model)
        for note in self.after:
            note(event_data)
        return True


class _Event(AsyncEvent):  # type: ignore[misc]  # as above
    """Without the stock one's error log and `finalize`: an error goes to the caller, who knows the model."""

    async def trigger(self, model: Model) -> bool:
        event_data = EventData(None, self, self.machine, model, args=(), kwargs={})
        for transition in self.transitions[model.state]:
            if await transition.execute(event_data):
                return True
        return False


class _Engine(AsyncMachine):  # type: ignore[misc]  # as above
    """`AsyncMachine` for models that it does not register: it would compare each with every other."""

    event_cls = _Event
    transition_cls = _Transition
    state_cls = AsyncState

    def __init__(self, chart: Chart, states: Mapping[str, str], candidates: list[dict[str, object]]) -> None:
        super().__init__(
            model=None,
            name=chart.name,
            states=[{"name": states[state.name], "final": state.final} for state in chart.states],
            initial=states[chart.initial],
            transitions=candidates,
            auto_transitions=False,
            send_event=True,
            model_attribute="state",
        )
