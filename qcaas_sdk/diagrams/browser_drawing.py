"""A chart as a browser draws it: positions, texts and marks as JSON. `static/chart.js` makes SVG of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from qcaas_sdk._base.text import one_line
from qcaas_sdk.diagrams.overview import overview
from qcaas_sdk.diagrams.picture import Arrow, Mark, Picture
from qcaas_sdk.diagrams.renderers.canvas import Box
from qcaas_sdk.diagrams.renderers.layout import laid_out
from qcaas_sdk.diagrams.renderers.lines import edges_of
from qcaas_sdk.diagrams.renderers.measures import titled
from qcaas_sdk.errors import MissingExtra

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

STATIC = Path(__file__).parent / "static"
"""The scripts and styles that the live page and notebooks share."""

Document = dict[str, Any]
"""A JSON object."""

_ROOM = ("1,000,000 jobs", " ")
"""What space is kept for in a state of the live chart."""


def drawing(picture: Picture) -> Document | None:
    """What a browser needs to draw a picture; None if Graphviz is not installed.

    Args:
        picture: The picture.
    """
    try:
        layout = laid_out(picture)
    except MissingExtra:
        return None
    return {
        "title": one_line(picture.title),
        "summary": one_line(picture.summary),
        "size": _numbers(layout.size),
        "start": _numbers(layout.start),
        "regions": [
            {
                "name": one_line(region.name),
                "box": _numbers(layout.regions[region.name]),
                "at": _numbers(layout.titles[region.name]),
                "hint": one_line(region.hint),
            }
            for region in picture.regions
        ],
        "nodes": [
            {
                "name": one_line(node.name),
                "text": one_line(titled(node)),
                "lines": [one_line(line) for line in node.lines],
                "box": _numbers(layout.nodes[node.name]),
                "final": node.final,
                "choice": node.choice,
                "mark": node.mark.value,
                "hint": one_line(node.hint),
            }
            for node in picture.nodes
        ],
        "lines": [
            {
                "points": [round(number, 1) for point in line.points for number in point],
                "head": line.head,
                "mark": _mark(picture, line.arrow, line.source).value,
                "arrow": line.arrow,
                "target": one_line(edge.ids[0] if edge.reversed else edge.ids[1]) if line.head else None,
            }
            for line, edge in zip(layout.lines, edges_of(picture), strict=True)
        ],
        "labels": [
            {
                "box": _numbers(layout.labels[place]),
                "lines": [one_line(line) for line in arrow.lines],
                "mark": arrow.mark.value,
                "targets": [one_line(target) for target in arrow.targets],
                "arrow": place,
            }
            for place, arrow in enumerate(picture.arrows)
            if place in layout.labels
        ],
        "across": picture.across,
    }


def live_chart(chart: "DrawnChart", *, across: bool) -> Document | None:
    """The chart of a job with room for the number of jobs in each state; None as for `drawing`.

    Args:
        chart: The chart.
        across: Whether it is drawn from left to right; otherwise from top to bottom, for a phone.
    """
    plain = overview(chart)
    nodes = tuple(attrs.evolve(node, room=_ROOM) for node in plain.nodes)
    return drawing(attrs.evolve(plain, nodes=nodes, across=across))


def _mark(picture: Picture, arrow: int, source: str | None) -> Mark:
    if arrow < 0:
        return Mark.NONE
    found: Arrow = picture.arrows[arrow]
    return Mark.AWAY if source in found.unused else found.mark


def _numbers(values: Box | tuple[float, float]) -> list[float]:
    return [round(value, 1) for value in values]
