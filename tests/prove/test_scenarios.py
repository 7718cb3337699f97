"""The scenarios, with small bounds; `make prove` runs them with all of theirs."""

import pytest

from qcaas_sdk.testing import Bounds, explore
from tests.prove.scenarios import SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_every_schedule_within_small_bounds_is_right(scenario: Scenario) -> None:
    found = explore(scenario.run, scenario.small, world=scenario.make)
    assert found.complete
    assert found.schedules > 1


def test_a_deadline_meets_the_completion() -> None:
    scenario = next(one for one in SCENARIOS if one.name == "wait with a deadline against completion")
    found = explore(scenario.run, scenario.small, world=scenario.make)
    assert {outcome[0] for outcome in found.outcomes} == {"fine", "JobTimeout"}  # type: ignore[index]  # as it returns


def test_a_crash_comes_at_every_write() -> None:
    scenario = next(one for one in SCENARIOS if one.name == "a journal, and a crash at every write")
    found = explore(scenario.run, scenario.small, world=scenario.make)
    assert set(found.outcomes) == {"COMPLETED", ("recovered",), ("recovered", "COMPLETED")}
    assert found.schedules == 9, "before and after each of the four pieces of work of the journal's threads, and none"


@pytest.mark.parametrize("bounds", [Bounds(deviations=0, cancellations=1), Bounds(deviations=0, faults=1)], ids=str)
def test_a_cancellation_that_is_given_up_or_late_is_sent_by_a_poll(bounds: Bounds) -> None:
    scenario = next(one for one in SCENARIOS if one.name == "submit, give up, cancel and submit again")
    assert explore(scenario.run, bounds, world=scenario.make).complete
