"""Pictures read back: what each format says, as plain data that can be compared with the chart."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import pygraphviz
from attrs import define, field
from statemachine.io import load

from qcaas_sdk.statechart import Chart

Outcome = tuple[str, str, str, str | None]
"""Source, target, trigger and guard ("else" for what is left, None where nothing is asked)."""


@define
class Drawn:
    """What is in a picture."""

    initial: str | None = None
    states: set[str] = field(factory=set)
    finals: set[str] = field(factory=set)
    outcomes: set[Outcome] = field(factory=set)
    effects: set[tuple[str, str, str]] = field(factory=set)
    speaking: set[tuple[str, str]] = field(factory=set)
    """The arrows that are marked as those on which HTTP may happen."""

    def box(self, name: str, written: str, summary: str) -> None:
        """Take in what stands in a box: its name, its summary, then effects and stays."""
        self.states.add(name)
        said = " ".join(f"{name} {summary}".split())
        assert written.startswith(said), f"{written!r} does not begin with {said!r}"
        rest = written.removeprefix(said)
        effects, _, stays = rest.partition("↺")
        self.effects |= {(name, trigger, effect) for trigger, effect in re.findall(r"⇄ (\w+) / (\w+)", effects)}
        self.outcomes |= {(name, name, trigger, guard) for trigger, guard in _asked(stays.replace("↺", ""))}

    def arrow(self, source: str, target: str, written: str) -> None:
        """Take in what stands beside an arrow."""
        if "⇄" in written:
            self.speaking.add((source, target))
        self.outcomes |= {(source, target, trigger, guard) for trigger, guard in _asked(written.replace("⇄", ""))}


def of_chart(chart: Chart) -> Drawn:
    """What a picture of the chart should say."""
    drawn = Drawn(initial=chart.initial, finals=set(chart.final_states), states={s.name for s in chart.states})
    for source, transition, choice, target in chart.arrows():
        guard = choice.guard or ("else" if len(transition.choices) > 1 else None)
        drawn.outcomes.add((source, target, transition.trigger, guard))
        if transition.effect is not None:
            drawn.effects.add((source, transition.trigger, transition.effect))
            if source != target:
                drawn.speaking.add((source, target))
    return drawn


def of_mermaid(answer: dict[str, Any], chart: Chart) -> Drawn:
    """What the real Mermaid has read."""
    assert "error" not in answer, answer
    summaries = {state.name: state.summary for state in chart.states}
    drawn, names = Drawn(), {}
    for state in answer["states"]:
        if state["id"] not in {"root_start", "root_end"}:
            title, *described = (_without_entities(line) for line in state["lines"])
            names[state["id"]] = title
            drawn.box(title, " ".join([title, *_lines(described)]), summaries[title])
            if "final" in state["classes"]:
                drawn.finals.add(title)
    ended = set()
    for move in answer["moves"]:
        if move["source"] == "root_start":
            drawn.initial = names[move["target"]]
        elif move["target"] == "root_end":
            ended.add(names[move["source"]])
        else:
            written = " ".join(_lines([_without_entities(move["label"])]))
            drawn.arrow(names[move["source"]], names[move["target"]], written)
    assert ended == drawn.finals
    return drawn


def of_dot(text: str, chart: Chart) -> Drawn:
    """What Graphviz has read."""
    graph = pygraphviz.AGraph(string=text)
    summaries = {state.name: state.summary for state in chart.states}
    drawn = Drawn()
    for node in graph.nodes():
        if str(node) != "[*]":
            drawn.box(str(node), _plain(node.attr["label"]), summaries[str(node)])
            if node.attr["peripheries"] == "2":
                drawn.finals.add(str(node))
    for edge in graph.edges():
        source, target = map(str, edge)
        if source != "[*]":
            drawn.arrow(source, target, _plain(edge.attr["label"] or ""))
            assert (edge.attr["color"] == "#0072B2") == ((source, target) in drawn.speaking)
        else:
            drawn.initial = target
    graph.close()
    return drawn


def of_svg(text: str, chart: Chart) -> Drawn:
    """What stands in an SVG document, as text."""
    summaries = {state.name: state.summary for state in chart.states}
    drawn = Drawn()
    for group in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}g"):
        title = group.findtext("{http://www.w3.org/2000/svg}title") or ""
        written = " ".join(" ".join(svg_texts(group)).split())
        if group.get("class") == "node" and title != "[*]":
            drawn.box(title, written, summaries[title])
            shapes = [e for e in group.iter() if e.tag.endswith(("}path", "}polygon"))]
            if len(shapes) == 2:
                drawn.finals.add(title)
        elif group.get("class") == "edge":
            source, _, target = title.partition("->")
            if source != "[*]":
                drawn.arrow(source, target, written)
            else:
                drawn.initial = target
    return drawn


def of_scxml(text: str, name: str) -> Drawn:
    """What python-statemachine has read. It has no words for effects that are only logged."""
    drawn = Drawn()
    machine = load(text, format="scxml", name=name)()
    for state in machine.states:
        drawn.states.add(state.id)
        if state.initial:
            drawn.initial = state.id
        if state.final or any(inner.final for inner in getattr(state, "states", [])):
            drawn.finals.add(state.id)
        told = [transition for transition in state.transitions if transition.event]
        for transition in told:
            target = transition.target.id if transition.target is not None else state.id
            alone = sum(one.event == transition.event for one in told) == 1
            guard = next((str(one).removeprefix("_event.data.") for one in transition.cond), None)
            drawn.outcomes.add((state.id, target, transition.event, guard or (None if alone else "else")))
    return drawn


def svg_texts(element: ET.Element) -> list[str]:
    """The pieces of text in an SVG element, in order."""
    return ["".join(text.itertext()) for text in element.iter("{http://www.w3.org/2000/svg}text")]


def _asked(written: str) -> Iterable[tuple[str, str | None]]:
    for triggers, guards in re.findall(r"([a-z]\w*(?:, [a-z]\w*)*)(?: \[([^\]]*)\])?", " ".join(written.split())):
        for trigger in triggers.split(", "):
            for guard in guards.split(" or ") if guards else [None]:
                yield trigger, guard


def _lines(texts: Iterable[str]) -> list[str]:
    return [line.strip() for text in texts for line in re.split(r"<br\s*/?>", text)]


def _without_entities(text: str) -> str:
    return re.sub(r"ﬂ°°(\d+)¶ß", lambda found: chr(int(found[1])), text)


def _plain(label: str) -> str:
    """The text of an HTML-like label."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", label)).split())
