"""The package `transitions` underneath: one callback after the other, no cancelling, models that are not registered.

`AsyncMachine` is not safe for concurrent triggers on one model: a second trigger cancels the callback of the first,
callbacks of one slot run concurrently, and a timeout inside a callback is swallowed.
"""

from collections.abc import Mapping
from typing import cast

from transitions import EventData
from transitions.core import Condition
from transitions.extensions.asyncio import AsyncEvent, AsyncMachine, AsyncState, AsyncTransition

from qcaas_sdk.errors import IllegalTransition
from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.model import Extended, Model


def place(model: Model, state: str) -> None:
    """Set the state of a model, without callbacks and notifications.

    Raises:
        IllegalTransition: A transition of the model runs.
    """
    if model.lock is not None:
        reason = f"{model!r} cannot be placed in {state!r} while a transition runs; await that first"
        raise IllegalTransition(reason, state=model.state, trigger="place", legal=())
    _write(model, state)


def _write(model: Model, state: str) -> None:
    model.state = state  # type: ignore[misc]  # this and the engine are the only writers


class _Transition(AsyncTransition):  # type: ignore[misc]  # transitions' stubs contradict each other
    """Runs its callbacks one after the other and cancels nothing. Only `prepare`, the effect, is awaited."""

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
    """Without the error log and `finalize` of the base class: an error goes to the caller."""

    async def trigger(self, model: Model) -> bool:
        event_data = EventData(None, self, self.machine, model, args=(), kwargs={})
        for transition in self.transitions[model.state]:
            if await transition.execute(event_data):
                return True
        return False


class Engine(AsyncMachine):  # type: ignore[misc]  # as above
    """`AsyncMachine` that does not register its models: it would compare each with every other."""

    event_cls = _Event
    transition_cls = _Transition
    state_cls = AsyncState
    attribute = "state"

    def __init__(
        self,
        chart: Chart,
        states: Mapping[str, str],
        candidates: list[dict[str, object]],
        shown: Mapping[str, str],
    ) -> None:
        self.shown = shown
        super().__init__(
            model=None,
            name=chart.name,
            states=[{"name": states[state.name], "final": state.final} for state in chart.states],
            initial=states[chart.initial],
            transitions=candidates,
            auto_transitions=False,
            send_event=True,
            model_attribute=self.attribute,
        )


class _PlaceEvent(_Event):
    """An event of a model that has a place in an extension."""

    async def trigger(self, model: Model) -> bool:
        event_data = EventData(None, self, self.machine, model, args=(), kwargs={})
        for transition in self.transitions[cast("Extended", model).place]:
            if await transition.execute(event_data):
                return True
        return False


class ExtendedEngine(Engine):
    """Moves a model to a place in an extension, and to the state that it shows as."""

    event_cls = _PlaceEvent
    attribute = "place"

    def set_state(self, state: str, model: Extended) -> None:
        """Write the place, and the state that it shows as."""
        super().set_state(state, model)
        _write(model, self.shown[state])
