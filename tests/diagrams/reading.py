"""Pictures read back: what each format says, as plain data that can be compared with the chart as it is written."""

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
"""Source (a state, superstate or choice point), target, trigger and guard ("else" for what is left)."""
INITIAL = "[*]"


@define
class Drawn:
    """What is in a picture."""

    initial: str | None = None
    states: set[str] = field(factory=set)
    finals: set[str] = field(factory=set)
    choices: set[str] = field(factory=set)
    parents: set[tuple[str, str]] = field(factory=set)
    outcomes: set[Outcome] = field(factory=set)
    effects: set[tuple[str, str, str]] = field(factory=set)

    def notes(self, name: str, written: str) -> None:
        """Take in what stands in a box below the name: effects and stays."""
        effects, _, stays = written.partition("↺")
        self.effects |= {(name, trigger, effect) for trigger, effect in re.findall(r"⇄ (\w+) / (\w+)", effects)}
        self.outcomes |= {(name, name, trigger, guard) for trigger, guard in _asked(stays.replace("↺", ""))}

    def arrow(self, source: str, target: str, written: str) -> None:
        """Take in what stands beside an arrow."""
        self.outcomes |= {(source, target, trigger, guard) for trigger, guard in _asked(written)}


def of_chart(chart: Chart) -> Drawn:
    """What the full picture of a chart should say."""
    drawn = Drawn(initial=chart.initial, finals=set(chart.final_states), states={s.name for s in chart.states})
    drawn.choices = {point.name for point in chart.choices}
    drawn.parents = {(one.name, one.parent) for one in (*chart.states, *chart.superstates) if one.parent is not None}
    for rule in chart.rules:
        for source in rule.sources:
            if rule.choice is not None:
                drawn.outcomes.add((source, rule.choice, rule.trigger, None))
                (point,) = [one for one in chart.choices if one.name == rule.choice]
                stays = [one for one in point.branches if one.target is None]
                drawn.outcomes |= {(source, source, rule.trigger, one.guard or "else") for one in stays}
            for choice in rule.choices:
                alone = len(rule.choices) == 1 and rule.choice is None
                guard = choice.guard or (None if alone else "else")
                drawn.outcomes.add((source, choice.target or source, rule.trigger, guard))
            if rule.effect is not None:
                drawn.effects.add((source, rule.trigger, rule.effect))
    for point in chart.choices:
        leads = [one for one in point.branches if one.target is not None]
        drawn.outcomes |= {(point.name, str(one.target), "", one.guard or "else") for one in leads}
    return drawn


def of_mermaid(answer: dict[str, Any]) -> Drawn:
    """What the real Mermaid has read. It does not tell which state is in which."""
    assert "error" not in answer, answer
    drawn, names = Drawn(), {}
    for state in answer["states"]:
        if state["id"] in {"root_start", "root_end"}:
            continue
        title, *described = [_without_entities(line) for line in state["lines"]] or [state["id"]]
        title, *more = re.split(r"<br\s*/?>", title)
        names[state["id"]] = title
        if state["type"] == "choice":
            drawn.choices.add(title)
            continue
        drawn.notes(title, " ".join(_lines([*more, *described])))
        drawn.states.add(title)
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


