"""The model against the chart, and against the real code."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import run_virtual
from tests.protocol.client import Client
from tests.protocol.page import PAGE, SMALL, assumptions, row, variant_row
from tests.protocol.replayed import Replay
from tests.protocol.search import explored
from tests.protocol.steps import OTHERS_STAY, Step, steps
from tests.protocol.variants import HARMLESS, breaks_on_the_real_code, shown, variants
from tests.protocol.world import Bounds, World, first

BOUNDS = Bounds(faults=2, crashes=1, leaves=1, runs=2)


@pytest.mark.parametrize("bounds", SMALL, ids=str)
def test_no_state_breaks_a_rule(bounds):
    found = explored(shipped_chart("job"), bounds)
    assert not found.counterexamples
    assert " | ".join(row(bounds, found)) in PAGE.read_text("utf-8")


@pytest.mark.parametrize("mutant", variants(), ids=lambda mutant: mutant.bug)
def test_a_bug_in_the_chart_breaks_a_rule_and_breaks_the_real_code_on_the_same_way(mutant):
    variant = shown(mutant)
    assert (variant.counterexample is None) == (mutant.bug in HARMLESS)
    assert variant.counterexample is None or breaks_on_the_real_code(variant)
    assert " | ".join(variant_row(variant)) in PAGE.read_text("utf-8")


def test_the_page_says_what_is_assumed():
    assert assumptions() in PAGE.read_text("utf-8")


@given(st.data())
def test_the_real_code_goes_every_way_of_the_model(data):
    """Drawn ways: after every step both wait for the same request, and know the same when they rest."""
    client = Client(shipped_chart("job"))
    good, cancellable = data.draw(st.booleans()), data.draw(st.booleans())
    world = first(good, cancellable, BOUNDS, client.initial)
    way: list[tuple[Step, World]] = []
    for _ in range(data.draw(st.integers(1, 25))):
        nexts = list(steps(world, client, BOUNDS))
        nexts = [one for one in nexts if one[0].kind == "write"] or nexts  # the real journal writes at once
        nexts = [one for one in nexts if one[0].what != OTHERS_STAY]  # the real job is alone in its batch
        if not nexts:
            break
        step, after = nexts[data.draw(st.integers(0, len(nexts) - 1))]
        way.append((step, world))
        world = after
    run_virtual(compare(way, world, cancellable))


async def compare(way: list[tuple[Step, World]], end: World, cancellable: bool) -> None:
    told = " / ".join(str(one) for one, _ in way)
    worlds = [world for _, world in way[1:]] + [end]
    with tempfile.TemporaryDirectory() as folder:
        replay = Replay(Path(folder), reserved_can_be_cancelled=cancellable)
        await replay.begin()
        for (step, before), after in zip(way, worlds, strict=True):
            await replay.take([(step, before)])
            if after.alive and after.call is None:
                assert not (differences := replay.differences(after)), (str(step), differences, told)
            if after.alive and (after.call is None or after.call.request is not None):
                expected = after.call.request.kind if after.call and after.call.request else ""
                assert replay.awaits() == expected, (str(step), told)
        await replay.close()
