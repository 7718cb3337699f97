"""Where everything in a picture is, computed by Graphviz.

A label is a node of the layout, in the middle of its arrow: so no line crosses it. Graphviz gets sizes and no text,
so the layout needs no fonts, and is the same on every machine.
"""

import json

from attrs import frozen

from qcaas_sdk.diagrams.picture import Picture
from qcaas_sdk.diagrams.renderers.canvas import Box, Point
from qcaas_sdk.diagrams.renderers.dot import graph, title_node
from qcaas_sdk.diagrams.renderers.graphviz import drawn
from qcaas_sdk.diagrams.renderers.lines import INITIAL, cluster, edges_of, label


@frozen
class Line:
    """A part of an arrow: from a tail to its label, or from its label to a head.

    Attributes:
        arrow: The number of the arrow; -1 for the one that marks the initial state.
        source: The state, region or choice point where it begins; None if it begins at a label.
        points: Of a Bézier curve: the first, and three for each segment; in the direction of the arrow.
        head: Whether its end is a head of the arrow.
    """

    arrow: int
    source: str | None
    points: tuple[Point, ...]
    head: bool


@frozen
class Layout:
    """Where everything is; the origin is at the top left.

    Attributes:
        size: Width and height.
        nodes: The box of each node, by name.
        regions: The box of each region, by name.
        titles: The top left of the text of each region.
        labels: The box of the label of each arrow, by its number.
        lines: The lines.
        start: The middle of the mark of the initial state.
    """

    size: Point
    nodes: dict[str, Box]
    regions: dict[str, Box]
    titles: dict[str, Point]
    labels: dict[int, Box]
    lines: tuple[Line, ...]
    start: Point


def laid_out(picture: Picture) -> Layout:
    """The layout of a picture.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    edges = edges_of(picture)
    found = json.loads(drawn(graph(picture, edges), "json0"))
    _, _, wide, high = _numbers(found["bb"])
    boxes: dict[str, Box] = {}
    for one in found["objects"]:
        if "bb" in one:
            left, bottom, right, top = _numbers(one["bb"])
            boxes[one["name"]] = (left, high - top, right, high - bottom)
        elif "pos" in one:
            x, y = _numbers(one["pos"])
            dx, dy = 36.0 * float(one["width"]), 36.0 * float(one["height"])
            boxes[one["name"]] = (x - dx, high - y - dy, x + dx, high - y + dy)
    lines = []
    for edge, one in zip(edges, _numbered(found["edges"]), strict=True):
        points = [(x, high - y) for x, y in (_numbers(point) for point in one["pos"].split())]
        lines.append(Line(edge.arrow, edge.source, tuple(points[::-1] if edge.reversed else points), edge.head))
    left, top, right, bottom = boxes[INITIAL]
    return Layout(
        size=(wide, high),
        nodes={node.name: boxes[node.name] for node in picture.nodes},
        titles={
            region.name: boxes.get(title_node(place), boxes[cluster(place)])[:2]
            for place, region in enumerate(picture.regions)
        },
        regions={region.name: boxes[cluster(place)] for place, region in enumerate(picture.regions)},
        labels={place: boxes[label(place)] for place in range(len(picture.arrows)) if label(place) in boxes},
        lines=tuple(lines),
        start=((left + right) / 2, (top + bottom) / 2),
    )


def _numbered(edges: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted((edge for edge in edges if "id" in edge), key=lambda edge: int(edge["id"]))


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
