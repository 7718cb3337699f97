"""`python -m tests.prove.hunt [WORDS]`: plant each bug of order, and explore until a schedule shows it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from attrs import evolve, frozen

from qcaas_sdk.testing import ScheduleFailed, explore
from tests.mutants.mutation import Mutant
from tests.prove.scenarios import SCENARIOS, Scenario

MAX_STEPS = 2_000
"""No scenario has more; a bug often goes on for ever."""
MAX_SCHEDULES = 5_000
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@frozen
class Catch:
    """How a bug was found.

    Attributes:
        schedules: How many schedules it took, those of smaller bounds included.
        schedule: The schedule that shows it.
        error: What went wrong.
    """

    schedules: int
    schedule: str
    error: str


def order_mutants() -> list[tuple[Mutant, Scenario]]:
    """All that stand in `mutants.yaml`, with the scenarios that show them."""
    entries = yaml.safe_load((Path(__file__).parent / "mutants.yaml").read_text("utf-8"))
    return [
        (Mutant(entry["bug"], entry["in"], entry["old"], entry["new"]), BY_NAME[entry["shown by"]])
        for entry in entries
    ]


def caught(scenario: Scenario) -> Catch | None:
    """The first schedule of a scenario that fails, within its bounds, the small ones first."""
    before = 0
    for bounds in (scenario.small, *scenario.bounds):
        try:
            found = explore(
                scenario.run, evolve(bounds, schedules=MAX_SCHEDULES, steps=MAX_STEPS), world=scenario.make
            )
        except ScheduleFailed as failure:
            return Catch(before + failure.found_after, failure.schedule, _line(failure.error))
        before += found.schedules
    return None


def hunted(words: str) -> Iterator[tuple[Mutant, Scenario, Catch | None]]:
    """Every mutant whose name holds some words, with its catch."""
    for mutant, scenario in order_mutants():
        if words in mutant.bug:
            with mutant.planted():
                yield mutant, scenario, caught(scenario)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def main(words: str) -> int:
    survivors = 0
    for mutant, scenario, catch in hunted(words):
        survivors += catch is None
        told = "**survived** | |" if catch is None else f"{catch.schedules:,} | {catch.error[:90]} |"
        print(f"| {mutant.bug} | {scenario.name} | {told}", flush=True)
    return survivors > 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
