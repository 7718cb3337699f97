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
        _composite(ET.SubElement(around, "state", {"id": chart.name, "initial": chart.initial}), chart, children)
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
    guards |= {guard for _, rule in automatic if not rule.fires for guard in _guards(_joined(chart, rule))}
    for _, rule in automatic:
        for state in _sources(chart, rule) if rule.fires else ():
            fired = chart.transition(state, rule.trigger)
            guards |= {*fired.when, *_guards(fired.choices)} if fired is not None else set()
    times = {f"times_{place}": "0" for place, rule in automatic if rule.bound is not None}
    return dict.fromkeys(sorted(guards), "0") | times  # python-statemachine reads no `false` here


def _guards(choices: "Sequence[DrawnChoice]") -> list[str]:
    return [choice.guard for choice in choices if choice.guard is not None]


def _joined(chart: "DrawnChart", rule: "DrawnRule") -> "list[DrawnChoice]":
    """The choices of a rule: those of its choice point, then its own."""
    points = [point for point in chart.choices if point.name == rule.choice]
    return [*(branch for point in points for branch in point.branches), *rule.choices]


def _sources(chart: "DrawnChart", rule: "DrawnRule") -> set[str]:
    """The states in which an automatic rule begins."""
    states = {state.name for state in chart.states}
    return {state for name in rule.sources for state in ((name,) if name in states else chart.within(name))}


class _Writer:
    """Writes the states of a chart. All ids and events get a prefix."""

    def __init__(self, chart: "DrawnChart", prefix: str) -> None:
        self._chart = chart
        self._prefix = prefix
        # The flat table is written if guards are added to single states, or states to states. With automatic rules
        # too: a transition of a superstate to a state in it would enter that state anew, and so begin them anew.
        automatic = [rule for rule in chart.rules if rule.automatic]
        added = chart.guards or any(one.shows_as != one.name for one in chart.states)
        flat = bool(chart.join or added or automatic)
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
                name, leaves = self._prefix + state.name, any(self._leaves(state.name, rule) for rule in self._rules)
                kind = "final" if state.final and not leaves else "state"
                element = ET.SubElement(parent, kind, {"id": name})
                element.append(ET.Comment(xml_comment(state.summary)))
                if state.final and leaves:
                    initial = ET.SubElement(element, "initial")
                    ET.SubElement(initial, "transition", {"target": f"{name}.end"})
                    ET.SubElement(element, "final", {"id": f"{name}.end"})
                self._leaving(element, state.name)

    def _leaves(self, source: str, rule: "DrawnRule") -> bool:
        return source in (_sources(self._chart, rule) if rule.automatic else rule.sources)

    def _leaving(self, element: ET.Element, source: str) -> None:
        """The transitions of a state or superstate."""
        for rule in self._rules:
            if not self._leaves(source, rule):
                continue
            if rule.automatic:
                self._automatic(element, source, rule)
                continue
            for choice in _joined(self._chart, rule):
                asked = [f"_event.data.{guard}" for guard in (*rule.when, *_guards([choice]))]
                self._transition(element, source, self._prefix + rule.trigger, asked, rule, choice)

    def _automatic(self, element: ET.Element, source: str, rule: "DrawnRule") -> None:
        """The event of an automatic rule, which is sent when the state is entered, and what it does."""
        place = self._chart.rules.index(rule)
        times = f"times_{place}"
        allowed = [*rule.when, *([f"{times} < {rule.bound}"] if rule.bound is not None else [])]
        fired = self._chart.transition(source, rule.trigger) if rule.fires else None
        allowed += [guard for guard in (fired.when if fired is not None else ()) if guard not in allowed]
        event = f"{self._prefix}{'at_once' if rule.after_s is None else 'after'}_{place}"
        entry = ET.SubElement(element, "onentry")
        around = ET.SubElement(entry, "if", {"cond": " && ".join(allowed)}) if allowed else entry
        if rule.after_s is None:
            ET.SubElement(around, "raise", {"event": event})
        else:
            sent = f"{self._prefix}delay_{place}"
            ET.SubElement(around, "send", {"event": event, "delay": f"{rule.after_s:g}s", "id": sent})
            ET.SubElement(ET.SubElement(element, "onexit"), "cancel", {"sendid": sent})
        choices = [] if fired is not None else _joined(self._chart, rule)
        for choice in choices:
            self._transition(element, source, event, [*allowed, *_guards([choice])], rule, choice)
        if choices and choices[-1].guard is None:
            return
        last = self._transition(element, source, event, allowed, rule, None)
        if fired is not None:
            _fire(last, self._prefix + rule.trigger, [*fired.when, *_guards(fired.choices)])

    def _transition(
        self,
        parent: ET.Element,
        source: str,
        event: str,
        asked: "Sequence[str]",
        rule: "DrawnRule",
        choice: "DrawnChoice | None",
    ) -> ET.Element:
        """One choice of a rule; with None, the rule is only counted."""
        told = {"event": event}
        if choice is not None and choice.target is not None and choice.target != source:
            told["target"] = self._prefix + choice.target
        if asked:
            told["cond"] = " && ".join(asked)
        element = ET.SubElement(parent, "transition", told)
        element.append(ET.Comment(xml_comment(choice.summary if choice is not None else rule.summary)))
        if rule.automatic and rule.bound is not None:
            times = f"times_{self._chart.rules.index(rule)}"
            ET.SubElement(element, "assign", {"location": times, "expr": f"{times} + 1"})
        if rule.effect is not None:
            ET.SubElement(element, "log", {"label": "effect", "expr": repr(rule.effect)})
        for action in choice.actions if choice is not None else ():
            ET.SubElement(element, "log", {"label": "action", "expr": repr(action)})
        return element


def _fire(parent: ET.Element, event: str, guards: "Sequence[str]") -> None:
    """Raise an event whose data are the guards, from the data model."""
    if not guards:
        ET.SubElement(parent, "raise", {"event": event})
        return
    element = ET.SubElement(parent, "send", {"event": event, "target": "#_internal"})
    for guard in dict.fromkeys(guards):
        ET.SubElement(element, "param", {"name": guard, "expr": guard})


def _composite(parent: ET.Element, chart: "DrawnChart", children: int) -> None:
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
