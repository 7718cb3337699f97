"""The SDK over a simulated cloud: hours of queueing, in no time."""

import asyncio

import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk.testing import Constant, Dropped, Fault, SimulatedCloud, SimulatedQpu, sdk_on
from tests.testing.virtually import virtually

pytestmark = pytest.mark.usefixtures("each_api")


def sdk_over(cloud: SimulatedCloud) -> OqcSdk:
    return sdk_on(cloud)


@virtually
@pytest.mark.slow
async def test_a_job_waits_for_a_window_of_the_next_day() -> None:
    qpu = SimulatedQpu(
        service_time=Constant(20.0), windows=[(86_400, 90_000)], url="https://qpu-1.example.com", clock_skew_s=-90.0
    )
    cloud = SimulatedCloud(qpus=[qpu], latency_s=0.1)
    async with sdk_over(cloud) as sdk:
        output = (await sdk.create_job(program="OPENQASM 3;").execute()).one
    assert output.ok
    assert cloud.ledger.ended_at(cloud.ledger.tasks()[0]) == 86_420
    assert asyncio.get_running_loop().time() < 90_000
    assert cloud.ledger.violations == ()


@virtually
async def test_a_dropped_answer_does_not_run_a_program_twice() -> None:
    cloud = SimulatedCloud(faults=[Fault(Dropped(after_acting=True), on="submit", nth=0)])
    async with sdk_over(cloud) as sdk:
        job = sdk.create_job(program="OPENQASM 3;")
        await job.execute()
    assert job.completed
    assert len(cloud.ledger.executions_of("OPENQASM 3;")) == 1
    assert cloud.ledger.resubmissions == ()
