"""The life of an attached job, by the kit: any use of it on any cloud keeps all promises."""

import asyncio
import logging

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from qcaas_sdk import Job, JobState
from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import (
    JOB_VERBS,
    OUTCOMES,
    OnCloud,
    SimulatedCloud,
    agrees_after_a_look,
    clouds,
    lifecycle_machine,
    programs,
    run_virtual,
)
from qcaas_sdk.testing.cloud.outcomes import REFUSED
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


def test_a_reserved_id_that_is_cancelled_and_stays_reserved_agrees_with_the_service() -> None:
    async def scenario() -> None:
        subject = await attached_on(SimulatedCloud(cancel_of_reserved="ignored"), f"OPENQASM 3.0; // {REFUSED}")
        job = subject.model
        await job.cancel()
        await asyncio.sleep(400.0)
        await job.cancel()
        assert job.state is JobState.CANCELLED
        assert job.server_status == "CREATED"
        agrees_after_a_look(subject.recorder)
        subject.check()

    run_virtual(scenario())


def test_a_subject_that_cannot_be_made_listens_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_: OnCloud, task_id: str) -> Job:
        raise RuntimeError(task_id)

    monkeypatch.setattr(OnCloud, "attach", fails)
    logger = logging.getLogger("qcaas_sdk")
    before = (logger.level, [*logger.handlers], logger.propagate)
    with pytest.raises(RuntimeError):
        run_virtual(attached_on(SimulatedCloud(), "OPENQASM 3.0; // simulated: completes"))
    assert (logger.level, logger.handlers, logger.propagate) == before
