"""The lives of jobs and composites under limits, by the kit: never too many in flight, never over the budget."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from qcaas_sdk import Budget
from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import COMPOSITE_VERBS, OUTCOMES, clouds, composite_on, job_trees, lifecycle_machine, programs
from qcaas_sdk.testing.cloud.outcomes import NEVER_ENDS
from qcaas_sdk.testing.stateful.cloud_subjects import ONE_GIVES_UP
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

ENDING = [outcome for outcome in OUTCOMES if NEVER_ENDS not in outcome]
"""A task that never ends would keep its place for ever."""


@st.composite
def limits(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of an SDK with limits."""
    most = draw(st.sampled_from([1, 1, 1, 2, 3, None]))
    runs = draw(st.sampled_from([None, None, None, 0, 1, 2, 4]))
    return {
        **({} if most is None else {"max_in_flight": most}),
        **({} if runs is None else {"budget": Budget(runs=runs)}),
    }


LimitedLifecycle = lifecycle_machine(
    shipped_chart("composite_job"),
    lambda world: composite_on(*world[:2], **world[2]),
    st.tuples(clouds(), job_trees(programs(outcomes=ENDING)), limits()),
    verbs=COMPOSITE_VERBS,
    openings=["composite.submit()", ONE_GIVES_UP],
)
TestLimited = LimitedLifecycle.TestCase
TestLimited.settings = settings(max_examples=scaled(100), stateful_step_count=15, deadline=None)
