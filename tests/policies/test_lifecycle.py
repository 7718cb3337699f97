"""The lives of jobs on charts that extend `job`, by the kit, with no code of their own: all promises are kept."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from qcaas_sdk import JobCallbacks
from qcaas_sdk.statechart import parse_chart, shipped_chart
from qcaas_sdk.testing import (
    COMPOSITE_VERBS,
    JOB_VERBS,
    OUTCOMES,
    OnCloud,
    SimulatedCloud,
    clouds,
    composite_on,
    job_on,
    job_trees,
    lifecycle_machine,
    programs,
)
from tests.policies.charts import APPROVED, approval
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

any_program = programs(outcomes=OUTCOMES)

RETRIES: dict[str, Any] = {
    "job_chart": "job_with_retries",
    "callbacks": JobCallbacks(guards={"error_may_pass": lambda job: job.error_code is not None}),
}
APPROVALS: dict[str, Any] = {"job_chart": parse_chart(APPROVED), "callbacks": approval([])}


async def retried(world: tuple[SimulatedCloud, str]) -> OnCloud:
    return await job_on(*world, **RETRIES)


async def approved(world: tuple[SimulatedCloud, str]) -> OnCloud:
    return await job_on(*world, **APPROVALS)


async def retried_composite(world: tuple[SimulatedCloud, Any]) -> OnCloud:
    return await composite_on(*world, **RETRIES)


RetriesLifecycle = lifecycle_machine(
    shipped_chart("job_with_retries"),
    retried,
    st.tuples(clouds(), any_program),
    verbs=JOB_VERBS,
    openings=["submit", "job.wait(timeout_s=30)"],
)
TestRetries = RetriesLifecycle.TestCase
TestRetries.settings = settings(max_examples=scaled(100), stateful_step_count=15, deadline=None)

ApprovalsLifecycle = lifecycle_machine(
    APPROVALS["job_chart"],
    approved,
    st.tuples(clouds(), any_program),
    verbs=JOB_VERBS,
    openings=["approve", "job.wait(timeout_s=30)"],
)
TestApprovals = ApprovalsLifecycle.TestCase
TestApprovals.settings = settings(max_examples=scaled(60), stateful_step_count=15, deadline=None)

TestCompositeOfRetries = lifecycle_machine(
    shipped_chart("composite_job"),
    retried_composite,
    st.tuples(clouds(), job_trees(any_program)),
    verbs=COMPOSITE_VERBS,
    openings=["composite.submit()", "composite.wait(timeout_s=30)"],
).TestCase
TestCompositeOfRetries.settings = settings(max_examples=scaled(60), stateful_step_count=15, deadline=None)
