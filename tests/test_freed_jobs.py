"""An open SDK keeps nothing of jobs that you have dropped, however their runs went."""

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from weakref import WeakSet

import pytest

from qcaas_sdk import CompositeJob, Job, JobTimeout, OqcSdk, QcaasError
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, run_virtual, sdk_on
from tests.support.programs import BELL

SLOW_S = 100.0

pytestmark = pytest.mark.usefixtures("each_api")


async def to_the_end(composite: CompositeJob) -> None:
    await composite.execute()


async def one_by_one(composite: CompositeJob) -> None:
    for job in composite.leaves():
        await job.execute()


async def until_a_deadline(composite: CompositeJob) -> None:
    with pytest.raises(JobTimeout):
        await composite.execute(timeout_s=1.5 * SLOW_S)


async def until_it_is_cancelled(composite: CompositeJob) -> None:
    await composite.submit()
    await composite.cancel()
    await composite.wait()


async def until_nobody_waits(composite: CompositeJob) -> None:
    waits = [asyncio.create_task(job.execute()) for job in composite.leaves()]
    await asyncio.sleep(1.5 * SLOW_S)
    for wait in waits:
        wait.cancel()
    await asyncio.wait(waits)


async def until_a_poll_fails(composite: CompositeJob) -> None:
    await composite.submit()
    waits = [asyncio.create_task(job.wait()) for job in composite.leaves()]
    await asyncio.sleep(1)
    (poller,) = [task for task in asyncio.all_tasks() if task.get_name().startswith("poll ")]
    poller.cancel()
    await asyncio.wait(waits)
    assert all(isinstance(wait.exception(), QcaasError) for wait in waits)


Use = Callable[[CompositeJob], Awaitable[None]]
USES = [to_the_end, one_by_one, until_a_deadline, until_it_is_cancelled, until_nobody_waits, until_a_poll_fails]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("has_journal", [False, True], ids=["no journal", "journal"])
@pytest.mark.parametrize("others_wait", [False, True], ids=["alone", "while another job waits"])
def test_dropped_jobs_are_freed(use: Use, has_journal: bool, others_wait: bool, tmp_path: Path) -> None:
    async def used(sdk: OqcSdk, seen: "WeakSet[Job | CompositeJob]") -> None:
        composite = sdk.create_job(program=[BELL, BELL, BELL, BELL])
        seen |= {composite, *composite.leaves()}
        await use(composite)

    async def scenario() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("q", service_time=Constant(SLOW_S))])
        async with sdk_on(cloud, journal=tmp_path / "j.db" if has_journal else None) as sdk:
            other = asyncio.create_task(sdk.create_job(program=BELL).execute()) if others_wait else None
            await asyncio.sleep(0.1)
            seen: WeakSet[Job | CompositeJob] = WeakSet()
            await used(sdk, seen)
            await asyncio.sleep(0.1)
            gc.collect()
            assert not list(seen)
            if other is not None:
                await asyncio.wait([other])
                assert (other.exception() is None) == (use is not until_a_poll_fails)

    run_virtual(scenario())


async def give_up_at_every_step(sdk: OqcSdk, number: int) -> None:
    for steps in range(12):
        submission = asyncio.create_task(sdk.create_job(program=BELL, tag=f"{number}, {steps}").submit())
        for _ in range(steps):
            await asyncio.sleep(0)
        submission.cancel()
        await asyncio.wait([submission])


async def leave_iterators_early(sdk: OqcSdk, number: int) -> None:
    composite = sdk.create_job(program=[BELL, BELL], name=f"scan {number}")
    running = asyncio.create_task(composite.execute())
    for iterator in (composite.events(), composite.as_completed(), composite.jobs[0].events()):
        async for _ in iterator:
            break
    await running


async def meet_errors(sdk: OqcSdk, number: int) -> None:
    for work in (sdk.attach(f"no-such-task-{number}"), sdk.create_job(program=BELL).wait(timeout_s=number / 100)):
        with pytest.raises(QcaasError):
            await work
    with pytest.raises(QcaasError):
        sdk.job(f"no such job {number}")


def objects_of_the_sdk() -> Counter[str]:
    gc.collect()
    kinds = [type(one) for one in gc.get_objects()]
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in kinds
        if str(kind.__module__).startswith("qcaas_sdk.") and not kind.__module__.startswith("qcaas_sdk.testing.")
    )


@pytest.mark.parametrize("use", [give_up_at_every_step, leave_iterators_early, meet_errors])
def test_nothing_grows_with_what_an_sdk_has_done(use: Callable[[OqcSdk, int], Awaitable[None]]) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("q", service_time=Constant(1.0))])
        async with sdk_on(cloud) as sdk:
            for number in range(3):
                await use(sdk, number)
            await asyncio.sleep(1)
            before = objects_of_the_sdk()
            for number in range(3, 8):
                await use(sdk, number)
            await asyncio.sleep(1)
            assert not objects_of_the_sdk() - before

    run_virtual(scenario())
