"""The SDK against the simulated cloud, in virtual time: nothing lost, nothing run twice, whatever the weather."""

import asyncio
import contextlib

import pytest

from qcaas_sdk import CompositeJob, JobState, OqcSdk, TransportError
from qcaas_sdk.testing import (
    Constant,
    Dropped,
    Fault,
    Html,
    SimulatedCloud,
    SimulatedQpu,
    Status,
    Truncated,
    Unreachable,
    VirtualClock,
    run_virtual,
)

QPU = "qpu:sim:1"

WEATHER = {
    "fair": (),
    "answers dropped": (Fault(Dropped(after_acting=True), probability=0.15),),
    "requests dropped": (Fault(Dropped(after_acting=False), probability=0.15), Fault(Unreachable(), probability=0.1)),
    "5xx": (Fault(Status(503), probability=0.15), Fault(Status(502, after_acting=True), probability=0.1)),
    "429": (Fault(Status(429, retry_after_s=2.0), probability=0.1),),
    "noise": (Fault(Html(), probability=0.05), Fault(Truncated(), probability=0.1)),
    "a blackout": (Fault(Dropped(after_acting=True), during=(0.5, 5.5)),),
}


def sdk_of(cloud: SimulatedCloud) -> OqcSdk:
    return OqcSdk(cloud.url, cloud.token, default_qpu_id=QPU, http_transport=cloud.transport, clock=VirtualClock())


def programs(count: int, start: int = 0) -> list[str]:
    return [f"OPENQASM 2.0; // program {number}" for number in range(start, start + count)]


async def campaign(cloud: SimulatedCloud, count: int) -> CompositeJob:
    async with sdk_of(cloud) as sdk:
        composite = sdk.create_job(program=programs(count))
        for _ in range(5):  # trouble that outlasts the transport's patience leaves the jobs resumable
            with contextlib.suppress(TransportError):
                await composite.wait()
        return composite


@pytest.mark.parametrize("second_submission", ["ignored", "conflict", "bad_request"])
@pytest.mark.parametrize("weather", WEATHER)
def test_every_program_runs_exactly_once_and_gives_one_result(weather: str, second_submission: str) -> None:
    cloud = SimulatedCloud(
        seed=4,
        faults=WEATHER[weather],
        second_submission=second_submission,  # type: ignore[arg-type]  # one of the literals
        latency_s=0.002,
    )
    composite = run_virtual(campaign(cloud, 60))
    assert composite.state is JobState.COMPLETED
    assert all(len(job.history) == 1 for job in composite.leaves())
    assert [len(cloud.ledger.executions_of(program)) for program in programs(60)] == [1] * 60
    assert cloud.ledger.violations == ()


def test_the_same_seed_gives_the_same_campaign_but_for_jitter() -> None:
    ledgers = []
    for _ in range(2):
        cloud = SimulatedCloud(seed=9, latency_s=0.002)
        run_virtual(campaign(cloud, 40))
        ledgers.append([(execution.task_id, execution.start, execution.end) for execution in cloud.ledger.executions])
    assert ledgers[0] == ledgers[1]
    assert len(ledgers[0]) == 40


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
