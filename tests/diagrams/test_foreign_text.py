"""Text from outside in pictures: it is shown as text, and the picture is otherwise the same."""

import re
from xml.etree import ElementTree as ET

import attrs
import pygraphviz
import pytest
from hypothesis import given, settings

from qcaas_sdk.diagrams import Diagram, Timeline, scxml
from qcaas_sdk.diagrams.picture import Table
from tests.diagrams.conftest import RealMermaid
from tests.support.examples import scaled
from tests.support.hostile import NASTY, TEXT, Met, check_lines, each_nasty, slow

pytestmark = pytest.mark.slow


def titled(text: str) -> Diagram:
    """A diagram that holds the text wherever a picture may hold text."""
    plain = Met("x", "FAILED").job.diagram()
    picture = attrs.evolve(
        plain.picture,
        title=text,
        legend=(text, *plain.picture.legend),
        summary=text,
        nodes=tuple(attrs.evolve(node, hint=text, lines=(text, *node.lines)) for node in plain.picture.nodes),
        regions=tuple(attrs.evolve(region, hint=text, lines=(text,)) for region in plain.picture.regions),
        arrows=tuple(attrs.evolve(arrow, lines=(text,), hint=(text,)) for arrow in plain.picture.arrows),
        table=Table(title=text, rows=((text, "x"), ("x", text)), marked=1),
    )
    return Diagram(plain.chart, picture)


PLAIN = titled("x")


def graph_of(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    graph = pygraphviz.AGraph(string=text)
    try:
        return sorted(map(str, graph.nodes())), sorted(graph.edges())
    finally:
        graph.close()


@each_nasty()
@settings(parent=slow, max_examples=scaled(50))
@given(text=TEXT)
def test_dot_and_mermaid_have_no_line_and_no_statement_more(text: str) -> None:
    diagram = titled(text)
    assert graph_of(diagram.dot()) == graph_of(PLAIN.dot())
    assert len(diagram.dot().splitlines()) == len(PLAIN.dot().splitlines())
    check_lines(diagram.dot())
    drawn, plain = (one.mermaid().splitlines() for one in (diagram, PLAIN))
    begins = [re.match(r" *(\w+: |\w+ --> \w+|accTitle: )?", line)[0] for line in plain]  # type: ignore[index]
    assert len(drawn) == len(plain)
    for line, begin in zip(drawn, begins, strict=True):
        assert line.startswith(begin.rstrip())
        assert "%%" not in line
        assert "<" not in line.replace("<br/>", "").replace("<<choice>>", "")
    check_lines(diagram.mermaid())


@each_nasty()
@settings(parent=slow, max_examples=scaled(25))
@given(text=TEXT)
def test_the_real_mermaid_reads_the_same_diagram(real_mermaid: RealMermaid, text: str) -> None:
    def structure(diagram: Diagram) -> tuple[set[str], list[tuple[str, str]]]:
        answer = real_mermaid.read(diagram.mermaid())
        assert "error" not in answer, answer
        return {state["id"] for state in answer["states"]}, [(m["source"], m["target"]) for m in answer["moves"]]

    assert structure(titled(text)) == structure(PLAIN)


def elements(svg: str) -> set[str]:
    root = ET.fromstring(svg)
    for element in root.iter():
        written = "".join([element.text or "", element.tail or "", *element.attrib.values()])
        check_lines(written.replace("\xa0", " "))  # Graphviz keeps several spaces apart like this
    return {element.tag for element in root.iter()}


@each_nasty()
@settings(parent=slow, max_examples=scaled(25))
@given(text=TEXT)
def test_a_picture_is_well_formed_and_holds_nothing_but_text(text: str) -> None:
    diagram = titled(text)
    assert elements(diagram.svg()) <= elements(PLAIN.svg())


@settings(parent=slow, max_examples=scaled(5))
@given(text=TEXT)
def test_a_timeline_is_well_formed_and_holds_nothing_but_text(text: str) -> None:
    plain = Met("x", "FAILED").job.timeline().histories[0]
    lives = [attrs.evolve(plain, name=name) for name in (*NASTY, text)]
    foreign = Timeline(text, plain.chart, lives)
    harmless = Timeline("x", plain.chart, [attrs.evolve(plain, name="x")] * len(lives))
    assert elements(foreign.svg()) <= elements(harmless.svg())
    assert len(str(foreign).splitlines()) == len(str(harmless).splitlines())
    check_lines(str(foreign))
    alone = Timeline(text, plain.chart, [plain])
    assert elements(alone.svg()) <= elements(harmless.svg())


@each_nasty()
@settings(parent=slow, max_examples=scaled(25))
@given(text=TEXT)
def test_scxml_is_well_formed_whatever_a_summary_says(text: str) -> None:
    chart = Met("x", "FAILED").job.diagram().chart
    chart = attrs.evolve(
        chart, summary=text, states=tuple(attrs.evolve(state, summary=text) for state in chart.states)
    )
    ET.fromstring(scxml(chart))
    check_lines(scxml(chart))
