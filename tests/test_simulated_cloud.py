"""The SDK against the simulated cloud, in virtual time: nothing lost, nothing run twice, whatever the faults."""

import asyncio
import contextlib

import pytest

from qcaas_sdk import CompositeJob, OqcSdk, TransportError
from qcaas_sdk.testing import (
    Constant,
    SimulatedCloud,
    SimulatedQpu,
    run_virtual,
    sdk_on,
)

pytestmark = pytest.mark.usefixtures("each_api")

QPU = "qpu:sim:1"


def sdk_of(cloud: SimulatedCloud) -> OqcSdk:
    return sdk_on(cloud)


def programs(count: int, start: int = 0) -> list[str]:
    return [f"OPENQASM 2.0; // program {number}" for number in range(start, start + count)]


async def campaign(cloud: SimulatedCloud, count: int) -> CompositeJob:
    async with sdk_of(cloud) as sdk:
        composite = sdk.create_job(program=programs(count))
        for _ in range(5):  # trouble that outlasts the transport's patience leaves the jobs resumable
            with contextlib.suppress(TransportError):
                await composite.wait()
        return composite


def test_the_same_seed_gives_the_same_campaign_but_for_jitter() -> None:
    ledgers = []
    for _ in range(2):
        cloud = SimulatedCloud(seed=9, latency_s=0.002)
        run_virtual(campaign(cloud, 40))
        ledgers.append([(execution.task_id, execution.start, execution.end) for execution in cloud.ledger.executions])
    assert ledgers[0] == ledgers[1]
    assert len(ledgers[0]) == 40


@pytest.mark.slow
def test_a_rate_limit_is_respected_and_all_end() -> None:
    cloud = SimulatedCloud(rate_limit=50, latency_s=0.02, qpus=[SimulatedQpu(QPU, service_time=Constant(0.01))])
    composite = run_virtual(campaign(cloud, 1000))
    assert composite.completed
    answers = [request.status for request in cloud.ledger.requests()]
    assert answers.count(429) / len(answers) <= 0.02


def test_two_composites_share_a_qpu_fairly() -> None:
    async def scenario() -> tuple[list[float], list[float]]:
        async with sdk_of(cloud) as sdk:
            both = [sdk.create_job(program=programs(50, start)) for start in (0, 100)]
            submitting = [job.submit() for pair in zip(*(c.leaves() for c in both), strict=True) for job in pair]
            await asyncio.gather(*submitting)
            await asyncio.gather(*(composite.wait() for composite in both))
            first, second = ([job.transitions[-1].monotonic_s for job in c.leaves()] for c in both)
            return first, second

    cloud = SimulatedCloud(latency_s=0.002, qpus=[SimulatedQpu(QPU, service_time=Constant(0.1))])
    first, second = run_virtual(scenario())
    middle = [sorted(moments)[len(moments) // 2] for moments in (first, second)]
    assert abs(middle[0] - middle[1]) <= 1.5, "half of each was found at about the same time"
    assert cloud.ledger.violations == ()
