"""Search where all schedules are too many, on programs that use an SDK: what it reaches, promises and finds."""

from collections.abc import Callable

import pytest

from qcaas_sdk.testing import Bounds, ScheduleFailed, explore
from tests.prove.hunt import order_mutants
from tests.prove.scenarios import SCENARIOS

AGAINST_CANCEL = next(one for one in SCENARIOS if one.name == "submit against cancel")


def test_a_guided_search_reaches_doubt_on_both_sides_of_a_lost_answer() -> None:
    found = explore.guided(AGAINST_CANCEL.run, Bounds(schedules=100, faults=1), world=AGAINST_CANCEL.make)
    assert {
        "jobs: CREATED; service: CREATED; known: in doubt",
        "jobs: CREATED; service: RUNNING; known: in doubt",
    } <= set(found.coverage)
    assert not found.complete


def test_a_random_search_says_what_it_promises() -> None:
    found = explore.at_random(AGAINST_CANCEL.run, Bounds(schedules=30), world=AGAINST_CANCEL.make, bug_depth=2)
    assert found.schedules == 30
    assert "a bug of depth 2 is found by each run with probability at least" in found.guarantee


@pytest.mark.parametrize("search", [explore.guided, explore.at_random], ids=["guided", "at random"])
def test_both_find_a_planted_bug(search: Callable[..., object]) -> None:
    bug = "two callers attach a task at the same time"
    mutant, scenario = next(pair for pair in order_mutants() if pair[0].bug == bug)
    with mutant.planted(), pytest.raises(ScheduleFailed):
        search(scenario.run, Bounds(schedules=300), world=scenario.make)
