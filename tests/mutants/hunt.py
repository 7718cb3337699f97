"""How a mutant is hunted: by the lifecycle machines of the kit, up to 500 examples."""

from typing import Any

from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from qcaas_sdk.testing import LifecycleMachine
from tests.test_lifecycle import CompositeLifecycle, JobLifecycle

MOST_EXAMPLES = 500

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


def hunt(chart: str) -> Catch | None:
    """Run the lifecycle machine of a chart; None when nothing was wrong."""
    examples = 0

    class Counted(MACHINES[chart]):  # type: ignore[misc]  # the base is chosen here
        def begin(self, *world: Any) -> None:
            nonlocal examples
            examples += 1
            super().begin(*world)

    once = settings(
        max_examples=MOST_EXAMPLES,
        stateful_step_count=15,
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
