"""Two engines, one chart: this library's machine and python-statemachine never differ."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statemachine.io import load

from qcaas_sdk.diagrams import scxml
from qcaas_sdk.statechart import Chart, Join, shipped_chart
from qcaas_sdk.testing import (
    InvariantBroken,
    composite_statecharts,
    differential,
    extended_statecharts,
    run_virtual,
    statecharts,
)
from qcaas_sdk.testing.differential import DifferentialRunner, Event, answered_events, guards_of
from tests.mutants.mutation import Mutant
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

GUARDS = guards_of(shipped_chart("job"))

shipped = st.sampled_from(["job", "composite_job"]).map(shipped_chart)


@given(st.data(), shipped)
def test_the_shipped_charts(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


@given(st.data(), statecharts())
@settings(max_examples=scaled(200))
def test_any_chart(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


@given(st.data(), statecharts(automatic=True))
@settings(max_examples=scaled(100))
def test_any_chart_that_goes_on_by_itself(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


@given(st.data(), extended_statecharts())
@settings(max_examples=scaled(100))
def test_any_chart_that_extends_another(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


@given(st.data(), composite_statecharts())
def test_any_composite(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


@given(st.data(), composite_statecharts() | st.just(shipped_chart("composite_job")))
@settings(max_examples=scaled(50))
def test_a_composite_with_its_children(data: st.DataObject, chart: Chart) -> None:
    number = data.draw(st.integers(1, 3))
    engine: Any = load(scxml(chart, children=number), format="scxml", name=chart.name)()
    child = shipped_chart("job")
    states = [child.initial] * number
    join = Join.of(chart, str)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, number - 1))
        ways = [arrow for arrow in child.arrows() if arrow[0] == states[place]]
        _, rule, choice, target = data.draw(st.sampled_from(ways))
        engine.send(f"child_{place + 1}.{rule.trigger}", **{guard: guard == choice.guard for guard in GUARDS})
        states[place] = target
        ids = {state.id for state in engine.configuration}
        assert {f"child_{n}.{state}" for n, state in enumerate(states, 1)} <= ids
        assert join.state({state.name: states.count(state.name) for state in child.states}) in ids


def compare(chart: Chart, events: list[Event]) -> None:
    async def both() -> None:
        engines = DifferentialRunner(chart)
        for event in events:
            await engines.send(event)

    run_virtual(both())


def test_a_difference_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = shipped_chart("job")
    changed = Mutant("", "job.yaml", "refused, target: failed", "refused, target: cancelled").chart()
    monkeypatch.setattr(differential, "scxml", lambda _: scxml(changed))
    with pytest.raises(InvariantBroken, match=r"This library's machine went to 'failed' through .*'keep_error'"):
        compare(chart, [Event("submit", frozenset({"submission_refused"}))])
