"""One pace for a host: nothing until it complains, then its own."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http.rate_limiter import FIRST_PAUSE_S, LEAST_RATE, LONGEST_PAUSE_S, WINDOW_S, Pace
from tests.http.fakes import FakeClock


async def test_a_host_that_never_complains_is_never_made_to_wait_for() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    for _ in range(100):
        await pace.turn()
        pace.answered()
    assert clock.now == 0.0


async def test_a_pause_holds_for_everybody() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    pace.pause(3.0)
    await pace.turn()
    assert clock.now >= 3.0


async def test_a_pause_is_bounded_whatever_the_host_asks_for() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    pace.pause(1e12)
    await pace.turn()
    assert clock.now == LONGEST_PAUSE_S


async def test_a_turn_that_would_come_too_late_is_not_waited_for() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    pace.pause(50.0)
    assert await pace.turn(latest=10.0) == 50.0
    assert clock.now == 0.0


async def test_after_a_complaint_requests_leave_evenly_and_slower_than_before() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    for _ in range(50):
        clock.now += 0.02
        pace.answered()
    pace.slow_down(0.0)
    begin = clock.now
    for _ in range(70):
        await pace.turn()
    assert 70 / 50 < clock.now - begin < 70 / (50 * 0.6)


async def test_refusals_without_retry_after_pause_everybody_longer_each_time() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    pauses = []
    for _ in range(4):
        begin = clock.now
        pace.slow_down()
        await pace.turn()
        pauses.append(clock.now - begin)
        clock.now += 10 * WINDOW_S
    assert pauses == [FIRST_PAUSE_S * 2**n for n in range(4)]
    pace.answered()
    begin = clock.now
    pace.slow_down()
    await pace.turn()
    assert clock.now - begin == pytest.approx(FIRST_PAUSE_S), "a proper answer ends the series"


async def test_a_burst_of_complaints_counts_once() -> None:
    clock = FakeClock()
    one, many = Pace(clock), Pace(clock)
    for pace in (one, many):
        for _ in range(100):
            pace.answered()
    one.slow_down()
    for _ in range(8):
        many.slow_down()
    assert (one._rate, one._not_before) == (many._rate, many._not_before)


async def test_silence_does_not_make_bolder() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    for _ in range(20):
        pace.answered()
    pace.slow_down(1.0)
    rate = pace._rate
    clock.now += 3600.0
    await pace.turn()
    assert pace._rate == rate


@pytest.mark.parametrize(("limit", "places"), [(50, 8), (20, 8), (200, 8)])
def test_a_rate_limit_is_learned_and_rarely_hit(limit: int, places: int) -> None:
    """A token bucket of `limit` a second that answers 429 with Retry-After 1: at most 2% of requests meet it."""
    clock = FakeClock()
    pace = Pace(clock)

    async def campaign() -> tuple[int, int]:
        tokens, filled_at, refused, answered = float(limit), 0.0, 0, 0
        while answered < 40 * limit:
            waiting = []
            for _ in range(places):
                await pace.turn()
                clock.now += 0.0005
                tokens = min(float(limit), tokens + (clock.now - filled_at) * limit)
                filled_at = clock.now
                waiting.append(tokens >= 1)
                tokens -= tokens >= 1
            for served in waiting:
                if served:
                    answered += 1
                    pace.answered()
                else:
                    refused += 1
                    pace.slow_down(1.0)
        return refused, answered

    refused, answered = asyncio.run(campaign())
    assert refused / (refused + answered) <= 0.02
    assert answered / clock.now > 0.5 * limit, "and not much is given away for it"


@given(st.lists(st.sampled_from(["turn", "answered", "slow_down", "pause"]), max_size=60))
def test_a_turn_always_comes(plan: list[str]) -> None:
    clock = FakeClock()
    pace = Pace(clock)

    async def scenario() -> None:
        for step in plan:
            if step == "turn":
                before = clock.now
                await pace.turn()
                grown = FIRST_PAUSE_S * 2.0 ** plan.count("slow_down")
                assert clock.now - before <= 2.0 + min(grown, LONGEST_PAUSE_S) + 1.0 / LEAST_RATE
            elif step == "pause":
                pace.pause(2.0)
            else:
                getattr(pace, step)()

    asyncio.run(scenario())
