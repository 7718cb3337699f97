"""The loop does what asyncio does: timers that are due, names that are shared, generators that are left behind."""

import asyncio
from collections.abc import AsyncIterator
from time import process_time
from typing import Any

import pytest

from qcaas_sdk.testing.exploration import Bounds, Deadlock, Livelock, ScheduleFailed, cancellable, explore


@pytest.mark.parametrize("delay", [0, -1])
def test_a_timer_that_is_due_now_is_ready_as_in_asyncio(delay: int) -> None:
    async def scenario() -> tuple[object, ...]:
        seen: list[object] = []
        asyncio.get_running_loop().call_later(delay, seen.append, "timer")
        for number in range(2):
            await asyncio.sleep(0)
            seen.append(number)
        return tuple(seen)

    assert set(explore(scenario, Bounds(deviations=0)).outcomes) == {asyncio.run(scenario())}
    assert set(explore(scenario).outcomes) == {("timer", 0, 1), (0, "timer", 1), (0, 1)}


@pytest.mark.parametrize("reduce", [False, True])
def test_tasks_may_share_a_name(reduce: bool) -> None:
    async def scenario() -> tuple[object, ...]:
        seen: list[object] = []

        async def work(number: int) -> None:
            try:
                await asyncio.sleep(0)
                seen.append(number)
            except asyncio.CancelledError:
                seen.append(("cancelled", number))

        for number in range(2):
            cancellable(work(number), name="worker")
        await asyncio.sleep(1)
        return tuple(seen)

    found = explore(scenario, Bounds(cancellations=1), reduce=reduce)
    assert {(("cancelled", 0), 1), (("cancelled", 1), 0), (1, ("cancelled", 0))} <= set(found.outcomes)
    assert len(found.outcomes) == 8


def test_random_schedules_tell_tasks_of_one_name_apart() -> None:
    async def scenario() -> int:
        first: list[int] = []

        async def work(number: int) -> None:
            first.append(number)

        for number in range(3):
            asyncio.create_task(work(number), name="worker")  # noqa: RUF006  # it has run after the sleep
        await asyncio.sleep(1)
        return first[0]

    found = explore.at_random(scenario, Bounds(schedules=100), bug_depth=1)
    assert set(found.outcomes) == {0, 1, 2}
    assert "n = 5 tasks" in found.guarantee


def test_a_generator_that_is_left_behind_is_closed(recwarn: pytest.WarningsRecorder) -> None:
    async def scenario() -> tuple[str, ...]:
        seen: list[str] = []

        async def numbers() -> AsyncIterator[int]:
            try:
                yield 1
                yield 2
            finally:
                await asyncio.sleep(0)
                seen.append("closed")

        async for _ in numbers():
            break
        await asyncio.sleep(1)
        return tuple(seen)

    assert set(explore(scenario).outcomes) == {asyncio.run(scenario())} == {("closed",)}
    assert not recwarn.list


class Disk:
    """A world that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def recover(self) -> object:
        await asyncio.sleep(1)
        self.lines.append("recovered")
        await asyncio.sleep(1)
        return tuple(self.lines)


def test_a_task_of_a_process_that_has_died_is_not_cancelled() -> None:
    async def scenario(disk: Disk) -> object:
        async def work() -> None:
            try:
                await asyncio.sleep(10)
            finally:
                disk.lines.append("tidied up")

        task = cancellable(work())
        await asyncio.to_thread(disk.lines.append, "written")
        await asyncio.wait([task])
        return "whole"

    found = explore(scenario, Bounds(deviations=0, cancellations=1, crashes=1), world=Disk)
    recovered = {outcome for outcome in found.outcomes if outcome != "whole"}
    assert ("written", "recovered") in recovered
    assert all(outcome[-1] == "recovered" for outcome in recovered if isinstance(outcome, tuple))


def test_a_deadlock_of_a_recovery_names_no_task_of_the_process_that_has_died() -> None:
    class Stuck(Disk):
        async def recover(self) -> object:
            await asyncio.Event().wait()
            return None

    async def scenario(disk: Disk) -> None:
        asyncio.create_task(asyncio.sleep(1), name="of the dead")  # noqa: RUF006  # the process dies
        await asyncio.to_thread(disk.lines.append, "written")

    with pytest.raises(ScheduleFailed) as caught:
        explore(scenario, Bounds(crashes=1), world=Stuck)
    assert isinstance(caught.value.error, Deadlock)
    assert "of the dead" not in str(caught.value.error)


def test_a_scenario_without_an_end_is_told_soon() -> None:
    async def spins() -> None:
        while True:
            await asyncio.sleep(0)

    begin = process_time()
    with pytest.raises(ScheduleFailed) as caught:
        explore(spins)
    assert isinstance(caught.value.error, Livelock)
    assert process_time() - begin < 20  # it was minutes


def failure_of(scenario: Any, bounds: Bounds, **options: Any) -> ScheduleFailed:
    with pytest.raises(ScheduleFailed) as caught:
        explore(scenario, bounds, **options)
    return caught.value


def test_a_place_is_the_line_of_the_program_that_waits() -> None:
    async def nap() -> None:
        await asyncio.sleep(0)
        raise ValueError("too early")

    async def stuck() -> None:
        await asyncio.Event().wait()

    assert "nap (test_loop.py:" in failure_of(nap, Bounds()).log[1]
    told = str(failure_of(stuck, Bounds()).error)
    assert "stuck (test_loop.py:" in told
    assert "in Event.wait" in told
