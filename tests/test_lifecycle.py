"""The lives of the shipped charts, by the kit: any use of a job or composite on any cloud keeps all promises."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import (
    COMPOSITE_VERBS,
    JOB_VERBS,
    OUTCOMES,
    clouds,
    composite_on,
    job_on,
    job_trees,
    lifecycle_machine,
    programs,
)
from qcaas_sdk.testing.stateful.cloud_subjects import (
    CANCELLED_HALFWAY,
    CANCELLED_MEANWHILE,
    CANCELLED_UNSEEN,
    ONE_GIVES_UP,
    RECONFIGURED_HALFWAY,
)
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

any_program = programs(outcomes=OUTCOMES)

JobLifecycle = lifecycle_machine(
    shipped_chart("job"),
    lambda world: job_on(*world),
    st.tuples(clouds(), any_program),
    verbs=JOB_VERBS,
    openings=["submit", *[CANCELLED_HALFWAY] * 2, CANCELLED_MEANWHILE, *[CANCELLED_UNSEEN] * 2, RECONFIGURED_HALFWAY],
)
TestJob = JobLifecycle.TestCase
TestJob.settings = settings(max_examples=scaled(150), stateful_step_count=15, deadline=None)

CompositeLifecycle = lifecycle_machine(
    shipped_chart("composite_job"),
    lambda world: composite_on(*world),
    st.tuples(clouds(), job_trees(any_program)),
    verbs=COMPOSITE_VERBS,
    openings=["composite.submit()", ONE_GIVES_UP],
)
TestComposite = CompositeLifecycle.TestCase
TestComposite.settings = settings(max_examples=scaled(100), stateful_step_count=15, deadline=None)
