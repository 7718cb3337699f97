"""Every schedule of small programs; failures that replay; bounds that are told."""

import asyncio
import random
import subprocess
import sys
from typing import Any

import pytest

from qcaas_sdk.testing.exploration import (
    Bounds,
    Deadlock,
    Irreproducible,
    Livelock,
    NotDeterministic,
    ScheduleFailed,
    cancellable,
    choose,
    crash_point,
    explore,
    tell,
)
from qcaas_sdk.testing.exploration.bounds import schedule_of, text_of

ALL = Bounds()


async def two_counts() -> int:
    """Two tasks add 1 to a number, and read it too early."""
    number = 0

    async def add() -> None:
        nonlocal number
        before = number
        await asyncio.sleep(0)
        number = before + 1

    async with asyncio.TaskGroup() as group:
        group.create_task(add())
        group.create_task(add())
    return number


async def order_matters() -> None:
    """Fails only if the second task overtakes the first one twice."""
    seen: list[str] = []

    async def say(word: str) -> None:
        seen.append(word)
        await asyncio.sleep(0)
        seen.append(word)

    await asyncio.gather(say("a"), say("b"), say("c"))
    assert seen != ["c", "a", "b", "c", "a", "b"], "c came first, twice"


async def deadlock() -> None:
    one, other = asyncio.Lock(), asyncio.Lock()

    async def hold(first: asyncio.Lock, second: asyncio.Lock) -> None:
        async with first:
            await asyncio.sleep(0)
            async with second:
                pass

    await asyncio.gather(hold(one, other), hold(other, one))


def failure_of(scenario: Any, bounds: Bounds = ALL, **options: Any) -> ScheduleFailed:
    with pytest.raises(ScheduleFailed) as caught:
        explore(scenario, bounds, **options)
    return caught.value


@pytest.mark.parametrize("reduce", [False, True])
def test_all_outcomes_are_found(reduce: bool) -> None:
    found = explore(two_counts, reduce=reduce)
    assert found.complete
    assert set(found.outcomes) == {1, 2}
    assert str(found) == f"explored {found.schedules} of {found.schedules}; depth {found.depth}"


def test_a_bound_on_schedules_is_told_honestly() -> None:
    found = explore(two_counts, Bounds(schedules=3))
    assert not found.complete
    assert str(found).startswith("stopped at 3; depth ")


def test_a_bound_on_the_depth_is_no_proof() -> None:
    found = explore(two_counts, Bounds(depth=1))
    assert not found.complete
    assert found.depth == 1


def test_deviations_are_counted() -> None:
    counts = [explore(two_counts, Bounds(deviations=many)).schedules for many in range(4)]
    assert counts[0] == 1
    assert counts == sorted(set(counts))
    assert counts[-1] <= explore(two_counts, reduce=False).schedules


def test_a_failure_replays_and_is_as_small_as_can_be() -> None:
    failure = failure_of(order_matters)
    assert isinstance(failure.error, AssertionError)
    schedule = schedule_of(failure.schedule)
    for number in schedule:  # without any of its decisions, nothing fails
        explore.replay(text_of({n: o for n, o in schedule.items() if n != number}), order_matters)
    with pytest.raises(ScheduleFailed, match="c came first, twice"):
        explore.replay(failure.schedule, order_matters)


def test_a_failure_tells_what_happened() -> None:
    failure = failure_of(order_matters)
    assert f"explore.replay({failure.schedule!r}, order_matters" in failure.script()
    assert all(text in str(failure) for text in failure.decisions.values())
    assert any(text.startswith("task 3 at ") and " runs before task 1" in text for text in failure.decisions.values())
    lines = failure.mermaid().splitlines()
    assert lines[0] == "sequenceDiagram"
    assert "    participant task_3 as task 3" in lines
    assert lines[-1].endswith(": AssertionError")


@pytest.mark.slow
def test_two_explorations_are_alike() -> None:
    one, other = failure_of(order_matters), failure_of(order_matters)
    assert str(one) == str(other)
    assert one.__cause__ is one.error


