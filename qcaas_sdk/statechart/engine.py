"""The package `transitions` underneath: one callback after the other, no cancelling, models that are not registered.

Its `AsyncMachine` is not safe for concurrent triggers on one model: a second trigger cancels the callback of the
first, callbacks of one slot run concurrently, and a timeout inside a callback is swallowed. This builds on its plain
`Machine`: the same states, events and transitions, but the effect, and only the effect, is awaited.

An engine knows the names of callbacks, not the callbacks: all machines of a chart share one.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from transitions.core import Event, Machine, Transition

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import TransitionRule
from qcaas_sdk.statechart.model import Callbacks, Extended, Model, Step
from qcaas_sdk.statechart.state_writers import write


class _Transition(Transition):  # type: ignore[misc]  # transitions' stubs contradict each other
    """Calls its callbacks one after the other. `prepare`, the effect, is left to the event, which awaits it."""

    def happens(
        self,
        model: Model,
        answer: object,
        callbacks: Callbacks[Any, Any],
        tell: Callable[[Any, Step], None],
        machine: "Engine",
    ) -> bool:
        """Whether its guards hold; if so, its actions are done, and the state has changed."""
        for condition in self.conditions:
            if not callbacks.guards[condition.func](model, answer):
                return False
        for action in self.before:
            callbacks.actions[action](model, answer)
        if self.dest is not None:
            machine.set_state(self.dest, model)
        for step in self.after:
            tell(model, step)
        return True


class _Event(Event):  # type: ignore[misc]  # as above
    """Takes the first transition whose guards hold. An error goes to the caller."""

    async def trigger(self, model: Model, callbacks: Callbacks[Any, Any], tell: Callable[[Any, Step], None]) -> bool:
        machine = self.machine
        answer = None
        for transition in self.transitions[getattr(model, machine.attribute)]:
            for effect in transition.prepare:
                answer = await callbacks.effects[effect](model)
            if transition.happens(model, answer, callbacks, tell, machine):
                return True
        return False


class Engine(Machine):  # type: ignore[misc]  # as above
    """A machine that does not register its models: it would compare each with every other.

    Attributes:
        shown: What each state of the chart shows as, by name.
        states_by_name: The value that the models have in each state of the chart.
    """

    event_cls = _Event
    transition_cls = _Transition
    attribute = "state"

    def __init__(self, chart: Chart, state_type: Callable[[str], str]) -> None:
        self.shown = {state.name: state_type(state.shows_as) for state in chart.states}
        self.states_by_name = self.shown if chart.extends is None else {name: name for name in self.shown}
        super().__init__(
            model=None,
            name=chart.name,
            states=[{"name": self.states_by_name[state.name], "final": state.final} for state in chart.states],
            initial=self.states_by_name[chart.initial],
            transitions=[one for rule in chart.transitions for one in self._candidates(rule)],
            auto_transitions=False,
            send_event=True,
            model_attribute=self.attribute,
        )

    def _candidates(self, rule: TransitionRule) -> list[dict[str, object]]:
        """A rule in the format of `transitions`: one candidate per choice, with the effect on the first."""
        return [
            {
                "trigger": rule.trigger,
                "source": self.states_by_name[source],
                "dest": self.states_by_name[choice.target] if choice.target not in {source, None} else None,
                "prepare": [rule.effect] if rule.effect and index == 0 else [],
                "conditions": [choice.guard] if choice.guard else [],
                "before": list(choice.actions),
                "after": self._steps(source, rule.trigger, choice.target or source, choice.summary),
            }
            for source in rule.sources
            for index, choice in enumerate(rule.choices)
        ]

    def _steps(self, source: str, trigger: str, target: str, reason: str) -> list[Step]:
        if source == target:
            return []
        shows = self.shown[source] != self.shown[target]
        left, entered = (self.shown[name] if shows else name for name in (source, target))
        return [Step(left, entered, trigger, reason, shows)]


class ExtendedEngine(Engine):
    """Moves a model to a place in an extension, and to the state that it shows as."""

    attribute = "place"

    def set_state(self, state: str, model: Extended) -> None:
        """Write the place, and the state that it shows as."""
        super().set_state(state, model)
        write(model, self.shown[state])


@lru_cache(maxsize=64)
def engine_of(chart: Chart, state_type: Callable[[str], str]) -> Engine:
    """The engine of a chart, made once: it costs more than a job.

    Args:
        chart: A checked chart.
        state_type: Converts the name of a state in the chart to the value that models and transitions have.
    """
    return (Engine if chart.extends is None else ExtendedEngine)(chart, state_type)
