"""A server that answers from a list, and time that passes only by sleeping."""

import asyncio
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from qcaas_sdk._http import Credential, HttpClient, TokenCredential

Carrier = Callable[[], httpx.AsyncBaseTransport | None]
"""Makes what sends requests over the network."""

URL = "https://cloud.example.org"
TOKEN = "s3cret-t0ken"

Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def answer(value: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(value).encode(), headers=headers)


class FakeClock:
    """Virtual seconds without an event loop of their own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait: when nothing is ready, the time of the next timer has come."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]  # asyncio's own
        if timers and not self._ready:  # type: ignore[attr-defined]  # asyncio's own
            self.now = max(self.now, timers[0].when())
        super()._run_once()  # type: ignore[misc]  # asyncio's own


class LoopClock:
    """The clock of the running (virtual) loop."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FakeServer:
    """Answers with the next step, the last one for ever; keeps every request."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.clock = FakeClock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, httpx.Response):
            return httpx.Response(step.status_code, content=step.content, headers=step.headers)
        return step(request)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    async def transport(self, credential: Credential | None = None, url: str = URL, **options: Any) -> HttpClient:
        transport = HttpClient(
            url,
            credential or TokenCredential(TOKEN),
            http_transport=httpx.MockTransport(self),
            clock=self.clock,
            random=random.Random(0),
            **options,
        )
        await transport.open()
        return transport
