"""A failure is told by as few decisions as possible, also if none of the ones that were found can be left out."""

import asyncio

import pytest

from qcaas_sdk.testing.exploration import Bounds, ScheduleFailed, explore
from qcaas_sdk.testing.exploration.bounds import schedule_of


async def third_comes_first() -> None:
    """Fails in many orders; the first one that is found takes several decisions, and one is enough."""
    seen: list[int] = []

    async def come(number: int) -> None:
        await asyncio.sleep(0)
        seen.append(number)
        await asyncio.sleep(0)

    await asyncio.gather(*(come(number) for number in range(3)))
    assert seen[0] != 2, "the third comes first"


@pytest.mark.parametrize("seed", range(8))
def test_no_schedule_of_fewer_decisions_fails(seed: int) -> None:
    with pytest.raises(ScheduleFailed) as caught:
        explore.at_random(third_comes_first, Bounds(schedules=1000), seed=seed)
    found = schedule_of(caught.value.schedule)
    for fewer in range(len(found)):
        assert explore(third_comes_first, Bounds(deviations=fewer), stop=False).failure is None
    with pytest.raises(ScheduleFailed, match="the third comes first"):
        explore.replay(caught.value.schedule, third_comes_first)
