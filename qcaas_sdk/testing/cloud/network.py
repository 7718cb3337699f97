"""The way of a request to the simulated service and back, with its latency and with faults that delay or lose it."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

import httpx
from attrs import define

from qcaas_sdk.testing.cloud.calls import Call
from qcaas_sdk.testing.cloud.faults import Fault, Hang
from qcaas_sdk.testing.cloud.ledger import RequestRecord
from qcaas_sdk.testing.cloud.responses import Response, delays


class Wire(httpx.AsyncBaseTransport):
    """Carries httpx's requests to a server in this process."""

    def __init__(self, handle: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> None:
        """Nothing is sent.

        Args:
            handle: What the server does with a request.
        """
        self._handle = handle

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Let the server answer."""
        return await self._handle(request)


@define
class Arrival:
    """A request that is under way, its record, and what is to go wrong with it."""

    call: Call
    record: RequestRecord
    fault: Fault | None
    response: Response | None = None


Act = Callable[[Arrival], Response | None]
"""What the server does with a request that arrives, and says; None if a fault keeps it from acting."""


async def carry(arrival: Arrival, act: Act, *, latency_s: float, timeout_s: float) -> bool:
    """Let a request travel there and back; False when the client has left before the answer came.

    What has left arrives, even if its client does not wait for it any longer.

    Args:
        arrival: The request; it gets the response.
        act: What the server does.
        latency_s: Virtual seconds that a request and its answer are on their way, together.
        timeout_s: How long the client waits.
    """
    what = arrival.fault.what if arrival.fault else None
    there, back = delays(what, latency_s)
    if there > 0:
        landed = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(there, _land, arrival, act, landed)
    else:
        await asyncio.sleep(0)  # a network gives way to others at every request
        arrival.response = act(arrival)
    if isinstance(what, Hang):
        back = inf
    if there + back > timeout_s:
        await asyncio.sleep(timeout_s)
        return False
    if there > 0:
        await landed
    if back == inf:
        await asyncio.get_running_loop().create_future()
    if back > 0:
        await asyncio.sleep(back)
    return True


def _land(arrival: Arrival, act: Act, landed: "asyncio.Future[None]") -> None:
    try:
        arrival.response = act(arrival)
    except Exception as error:
        if landed.done():
            raise
        landed.set_exception(error)
    else:
        if not landed.done():
            landed.set_result(None)
