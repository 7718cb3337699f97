"""The planted bugs of order fit the code, and the page tells of all of them; `tests.prove.hunt` finds them."""

from pathlib import Path

import pytest

from tests.mutants.mutation import Mutant
from tests.prove.hunt import caught, order_mutants
from tests.prove.scenarios import Scenario

PAGE = Path(__file__).parents[2] / "docs" / "interleavings.md"
MUTANTS = order_mutants()
SMALL = ("the lock of a job is forgotten", "a batch ends with the first of its callers")
"""Bugs that a second is enough for."""


@pytest.mark.parametrize(("mutant", "scenario"), MUTANTS, ids=lambda one: getattr(one, "bug", "").replace(" ", "-"))
def test_it_can_be_planted_and_is_on_the_page(mutant: Mutant, scenario: Scenario) -> None:
    with mutant.planted():
        assert f"| {mutant.bug} | {scenario.name} |" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("bug", SMALL)
def test_a_schedule_shows_it(bug: str) -> None:
    mutant, scenario = next(pair for pair in MUTANTS if pair[0].bug == bug)
    with mutant.planted():
        assert caught(scenario) is not None
