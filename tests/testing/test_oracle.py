"""Two engines, one chart: this library's machine and python-statemachine never differ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk.diagrams import scxml
from qcaas_sdk.statechart import Chart, shipped_chart
from qcaas_sdk.testing import InvariantBroken, differential, run_virtual, statecharts
from qcaas_sdk.testing.differential import DifferentialRunner, Event, answered_events
from tests.mutants.mutation import Mutant

pytestmark = pytest.mark.slow

shipped = st.sampled_from(["job", "composite_job"]).map(shipped_chart)


@given(st.data(), shipped)
def test_the_shipped_charts(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


@given(st.data(), statecharts())
@settings(max_examples=200)
def test_any_chart(data: st.DataObject, chart: Chart) -> None:
    compare(chart, data.draw(answered_events(chart)))


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
    with pytest.raises(InvariantBroken, match=r"led this library's machine to 'failed' by way of .*'keep_error'"):
        compare(chart, [Event("submit", frozenset({"submission_refused"}))])
