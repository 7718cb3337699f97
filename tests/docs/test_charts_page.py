"""Each chart of the tutorial is loaded, drawn, and run beside another engine."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk.statechart import Chart, parse_chart
from qcaas_sdk.testing import run_virtual
from qcaas_sdk.testing.differential import DifferentialRunner, answered_events
from tests.docs.test_code_blocks import ROOT, blocks
from tests.support.examples import scaled

PAGE = ROOT / "docs" / "charts.md"


def charts() -> dict[str, Chart]:
    """The charts that the page assigns to names, by those."""
    found = {}
    for _, code in blocks(PAGE, "python"):
        for statement in ast.parse(code).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))) if (
                    "summary:" in text
                ):
                    found[name] = parse_chart(text, file=f"{name.lower()}.yaml")
    return found


CHARTS = charts()


def test_the_tutorial_has_a_chart_for_every_step() -> None:
    assert list(CHARTS) == ["CHART", "KETTLE", "FLEET", "CAREFUL", "APPROVED", "PATIENT"]
    steps = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert [step.removeprefix("## ") for step in steps] == [
        *("Your first chart", "Depth", "Choices", "Composition", "Extensions", "Policies", "Check a chart"),
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_it_is_drawn(name: str) -> None:
    chart = CHARTS[name]
    assert all(state.name in str(chart.diagram()) for state in chart.states)
    assert chart.diagram().mermaid().startswith("stateDiagram-v2")


@pytest.mark.parametrize("name", CHARTS)
@given(data=st.data())
@settings(max_examples=scaled(20))
def test_it_runs(name: str, data: st.DataObject) -> None:
    events = data.draw(answered_events(CHARTS[name], max_size=10))

    async def run() -> None:
        engines = DifferentialRunner(CHARTS[name])
        for event in events:
            await engines.send(event)

    run_virtual(run())
