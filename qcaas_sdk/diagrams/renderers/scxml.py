"""Charts as SCXML (W3C, State Chart XML, 2015), which other engines can run.

Superstates are states around states, and their transitions stand in them. SCXML has no choice points: a choice
becomes a transition, in order. Its condition reads the guard from the data of the event, for example
`_event.data.task_completed`; that of an automatic transition reads it from the data model. Effects and actions
become log entries, in order. A delay becomes an event that the chart sends to itself. A final state that has a
transition of its own becomes a state around a final state, because SCXML has no transition out of a final state.

The state of a composite depends on its children: its chart for a given number of children has a parallel region for
each.
"""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from qcaas_sdk._base.text import xml_comment
from qcaas_sdk.diagrams.full import region_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qcaas_sdk.diagrams.drawable_chart import DrawnChart, DrawnChoice, DrawnJoinRule, DrawnRule

NAMESPACE = "http://www.w3.org/2005/07/scxml"


def scxml(chart: "DrawnChart", children: int | None = None) -> str:
    """The chart as an SCXML document.

    Args:
        chart: The chart.
        children: For the chart of a composite, the number of children that are exported with it. Child 1 has the
            states `child_1.created` and so on, and the events `child_1.submit` and so on. With None, the state of the
            composite follows events that say what is true of the children.
    """
    told = {"xmlns": NAMESPACE, "version": "1.0", "datamodel": "ecmascript", "name": chart.name}
    with_children = children is not None and chart.child is not None
    root = ET.Element("scxml", {**told, "initial": f"{chart.name}.all" if with_children else chart.initial})
    root.append(ET.Comment(xml_comment(chart.summary)))
    if data := _data(chart):
        model = ET.SubElement(root, "datamodel")
        for name, value in data.items():
            ET.SubElement(model, "data", {"id": name, "expr": value})
    if children is not None and chart.child is not None:
        around = ET.SubElement(root, "parallel", {"id": f"{chart.name}.all"})
        _joined(ET.SubElement(around, "state", {"id": chart.name, "initial": chart.initial}), chart, children)
        for number in range(1, children + 1):
            prefix = f"child_{number}."
            region = ET.SubElement(
                around, "state", {"id": f"child_{number}", "initial": prefix + chart.child.initial}
            )
            _Writer(chart.child, prefix).states(region, None)
    else:
        _Writer(chart, "").states(root, None)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _data(chart: "DrawnChart") -> dict[str, str]:
    """The data of automatic transitions, which no event brings: their guards, and how often they have happened."""
    automatic = [(place, rule) for place, rule in enumerate(chart.rules) if rule.automatic]
    guards = {guard for _, rule in automatic for guard in rule.when}
    guards |= {choice.guard for _, rule in automatic for choice in rule.choices if choice.guard is not None}
    times = {f"times_{place}": "0" for place, rule in automatic if rule.bound is not None}
    return dict.fromkeys(sorted(guards), "false") | times


