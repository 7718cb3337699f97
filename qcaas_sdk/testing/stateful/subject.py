"""What a lifecycle machine drives: a model, its machine, and what else can be done with it and asked of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import Factory, define, field

from qcaas_sdk.errors import QcaasError
from qcaas_sdk.statechart import Chart, Machine, Transition
from qcaas_sdk.statechart.machine import InvariantBroken
from qcaas_sdk.testing.cloud.ledger import LedgerView
from qcaas_sdk.testing.recorder import goes_by_itself

MAX_END_S = 3600.0
"""Virtual seconds within which a subject must come to rest once nothing disturbs it any more."""


@define(eq=False)
class Subject:
    """What a lifecycle machine tests.

    Attributes:
        machine: The machine of the chart.
        model: The tested object; scripts use it under its name.
        record: The object whose state the machine changes; by default the model itself.
        name: Its name in scripts and diagrams.
        imports: The Python lines that its prelude and verbs need, for scripts.
        prelude: The Python lines that make it as `subject`, for scripts; by default a call of the factory.
        verbs: More calls that the test may make, by their Python code.
        transitions: Every transition so far, oldest first; None if the model does not record them.
        ledger: The ledger of its service, if there is one.
        always: Functions that raise if an invariant does not hold; called after every step.
        after: Functions that are called after a verb or trigger that ended without a disturbance, by its name.
        rest: Lets it finish at the end, without further faults.
        close: Closes what it holds.
        expected: The errors that a trigger or verb may raise.
    """

    machine: Machine[Any, Any]
    model: Any
    name: str = "model"
    imports: Sequence[str] = ("import asyncio", "from qcaas_sdk.testing import *")
    prelude: Sequence[str] = ()
    verbs: Mapping[str, Callable[[], Awaitable[object]]] = field(factory=dict)
    transitions: Callable[[], Sequence[Transition[Any]]] | None = None
    ledger: LedgerView | None = None
    always: Sequence[Callable[[], None]] = ()
    after: Mapping[str, Callable[[], None]] = field(factory=dict)
    rest: Callable[[], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] | None = None
    expected: tuple[type[Exception], ...] = (QcaasError,)
    record: Any = field(default=Factory(lambda self: self.model, takes_self=True))

    @property
    def state(self) -> str:
        """The name of its state in the chart."""
        return self.machine.state_name(self.record)

    async def fire(self, trigger: str) -> None:
        """Trigger a transition.

        Raises:
            IllegalTransition: The trigger is not legal in this state.
        """
        await self.machine.fire(self.record, trigger)

    def check(self, chart: Chart | None = None) -> None:
        """Check the chart's invariants and those in `always`, while no transition runs.

        Args:
            chart: The chart with the invariants; None for the one that its machine runs.

        Raises:
            InvariantBroken: The first that does not hold.
        """
        model = self.model
        chart = chart or self.machine.chart
        if self.state not in {state.name for state in chart.states}:
            raise InvariantBroken(f"{model!r} is in {self.state!r}, which the chart does not know")
        if self.record.lock is not None and not goes_by_itself(self.record.lock):
            raise InvariantBroken(f"{model!r}: its lock is left held while nothing is under way")
        self.machine.check(self.record)
        self._check_transitions(chart)
        for question in self.always:
            question()

    def _check_transitions(self, chart: Chart) -> None:
        """Only transitions of the chart have happened, each from where the last one led."""
        if self.transitions is None:
            return
        shown = {state.name: state.shows_as for state in chart.states}
        at = shown[chart.initial]
        known = {(shown[source], t.trigger, shown[target]) for source, t, _, target in chart.arrows()}
        for event in self.transitions():
            move = (event.source.lower(), event.trigger, event.target.lower())
            if move[0] != at or move not in known:
                raise InvariantBroken(f"{self.model!r} was in {at!r}; this is no transition of the chart: {move}")
            at = move[2]
        if at != shown[self.state]:
            raise InvariantBroken(f"{self.model!r}: its last transition led to {at!r}")

    async def come_to_rest(self) -> None:
        """Let it finish, without further faults.

        Raises:
            InvariantBroken: It does not finish within an hour of virtual time.
        """
        if self.rest is None:
            return
        try:
            async with asyncio.timeout(MAX_END_S):
                await self.rest()
        except TimeoutError:
            raise InvariantBroken(f"{self.model!r} does not come to its end") from None
