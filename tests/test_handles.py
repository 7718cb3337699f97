"""Handles: they cannot be copied, `events()` ends with the SDK, and a result that cannot be kept has a way on."""

import asyncio
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from qcaas_sdk import BadAnswer, CannotBeCopied, JobState, OqcSdk, SdkNotOpen, WrongEventLoop
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, VirtualClock, run_virtual, sdk_on
from tests.support.programs import BELL

pytestmark = pytest.mark.usefixtures("each_api")

UNUSABLE = [
    b'{"status":"COMPLETED","results":null}',
    b'{"status":"COMPLETED","results":{"c":{"00":NaN}}}',
    b'{"status":"COMPLETED","results":{"c":{"00":1e999}}}',
    b'{"status":"COMPLETED","results":' + b"[" * 300 + b"]" * 300 + b"}",
    b"<html>",
]


def service(info: bytes) -> httpx.MockTransport:
    """A service that says `info` of every task."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/admin/version":
            return httpx.Response(200, json={"version": "3"})
        if path == "/admin/qpu":
            return httpx.Response(200, json={"items": [{"id": "q", "url": "http://localhost", "active": True}]})
        if path == "/tasks":
            return httpx.Response(200, json=["t1"] * json.loads(request.content)["task_count"])
        if path == "/tasks/submit":
            return httpx.Response(200, json=[{"task_id": "t1"}])
        return httpx.Response(200, content=info)

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("info", UNUSABLE, ids=range(len(UNUSABLE)))
def test_a_job_whose_result_cannot_be_kept_can_be_abandoned(info: bytes) -> None:
    async def scenario() -> None:
        sdk = OqcSdk("http://localhost", "t", default_qpu_id="q", http_transport=service(info), clock=VirtualClock())
        async with sdk:
            composite = sdk.create_job(program=[BELL])
            (job,) = composite.leaves()
            with pytest.raises(BadAnswer, match=r"abandon\(\)"):
                await composite.wait()
            assert not job.ended
            await job.abandon()
            assert job.state is JobState.CANCELLED
            assert composite.ended

    run_virtual(scenario())


def endless() -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu("q1", service_time=Constant(1e6))])


@pytest.mark.parametrize("many", [False, True])
def test_following_events_ends_when_the_sdk_is_closed(many: bool) -> None:
    async def scenario() -> None:
        sdk = await sdk_on(endless()).open()
        job = sdk.create_job(program=[BELL] if many else BELL)

        async def follow() -> None:
            async for _ in job.events():
                pass

        following = asyncio.create_task(follow())
        await job.submit()
        await asyncio.sleep(1)
        await sdk.close()
        with pytest.raises(SdkNotOpen, match="closed while you followed the events of"):
            await following

    run_virtual(scenario())


@pytest.mark.parametrize("many", [False, True])
def test_events_belong_to_the_loop_of_the_sdk(many: bool) -> None:
    async def scenario() -> None:
        async with sdk_on(endless()) as sdk:
            job = sdk.create_job(program=[BELL] if many else BELL)

            def elsewhere() -> None:
                asyncio.run(anext(job.events()))  # type: ignore[arg-type]

            with pytest.raises(WrongEventLoop):
                await asyncio.to_thread(elsewhere)
            if many:
                other = sdk.create_job(program=BELL)
                with pytest.raises(WrongEventLoop):
                    await asyncio.to_thread(lambda: asyncio.run(added(job, other)))

    async def added(composite: Any, job: Any) -> None:
        composite.add(job)

    run_virtual(scenario())


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_nothing_that_stands_for_a_run_can_be_copied(copied: Callable[[Any], Any]) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            for one in (sdk.create_job(program=BELL), sdk.create_job(program=[BELL])):
                with pytest.raises(CannotBeCopied, match="to_snapshot"):
                    copied(one)
            with pytest.raises(CannotBeCopied, match="open another SDK"):
                copied(sdk)

    run_virtual(scenario())
