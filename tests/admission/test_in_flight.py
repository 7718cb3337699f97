"""At most `max_in_flight` tasks of an SDK, or of a composite, are at a QPU at once; the rest waits here."""

import asyncio
import re
from pathlib import Path

import pytest

from qcaas_sdk import CompositeJob, IllegalTransition, Job, JobState, JobTimeout, SdkNotOpen
from qcaas_sdk._handles.progress import Progress
from qcaas_sdk.testing import Constant, Fault, SimulatedCloud, SimulatedQpu, Status, sdk_on

pytestmark = pytest.mark.virtual_time

PROGRAM = "OPENQASM 2.0;"
QPUS = ("qpu:sim:1", "qpu:sim:2")


def a_cloud(**more: object) -> SimulatedCloud:
    return SimulatedCloud(
        qpus=[SimulatedQpu(id_, service_time=Constant(1.0)) for id_ in QPUS],
        latency_s=0.01,
        **more,  # type: ignore[arg-type]
    )


def most_at_once(cloud: SimulatedCloud, qpu_id: str = QPUS[0]) -> int:
    return cloud.ledger.most_at_once(qpu_id)


async def test_the_rest_waits_and_is_submitted_as_others_end() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=3) as sdk:
        composite = sdk.create_job(program=[PROGRAM] * 10)
        outputs = await composite.execute()
    assert len(outputs.results()) == 10
    assert most_at_once(cloud) == 3


async def test_each_qpu_has_its_own_places() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=2) as sdk:
        composite = sdk.create_job(program=PROGRAM, qpu_id=[*QPUS] * 5)
        await composite.submit()
        assert most_at_once(cloud, QPUS[0]) == 2
        assert most_at_once(cloud, QPUS[1]) == 2


async def test_submit_waits_for_a_place_although_nobody_waits_for_the_others() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        await first.submit()
        await second.submit()
        assert first.state is JobState.COMPLETED
        assert second.state is JobState.SUBMITTED


async def test_a_job_that_waits_is_created_and_says_so() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        await first.submit()
        with pytest.raises(JobTimeout, match="no free place"):
            await second.wait(timeout_s=0.2)
        assert second.state is JobState.CREATED
        assert second.held == "no free place"
        assert second.task_id is None


async def test_a_job_that_waits_can_be_cancelled_and_gives_its_turn_away() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second, third = (sdk.create_job(program=PROGRAM) for _ in range(3))
        await first.submit()
        waiting = [asyncio.ensure_future(job.submit()) for job in (second, third)]
        await asyncio.sleep(0.1)
        assert second.held == "no free place"
        await second.cancel()
        assert second.state is JobState.CANCELLED
        with pytest.raises(IllegalTransition):
            await waiting[0]
        await waiting[1]
        assert third.state is JobState.SUBMITTED
    assert len(cloud.ledger.tasks()) == 2


async def test_a_composite_has_a_limit_of_its_own() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        jobs = [sdk.create_job(program=PROGRAM) for _ in range(6)]
        composite = CompositeJob(jobs, max_in_flight=2)
        await composite.submit()
        assert most_at_once(cloud) == 2
        await sdk.create_job(program=[PROGRAM] * 5).submit()  # not limited
        await composite.wait()
    assert most_at_once(cloud) > 2


async def test_a_limit_holds_in_composites_of_composites() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        inner = [CompositeJob(sdk.create_job(program=[PROGRAM] * 3).jobs) for _ in range(2)]
        outer = CompositeJob(inner, max_in_flight=2)
        inner[0].add(sdk.create_job(program=PROGRAM))
        await asyncio.gather(*(one.wait() for one in inner))
        assert outer.state is JobState.COMPLETED
    assert most_at_once(cloud) == 2


async def test_composites_take_turns() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        large = sdk.create_job(program=[f"{PROGRAM} // large {n}" for n in range(20)])
        small = sdk.create_job(program=[f"{PROGRAM} // small {n}" for n in range(3)])
        first = asyncio.ensure_future(large.wait())
        await asyncio.sleep(0.1)
        await small.wait()
        first.cancel()
        ended = sum(job.ended for job in large.leaves() if isinstance(job, Job))
        assert ended <= 5


