"""An SDK works in the event loop in which it was opened; elsewhere it says so and nothing happens."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from qcaas_sdk import CompositeJob, Job, JobState, OqcSdk, QcaasError, WrongEventLoop
from tests.support.programs import BELL, BELL_3

ID = "11111111-2222-3333-4444-555555555555"


def service(request: httpx.Request) -> httpx.Response:
    """Just enough of a service, in any loop."""
    path = request.url.path
    if path == "/admin/version":
        return httpx.Response(200, json={"version": "1"})
    if path == "/admin/qpu":
        qpu = {"id": "q", "name": "q", "url": "https://cloud.example.org", "active": True, "feature_set": "{}"}
        return httpx.Response(200, json={"items": [qpu], "total": 1})
    if path == "/tasks":
        return httpx.Response(200, json=[ID])
    if path == "/tasks/submit":
        return httpx.Response(200, json=[{"task_id": ID}])
    if path == "/tasks/cancel_many":
        return httpx.Response(200, json="OK")
    return httpx.Response(200, json={"status": "COMPLETED", "results": {"c": {"0": 1}}})


def sdk_with(journal: Path | None) -> OqcSdk:
    carrier = httpx.MockTransport(service)
    return OqcSdk("https://cloud.example.org", "token", default_qpu_id="q", journal=journal, http_transport=carrier)


CALLS: dict[str, Callable[[OqcSdk, Job], Awaitable[Any]]] = {
    "submit": lambda _, job: job.submit(),
    "wait": lambda _, job: job.wait(),
    "wait with a limit": lambda _, job: job.wait(5),
    "execute": lambda _, job: job.execute(),
    "cancel": lambda _, job: job.cancel(),
    "open": lambda sdk, _: sdk.open(),
    "list_qpus": lambda sdk, _: sdk.list_qpus(),
    "get_features": lambda sdk, _: sdk.get_features(),
}


@pytest.mark.parametrize("journal", [False, True], ids=["", "journal"])
@pytest.mark.parametrize("call", CALLS)
def test_a_loop_after_the_first_one_is_refused_until_the_sdk_is_opened_anew(
    call: str, journal: bool, tmp_path: Path
) -> None:
    sdk = sdk_with(tmp_path / "j.db" if journal else None)
    asyncio.run(sdk.open())
    job = sdk.create_job(program=BELL)

    async def use() -> None:
        with pytest.raises(WrongEventLoop, match=r"has ended: `await sdk.close\(\)` and open it again"):
            await CALLS[call](sdk, job)

    asyncio.run(use())
    assert job.state is JobState.CREATED
    asyncio.run(sdk.close())

    async def again() -> None:
        async with sdk:
            if journal:
                assert sdk.recover() == [job]
            await job.execute()

    asyncio.run(again())
    assert job.completed

    async def another() -> None:
        async with sdk_with(tmp_path / "j.db" if journal else None) as other:
            if journal:
                (found,) = other.recover(all=True)
                assert found.completed, "what was done after it was opened again is written down too"

    asyncio.run(another())


@pytest.mark.parametrize("state", [JobState.CREATED, JobState.SUBMITTED])
@pytest.mark.parametrize("call", ["submit", "wait", "execute", "cancel", "list_qpus", "close"])
async def test_a_loop_in_another_thread_is_refused(call: str, state: JobState) -> None:
    calls = {**CALLS, "close": lambda sdk, _: sdk.close()}
    async with sdk_with(None) as sdk:
        job = sdk.create_job(program=BELL)
        if state is JobState.SUBMITTED:
            await job.submit()
        met: list[BaseException] = []

        async def use() -> None:
            try:
                await calls[call](sdk, job)
            except Exception as error:
                met.append(error)

        await asyncio.to_thread(lambda: asyncio.run(use()))
        (error,) = met
        assert isinstance(error, WrongEventLoop)
        assert isinstance(error, QcaasError)
        assert "another event loop or thread" in str(error)
        assert job.state is state
        await job.wait(5)
        assert job.completed


async def test_a_thread_without_a_loop_cannot_make_jobs(tmp_path: Path) -> None:
    async with sdk_with(tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        for use in (
            lambda: sdk.create_job(program=BELL),
            sdk.recover,
            lambda: job.reconfigure(program=BELL_3),
            lambda: CompositeJob([job]),
        ):
            with pytest.raises(WrongEventLoop):
                await asyncio.to_thread(use)
        assert sdk.recover() == [job]
        assert job.program == BELL


async def test_a_transition_that_is_under_way_is_not_joined_from_another_loop() -> None:
    here, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tasks/submit":
            here.set()
            await go_on.wait()
        return service(request)

    carrier = httpx.MockTransport(hold)
    async with OqcSdk("https://cloud.example.org", "t", default_qpu_id="q", http_transport=carrier) as sdk:
        job = sdk.create_job(program=BELL)
        submitting = asyncio.create_task(job.submit())
        await here.wait()
        with pytest.raises(WrongEventLoop):
            await asyncio.to_thread(lambda: asyncio.run(job.cancel()))
        go_on.set()
        await submitting
        assert (await job.wait(5)).completed


async def test_opening_at_the_same_time_opens_once(tmp_path: Path) -> None:
    seen: list[str] = []

    def count(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return service(request)

    sdk = OqcSdk(
        "https://cloud.example.org", "t", journal=tmp_path / "j.db", http_transport=httpx.MockTransport(count)
    )
    opened = await asyncio.gather(*(sdk.open() for _ in range(5)))
    assert opened == [sdk] * 5
    assert seen == ["/admin/version", "/admin/qpu"]
    await sdk.close()


@pytest.mark.parametrize("turns", range(0, 12, 2))
async def test_an_opening_that_is_given_up_leaves_the_journal_free(turns: int, tmp_path: Path) -> None:
    sdk = sdk_with(tmp_path / "j.db")
    opening = asyncio.create_task(sdk.open())
    for _ in range(turns):
        await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait([opening])
    if not opening.cancelled():  # it was faster
        await sdk.close()
    for thread in threading.enumerate():
        if thread.name.startswith("qcaas-journal"):
            await asyncio.to_thread(thread.join, 10)
    async with sdk_with(tmp_path / "j.db") as other:
        assert other.recover() == []
