"""The machine that runs a chart, based on the package `transitions`.

One machine serves all models of a chart.

- one transition at a time runs on a model; the next one waits;
- a running transition is never cancelled by another; if its own task is cancelled, the model keeps its state;
- callbacks run one after the other: effect, guard, action, then the state changes. Only the effect is awaited, so
  other coroutines see the rest as one step.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Generic, cast

from attrs import evolve

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._base.transition_scope import running_transition
from qcaas_sdk.errors import BadStatechart, IllegalTransition
from qcaas_sdk.statechart.chart import JOIN, Chart
from qcaas_sdk.statechart.elements import TransitionRule
from qcaas_sdk.statechart.join import Join, join_guards
from qcaas_sdk.statechart.model import (
    A,
    Automation,
    Callbacks,
    Extended,
    Gate,
    M,
    Parent,
    Step,
    Transition,
    TransitionLock,
)


class InvariantBroken(AssertionError):
    """An invariant of the chart, or of the testing kit, does not hold: a bug."""


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
        automation: Automation[M] | None = None,
        gates: Mapping[str, Gate[M]] = MappingProxyType({}),
        on_error: Callable[[M, Exception], object] = lambda *_: None,
    ) -> None:
        """Bind a chart to its callbacks.

        Args:
            chart: A checked chart.
            callbacks: Its registry; the names must be the chart's, both ways.
            clock: Where the times of transitions come from.
            state_type: Converts the name of a state in the chart to the value that models and transitions have.
            before_each: Called before each trigger; if it raises, nothing happens.
            check_invariants: Check the chart's invariants after every transition; by default in Python's
                development mode (`python -X dev`).
            automation: Remembers automatic and delayed transitions; needed if the chart has some.
            gates: What the triggers with some effects wait for, by the name of the effect.
            on_error: Called with an error that comes after a trigger has changed the state. It goes to the caller
                too, but others may wait for the new state.

        Raises:
            BadStatechart: The chart uses a callback that the registry does not have, or the other way round; or it
                has automatic transitions, and there is no `automation`.
        """
        # Nothing of this is needed to import the package.
        from qcaas_sdk.statechart.engine import engine_of  # noqa: PLC0415
        from qcaas_sdk.statechart.validate import check_callbacks  # noqa: PLC0415

        if chart.automatic and automation is None:
            message = "the chart has automatic transitions: pass the machine an `automation` that remembers them"
            raise BadStatechart(message, file=chart.file)
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
        self.clock: Clock = clock or SystemClock()
        self._automation = automation
        engine = engine_of(chart, state_type)
        self._events = engine.events
        self._shown = engine.shown
        self._extends = chart.extends is not None
        self._names = {state: name for name, state in engine.states_by_name.items()}
        self._ends = {self._shown[name] for name in chart.final_states}
        self._join: Join[str] = Join.of(chart, state_type)
        self._callbacks = evolve(callbacks, guards={**callbacks.guards, **join_guards(chart, self._join)})
        self._before_each = before_each
        self._check_invariants = check_invariants
        self._on_error = on_error
        self._gated = gates
        self._gates = {
            rule.trigger: gates[rule.effect] for rule in chart.transitions if rule.effect and rule.effect in gates
        }

    def check_caller(self) -> None:
        """Raise what `before_each` raises, as a trigger would at this place."""
        self._before_each()

    async def fire(self, model: M, trigger: str) -> None:
        """Trigger a transition, after those that already run on this model.

        If the surrounding task is cancelled, or the effect raises, the model keeps its state and accepts triggers.

        Raises:
            IllegalTransition: The trigger is not legal in the model's state, or no guard holds, or the trigger comes
                from inside a transition of the same model. Nothing has changed.
        """
        if not await self._fire_in_turn(model, trigger):
            raise self.illegal(model, trigger)

    async def try_fire(self, model: M, trigger: str) -> bool:
        """As `fire`, but returns False if the trigger is not legal when its turn comes."""
        return await self._fire_in_turn(model, trigger)

    def fire_now(self, model: M, trigger: str) -> None:
        """Trigger a transition that has no effect, without an event loop.

        Raises:
            IllegalTransition: As `fire`; also if another transition of the model runs, or if this one has an effect.
        """
        self._before_each()
        rule = self.chart.transition(self.state_name(model), trigger)
        if model.lock is not None or rule is None or rule.effect is not None or not self._may_begin(model, rule):
            raise self.illegal(model, trigger)
        before = self.state_name(model)
        try:
            self._trigger(model, trigger).send(None)
        except StopIteration as stop:
            if not stop.value:
                raise self.illegal(model, trigger) from None
        if self._automation is not None and self.state_name(model) != before:
            self._automation.left(model)
            self.begin(model)
            self.settle(model)

    async def due(self, model: M, rule: TransitionRule) -> bool:
        """Make a delayed transition whose time has come; False if the model has left the state, or it may not happen.

        If an effect raises, the error goes to the caller, and the transition counts as one that has happened.
        """
        return await self._fire_in_turn(model, rule.trigger, rule)

    def begin(self, model: M) -> None:
        """Run the automatic transitions of a model that did not get its state from `fire`, such as a new one."""
        if self._automation is not None:
            for rule in self._pending(model):
                self._automation.delay(model, rule, rule.after_s or 0.0)

    def settle(self, model: M) -> None:
        """Note whether a delayed transition is still pending, after one was dropped or not taken."""
        if self._automation is not None:
            extended, pending = cast("Extended", model), self._automation.waits(model)
            if extended.pending != pending:
                extended.pending = pending
                extended.on_settled()

    def ended(self, model: M) -> bool:
        """Whether it is in a final state, and no automatic or delayed transition is to come."""
        shown = self._shown[self.state_name(model)]
        return shown in self._ends and not (self._automation is not None and cast("Extended", model).pending)

    def follow(self, composite: M) -> None:
        """Set a composite to the state that its chart's rules give for its children; nothing happens if it is there.

        Args:
            composite: A model with `counts` (see `Parent`).

        Raises:
            IllegalTransition: As `fire_now`.
        """
        if self._join.state(cast("Parent", composite).counts) != composite.state:
            ended = self.state_name(composite) in self.chart.final_states
            self.fire_now(composite, str(self.chart.reset) if ended else JOIN)

    def check(self, model: M) -> None:
        """Check the chart's invariants on a model.

        Raises:
            InvariantBroken: The first that does not hold.
        """
        for name, holds in self._callbacks.invariants.items():
            if not holds(model):
                raise InvariantBroken(f"{model!r}: {name} does not hold")

    def legal(self, model: M) -> tuple[str, ...]:
        """The triggers that are legal in the model's state."""
        return self.chart.legal(self.state_name(model))

    def state_name(self, model: M) -> str:
        """The name of the model's state in the chart.

        Raises:
            ValueError: The chart has no such state.
        """
        try:
            return model.place if self._extends else self._names[model.state]  # type: ignore[attr-defined]  # Extended
        except KeyError:
            known = ", ".join(self._names)
            raise ValueError(f"the chart {self.chart.name} has no state {model.state!r}; it has: {known}") from None

    async def _fire_in_turn(self, model: M, trigger: str, due: TransitionRule | None = None) -> bool:
        self._before_each()
        if (gate := self._gates.get(trigger)) is None:
            return bool(await self._fire_locked(model, trigger, due))
        fired: bool | None = None
        while fired is None:
            async with gate.place(model):
                fired = await self._fire_locked(model, trigger, due)
        return fired

    async def _fire_locked(self, model: M, trigger: str, due: TransitionRule | None) -> bool | None:
        """Whether a transition was made; None if its gate is closed."""
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
                rule = self.chart.transition(self.state_name(model), trigger)
                if rule is None or (rule.when and not self._may_begin(model, rule)):
                    return False
                if (gate := self._gated.get(rule.effect or "")) is not None and not gate.holds(model):
                    return None
                lock.holder = task
                state = self.state_name(model)
                try:
                    with running_transition(f"{self.chart.name}.{trigger}"):
                        if self._automation is not None:
                            return await self._fire_and_go_on(model, trigger, due, self._automation)
                        return await self._trigger(model, trigger)
                except Exception as error:
                    if due is None and self.state_name(model) != state:
                        self._on_error(model, error)
                    raise
                finally:
                    lock.holder = None
        finally:
            lock.users -= 1
            if lock.users == 0:
                model.lock = None

    async def _fire_and_go_on(
        self, model: M, trigger: str, due: TransitionRule | None, automation: Automation[M]
    ) -> bool:
        """Fire a trigger, then make the automatic transitions of the states that are entered."""
        try:
            if due is not None:
                if due not in self._pending(model):
                    return False
                automation.happened(model, due)
            state = self.state_name(model)
            if not await self._trigger(model, trigger):
                return False
            await self._go_on(model, state, automation)
        finally:
            self.settle(model)
        return True

    async def _go_on(self, model: M, state: str, automation: Automation[M]) -> None:
        """Make the automatic transitions of the states that are entered after `state`, and delay the delayed ones."""
        while self.state_name(model) != state:
            state = self.state_name(model)
            automation.left(model)
            at_once = next((rule for rule in self._pending(model) if rule.always), None)
            if at_once is not None and self._effect_of(state, at_once):
                automation.delay(model, at_once, 0.0)  # its requests are not the business of who fired the trigger
            elif at_once is not None:
                automation.happened(model, at_once)
                await self._trigger(model, at_once.trigger)
            if self.state_name(model) == state:
                for rule in self._pending(model):
                    if rule.after_s is not None:
                        automation.delay(model, rule, rule.after_s)

    def _pending(self, model: M) -> Iterator[TransitionRule]:
        """The automatic and delayed transitions that may happen in the model's state."""
        state = self.state_name(model)
        for rule in self.chart.automatic.get(state, ()):
            declared = self.chart.transition(state, rule.trigger)
            allowed = self._may_begin(model, rule) and declared is not None and self._may_begin(model, declared)
            if allowed and self._automation is not None and self._automation.count(model, rule) < (rule.bound or 0):
                yield rule

    def _effect_of(self, state: str, rule: TransitionRule) -> str | None:
        declared = self.chart.transition(state, rule.trigger)
        return declared.effect if declared is not None else None

    def _may_begin(self, model: M, rule: TransitionRule) -> bool:
        return all(self._callbacks.guards[name](model, None) for name in rule.when)

    def illegal(self, model: M, trigger: str) -> IllegalTransition:
        """The error for a trigger that is not legal now; it says why."""
        legal = self.legal(model)
        reason = "no guard of it holds" if trigger in legal else f"legal there: {', '.join(legal) or 'nothing'}"
        if trigger in legal and model.lock is not None:
            reason = "another transition is running; await that first"
        return IllegalTransition(
            f"{model!r}: the trigger {trigger!r} is not legal in state {self.state_name(model)!r} ({reason})",
            state=self.state_name(model),
            trigger=trigger,
            legal=legal,
        )

    async def _trigger(self, model: M, trigger: str) -> bool:
        """Whether the engine has made a transition."""
        happened = bool(await self._events[trigger].trigger(model, self._callbacks, self._tell))
        if happened and self._check_invariants:
            self.check(model)
        return happened

    def _tell(self, model: M, step: Step) -> None:
        """Tell the model of a change; it has its new state."""
        told = model.on_transition if step.shows else cast("Extended", model).on_step
        try:
            if self._automation is not None:
                extended = cast("Extended", model)
                extended.pending = False
                extended.pending = any(self._pending(model))
        finally:  # a guard may raise, but the model has its new state
            told(
                Transition(
                    step.left, step.entered, step.trigger, step.reason, self.clock.wall(), self.clock.monotonic()
                )
            )
