"""Leaving out equivalent schedules loses no outcome, on programs that Hypothesis makes."""

import asyncio
from contextlib import suppress
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qcaas_sdk.testing.exploration import Bounds, choose, explore, touch, touching
from tests.support.examples import scaled

Op: TypeAlias = tuple[str, int]
MAX = 1_000
NAMES = ["read", "write", "add", "yield", "sleep", "set", "await", "choose", "lock"]

ops = st.tuples(st.sampled_from(NAMES), st.integers(0, 1))
programs = st.lists(st.lists(ops, min_size=1, max_size=3), min_size=2, max_size=3)


def scenario_of(program: list[list[Op]], victim: int | None) -> Any:
    """A program of tasks that share two cells, two futures and two locks, and say what they touch."""

    async def scenario() -> object:
        cells = [0, 0]
        futures: list[asyncio.Future[None]] = [asyncio.get_running_loop().create_future() for _ in range(2)]
        locks = [asyncio.Lock(), asyncio.Lock()]
        seen: list[list[object]] = [[] for _ in program]
        tasks: list[asyncio.Task[None]] = []

        async def run(number: int) -> None:
            mine, held = seen[number], []
            try:
                for name, index in program[number]:
                    match name:
                        case "read":
                            touch(("cell", index), write=False)
                            mine.append(cells[index])
                        case "write":
                            touch(("cell", index))
                            cells[index] = 10 + number
                        case "add":
                            touch(("cell", index), write=False)
                            value = cells[index]
                            await asyncio.sleep(0)
                            touch(("cell", index))
                            cells[index] = value + 1
                        case "yield":
                            await asyncio.sleep(0)
                        case "sleep":
                            await asyncio.sleep(1 + index)
                        case "set":
                            touch(("future", index))
                            if not futures[index].done():
                                futures[index].set_result(None)
                        case "await":
                            touch(("future", index))
                            await asyncio.shield(futures[index])
                        case "choose":
                            mine.append(choose("a", "b"))
                        case "lock" if index not in held:
                            touch(("lock", index))
                            await locks[index].acquire()
                            held.append(index)
            except asyncio.CancelledError:
                mine.append("cancelled")
            finally:
                for index in held:
                    touch(("lock", index))
                    locks[index].release()

        async def cancel() -> None:
            touch(("task", victim))
            touch(("lock", 0))  # the victim may be in its queue
            touch(("lock", 1))
            if victim is not None:
                tasks[victim].cancel()

        for number in range(len(program)):
            with touching(("task", number)):
                tasks.append(asyncio.create_task(run(number)))
        if victim is not None:
            with touching():
                tasks.append(asyncio.create_task(cancel()))
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        return tuple(cells), tuple(map(tuple, seen))

    return scenario


@given(programs, st.sampled_from([None, None, 0, 1]))
@settings(max_examples=scaled(60), deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.slow
def test_the_outcomes_are_the_same_with_and_without(program: list[list[Op]], victim: int | None) -> None:
    scenario = scenario_of(program, victim)
    every = explore(scenario, Bounds(schedules=MAX), reduce=False, stop=False)
    fewer = explore(scenario, Bounds(schedules=10 * MAX), stop=False)  # the bound counts rehearsals
    if not every.complete:
        assert set(every.outcomes) <= set(fewer.outcomes) or not fewer.complete
        return
    assert fewer.complete
    assert set(fewer.outcomes) == set(every.outcomes)
    assert fewer.schedules <= every.schedules


def test_independent_tasks_need_one_schedule_of_many() -> None:
    async def scenario() -> None:
        async def work() -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        tasks = []
        for number in range(3):
            with touching(number):
                tasks.append(asyncio.create_task(work()))
        await asyncio.sleep(1)

    every = explore(scenario, reduce=False)
    fewer = explore(scenario)
    assert (every.complete, fewer.complete) == (True, True)
    assert fewer.schedules == 1 < 1_000 < every.schedules
    assert str(fewer) == "explored 1 of 1; depth 8"


def test_runs_that_do_not_count_are_told() -> None:
    async def scenario() -> None:
        async def say() -> None:
            if choose(False, True):  # the first runs do not show that it may touch something
                touch("a cell")

        for number in range(2):
            with touching(number):
                asyncio.create_task(say())  # noqa: RUF006  # it has run after the sleep
        await asyncio.sleep(1)

    found = explore(scenario)
    assert found.complete
    assert found.rehearsed > 0
    assert str(found).endswith(f"; {found.rehearsed} before these only showed what the steps touch")


def test_what_is_not_promised_counts_as_dependent() -> None:
    async def scenario() -> int:
        value = 0

        async def add() -> None:
            nonlocal value
            before = value
            await asyncio.sleep(0)
            value = before + 1

        await asyncio.gather(add(), add())
        return value

    assert set(explore(scenario).outcomes) == {1, 2}


def test_a_callback_that_another_one_cancels_is_tried_before_it() -> None:
    async def scenario() -> int:
        ran: list[int] = []
        loop = asyncio.get_running_loop()
        with touching("the handle"):
            loop.call_soon(lambda: handle.cancel())  # noqa: PLW0108  # it is made below
            handle = loop.call_soon(ran.append, 1)
        await asyncio.sleep(1)
        return len(ran)

    assert set(explore(scenario).outcomes) == {0, 1}


@pytest.mark.parametrize("reduce", [False, True])
def test_a_process_dies_before_what_is_independent_too(reduce: bool) -> None:
    class Disk(list[str]):
        def check(self) -> None:
            assert self != ["b"], "only the second is written"

    async def scenario(disk: Disk) -> None:
        for word in "ab":
            with touching(word):
                asyncio.create_task(asyncio.to_thread(disk.append, word))  # noqa: RUF006  # it has run after the sleep
        await asyncio.sleep(1)

    assert explore(scenario, Bounds(crashes=1), world=Disk, reduce=reduce, stop=False).failure is not None


def test_a_promise_within_one_step_adds_to_that_of_its_task() -> None:
    async def scenario() -> str:
        seen: list[str] = []

        async def say(word: str) -> None:
            with touching("what is seen"):
                seen.append(word)

        for word in "ab":
            with touching(word):
                asyncio.create_task(say(word))  # noqa: RUF006  # it has run after the sleep
        await asyncio.sleep(1)
        return "".join(seen)

    assert set(explore(scenario).outcomes) == {"ab", "ba"}


def test_tasks_of_one_promise_touch_each_other() -> None:
    async def scenario() -> tuple[bool, ...]:
        async def first_of_two() -> tuple[bool, ...]:
            tasks = [asyncio.create_task(asyncio.sleep(0)) for _ in range(2)]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tuple(task in done for task in tasks)

        with touching():
            task = asyncio.create_task(first_of_two())
        return await task

    assert set(explore(scenario).outcomes) == set(explore(scenario, reduce=False).outcomes)