@pytest.mark.parametrize("reduce", [False, True])
def test_a_deadlock_is_a_failure(reduce: bool) -> None:
    failure = failure_of(deadlock, reduce=reduce)
    assert isinstance(failure.error, Deadlock)
    assert "Lock.acquire" in str(failure)


def test_a_livelock_is_a_failure() -> None:
    async def spins() -> None:
        while True:
            await asyncio.sleep(0)

    assert isinstance(failure_of(spins, Bounds(steps=100)).error, Livelock)


def test_an_error_in_a_callback_is_a_failure() -> None:
    async def scenario() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(1)

    assert "ZeroDivisionError" in str(failure_of(scenario))


def test_failures_can_be_collected() -> None:
    found = explore(order_matters, stop=False)
    assert found.complete
    assert found.failure is not None
    assert found.outcomes.keys() == {None, ("AssertionError", "c came first, twice")}


# What else can happen.


def test_cancellation_comes_at_every_await() -> None:
    async def scenario() -> list[str]:
        done: list[str] = []

        async def work() -> None:
            for word in "abc":
                await asyncio.sleep(1)
                done.append(word)

        task = cancellable(work())
        await asyncio.wait([task])
        return done

    found = explore(scenario, Bounds(cancellations=1))
    assert {str(outcome) for outcome in found.outcomes} == {"[]", "['a']", "['a', 'b']", "['a', 'b', 'c']"}
    assert set(explore(scenario).outcomes) == {"['a', 'b', 'c']"}


