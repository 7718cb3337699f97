"""When the service expects a task to start: its own figures, and what is odd in them left out."""

import asyncio

import pytest

from qcaas_sdk import IllegalTransition, NotInThisApi, OqcSdk, SdkNotOpen, ServerWarning, WaitEstimate
from qcaas_sdk._service.estimates import read_estimate
from qcaas_sdk.testing import Constant, Recorder, SimulatedCloud, SimulatedQpu, check, sdk_on

PROGRAM = "OPENQASM 2.0;"
BELL = "OPENQASM 2.0; qreg q[1]; creg c[1]; measure q -> c;"
QPU = "qpu:sim:1"


def a_cloud(api: str = "v3") -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu(QPU, service_time=Constant(10.0), clock_skew_s=1000.0)], api=api)  # type: ignore[arg-type]


@pytest.mark.virtual_time
async def test_a_qpu_says_how_long_its_queue_is() -> None:
    async with sdk_on(a_cloud()) as sdk:
        assert (await sdk.wait_time()).starts_in_s == pytest.approx(0.0)
        await sdk.create_job(program=[PROGRAM] * 3).submit()
        found = await sdk.wait_time(QPU)
        assert (found.qpu_id, found.task_id, found.tasks_before) == (QPU, None, 3)
        assert found.starts_in_s == pytest.approx(30.0)
        assert found.details["tasks_in_queue"] == 3


@pytest.mark.virtual_time
async def test_a_job_says_when_it_starts() -> None:
    cloud = a_cloud()
    with Recorder(cloud) as recorder:
        async with sdk_on(cloud) as sdk:
            recorder.watch(sdk)
            composite = sdk.create_job(program=[PROGRAM] * 3)
            first, _, last = composite.leaves()
            assert (await last.estimate()).task_id is None
            await composite.submit()
            await asyncio.sleep(1)
            found = await last.estimate()
            assert (found.task_id, found.tasks_before) == (last.task_id, 1)
            assert found.starts_in_s == pytest.approx(19.0)
            assert (await first.estimate()).starts_in_s is None  # it runs
            await first.wait()
            with pytest.raises(IllegalTransition, match="wait_time"):
                await first.estimate()
            check(recorder)
    with pytest.raises(SdkNotOpen):
        await last.estimate()


@pytest.mark.virtual_time
async def test_v4_has_no_estimates() -> None:
    async with sdk_on(a_cloud("v4")) as sdk:
        job = await sdk.create_job(program=PROGRAM).submit()
        with pytest.raises(NotInThisApi, match="get_system_status"):
            await sdk.wait_time()
        with pytest.raises(NotInThisApi):
            await job.estimate()


async def test_the_embedded_qpu_has_them_too() -> None:
    pytest.importorskip("starlette")
    async with OqcSdk.local() as sdk:
        assert (await sdk.wait_time()).tasks_before == 0
        assert (await sdk.create_job(program=BELL).estimate()).starts_in_s is not None


def test_what_is_odd_is_left_out() -> None:
    said = {"timestamp": "2026-01-01T00:00:00Z", "start": "soon", "before": -1}
    with pytest.warns(ServerWarning, match="start"):
        found = read_estimate(said, "an estimate", QPU, "a-task", "start", "before")
    assert (found.starts_in_s, found.tasks_before, found.details) == (None, None, said)
    assert read_estimate({}, "an estimate", QPU, None, "start", "before") == WaitEstimate(
        QPU, None, None, None, None, details={}
    )
