"""How a mutant is hunted: by the lifecycle machines of the kit, up to 200 examples unless told otherwise."""

import re
from traceback import walk_tb
from typing import Any, TypeVar
from unittest.mock import patch

from attrs import frozen
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from qcaas_sdk.statechart import Chart
from qcaas_sdk.testing import (
    ALWAYS,
    InvariantBroken,
    LifecycleMachine,
    agrees_after_a_look,
    composite_statecharts,
    extended_statecharts,
    free_when_idle,
    run_virtual,
    statecharts,
)
from qcaas_sdk.testing.differential import DifferentialRunner, answered_events
from tests.admission.test_lifecycle import LimitedLifecycle
from tests.policies.test_lifecycle import ApprovalsLifecycle, RetriesLifecycle
from tests.test_attached_lifecycle import AttachedLifecycle
from tests.test_lifecycle import CompositeLifecycle, JobLifecycle

T = TypeVar("T")

MAX_EXAMPLES = 200

MAX_TURNS = 5_000
"""Turns of the loop within one instant: no lifecycle without a bug has come to more than 608."""

ONCE = settings(
    phases=[Phase.generate],
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

CHARTS: dict[str, st.SearchStrategy[Chart]] = {
    "statecharts": statecharts(max_states=2, automatic=True) | statecharts(max_states=4, automatic=True),
    "extended statecharts": extended_statecharts(),
    "composite statecharts": composite_statecharts(),
}
"""Charts that the kit draws, which run in two engines."""

INVARIANTS = {one.__name__ for one in (*ALWAYS, agrees_after_a_look, free_when_idle)}
QUESTIONS = {
    "send": "both engines do the same",
    "check": "free_when_idle",
    "driven": "only what was cancelled ends as cancelled",
    "_check_transitions": "only transitions of the chart",
    "fire": "legal triggers are taken, others refused",
    "_legal": "legal triggers are taken, others refused",
    "never_more": "never_more_in_flight",
    "never_over": "never_over_budget",
    "come_to_rest": "it comes to its end",
    "_end": "it comes to its end",
    "_rest": "it comes to its end",
    "written_before_sent": "ids are written down first",
    "nothing_cancelled_unasked": "only your code cancels",
    "attached_on": "attach asks once",
    "what_is_there_is_not_in_doubt": "what the service has is not in doubt",
    "their_task_is_not_sent": "an attached task is not sent",
    "_all_cancelled": "cancel reaches every job",
    "_only_failed_retried": "retry_failed runs the failed ones",
}
"""What the lifecycle machine and its subjects ask besides the invariants, by the function that asks."""

MACHINES: dict[str, type[LifecycleMachine]] = {
    "job": JobLifecycle,
    "composite_job": CompositeLifecycle,
    "attached": AttachedLifecycle,
    "job_with_retries": RetriesLifecycle,
    "approved_job": ApprovalsLifecycle,
    "limits": LimitedLifecycle,
}


@frozen
class Catch:
    """What came of a hunt.

    Attributes:
        examples: How many examples it took.
        error: What was raised.
    """

    examples: int
    error: Exception

    @property
    def words(self) -> str:
        """The error in a line."""
        return f"{type(self.error).__name__}: {self.error}".partition("\n")[0]

    @property
    def by(self) -> str:
        """What has seen it: an invariant by its name, or another error that came to light."""
        if isinstance(self.error, InvariantBroken):
            of_the_chart = re.search(r"(\w+) does not hold$", str(self.error))
            if of_the_chart:
                return of_the_chart[1]
            frames = [frame for frame, _ in walk_tb(self.error.__traceback__)]
            asked = [f.f_code.co_name for f in frames if f.f_globals["__name__"].startswith("qcaas_sdk.testing.")]
            named = [name for name in asked if name in INVARIANTS]
            return named[-1] if named else QUESTIONS[asked[-1]]
        return type(self.error).__name__


@patch("qcaas_sdk.testing.time.MAX_TURNS", MAX_TURNS)
def hunt(chart: str, number: int | None = None, max_examples: int = MAX_EXAMPLES) -> Catch | None:
    """Run the lifecycle machine of a chart; None when nothing was wrong.

    Args:
        chart: Its name; one of those of `CHARTS` for charts that the kit draws.
        number: A seed of its own; None for the one of the table.
        max_examples: When it gives up.
    """
    once = settings(ONCE, max_examples=max_examples, derandomize=number is None)
    if chart in CHARTS:
        return _hunt_beside_the_other_engine(CHARTS[chart], number, once)
    examples = 0

    class Counted(MACHINES[chart]):  # type: ignore[misc]  # the base is chosen here
        def begin(self, *world: Any) -> None:
            nonlocal examples
            examples += 1
            super().begin(*world)

    try:
        run_state_machine_as_test(_seeded(Counted, number), settings=once)
    except Exception as error:
        return Catch(examples, error)
    return None


def _seeded(test: T, number: int | None) -> T:
    return test if number is None else seed(number)(test)


def _hunt_beside_the_other_engine(
    charts: st.SearchStrategy[Chart], number: int | None, once: settings
) -> Catch | None:
    """Run charts in two engines."""
    examples = 0

    @once
    @given(st.data(), charts)
    def agree(data: st.DataObject, chart: Chart) -> None:
        nonlocal examples
        examples += 1

        async def both() -> None:
            engines = DifferentialRunner(chart)
            for event in data.draw(answered_events(chart)):
                await engines.send(event)

        run_virtual(both())

    try:
        _seeded(agree, number)()
    except Exception as error:
        return Catch(max(examples, 1), error)
    return None