def of_dot(text: str) -> Drawn:
    """What Graphviz has read. A label is a node: a line without a head comes in, one with a head goes out."""
    graph = pygraphviz.AGraph(string=text)
    drawn, labels, regions = Drawn(), {}, {}
    for node in graph.nodes():
        written = _plain(node.attr["label"] or "")
        if str(node).startswith("label "):
            labels[str(node)] = written
        elif node.attr["shape"] == "diamond":
            drawn.choices.add(str(node))
        elif str(node) != INITIAL and not str(node).startswith("title "):
            drawn.states.add(str(node))
            drawn.notes(str(node), written.removeprefix(str(node)))
            if node.attr["peripheries"] == "2":
                drawn.finals.add(str(node))
    for place, inner in _regions(graph):
        title = graph.get_node(f"title {place}").attr["label"] if graph.has_node(f"title {place}") else None
        written = _plain(title or inner.graph_attr["label"])
        regions[f"cluster_{place}"] = written.split(" ")[0]
        drawn.notes(written.split(" ")[0], written)
    for outer in (graph, *(inner for _, inner in _regions(graph))):
        for inner in outer.subgraphs():
            if inner.name in regions and outer.name in regions:
                drawn.parents.add((regions[inner.name], regions[outer.name]))
    for name, inner in ((one.name, one) for _, one in _regions(graph)):
        deeper = {str(node) for one in inner.subgraphs() if one.name in regions for node in one.nodes()}
        drawn.parents |= {(str(n), regions[name]) for n in inner.nodes() if str(n) in drawn.states - deeper}
    tails: dict[str, set[str]] = {label: set() for label in labels}
    heads: dict[str, set[str]] = {label: set() for label in labels}
    for edge in graph.edges():
        ends, cuts = [str(end) for end in edge], (edge.attr["ltail"], edge.attr["lhead"])
        if edge.attr["style"] == "invis":
            continue
        named = [regions.get(cut or "", end) for end, cut in zip(ends, cuts, strict=True)]
        if ends[0] == INITIAL:
            drawn.initial = ends[1]
            continue
        (label,) = [end for end in ends if end in labels]
        (other,) = [name for name in named if name != label]
        (heads if edge.attr["dir"] in {"forward", "back"} else tails)[label].add(other)
    for label, written in labels.items():
        for source in tails[label]:
            for target in heads[label]:
                drawn.arrow(source, target, written)
    graph.close()
    return drawn


def of_scxml(text: str, name: str) -> Drawn:
    """What python-statemachine has read. It has no words for effects that are only logged, nor for choice points."""
    drawn = Drawn()
    machine = load(text, format="scxml", name=name)()

    def take(states: Iterable[Any], parent: str | None, *, first: bool) -> None:
        for state in states:
            inner = [one for one in getattr(state, "states", []) if not one.id.endswith(".end")]
            if parent is not None:
                drawn.parents.add((state.id, parent))
            if state.initial and first:
                drawn.initial = state.id
            if not inner:
                drawn.states.add(state.id)
                if state.final or getattr(state, "states", []):
                    drawn.finals.add(state.id)
            told = [transition for transition in state.transitions if transition.event]
            for transition in told:
                target = transition.target.id if transition.target is not None else state.id
                alone = sum(one.event == transition.event for one in told) == 1
                guard = next((str(one).removeprefix("_event.data.") for one in transition.cond), None)
                drawn.outcomes.add((state.id, target, transition.event, guard or (None if alone else "else")))
            take(inner, state.id, first=bool(state.initial) and first)

    take(machine.states, None, first=True)
    return drawn


def without_choices(chart: Chart) -> Drawn:
    """What the SCXML of a chart should say: choice points are filled in, and effects are left out."""
    drawn = of_chart(chart)
    drawn.choices, drawn.effects, drawn.outcomes = set(), set(), set()
    for rule in chart.rules:
        choices = chart.joined(rule)
        for source in rule.sources:
            for choice in choices:
                guard = next(iter((*rule.when, *filter(None, [choice.guard]))), None)
                drawn.outcomes.add(
                    (source, choice.target or source, rule.trigger, guard or (None if len(choices) == 1 else "else"))
                )
    return drawn


def svg_texts(element: ET.Element) -> list[str]:
    """The pieces of text in an SVG element, in order."""
    return ["".join(text.itertext()) for text in element.iter("{http://www.w3.org/2000/svg}text")]


def _regions(graph: Any) -> list[tuple[int, Any]]:
    found = []
    for inner in graph.subgraphs_iter() if hasattr(graph, "subgraphs_iter") else graph.subgraphs():
        if inner.name is not None and inner.name.startswith("cluster_"):
            found.append((int(inner.name.removeprefix("cluster_")), inner))
            found += _regions(inner)
    return found


def _asked(written: str) -> Iterable[tuple[str, str | None]]:
    said = " ".join(written.split())
    for triggers, guards in re.findall(r"((?:[a-z]\w*(?:, [a-z]\w*)*)?)(?: ?\[([^\]]*)\])?", said):
        for trigger in triggers.split(", ") if triggers or guards else []:
            for guard in guards.split(" or ") if guards else [None]:
                yield trigger, guard


def _lines(texts: Iterable[str]) -> list[str]:
    return [line.strip() for text in texts for line in re.split(r"<br\s*/?>", text)]


def _without_entities(text: str) -> str:
    return re.sub(r"ﬂ°°(\d+)¶ß", lambda found: chr(int(found[1])), text)


def _plain(label: str) -> str:
    """The text of an HTML-like label."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", label)).split())
