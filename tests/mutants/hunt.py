"""How a mutant is hunted: by the lifecycle machines of the kit, up to 500 examples."""

import re
from traceback import walk_tb
from typing import Any

from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from qcaas_sdk.testing import ALWAYS, InvariantBroken, LifecycleMachine, agrees_after_a_look, free_when_idle
from tests.test_lifecycle import CompositeLifecycle, JobLifecycle

MAX_EXAMPLES = 500

INVARIANTS = {one.__name__ for one in (*ALWAYS, agrees_after_a_look, free_when_idle)}
QUESTIONS = {
    "check": "free_when_idle",
    "driven": "only what was cancelled ends as cancelled",
    "_check_transitions": "only transitions of the chart",
    "fire": "legal triggers are taken, others refused",
    "_legal": "legal triggers are taken, others refused",
    "come_to_rest": "it comes to its end",
    "_rest": "it comes to its end",
    "written_before_sent": "ids are written down first",
    "_all_cancelled": "cancel reaches every job",
    "_only_failed_retried": "retry_failed runs the failed ones",
}
"""What the lifecycle machine and its subjects ask besides the invariants, by the function that asks."""

MACHINES: dict[str, type[LifecycleMachine]] = {"job": JobLifecycle, "composite_job": CompositeLifecycle}


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


def hunt(chart: str) -> Catch | None:
    """Run the lifecycle machine of a chart; None when nothing was wrong."""
    examples = 0

    class Counted(MACHINES[chart]):  # type: ignore[misc]  # the base is chosen here
        def begin(self, *world: Any) -> None:
            nonlocal examples
            examples += 1
            super().begin(*world)

    once = settings(
        max_examples=MAX_EXAMPLES,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(Counted, settings=once)
    except Exception as error:
        return Catch(examples, error)
    return None
