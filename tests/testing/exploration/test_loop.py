"""The loop does what asyncio does: timers that are due, names that are shared, generators that are left behind."""

import asyncio
from collections.abc import AsyncIterator
from time import process_time
from typing import Any

import pytest

from qcaas_sdk.testing.exploration import Bounds, Deadlock, Livelock, ScheduleFailed, cancellable, explore
from qcaas_sdk.testing.time import RealTimeNeeded


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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_a_group_cancels_its_tasks_in_the_same_order_in_each_run() -> None:
    async def scenario() -> tuple[int, ...]:
        seen: list[int] = []

        async def work(number: int) -> None:
            try:
                await asyncio.sleep(1)
            finally:
                seen.append(number)

        async def group() -> None:
            async with asyncio.TaskGroup() as tasks:
                for number in range(8):
                    tasks.create_task(work(number))

        task = asyncio.create_task(group())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return tuple(seen)

    assert len({explore.replay("-", scenario) for _ in range(20)}) == 1


def test_sets_of_tasks_and_futures_have_the_same_order_in_each_run() -> None:
    async def scenario() -> tuple[str, ...]:
        tasks = {asyncio.create_task(asyncio.sleep(0), name=name) for name in "abcdefgh"}
        futures = {asyncio.get_running_loop().run_in_executor(None, str, name): name for name in "abcdefgh"}
        done, _ = await asyncio.wait(tasks)
        return *(task.get_name() for task in done), *(futures[one] for one in set(futures))

    assert len({explore.replay("-", scenario) for _ in range(20)}) == 1


def test_the_work_of_a_thread_is_called_by_its_name() -> None:
    class Failing(Disk):
        async def recover(self) -> object:
            raise ValueError(self.lines)

    def write_down(disk: Disk) -> None:
        disk.lines.append("written")

    async def scenario(disk: Disk) -> None:
        await asyncio.to_thread(write_down, disk)

    failure = failure_of(scenario, Bounds(crashes=1), world=Failing)
    assert any("the process dies before" in text and "write_down" in text for text in failure.decisions.values())


@pytest.mark.parametrize(
    "opens",
    [
        lambda: asyncio.open_connection("127.0.0.1", 1),
        lambda: asyncio.start_server(print, port=1),  # type: ignore[arg-type]  # nobody connects
        lambda: asyncio.create_subprocess_exec("true"),
    ],
    ids=["connection", "server", "subprocess"],
)
def test_what_needs_real_time_is_refused_in_words(opens: Any) -> None:
    async def scenario() -> None:
        await opens()

    assert isinstance(failure_of(scenario, Bounds()).error, RealTimeNeeded)


def test_a_handler_of_errors_is_asked_as_in_asyncio() -> None:
    async def scenario() -> int:
        seen: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: seen.append(context))
        assert loop.get_exception_handler() is not None
        loop.call_exception_handler({"message": "bad"})
        return len(seen)

    assert set(explore(scenario).outcomes) == {1}


def test_a_guided_search_needs_a_world_with_a_state() -> None:
    async def scenario(_: Disk) -> None:
        await asyncio.sleep(0)

    with pytest.raises(TypeError, match="Disk has none"):
        explore.guided(scenario, world=Disk)


def test_what_a_cancellation_wakes_comes_after_the_timers_that_are_due() -> None:
    async def scenario() -> tuple[str, ...]:
        seen: list[str] = []
        loop = asyncio.get_running_loop()

        async def work() -> None:
            try:
                await asyncio.sleep(2)
            finally:
                seen.append(f"work ends at {loop.time():g}")

        task = cancellable(work())
        loop.call_later(1, seen.append, "timer")
        await asyncio.wait([task])
        return tuple(seen)

    outcomes = explore(scenario, Bounds(deviations=0, cancellations=1)).outcomes
    assert ("timer", "work ends at 1") in outcomes
    assert ("work ends at 1", "timer") not in outcomes
