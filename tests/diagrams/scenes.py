"""Jobs with a past, in virtual time: the same at every run, and quickly."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from qcaas_sdk import CompositeJob, Job, JobTimeout, OqcSdk
from qcaas_sdk.testing import (
    Constant,
    Dropped,
    Exponential,
    Fault,
    SimulatedCloud,
    SimulatedQpu,
    VirtualClock,
    run_virtual,
)

T = TypeVar("T")
FAILS = "OPENQASM 3; // simulated: fails"


def in_virtual_time(scene: Callable[[OqcSdk], Coroutine[Any, Any, T]], qpu: SimulatedQpu, *faults: Fault) -> T:
    """Play a scene on a simulated service."""

    async def played() -> T:
        cloud = SimulatedCloud(qpus=[qpu], latency_s=0.2, faults=faults)
        clock = VirtualClock()
        async with OqcSdk(
            cloud.url, cloud.token, default_qpu_id=qpu.id, http_transport=cloud.transport, clock=clock
        ) as sdk:
            return await scene(sdk)

    random.seed(1)
    return run_virtual(played())


def first_run(look: Callable[[Job], T]) -> T:
    """A look at a job that has completed in its first run: 3 s in the queue, 5 s on the QPU."""

    async def scene(sdk: OqcSdk) -> T:
        job = sdk.create_job(program="OPENQASM 3;", tag="Bell")
        await job.execute()
        return look(job)

    return in_virtual_time(scene, SimulatedQpu(service_time=Constant(5.0)))


def lost_answer(look: Callable[[Job], T]) -> T:
    """A look at a job that has completed, the answer to whose submission was lost; its requests are recorded."""

    async def scene(sdk: OqcSdk) -> T:
        sdk.record_requests()
        job = sdk.create_job(program="OPENQASM 3;", tag="Bell")
        await job.execute()
        return look(job)

    lost = Fault(Dropped(after_acting=True), on="submit", nth=0)
    return in_virtual_time(scene, SimulatedQpu(service_time=Constant(5.0)), lost)


def third_run(look: Callable[[Job], T]) -> T:
    """A look at a job that failed, completed, and runs once more: 12 s into its third run."""

    async def scene(sdk: OqcSdk) -> T:
        job = sdk.create_job(program=FAILS, tag="ramsey 17")
        for _ in range(2):
            await sdk.create_job(program="OPENQASM 3;").submit()
        await asyncio.sleep(5)
        await job.execute()
        job.reconfigure(program="OPENQASM 3;")
        await asyncio.sleep(3)
        await job.execute()
        await job.reconfigure().submit()
        try:
            await job.wait(timeout_s=12)
        except JobTimeout:
            return look(job)
        raise AssertionError("it should still be running")

    return in_virtual_time(scene, SimulatedQpu(service_time=Constant(20.0)))


def under_way(jobs: int, look: Callable[[CompositeJob], T]) -> T:
    """A look at a composite half-way: some ended, one in seven failed, some cancelled, some not submitted."""

    async def scene(sdk: OqcSdk) -> T:
        programs = [FAILS if place % 7 == 3 else "OPENQASM 3;" for place in range(jobs)]
        composite = sdk.create_job(program=programs)
        children = composite.jobs
        few = max(1, jobs // 20)
        submitted = children[:-few]
        await asyncio.gather(*(job.submit() for job in submitted))
        await asyncio.gather(*(job.cancel() for job in children[jobs // 2 : jobs // 2 + 2 * few]))
        await asyncio.gather(*(job.wait(timeout_s=2.0 * jobs) for job in submitted), return_exceptions=True)
        return look(composite)

    return in_virtual_time(scene, SimulatedQpu(service_time=Exponential(4.0)))