class _Writer:
    """Writes the states of a chart. All ids and events get a prefix."""

    def __init__(self, chart: "DrawnChart", prefix: str) -> None:
        self._chart = chart
        self._prefix = prefix
        # An extension adds guards to single states, and states within states: then the flat table is written.
        flat = bool(chart.join or chart.guards or any(one.shows_as != one.name for one in chart.states))
        automatic = [rule for rule in chart.rules if rule.automatic]
        self._rules = (
            [*(rule for rule in chart.transitions if not rule.automatic), *automatic] if flat else chart.rules
        )

    def states(self, parent: ET.Element, around: str | None) -> None:
        """The states in a superstate, or the outermost ones."""
        for region in self._chart.superstates:
            if region.parent == around:
                first = self._chart.within(region.name)[0]
                told = {"id": self._prefix + region.name, "initial": self._prefix + first}
                element = ET.SubElement(parent, "state", told)
                element.append(ET.Comment(xml_comment(region.summary)))
                self._leaving(element, region.name)
                self.states(element, region.name)
        for state in self._chart.states:
            if region_of(self._chart, state) == around:
                name, leaves = self._prefix + state.name, any(state.name in rule.sources for rule in self._rules)
                kind = "final" if state.final and not leaves else "state"
                element = ET.SubElement(parent, kind, {"id": name})
                element.append(ET.Comment(xml_comment(state.summary)))
                if state.final and leaves:
                    initial = ET.SubElement(element, "initial")
                    ET.SubElement(initial, "transition", {"target": f"{name}.end"})
                    ET.SubElement(element, "final", {"id": f"{name}.end"})
                self._leaving(element, state.name)

    def _leaving(self, element: ET.Element, source: str) -> None:
        """The transitions of a state or superstate."""
        for place, rule in enumerate(self._rules):
            if source not in rule.sources:
                continue
            event: str | None = self._prefix + rule.trigger
            if rule.automatic:
                event = self._automatic(element, place, rule)
            if not rule.fires:
                for choice in self._joined(rule):
                    element.append(self._transition(source, event, rule, choice))

    def _automatic(self, element: ET.Element, place: int, rule: "DrawnRule") -> str | None:
        """How an automatic rule starts: by an event that is sent on entry, if it is delayed or fires a trigger."""
        if rule.after_s is None and not rule.fires:
            return None
        event = self._prefix + (rule.trigger if rule.fires else f"after_{place}")
        entry = ET.SubElement(element, "onentry")
        asked = [*rule.when]
        if rule.bound is not None:
            asked.append(f"times_{self._chart.rules.index(rule)} < {rule.bound}")
        around = ET.SubElement(entry, "if", {"cond": " && ".join(asked)}) if asked else entry
        if rule.bound is not None:
            name = f"times_{self._chart.rules.index(rule)}"
            ET.SubElement(around, "assign", {"location": name, "expr": f"{name} + 1"})
        if rule.after_s is None:
            ET.SubElement(around, "raise", {"event": event})
            return event
        sent = f"{self._prefix}delay_{place}"
        ET.SubElement(around, "send", {"event": event, "delay": f"{rule.after_s:g}s", "id": sent})
        ET.SubElement(ET.SubElement(element, "onexit"), "cancel", {"sendid": sent})
        return event

    def _joined(self, rule: "DrawnRule") -> "list[DrawnChoice]":
        """The choices of a rule: those of its choice point, then its own."""
        points = [point for point in self._chart.choices if point.name == rule.choice]
        return [*(branch for point in points for branch in point.branches), *rule.choices]

    def _transition(self, source: str, event: str | None, rule: "DrawnRule", choice: "DrawnChoice") -> ET.Element:
        told = {"event": event} if event is not None else {}
        if choice.target is not None and choice.target != source:
            told["target"] = self._prefix + choice.target
        asked = [*rule.when] if not rule.automatic or event is None else []
        asked += [choice.guard] if choice.guard is not None else []
        conditions = [guard if rule.automatic else f"_event.data.{guard}" for guard in asked]
        times = f"times_{self._chart.rules.index(rule)}" if rule.bound is not None and event is None else None
        if times is not None:
            conditions.append(f"{times} < {rule.bound}")
        if conditions:
            told["cond"] = " && ".join(conditions)
        element = ET.Element("transition", told)
        element.append(ET.Comment(xml_comment(choice.summary)))
        if times is not None:
            ET.SubElement(element, "assign", {"location": times, "expr": f"{times} + 1"})
        if rule.effect is not None:
            ET.SubElement(element, "log", {"label": "effect", "expr": repr(rule.effect)})
        for action in choice.actions:
            ET.SubElement(element, "log", {"label": "action", "expr": repr(action)})
        return element


def _joined(parent: ET.Element, chart: "DrawnChart", children: int) -> None:
    """The states of a composite, with transitions that follow the states of its children."""
    conditions = [_true_of(rule, children) for rule in chart.join]
    for state in chart.states:
        element = ET.SubElement(parent, "state", {"id": state.name})
        element.append(ET.Comment(xml_comment(state.summary)))
        earlier: list[str] = []
        for rule, condition in zip(chart.join, conditions, strict=True):
            asked = [f"({one}) === false" for one in earlier] + ([condition] if condition else [])
            if rule.state != state.name:
                told = {"cond": " && ".join(asked)} if asked else {}
                ET.SubElement(element, "transition", {**told, "target": rule.state})
            if condition:
                earlier.append(condition)


def _true_of(rule: "DrawnJoinRule", children: int) -> str:
    """A join rule as a condition on the states of the children; empty if it is always true."""

    def somewhere(number: int, names: "Sequence[str]") -> str:
        asked = (f"In('child_{number}.{name}')" for name in names)
        return f"({' || '.join(asked)})"

    numbers = range(1, children + 1)
    parts = [somewhere(number, rule.all) for number in numbers] if rule.all else []
    if rule.any:
        parts.append(f"({' || '.join(somewhere(number, rule.any) for number in numbers) or 'false'})")
    if rule.none:
        parts += [f"{somewhere(number, rule.none)} === false" for number in numbers]
    return " && ".join(parts)
