"""Charts as SCXML (W3C, State Chart XML, 2015), which other engines can run.

A choice becomes a transition. Its condition reads the guard from the data of the event, for example
`_event.data.task_completed`. Effects and actions become log entries, in order. A final state that a reset can leave
becomes a state around a final state, because SCXML has no transition out of a final state.
"""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from qcaas_sdk._base.text import xml_comment

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable import DrawnChart, DrawnChoice, DrawnRule

NAMESPACE = "http://www.w3.org/2005/07/scxml"


def scxml(chart: "DrawnChart") -> str:
    """The chart as an SCXML document."""
    root = ET.Element(
        "scxml",
        {
            "xmlns": NAMESPACE,
            "version": "1.0",
            "datamodel": "ecmascript",
            "name": chart.name,
            "initial": chart.initial,
        },
    )
    root.append(ET.Comment(xml_comment(chart.summary)))
    for state in chart.states:
        leaving = [(t, choice) for t in chart.transitions if state.name in t.sources for choice in t.choices]
        if state.final and not leaving:
            element = ET.SubElement(root, "final", {"id": state.name})
        else:
            element = ET.SubElement(root, "state", {"id": state.name})
        element.append(ET.Comment(xml_comment(state.summary)))
        if state.final and leaving:
            ET.SubElement(ET.SubElement(element, "initial"), "transition", {"target": f"{state.name}.end"})
            ET.SubElement(element, "final", {"id": f"{state.name}.end"})
        for transition, choice in leaving:
            element.append(_transition(state.name, transition, choice))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _transition(source: str, transition: "DrawnRule", choice: "DrawnChoice") -> ET.Element:
    told = {"event": transition.trigger}
    if choice.target is not None and choice.target != source:
        told["target"] = choice.target
    if choice.guard is not None:
        told["cond"] = f"_event.data.{choice.guard}"
    element = ET.Element("transition", told)
    element.append(ET.Comment(xml_comment(choice.summary)))
    if transition.effect is not None:
        ET.SubElement(element, "log", {"label": "effect", "expr": repr(transition.effect)})
    for action in choice.actions:
        ET.SubElement(element, "log", {"label": "action", "expr": repr(action)})
    return element