async def test_a_job_in_flight_that_joins_a_limited_composite_counts() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        first = await sdk.create_job(program=PROGRAM).submit()
        composite = CompositeJob([first], max_in_flight=1)
        composite.add(sdk.create_job(program=PROGRAM))
        await composite.submit()
        assert first.ended
    assert most_at_once(cloud) == 1


async def test_close_wakes_those_that_wait() -> None:
    cloud = a_cloud()
    sdk = sdk_on(cloud, max_in_flight=1)
    await sdk.open()
    first, second = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
    await first.submit()
    waiting = asyncio.ensure_future(second.submit())
    await asyncio.sleep(0.1)
    await sdk.close()
    with pytest.raises(SdkNotOpen, match="closed"):
        await waiting
    assert second.state is JobState.CREATED
    with pytest.raises(SdkNotOpen):
        await second.submit()
    await sdk.open()
    await second.wait()
    await sdk.close()
    assert second.completed
    assert most_at_once(cloud) == 1


async def test_a_refused_program_gives_its_place_back() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        composite = sdk.create_job(program=[f"{PROGRAM} // simulated: refused", PROGRAM, PROGRAM])
        await composite.wait(timeout_s=60)
        assert len(composite.completed_jobs) == 2


async def test_a_job_in_doubt_keeps_its_place_and_the_others_are_told() -> None:
    cloud = a_cloud(faults=[Fault(Status(503), on=["submit", "status"])])
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        with pytest.raises(JobTimeout):
            await first.submit(timeout_s=0.5)
        with pytest.raises(Exception, match=re.escape("may have been submitted")):
            await second.submit()
        assert second.state is JobState.CREATED
        cloud.clear_up()
        await asyncio.gather(first.wait(), second.wait())
    assert most_at_once(cloud) == 1


async def test_another_process_counts_what_is_in_flight(tmp_path: Path) -> None:
    cloud = a_cloud()
    journal = tmp_path / "campaign.db"
    async with sdk_on(cloud, max_in_flight=1, journal=journal) as sdk:
        await sdk.create_job(program=PROGRAM).submit()
    async with sdk_on(cloud, max_in_flight=1, journal=journal) as sdk:
        second = sdk.create_job(program=PROGRAM)
        with pytest.raises(Exception, match=re.escape("sdk.recover()")):
            await second.submit()
        [*_] = sdk.recover()
        await second.submit()
    assert most_at_once(cloud) == 1


async def test_reconfigure_to_another_qpu_moves_a_job_that_waits() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        await first.submit()
        waiting = asyncio.ensure_future(second.submit())
        await asyncio.sleep(0.1)
        second.reconfigure(qpu_id=QPUS[1])
        await waiting
        assert not first.ended


async def test_execute_waits_for_the_end_of_a_job_that_is_reconfigured_before_it_is_sent() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        await first.submit()
        waiting = asyncio.ensure_future(second.execute())
        await asyncio.sleep(0.1)
        second.reconfigure(program=f"{PROGRAM} // the second")
        outputs = await waiting
        assert second.completed
        assert [output.program for output in outputs] == [f"{PROGRAM} // the second"]
    assert len(cloud.ledger.executions) == 2


async def test_a_caller_that_is_cancelled_just_after_it_got_a_place_gives_it_back() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        first, second, third = (sdk.create_job(program=PROGRAM) for _ in range(3))
        await first.submit()
        waiting = asyncio.ensure_future(second.submit())
        first.observe(lambda job, transition: waiting.cancel() if job.ended else None)
        await asyncio.sleep(0.1)
        await first.wait()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert second.state is JobState.CREATED
        await third.submit(timeout_s=10)
    assert most_at_once(cloud) == 1


async def test_progress_and_the_card_say_that_jobs_wait() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        composite = sdk.create_job(program=[PROGRAM] * 3)
        jobs = [*composite.leaves()]
        waiting = asyncio.ensure_future(composite.wait())
        await asyncio.sleep(0.5)
        assert Progress(jobs).summary() == "0 of 3 ended, 2 held back by a limit"
        assert "not submitted: no free place" in jobs[2]._repr_mimebundle_()["text/html"]
        await waiting
        assert Progress(jobs).summary() == "3 of 3 ended"
