"""The life of an attached job, by the kit: any use of it on any cloud keeps all promises."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import JOB_VERBS, OUTCOMES, clouds, lifecycle_machine, programs
from qcaas_sdk.testing.stateful.attached_subject import attached_on
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

AttachedLifecycle = lifecycle_machine(
    shipped_chart("job"),
    lambda world: attached_on(*world),
    st.tuples(clouds(), programs(outcomes=OUTCOMES)),
    verbs=JOB_VERBS,
    openings=["job.refresh()", "job.execute(timeout_s=30)", "job.submit()"],
)
TestAttached = AttachedLifecycle.TestCase
TestAttached.settings = settings(max_examples=scaled(100), stateful_step_count=15, deadline=None)
