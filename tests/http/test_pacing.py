"""One limiter for a host: nothing until it complains, then its own."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http.rate_limiter import FIRST_PAUSE_S, MAX_PAUSE_S, MIN_RATE, WINDOW_S, RateLimiter
from tests.http.fakes import FakeClock


async def test_a_host_that_never_complains_is_never_made_to_wait_for() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)
    for _ in range(100):
        await limiter.acquire()
        limiter.answered()
    assert clock.now == 0.0


async def test_a_pause_holds_for_everybody() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)
    limiter.pause(3.0)
    await limiter.acquire()
    assert clock.now >= 3.0


async def test_a_pause_is_bounded_whatever_the_host_asks_for() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)
    limiter.pause(1e12)
    await limiter.acquire()
    assert clock.now == MAX_PAUSE_S


async def test_a_turn_that_would_come_too_late_is_not_waited_for() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)
    limiter.pause(50.0)
    assert await limiter.acquire(latest=10.0) == 50.0
    assert clock.now == 0.0


async def test_after_a_complaint_requests_leave_evenly_and_slower_than_before() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)
    for _ in range(50):
        clock.now += 0.02
        limiter.answered()
    limiter.slow_down(0.0)
    begin = clock.now
    for _ in range(70):
        await limiter.acquire()
    assert 70 / 50 < clock.now - begin < 70 / (50 * 0.6)


async def test_refusals_without_retry_after_pause_everybody_longer_each_time() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)
    pauses = []
    for _ in range(4):
        begin = clock.now
        limiter.slow_down()
        await limiter.acquire()
        pauses.append(clock.now - begin)
        clock.now += 10 * WINDOW_S
    assert pauses == [FIRST_PAUSE_S * 2**n for n in range(4)]
    limiter.answered()
    begin = clock.now
    limiter.slow_down()
    await limiter.acquire()
    assert clock.now - begin == pytest.approx(FIRST_PAUSE_S), "a proper answer ends the series"


async def departures_from(limiter: RateLimiter, clock: FakeClock, number: int) -> list[float]:
    """When the next requests may leave."""
    moments = []
    for _ in range(number):
        await limiter.acquire()
        moments.append(clock.now)
    return moments


async def test_a_burst_of_complaints_counts_once() -> None:
    async def departures(complaints: int) -> list[float]:
        clock = FakeClock()
        limiter = RateLimiter(clock)
        for _ in range(100):
            limiter.answered()
        for _ in range(complaints):
            limiter.slow_down()
        return await departures_from(limiter, clock, 20)

    assert await departures(1) == await departures(8)


async def test_silence_does_not_make_bolder() -> None:
    async def spacing(silence_s: float) -> float:
        clock = FakeClock()
        limiter = RateLimiter(clock)
        for _ in range(20):
            limiter.answered()
        limiter.slow_down(1.0)
        clock.now += silence_s
        *_, before, last = await departures_from(limiter, clock, 20)
        return last - before

    assert await spacing(3600.0) == pytest.approx(await spacing(0.0))


@pytest.mark.parametrize(("limit", "places"), [(50, 8), (20, 8), (200, 8)])
def test_a_rate_limit_is_learned_and_rarely_hit(limit: int, places: int) -> None:
    """A token bucket of `limit` a second that answers 429 with Retry-After 1: at most 2% of requests meet it."""
    clock = FakeClock()
    limiter = RateLimiter(clock)

    async def campaign() -> tuple[int, int]:
        tokens, filled_at, refused, answered = float(limit), 0.0, 0, 0
        while answered < 40 * limit:
            waiting = []
            for _ in range(places):
                await limiter.acquire()
                clock.now += 0.0005
                tokens = min(float(limit), tokens + (clock.now - filled_at) * limit)
                filled_at = clock.now
                waiting.append(tokens >= 1)
                tokens -= tokens >= 1
            for served in waiting:
                if served:
                    answered += 1
                    limiter.answered()
                else:
                    refused += 1
                    limiter.slow_down(1.0)
        return refused, answered

    refused, answered = asyncio.run(campaign())
    assert refused / (refused + answered) <= 0.02
    assert answered / clock.now > 0.5 * limit, "and not much is given away for it"


@given(st.lists(st.sampled_from(["turn", "answered", "slow_down", "pause"]), max_size=60))
def test_a_turn_always_comes(plan: list[str]) -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock)

    async def scenario() -> None:
        for step in plan:
            if step == "turn":
                before = clock.now
                await limiter.acquire()
                grown = FIRST_PAUSE_S * 2.0 ** plan.count("slow_down")
                assert clock.now - before <= 2.0 + min(grown, MAX_PAUSE_S) + 1.0 / MIN_RATE
            elif step == "pause":
                limiter.pause(2.0)
            else:
                getattr(limiter, step)()

    asyncio.run(scenario())
