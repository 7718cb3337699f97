"""Virtual time: what passes, in which order, and what happens when nothing can."""

import asyncio
import math
import socket
import threading
import time
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qcaas_sdk.testing import time as virtual_time
from qcaas_sdk.testing.time import (
    EPOCH,
    Deadlock,
    RealTimeNeeded,
    VirtualClock,
    run_virtual,
    virtual_runner,
)
from tests.testing.virtually import virtually

A_YEAR = 365 * 86_400.0


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_day_passes_in_no_time() -> None:
    async def a_day_of_minutes() -> float:
        for _ in range(24 * 60):
            await asyncio.sleep(60)
        return now()

    begin = time.perf_counter()
    assert run_virtual(a_day_of_minutes()) == 86_400
    assert time.perf_counter() - begin < 60


@virtually
async def test_a_long_sleep_ends_on_the_second() -> None:
    await asyncio.sleep(30 * A_YEAR)
    assert now() == 30 * A_YEAR


@given(st.lists(st.floats(0, 1e7), max_size=20))
@example([2.159662116367571e-61, 5.040918425473509e-64])
def test_timers_fire_in_order_and_never_early(delays: list[float]) -> None:
    async def fire() -> list[tuple[float, float]]:
        fired: list[tuple[float, float]] = []

        async def sleeper(delay: float) -> None:
            await asyncio.sleep(delay)
            fired.append((delay, now()))

        await asyncio.gather(*map(sleeper, delays))
        return fired

    fired = run_virtual(fire())
    assert [delay for delay, _ in fired] == sorted(delays)
    assert all(abs(at - delay) <= 2 * math.ulp(delay) for delay, at in fired), "times are sums, rounded at each timer"


@given(st.floats(0, 1e9), st.floats(1e-9, 1e9))
@pytest.mark.slow
def test_waiting_for_a_deadline_in_a_loop_ends(start: float, wait: float) -> None:
    async def wait_for_it() -> int:
        await asyncio.sleep(start)
        deadline, turns = now() + wait, 0
        while now() < deadline:
            await asyncio.sleep(deadline - now())
            turns += 1
        return turns

    assert run_virtual(wait_for_it()) <= 2


@virtually
async def test_timeouts_live_in_virtual_time() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3600):
            await asyncio.Event().wait()
    assert now() == 3600


@virtually
async def test_the_clock_is_the_loops() -> None:
    clock = VirtualClock()
    await clock.sleep(90)
    assert clock.monotonic() == 90
    assert clock.wall() == EPOCH + timedelta(seconds=90)
    assert VirtualClock(skew_s=-30).wall() == EPOCH + timedelta(seconds=60)
    assert VirtualClock(skew_s=-30).monotonic() == 90


def test_a_runner_keeps_its_time_between_steps() -> None:
    with virtual_runner() as runner:
        runner.run(asyncio.sleep(10))
        runner.run(asyncio.sleep(5))
        assert runner.get_loop().time() == 15


def test_a_deadlock_is_reported_with_those_who_wait() -> None:
    async def stuck() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.create_task(stuck(), name="the job")

    with pytest.raises(Deadlock, match=r"no timer is set, and .*the job \(.*stuck\) would wait for ever"):
        run_virtual(main())


def test_after_a_deadlock_the_tasks_are_cleaned_up() -> None:
    cleaned: list[str] = []

    async def stuck() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("up")

    with pytest.raises(Deadlock):
        run_virtual(stuck())
    assert cleaned == ["up"]


@virtually
async def test_time_stands_still_while_a_thread_works() -> None:
    alarm = asyncio.create_task(asyncio.sleep(1))
    await asyncio.to_thread(time.sleep, 0.05)
    assert now() == 0
    await alarm
    assert now() == 1


@virtually
async def test_a_thread_that_fails_lets_time_go_on() -> None:
    def fail() -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError):
        await asyncio.to_thread(fail)
    await asyncio.sleep(1)
    assert now() == 1


def test_a_thread_that_waits_for_a_timer_is_a_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "MAX_THREAD_S", 0.05)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        asked: list[object] = []

        def wait_for_the_loop() -> None:
            timer = asyncio.run_coroutine_threadsafe(asyncio.sleep(1), loop)
            asked.append(timer)
            try:
                timer.result(5)
            except BaseException as error:  # the loop cancels it once the deadlock is noticed
                asked.append(error)

        await asyncio.to_thread(wait_for_the_loop)

    with pytest.raises(Deadlock, match="a thread has worked"):
        run_virtual(main())


def test_a_thread_that_the_loop_does_not_know_is_not_waited_for() -> None:
    release = threading.Event()

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            release.wait(5)

        threading.Thread(target=work, daemon=True).start()
        assert loop.time() == 0
        await done.wait()

    try:
        with pytest.raises(Deadlock):
            run_virtual(main())
    finally:
        release.set()


@virtually
async def test_connections_are_refused() -> None:
    with pytest.raises(RealTimeNeeded, match="live in real time"):
        await asyncio.open_connection("127.0.0.1", 9)


@virtually
async def test_listening_sockets_are_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        with pytest.raises(RealTimeNeeded, match="live in real time"):
            await asyncio.get_running_loop().sock_accept(listening)


@virtually
async def test_subprocesses_are_refused() -> None:
    with pytest.raises(RealTimeNeeded):
        await asyncio.create_subprocess_exec("true")
    with pytest.raises(RealTimeNeeded):
        await asyncio.create_subprocess_shell("true")
