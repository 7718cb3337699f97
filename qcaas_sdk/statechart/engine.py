"""The package `transitions` underneath: one callback after the other, no cancelling, models that are not registered.

Its `AsyncMachine` is not safe for concurrent triggers on one model: a second trigger cancels the callback of the
first, callbacks of one slot run concurrently, and a timeout inside a callback is swallowed. This builds on its plain
`Machine`: the same states, events and transitions, but the effect, and only the effect, is awaited.
"""

from collections.abc import Mapping

from transitions.core import Event, Machine, Transition

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.model import Attempt, Extended, Model
from qcaas_sdk.statechart.state import write


class _Transition(Transition):  # type: ignore[misc]  # transitions' stubs contradict each other
    """Calls its callbacks one after the other. `prepare`, the effect, is left to the event, which awaits it."""

    def happens(self, attempt: Attempt[Model, object], machine: "Engine") -> bool:
        """Whether its guards hold; if so, its actions are done, and the state has changed."""
        for condition in self.conditions:
            if not condition.func(attempt):
                return False
        for action in self.before:
            action(attempt)
        if self.dest is not None:
            machine.set_state(self.dest, attempt.model)
        for note in self.after:
            note(attempt)
        return True


class _Event(Event):  # type: ignore[misc]  # as above
    """Takes the first transition whose guards hold. An error goes to the caller."""

    async def trigger(self, model: Model) -> bool:
        machine = self.machine
        attempt: Attempt[Model, object] = Attempt(model)
        for transition in self.transitions[getattr(model, machine.attribute)]:
            for effect in transition.prepare:
                await effect(attempt)
            if transition.happens(attempt, machine):
                return True
        return False


class Engine(Machine):  # type: ignore[misc]  # as above
    """A machine that does not register its models: it would compare each with every other."""

    event_cls = _Event
    transition_cls = _Transition
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


class ExtendedEngine(Engine):
    """Moves a model to a place in an extension, and to the state that it shows as."""

    attribute = "place"

    def set_state(self, state: str, model: Extended) -> None:
        """Write the place, and the state that it shows as."""
        super().set_state(state, model)
        write(model, self.shown[state])
