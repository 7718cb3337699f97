"""Pictures and SCXML of the charts that jobs run on, with no code of their own."""

import asyncio
from xml.etree import ElementTree

import pytest

from qcaas_sdk import Chart
from qcaas_sdk.statechart import parse_chart, shipped_chart
from qcaas_sdk.testing import run_virtual
from tests.policies.charts import APPROVED, PROGRAM, failing, retries


@pytest.mark.parametrize(
    "chart", [shipped_chart("job_with_retries"), parse_chart(APPROVED)], ids=lambda one: one.name
)
def test_a_policy_is_drawn_and_exported(chart: Chart) -> None:
    added = [state.name for state in chart.states if state.name != state.shows_as]
    assert added
    for text in (chart.diagram().dot(), chart.diagram().mermaid(), str(chart.diagram())):
        assert all(name in text for name in added)
    ids = {element.get("id") for element in ElementTree.fromstring(chart.diagram().scxml()).iter()}  # our own
    assert {*added, "created", "failed"} <= ids


def test_a_job_that_pauses_is_drawn() -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            waiting = asyncio.create_task(job.wait())
            await asyncio.sleep(20)
            assert job.place == "pausing"
            text, svg = str(job.diagram()), job.diagram().svg()
            assert text.splitlines()[0].endswith(": failed (pausing)")
            (here,) = [line for line in text.splitlines() if line.startswith(">   ")]
            assert here.split() == [">", "pausing", "here", "now"]
            assert svg.count("here now") == 1
            assert "is failed (pausing)." in svg
            assert "failed (pausing)" in str(job.timeline())
            assert "failed (pausing)" in job._repr_mimebundle_()["text/html"]
            await waiting
            assert "completed" in str(job.diagram())

    run_virtual(scenario())
