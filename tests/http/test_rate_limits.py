"""Whole campaigns through the transport against servers with a rate limit, in virtual time."""

import asyncio
import math
import random
from collections import deque
from collections.abc import Callable

import httpx
import pytest

from qcaas_sdk._http import HttpClient, RetryPolicy, TokenCredential
from tests.http.fakes import TOKEN, URL, LoopClock, VirtualLoop

RATE = 50
REQUESTS = 1000
LATENCY_S = 0.02

Limiter = Callable[[float], int | None]
"""At that second: None to let pass, or the seconds to retry after."""


def token_bucket(burst: int) -> Limiter:
    tokens, filled_at = float(burst), 0.0

    def limiter(now: float) -> int | None:
        nonlocal tokens, filled_at
        tokens, filled_at = min(burst, tokens + (now - filled_at) * RATE), now
        if tokens >= 1.0:
            tokens -= 1.0
            return None
        return max(1, math.ceil((1.0 - tokens) / RATE))

    return limiter


def fixed_window() -> Limiter:
    second, count = 0, 0

    def limiter(now: float) -> int | None:
        nonlocal second, count
        if int(now) != second:
            second, count = int(now), 0
        count += 1
        return None if count <= RATE else 1

    return limiter


def sliding_window() -> Limiter:
    """Counts refused requests too: hammering is punished."""
    seen: deque[float] = deque()

    def limiter(now: float) -> int | None:
        while seen and seen[0] <= now - 1.0:
            seen.popleft()
        seen.append(now)
        return None if len(seen) <= RATE else 1

    return limiter


@pytest.mark.parametrize("says_when", [True, False], ids=["Retry-After", "no Retry-After"])
@pytest.mark.parametrize(
    ("limiter", "slowest"),
    [(token_bucket(50), 1.3), (token_bucket(10), 2.0), (fixed_window(), 1.6), (sliding_window(), 1.6)],
    ids=["bucket of 50", "bucket of 10", "fixed window", "sliding window"],
)
def test_all_end_and_at_most_2_percent_are_refused(limiter: Limiter, slowest: float, says_when: bool) -> None:
    refused = sent = 0
    rng = random.Random(0)

    async def server(_: httpx.Request) -> httpx.Response:
        nonlocal refused, sent
        await asyncio.sleep(LATENCY_S * rng.uniform(0.3, 0.7))
        wait = limiter(asyncio.get_running_loop().time() + offset)
        await asyncio.sleep(LATENCY_S / 2)
        sent += 1
        if wait is None:
            return httpx.Response(200, content=b"1")
        refused += 1
        return httpx.Response(429, headers={"Retry-After": str(wait)} if says_when else {})

    async def campaign() -> float:
        transport = HttpClient(
            URL,
            TokenCredential(TOKEN),
            http_transport=httpx.MockTransport(server),
            clock=LoopClock(),
            policy=RetryPolicy(total_s=600.0),
            random=rng,
        )
        await transport.open()
        answers = await asyncio.gather(*(transport.request("GET", "/x") for _ in range(REQUESTS)))
        assert answers == [1] * REQUESTS
        assert transport.requests_sent == sent
        await transport.close()
        return asyncio.get_running_loop().time()

    offset = 1000.0 if says_when else 2000.0  # the two cases share a limiter; it is long idle in between
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        took_s = runner.run(campaign())
    assert refused / sent <= 0.02
    assert took_s <= slowest * REQUESTS / RATE