class Disk:
    """A world: what is written stays."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.deaths = 0

    def died(self) -> None:
        self.deaths += 1

    async def recover(self) -> object:
        await asyncio.sleep(1)
        return "recovered", tuple(self.written), self.deaths


def test_the_process_dies_before_and_after_every_piece_of_a_threads_work() -> None:
    async def scenario(disk: Disk) -> object:
        try:
            for number in range(2):
                await asyncio.to_thread(disk.written.append, number)
        finally:
            disk.written.append(99)  # a process that has died does not tidy up
        return "whole", tuple(disk.written)

    found = explore(scenario, Bounds(crashes=1), world=Disk)
    assert found.complete
    assert found.outcomes == {
        ("whole", (0, 1, 99)): 1,
        ("recovered", (), 1): 1,
        ("recovered", (0,), 1): 2,
        ("recovered", (0, 1), 1): 1,
    }


def test_it_dies_where_a_program_says_that_it_may() -> None:
    async def scenario(disk: Disk) -> str:
        await crash_point("one")
        disk.written.append(1)
        await crash_point("two")
        return "whole"

    assert set(explore(scenario, Bounds(crashes=1), world=Disk).outcomes) == {
        "whole",
        ("recovered", (), 1),
        ("recovered", (1,), 1),
    }


def test_choices_are_all_tried_and_faults_are_counted() -> None:
    async def scenario() -> tuple[str, str, str]:
        return (
            choose("x", "y"),
            choose("fine", "broken", counts_as="faults"),
            choose("fine", "broken", counts_as="faults"),
        )

    assert len(explore(scenario).outcomes) == 2
    assert len(explore(scenario, Bounds(faults=1)).outcomes) == 6
    assert len(explore(scenario, Bounds(faults=2)).outcomes) == 8


def test_what_a_world_tells_is_in_the_diagram() -> None:
    async def scenario() -> None:
        tell("client->>server: GET /")
        raise ValueError("bad")

    assert "    client->>server: GET /" in failure_of(scenario).mermaid().splitlines()


def test_a_world_is_asked_at_the_end() -> None:
    class Strict(Disk):
        def check(self) -> None:
            assert self.written == [1, 2]

    async def scenario(disk: Disk) -> None:
        async def write(number: int) -> None:
            disk.written.append(number)

        await asyncio.gather(write(1), write(2))

    failure = failure_of(scenario, world=Strict)
    assert failure.schedule != "-"
    explore.replay("-", scenario, world=Strict)


def test_timers_that_are_due_at_one_moment_run_in_any_order() -> None:
    async def scenario() -> tuple[str, ...]:
        seen: list[str] = []

        async def nap(word: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            seen.append(word)

        await asyncio.gather(nap("a", 1), nap("b", 1), nap("c", 2))
        return tuple(seen)

    assert set(explore(scenario).outcomes) == {("a", "b", "c"), ("b", "a", "c")}


# Searches that are no proof.


def test_random_schedules_come_with_a_promise() -> None:
    found = explore.at_random(two_counts, Bounds(schedules=200), bug_depth=2)
    assert set(found.outcomes) == {1, 2}
    assert "a bug of depth 2 is found by each run with probability at least" in str(found)


def test_random_schedules_find_a_failure_that_replays() -> None:
    async def overtaken() -> None:
        seen: list[str] = []

        async def say(word: str) -> None:
            for _ in range(2):
                seen.append(word)
                await asyncio.sleep(0)

        await asyncio.gather(say("a"), say("b"), say("c"))
        assert "".join(seen).replace("c", "") != "abba", "b came twice in between"

    with pytest.raises(ScheduleFailed) as caught:
        explore.at_random(overtaken, Bounds(schedules=1000), bug_depth=2)
    with pytest.raises(ScheduleFailed, match="b came twice"):
        explore.replay(caught.value.schedule, overtaken)


def test_a_guided_search_counts_the_states_of_the_world() -> None:
    class Lights:
        def __init__(self) -> None:
            self.on = [False, False]

        def state(self) -> object:
            return tuple(self.on)

    async def scenario(lights: Lights) -> None:
        async def switch(number: int) -> None:
            lights.on[number] = True
            await asyncio.sleep(0)
            lights.on[number] = False

        await asyncio.gather(switch(0), switch(1))

    found = explore.guided(scenario, Bounds(schedules=100), world=Lights)
    assert set(found.coverage) == {(False, False), (True, False), (False, True), (True, True)}
    assert "| (True, True) | " in found.table()


# Programs that cannot be explored.


def test_a_program_that_is_not_deterministic_is_told_apart_from_one_that_fails() -> None:
    runs: list[int] = []

    async def fails_once() -> None:
        runs.append(1)
        assert len(runs) != 3

    async def more_and_more() -> None:
        runs.append(1)
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(len(runs) % 3 + 1)))

    async def scenario() -> None:
        await two_counts()
        await fails_once()

    with pytest.raises(Irreproducible):
        explore(scenario)
    with pytest.raises(NotDeterministic):
        explore(more_and_more)


def test_random_numbers_are_the_same_in_each_run() -> None:
    async def scenario() -> float:
        await two_counts()
        return random.random()

    before = random.getstate()
    assert len(explore(scenario).outcomes) == 1
    assert random.getstate() == before


@pytest.mark.parametrize("text", ["-", "", "3:1 17:2"])
def test_a_schedule_is_text(text: str) -> None:
    assert text_of(schedule_of(text)) == (text or "-")


@pytest.mark.parametrize("text", ["3", "a:b", "1:2:3"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a schedule"):
        schedule_of(text)


def test_it_needs_nothing_of_this_package_to_run() -> None:
    """Its files import only each other, the kit's virtual time, attrs and the standard library."""
    code = (
        "import ast, pathlib, sys\n"
        "folder = pathlib.Path('qcaas_sdk/testing/exploration')\n"
        "trees = [ast.parse(f.read_text()) for f in [*folder.glob('*.py'), folder.parent / 'time.py']]\n"
        "names = {n.module for t in trees for n in ast.walk(t) if isinstance(n, ast.ImportFrom)}\n"
        "names |= {a.name for t in trees for n in ast.walk(t) if isinstance(n, ast.Import) for a in n.names}\n"
        "print(*sorted(n for n in names if n.partition('.')[0] not in sys.stdlib_module_names))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=".")
    others = {name for name in ran.stdout.split() if not name.startswith("qcaas_sdk.testing.exploration")}
    assert others == {"attrs", "attrs.validators", "qcaas_sdk.testing.time"}
