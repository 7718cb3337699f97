"""`--timeout` counts from the start: whatever the service does, the command gives up then."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from qcaas_sdk import OqcSdk, QcaasError, TransportError
from qcaas_sdk._http import TokenCredential
from qcaas_sdk.cli.commands.run import run_programs
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.mistakes import Work
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.testing import VirtualClock, run_virtual
from tests.support.programs import BELL

URL = "https://cloud.example.org"
LISTED = {"items": [{"id": "q", "name": "q", "url": URL, "active": True, "feature_set": "{}"}], "total": 1}


async def refused(_: httpx.Request) -> httpx.Response:
    await asyncio.sleep(0.01)
    raise httpx.ConnectError("Connection refused")


async def silent(_: httpx.Request) -> httpx.Response:
    await asyncio.sleep(1e6)
    raise AssertionError


async def slow(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(1.2)
    return httpx.Response(200, json={"version": "1"} if request.url.path == "/admin/version" else LISTED)


async def silent_after_opening(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/admin/version":
        return httpx.Response(200, json={"version": "1"})
    if request.url.path == "/admin/qpu":
        return httpx.Response(200, json=LISTED)
    return await silent(request)


@pytest.mark.parametrize("timeout_s", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("service", [refused, silent, slow, silent_after_opening])
def test_a_run_gives_up_in_time(
    service: Callable[[httpx.Request], Awaitable[httpx.Response]],
    timeout_s: float,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def sdk(_: Connection, journal: Path | None = None) -> OqcSdk:
        carrier = httpx.MockTransport(service)  # type: ignore[arg-type]  # it takes coroutines too
        return OqcSdk(URL, "token", journal=journal, http_transport=carrier, clock=VirtualClock())

    monkeypatch.setattr(Connection, "sdk", sdk)

    async def scenario() -> float:
        connection = Connection(URL, TokenCredential("token"))
        try:
            (ran,) = await run_programs(
                connection,
                [Work("bell", BELL)],
                shots=None,
                qpu_id=None,
                timeout_s=timeout_s,
                journal=tmp_path / "j.db",
                screen=Screen(quiet=True),
            )
            exception: QcaasError | None = ran.exception
        except TransportError as error:
            exception = error
        assert exception is not None
        return asyncio.get_running_loop().time()

    assert run_virtual(scenario()) <= timeout_s + 0.2
