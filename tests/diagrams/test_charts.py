"""Pictures of charts: read back from every format, each says exactly what the chart says."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from statemachine.io import load

from qcaas_sdk import Chart, MissingExtra
from qcaas_sdk.diagrams import scxml
from qcaas_sdk.diagrams.text_wrapping import folded
from qcaas_sdk.statechart import parse_chart, shipped_chart
from qcaas_sdk.testing import statecharts
from tests.diagrams import reading, sketches
from tests.diagrams.conftest import RealMermaid
from tests.support.examples import scaled

JOB, COMPOSITE = shipped_chart("job"), shipped_chart("composite_job")
WRITTEN = [JOB, sketches.nested()]
EXAMPLES = pytest.mark.parametrize("chart", WRITTEN, ids=lambda chart: chart.name)
QUICKLY = settings(
    max_examples=scaled(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SVG = "http://www.w3.org/2000/svg"
NASTY = '<b>"&amp; {x} [*] --> end note ; %% #35; \\n $a$ `c` : -- ---> <script>alert(1)</script> \\'


def in_mermaid(chart: Chart) -> reading.Drawn:
    """What Mermaid should say: it does not tell which state is in which; a superstate is a state there."""
    drawn = reading.of_chart(chart)
    drawn.states |= {region.name for region in chart.superstates}
    drawn.parents = set()
    return drawn


def delays(chart: Chart) -> Chart:
    """The chart with a delay named as its label names it."""
    named = (
        attrs.evolve(rule, trigger="after 1 min 30 s, at most 2 ×") if rule.after_s is not None else rule
        for rule in chart.rules
    )
    return attrs.evolve(chart, rules=tuple(named))


def without_delays(chart: Chart) -> Chart:
    return attrs.evolve(chart, rules=tuple(rule for rule in chart.rules if rule.after_s is None))


PLAIN = pytest.mark.parametrize("chart", [without_delays(chart) for chart in WRITTEN], ids=lambda chart: chart.name)


@PLAIN
def test_mermaid_itself_finds_what_the_chart_says(chart: Chart, real_mermaid: RealMermaid) -> None:
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid())) == in_mermaid(chart)


@PLAIN
def test_graphviz_finds_what_the_chart_says(chart: Chart) -> None:
    assert reading.of_dot(chart.diagram().dot()) == reading.of_chart(chart)


@PLAIN
def test_python_statemachine_finds_it_in_the_scxml(chart: Chart) -> None:
    assert reading.of_scxml(chart.diagram().scxml(), chart.name) == reading.without_choices(chart)


@EXAMPLES
def test_the_svg_holds_every_line_as_text(chart: Chart) -> None:
    picture = chart.diagram().picture
    texts = reading.svg_texts(ET.fromstring(chart.diagram().svg()))
    for part in (*picture.nodes, *picture.regions):
        assert part.name in texts
        assert set(part.lines) <= set(texts)
    for arrow in picture.arrows:
        assert set(arrow.lines) <= set(texts)
    for sentence in (picture.title, *picture.legend):
        assert " ".join(folded(sentence, 30)) in " ".join(texts)


def test_mermaid_nests_states_and_marks_choices(real_mermaid: RealMermaid) -> None:
    text = sketches.nested().diagram().mermaid()
    assert re.search(r'state "there<br/>.*" as there \{\n +state "upstairs" as upstairs \{\n +room: room', text)
    assert "state mood <<choice>>" in text
    assert "error" not in real_mermaid.read(text)


def test_a_delay_and_its_bound_are_written() -> None:
    (arrow,) = [
        a for a in sketches.nested().diagram().picture.arrows if a.targets == ("sad",) and "outside" in a.sources
    ]
    assert " ".join(arrow.lines) == "after 1 min 30 s, at most 2 ×"
    root = ET.fromstring(sketches.nested().diagram().scxml())
    (sent,) = root.iter("{http://www.w3.org/2005/07/scxml}send")
    assert sent.get("delay") == "90s"


@QUICKLY
@given(chart=statecharts())
def test_mermaid_reads_any_chart(chart: Chart, real_mermaid: RealMermaid) -> None:
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid())) == in_mermaid(chart)


@QUICKLY
@given(chart=statecharts())
def test_the_other_formats_hold_any_chart(chart: Chart) -> None:
    diagram = chart.diagram()
    assert reading.of_dot(diagram.dot()) == reading.of_chart(chart)
    assert reading.of_scxml(diagram.scxml(), chart.name) == reading.without_choices(chart)
    ET.fromstring(diagram.svg())


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
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid())) == reading.of_chart(chart)
    assert reading.of_dot(chart.diagram().dot()) == reading.of_chart(chart)


def test_summaries_are_text_and_nothing_else(real_mermaid: RealMermaid) -> None:
    chart = with_words(NASTY)
    for diagram in (chart.diagram(), chart.diagram("overview")):
        for text in (diagram.mermaid(), diagram.svg(), diagram._repr_mimebundle_()["text/html"]):
            assert "<script" not in text
        assert "error" not in real_mermaid.read(diagram.mermaid())
        ET.fromstring(diagram.svg())
    assert reading.of_dot(chart.diagram().dot()) == reading.of_chart(chart)
    assert reading.of_mermaid(real_mermaid.read(chart.diagram().mermaid())) == reading.of_chart(chart)


def test_the_overview_is_the_road_through_all_states() -> None:
    picture = JOB.diagram("overview").picture
    assert {node.name for node in picture.nodes} == {state.name for state in JOB.states}
    pairs = {(s, t, " ".join(a.lines)) for a in picture.arrows for s, t in a.pairs}
    assert ("created", "submitted", "submit") in pairs
    assert ("submitted", "running", "poll") in pairs
    assert {target for _, target, _ in pairs} == {state.name for state in JOB.states}
    assert sum(len(arrow.targets) for arrow in picture.arrows) <= 7


def test_an_arrow_of_a_superstate_starts_at_the_superstate() -> None:
    arrows = sketches.nested().diagram("overview").picture.arrows
    assert [(a.sources, a.targets) for a in arrows if a.lines == ("call",)] == [(("there",), ("happy", "sad"))]


def test_there_is_no_other_view() -> None:
    with pytest.raises(ValueError, match="everything"):
        JOB.diagram("everything")


def test_a_legend_says_in_sentences_what_the_signs_mean() -> None:
    texts = " ".join(reading.svg_texts(ET.fromstring(JOB.diagram().svg())))
    assert "⇄ trigger / effect: the effect runs first and may send requests." in texts
    assert "↺ The state stays." in texts
    silent = " ".join(reading.svg_texts(ET.fromstring(COMPOSITE.diagram().svg())))
    assert "⇄" not in silent, "nothing there has an effect"


@pytest.mark.parametrize("view", ["overview", "full"])
def test_an_svg_says_what_it_is_shrinks_and_loads_nothing(view: str) -> None:
    svg = JOB.diagram(view).svg()
    root = ET.fromstring(svg)
    names = {"title": "{http://www.w3.org/2000/svg}title", "desc": "{http://www.w3.org/2000/svg}desc"}
    told = {root.findall(name)[0].get("id") for name in names.values()}
    assert root.get("role") == "img"
    assert set((root.get("aria-labelledby") or "").split()) == told
    assert "Initial state: created" in (root.findtext(names["desc"]) or "")
    assert "max-width:100%" in (root.get("style") or "")
    assert float(root.get("width") or "inf") <= 900
    assert "prefers-color-scheme:dark" in svg
    assert set(re.findall(r"https?://[^\"]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert "<image" not in svg
    assert "<script" not in svg


def test_two_pictures_on_a_page_do_not_share_ids_or_styles() -> None:
    first, second = JOB.diagram().svg(), JOB.diagram("overview").svg()
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])
    styles = "".join(re.findall(r"<style>(.*?)</style>", first))
    assert all(rule.startswith(".q") for rule in re.findall(r"[{}]([^{}]+)\{", styles.partition("{")[2]))


def test_nothing_that_graphviz_prints_gets_out(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "/nowhere")
    JOB.diagram().svg()
    JOB.diagram().png()
    assert capfd.readouterr() == ("", "")


def test_a_png_is_one() -> None:
    assert JOB.diagram("overview").png().startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("ending", ["mmd", "dot", "svg", "png", "scxml", "txt"])
def test_it_is_saved_by_its_ending(ending: str, tmp_path: Path) -> None:
    shipped_chart("job").diagram().save(tmp_path / f"job.{ending}")
    assert (tmp_path / f"job.{ending}").stat().st_size > 500


def test_an_ending_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.mmd, \.dot"):
        shipped_chart("job").diagram().save(tmp_path / "job.pdf")


def test_a_chart_shows_itself_in_a_notebook() -> None:
    bundle = shipped_chart("job")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml"}
    (alt,) = re.findall(
        r'^<img src="data:image/svg\+xml;base64,[^"]+" alt="([^"]+)" style="max-width:100%', bundle["text/html"]
    )
    assert "States: created, submitted" in alt


def test_without_the_extra_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    diagram = JOB.diagram()
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[diagrams\]"):
        diagram.svg()
    assert set(diagram._repr_mimebundle_()) == {"text/plain", "text/vnd.mermaid"}


def test_as_text_it_can_be_read_in_a_terminal() -> None:
    text = str(JOB.diagram("overview"))
    assert re.search(r"^  created +→ submitted  submit$", text, re.MULTILINE)
    assert re.search(r"^ +completed \(final\)  +The run ended with a result\.$", text, re.MULTILINE)
    nested = str(sketches.nested().diagram())
    assert re.search(r"^  there: .*\n    upstairs:\n      room", nested, re.MULTILINE)
    assert max(len(line) for line in str(JOB.diagram()).splitlines()) < 220


def test_a_composite_is_exported_with_its_children_and_another_engine_joins_them() -> None:
    if COMPOSITE.child is None:
        pytest.skip("the chart of the children is not loaded")
    guards = sorted({c.guard for t in JOB.transitions for c in t.choices if c.guard})
    engine = load(scxml(COMPOSITE, children=3), format="scxml", name="composite")()

    def state() -> str:
        (one,) = [one.id for one in engine.configuration if one.id in {s.name for s in COMPOSITE.states}]
        return str(one)

    def send(event: str, *holds: str) -> str:
        engine.send(event, **{guard: guard in holds for guard in guards})
        return state()

    assert state() == "created"
    assert send("child_1.submit") == "submitted"
    assert send("child_1.poll", "task_running") == "running"
    assert send("child_1.poll", "task_failed") == "running"
    assert send("child_2.abandon", "may_be_abandoned") == "running"
    assert send("child_3.submit") == "running"
    assert send("child_3.poll", "task_completed") == "failed"
    assert send("child_1.reset") == "running"


@pytest.mark.parametrize("chart", [JOB, COMPOSITE, shipped_chart("job_with_retries")], ids=lambda one: one.name)
def test_the_overview_shows_the_ends_in_the_order_of_the_chart_and_fits_a_page(chart: Chart) -> None:
    root = ET.fromstring(chart.diagram("overview").svg())
    assert float(root.get("width", "")) <= 900
    written = reversed([*root.iter(f"{{{SVG}}}text")])  # what is written first counts: a table comes later
    places = {"".join(text.itertext()): float(text.get("y", "nan")) for text in written}
    assert places["completed"] < places["failed"] < places["cancelled"]


def test_the_overview_leaves_guards_and_bounds_of_what_is_automatic_to_the_full_picture() -> None:
    chart = shipped_chart("job_with_retries")
    lines = [" ".join(arrow.lines) for arrow in chart.diagram("overview").picture.arrows]
    assert lines == ["submit", "poll", "poll", "reset", "at once", "after 1 min 00 s"]
