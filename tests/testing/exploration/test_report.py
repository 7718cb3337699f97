"""What a failure says: the picture, the script, and how far it went."""

import asyncio
from typing import Any

import pytest

from qcaas_sdk.testing.exploration import Bounds, ScheduleFailed, cancellable, choose, crash_point, explore


def failure_of(scenario: Any, bounds: Bounds, **options: Any) -> ScheduleFailed:
    with pytest.raises(ScheduleFailed) as caught:
        explore(scenario, bounds, **options)
    return caught.value


def test_a_cancellation_is_in_the_picture() -> None:
    async def scenario() -> None:
        task = cancellable(asyncio.sleep(1), name="a nap at noon")
        await asyncio.wait([task])
        assert not task.cancelled()

    lines = failure_of(scenario, Bounds(cancellations=1)).mermaid().splitlines()
    assert "    participant a_nap_at_noon as a nap at noon" in lines
    assert sum("Note over a_nap_at_noon: cancelled at sleep (" in line for line in lines) == 1


def test_the_end_is_a_note_over_all_of_the_picture() -> None:
    async def scenario() -> None:
        await asyncio.gather(asyncio.sleep(0))
        raise ValueError("bad")

    assert failure_of(scenario, Bounds()).mermaid().splitlines()[-1] == "    Note over main,event_loop: ValueError"


def test_a_choice_and_a_death_are_in_the_picture() -> None:
    class World:
        def check(self) -> None:
            raise ValueError("bad")

    async def scenario(_: World) -> None:
        choose("fine", "broken at once")
        await crash_point("the first write")

    found = explore(scenario, Bounds(crashes=1), world=World, stop=False)
    assert found.schedules == 4
    with pytest.raises(ScheduleFailed) as caught:
        explore.replay("0:1 1:1", scenario, Bounds(crashes=1), world=World)
    lines = caught.value.mermaid().splitlines()
    assert "    Note over event_loop: chosen: 'broken at once'" in lines
    assert "    Note over event_loop: the process dies at the first write" in lines


async def two_steps() -> None:
    for _ in range(2):
        asyncio.create_task(asyncio.sleep(0))  # noqa: RUF006  # it has run after the sleep
    await asyncio.sleep(1)


@pytest.mark.parametrize("reduce", [False, True])
def test_a_bound_that_is_just_enough_is_no_stop(reduce: bool) -> None:
    assert str(explore(two_steps, Bounds(schedules=6), reduce=reduce)) == "explored 6 of 6; depth 3"
    assert str(explore(two_steps, Bounds(schedules=5), reduce=reduce)) == "stopped at 5; depth 3"


@pytest.mark.parametrize("schedule", ["1:99", "99:1"])
def test_a_schedule_of_another_program_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="does not fit: decision"):
        explore.replay(schedule, two_steps)


def test_a_negative_option_is_no_schedule() -> None:
    with pytest.raises(ValueError, match="not a schedule"):
        explore.replay("0:-1", two_steps)


def test_what_is_no_scenario_is_refused() -> None:
    work = two_steps()
    with pytest.raises(TypeError, match="a scenario is an async function"):
        explore(work)  # type: ignore[arg-type]
    work.close()
    with pytest.raises(TypeError, match="a scenario is an async function"):
        explore(lambda: None)  # type: ignore[arg-type,return-value]


def test_a_choice_counts_as_something_that_has_a_bound() -> None:
    async def scenario() -> None:
        choose("fine", "broken", counts_as="fault")  # type: ignore[arg-type]

    assert "counts_as is one of" in str(failure_of(scenario, Bounds()).error)


def test_bounds_are_whole_numbers() -> None:
    with pytest.raises(TypeError, match="faults"):
        Bounds(faults=1.5)  # type: ignore[arg-type]


def test_the_picture_says_who_has_woken_whom() -> None:
    async def scenario() -> None:
        bell = asyncio.Event()

        async def sleeper() -> None:
            await bell.wait()
            raise ValueError("too early")

        async def ring() -> None:
            bell.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sleeper(), name="the sleeper")
            tasks.create_task(ring(), name="the bell")

    failure = failure_of(scenario, Bounds(deviations=0))
    lines = [line.strip() for line in failure.mermaid().splitlines()]
    assert any(line.startswith("main->>the_sleeper: test_") for line in lines)
    assert any(
        line.startswith("the_bell->>the_sleeper: test_") and line.endswith(", in Event.wait") for line in lines
    )
    assert any(line.endswith(", woken by the bell") for line in failure.log)


def test_a_long_picture_has_only_the_participants_of_its_last_lines() -> None:
    async def scenario() -> None:
        await asyncio.create_task(asyncio.sleep(0), name="long ago")
        for _ in range(100):
            await asyncio.sleep(0)
        raise ValueError("at last")

    lines = failure_of(scenario, Bounds()).mermaid().splitlines()
    assert [line.strip() for line in lines[1:3]] == ["participant main as main", "Note over main: 44 lines before"]
    assert len(lines) == 64
