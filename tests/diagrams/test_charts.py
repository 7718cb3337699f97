"""Pictures of charts: read back from every format, each says exactly what the chart says."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import HealthCheck, given, settings

from qcaas_sdk import Chart, MissingExtra
from qcaas_sdk.diagrams import Diagram
from qcaas_sdk.statechart import parse_chart, shipped_chart
from qcaas_sdk.testing import statecharts
from tests.diagrams import reading
from tests.diagrams.conftest import RealMermaid

SHIPPED = [shipped_chart("job"), shipped_chart("composite_job")]
EXAMPLES = pytest.mark.parametrize("chart", SHIPPED, ids=lambda chart: chart.name)
QUICKLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

NASTY = '<b>"&amp; {x} [*] --> end note ; %% #35; \\n $a$ `c` : -- ---> <script>alert(1)</script> \\'


@EXAMPLES
def test_mermaid_itself_finds_the_charts_states_and_moves(chart: Chart, real_mermaid: RealMermaid) -> None:
    drawn = reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid()), chart)
    assert drawn == reading.of_chart(chart)


@EXAMPLES
def test_graphviz_finds_the_charts_states_and_moves(chart: Chart) -> None:
    assert reading.of_dot(chart.diagram().dot(), chart) == reading.of_chart(chart)


@EXAMPLES
def test_the_svg_holds_them_as_text(chart: Chart) -> None:
    assert reading.of_svg(chart.diagram().svg(), chart) == reading.of_chart(chart)


@EXAMPLES
def test_python_statemachine_finds_them_in_the_scxml(chart: Chart) -> None:
    expected = reading.of_chart(chart)
    expected.effects, expected.speaking = set(), set()
    assert reading.of_scxml(chart.diagram().scxml(), chart.name) == expected


@QUICKLY
@given(chart=statecharts())
def test_mermaid_reads_any_chart(chart: Chart, real_mermaid: RealMermaid) -> None:
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid()), chart) == reading.of_chart(chart)


@QUICKLY
@given(chart=statecharts())
def test_the_other_formats_hold_any_chart(chart: Chart) -> None:
    expected, diagram = reading.of_chart(chart), chart.diagram()
    assert reading.of_dot(diagram.dot(), chart) == expected
    assert reading.of_svg(diagram.svg(), chart) == expected
    expected.effects, expected.speaking = set(), set()
    assert reading.of_scxml(diagram.scxml(), chart.name) == expected


def with_words(words: str, name: str = "end") -> Chart:
    """A chart that has names and summaries that formats could take for more than text."""
    chart = parse_chart(
        "name: odd\nsummary: S.\ninitial: state\nstates:\n"
        "  - {name: state, summary: S.}\n  - {name: note, summary: S.}\n"
        f"  - {{name: {name}, summary: S., final: true}}\n"
        "transitions:\n"
        "  - {trigger: click, source: state, target: note, summary: S.}\n"
        f"  - {{trigger: class, source: note, target: {name}, summary: S.}}\n"
    )
    return attrs.evolve(
        chart,
        summary=words,
        states=tuple(attrs.evolve(state, summary=words) for state in chart.states),
        rules=tuple(
            attrs.evolve(t, summary=words, choices=tuple(attrs.evolve(c, summary=words) for c in t.choices))
            for t in chart.rules
        ),
    )


@pytest.mark.parametrize("name", ["end", "direction", "fork", "choice", "default", "classdef", "style", "state_"])
def test_words_of_a_format_may_be_names_of_states(name: str, real_mermaid: RealMermaid) -> None:
    chart = with_words("S.", name)
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid()), chart) == reading.of_chart(chart)
    assert reading.of_dot(chart.diagram().dot(), chart) == reading.of_chart(chart)


def test_summaries_are_text_and_nothing_else(real_mermaid: RealMermaid) -> None:
    chart = with_words(NASTY)
    expected = reading.of_chart(chart)
    for diagram in (chart.diagram(), chart.diagram("summaries")):
        assert "<script" not in diagram.mermaid()
        assert "<script" not in diagram.svg()
        assert "error" not in real_mermaid.read(diagram.mermaid())
    assert reading.of_dot(chart.diagram().dot(), chart) == expected
    assert reading.of_svg(chart.diagram().svg(), chart) == expected
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid()), chart) == expected


def test_less_and_more_can_be_written() -> None:
    chart = shipped_chart("job")
    moves, more = chart.diagram("triggers"), chart.diagram("summaries")
    assert all("[" not in line for arrow in moves.picture.arrows for line in arrow.lines)
    said = {line for arrow in more.picture.arrows for line in arrow.lines}
    leading = {choice.summary for source, _, choice, target in chart.arrows() if source != target}
    assert leading <= said
    with pytest.raises(ValueError, match="everything"):
        chart.diagram("everything")


def test_arrows_that_share_both_ends_are_one() -> None:
    arrows = shipped_chart("job").diagram().picture.arrows
    assert len({(arrow.source, arrow.target) for arrow in arrows}) == len(arrows)
    (both,) = [a for a in arrows if (a.source, a.target) == ("submitted", "failed")]
    assert both.lines == ("⇄ poll, cancel [task_failed]",)


def test_a_legend_says_what_the_signs_mean() -> None:
    texts = " ".join(reading.svg_texts(ET.fromstring(shipped_chart("job").diagram().svg())))
    for sign in (
        "⇄ may send HTTP requests",
        "dashed arrow: reset",
        "double border: final state",
        "↺ stays in this state",
    ):
        assert sign in texts
    silent = " ".join(reading.svg_texts(ET.fromstring(shipped_chart("composite_job").diagram().svg())))
    assert "⇄" not in silent, "nothing there has an effect"


def test_an_svg_brings_its_background_and_loads_nothing() -> None:
    svg = shipped_chart("job").diagram().svg()
    assert 'fill="#ffffff"' in svg.lower()
    assert set(re.findall(r"https?://[^\"]+", svg)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<image" not in svg
    assert "<script" not in svg


def test_a_png_is_one() -> None:
    assert shipped_chart("job").diagram("triggers").png().startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("ending", ["mmd", "dot", "svg", "png", "scxml", "txt"])
def test_it_is_saved_by_its_ending(ending: str, tmp_path: Path) -> None:
    shipped_chart("job").diagram().save(tmp_path / f"job.{ending}")
    assert (tmp_path / f"job.{ending}").stat().st_size > 500


def test_an_ending_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.mmd, \.dot"):
        shipped_chart("job").diagram().save(tmp_path / "job.pdf")


def test_a_chart_shows_itself_in_a_notebook() -> None:
    bundle = shipped_chart("job")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/vnd.mermaid", "image/svg+xml"}
    assert bundle["text/vnd.mermaid"].startswith("stateDiagram-v2")


def test_without_the_extra_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    diagram = Diagram(shipped_chart("job"))
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[diagrams\]"):
        diagram.svg()
    assert set(diagram._repr_mimebundle_()) == {"text/plain", "text/vnd.mermaid"}


def test_as_text_it_can_be_read_in_a_terminal() -> None:
    text = str(shipped_chart("job").diagram())
    assert "created → submitted" in text.replace("  ", "")
    assert "completed (final)" in text
    assert max(len(line) for line in text.splitlines()) < 220
