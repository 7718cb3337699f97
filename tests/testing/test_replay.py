"""The words in which falsifying examples are written down: they do what they say, in their order."""

import asyncio
from contextlib import suppress

import pytest

from qcaas_sdk import JobState, QcaasError
from qcaas_sdk._callbacks.job import JobEffects
from qcaas_sdk.testing import (
    OUTCOMES,
    Constant,
    Fault,
    InvariantBroken,
    RequestKind,
    SimulatedCloud,
    SimulatedQpu,
    Slow,
    given_up,
    job_on,
    reconfigure,
    run_virtual,
    side_by_side,
)
from qcaas_sdk.testing.stateful.cloud_subjects import (
    CANCELLED_HALFWAY,
    CANCELLED_MEANWHILE,
    RECONFIGURED_HALFWAY,
)
from tests.support.programs import BELL


@pytest.mark.parametrize("latency_s", [0.0, 0.01])
def test_a_job_that_is_cancelled_halfway_has_been_submitted_before(latency_s: float) -> None:
    late = Fault(Slow(45.0, acts_late=True), on=RequestKind.SUBMIT)

    async def example() -> None:
        cloud = SimulatedCloud(faults=[late], latency_s=latency_s, cancel_of_reserved="ignored")
        subject = await job_on(cloud, BELL)
        await subject.verbs[CANCELLED_HALFWAY]()
        assert len(cloud.ledger.requests(RequestKind.SUBMIT)) == 1
        assert "submission in doubt, cancellation waits" in repr(subject.model)

    run_virtual(example())


def test_a_job_that_is_cancelled_meanwhile_ends_while_it_is_waited_for() -> None:
    async def example() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(3.0), cancel_takes_s=0.5)])
        subject = await job_on(cloud, BELL)
        await subject.verbs[CANCELLED_MEANWHILE]()
        assert [one.trigger for one in subject.model.transitions] == ["submit", "cancel", "poll"]
        assert subject.model.state is JobState.CANCELLED

    run_virtual(example())


def test_a_job_cannot_be_reconfigured_while_its_submission_is_on_its_way() -> None:
    late = Fault(Slow(45.0, acts_late=True), on=RequestKind.SUBMIT)

    async def example() -> None:
        subject = await job_on(SimulatedCloud(faults=[late]), BELL)
        await subject.verbs[RECONFIGURED_HALFWAY]()
        assert subject.model.program == BELL
        assert "submission in doubt" in repr(subject.model)

    run_virtual(example())


def test_a_poll_that_cancels_is_found_until_a_call_cancels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JobEffects, "ask_status", JobEffects.cancel_task)

    async def example() -> None:
        subject = await job_on(SimulatedCloud(), BELL)
        await subject.fire("submit")
        subject.check()
        await subject.fire("poll")
        with pytest.raises(InvariantBroken, match="your code cancelled no job"):
            subject.check()
        with suppress(QcaasError):
            await subject.verbs["job.cancel()"]()
        subject.check()

    run_virtual(example())


def test_each_new_configuration_of_a_job_has_the_next_outcome() -> None:
    async def example() -> None:
        job = (await job_on(SimulatedCloud(), BELL)).model
        for outcome in (*OUTCOMES[1:], *OUTCOMES):
            await reconfigure(job)
            assert job.program == f"OPENQASM 3.0; // again\n{outcome}"

    run_virtual(example())


@pytest.mark.parametrize(("turns", "seconds"), [(0, 0.0), (3, 0.0), (0, 0.5), (2, 0.5)])
def test_what_is_given_up_begins_first_and_is_cancelled_in_time(turns: int, seconds: float) -> None:
    seen: list[str] = []

    async def long() -> None:
        seen.append("begins")
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            seen.append("is cancelled")
            raise

    async def other() -> None:
        seen.append("other")

    async def example() -> float:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        await side_by_side(given_up(long(), turns=turns, seconds=seconds), other())
        return loop.time() - begin

    assert run_virtual(example()) == pytest.approx(seconds)
    assert seen == ["begins", "other", "is cancelled"]


def test_what_ends_in_time_is_not_cancelled_and_no_timer_is_left() -> None:
    async def example() -> None:
        await given_up(asyncio.sleep(0.1), seconds=0.5)
        await asyncio.sleep(1.0)

    run_virtual(example())


def test_a_caller_that_is_cancelled_is_cancelled() -> None:
    async def example() -> None:
        task = asyncio.ensure_future(given_up(asyncio.sleep(9.0), seconds=5.0))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtual(example())
