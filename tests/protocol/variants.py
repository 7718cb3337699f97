"""Broken variants of the chart: the model's counterexample for each, and what the real code does on the same way."""

import tempfile
from pathlib import Path

from attrs import frozen

from qcaas_sdk.testing import run_virtual
from tests.mutants.mutation import Mutant, mutants
from tests.protocol.client import Client
from tests.protocol.replayed import Replay
from tests.protocol.rules import CAN_BE_CANCELLED, CAN_END, CAN_RUN_AGAIN
from tests.protocol.search import Counterexample, explored
from tests.protocol.steps import Step, steps
from tests.protocol.world import Bounds, World, first

ONE_RUN = Bounds(faults=1, crashes=0, leaves=1, runs=1)
TWO_RUNS = Bounds(faults=0, crashes=0, leaves=0, runs=2)
HARMLESS = frozenset({"a lost choice, cancelling does not see that the task has failed"})
"""Variants that break no rule: the next `poll` finds the same."""

MANY = 10


@frozen
class Variant:
    """A broken chart, and how the model shows it.

    Attributes:
        mutant: What is changed.
        bounds: Within which the counterexample lies.
        counterexample: The shortest; None if no rule is broken.
    """

    mutant: Mutant
    bounds: Bounds
    counterexample: Counterexample | None


def variants() -> list[Mutant]:
    """Every planted bug that is a change of the chart of a job."""
    return [mutant for mutant in mutants() if mutant.where == "job.yaml"]


def shown(mutant: Mutant) -> Variant:
    """Look for a counterexample."""
    for bounds in (ONE_RUN, TWO_RUNS):
        if found := explored(mutant.chart(), bounds, stop_at_broken=True).counterexamples:
            return Variant(mutant, bounds, min(found, key=lambda one: len(one.steps)))
    return Variant(mutant, TWO_RUNS, None)


def breaks_on_the_real_code(variant: Variant) -> bool:
    """Whether the same steps lead the real code into the same trouble."""
    with variant.mutant.planted():
        return run_virtual(_breaks(variant))


async def _breaks(variant: Variant) -> bool:
    found = variant.counterexample
    assert found is not None
    with tempfile.TemporaryDirectory() as folder:
        replay = Replay(Path(folder), reserved_can_be_cancelled=found.reserved_can_be_cancelled)
        await replay.begin()
        await replay.take(_with_worlds(variant, found))
        try:
            return not replay.differences(found.world) and await _is_stuck(replay, found.rule)
        finally:
            await replay.close()


async def _is_stuck(replay: Replay, rule: str) -> bool:
    """For a rule about what must stay possible: whether it is impossible on the real code too."""
    tries, ends = {
        CAN_END: (["submit", "poll"], {"completed", "failed"}),
        CAN_BE_CANCELLED: (["cancel", "poll"], {"cancelled"}),
        CAN_RUN_AGAIN: (["reset"], {"created"}),
    }.get(rule, ([], set()))
    await replay.until_quiet()
    for _ in range(MANY):
        for trigger in tries:
            await replay.fire(trigger)
            await replay.until_quiet()
            if rule == CAN_END:
                replay.finish_tasks()
        if replay.job.state.lower() in ends:
            return False
    return True


def _with_worlds(variant: Variant, found: Counterexample) -> list[tuple[Step, World]]:
    """The steps, each with the state of the model before it."""
    client = Client(variant.mutant.chart())
    world = first(found.good, found.reserved_can_be_cancelled, variant.bounds, client.initial)
    way: list[tuple[Step, World]] = []
    for step in found.steps:
        way.append((step, world))
        world = dict(steps(world, client, variant.bounds))[step]
    assert world == found.world
    return way
