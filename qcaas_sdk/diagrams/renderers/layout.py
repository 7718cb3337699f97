"""Where everything in a picture is, computed by Graphviz.

A label is a node of the layout, in the middle of its arrow: so no line crosses it. Graphviz gets sizes and no text: the
layout needs no fonts, and is the same on every machine.
"""

import json
from collections.abc import Iterator

from attrs import frozen

from qcaas_sdk.diagrams.picture import Arrow, Picture
from qcaas_sdk.diagrams.renderers.graphviz import drawn
from qcaas_sdk.diagrams.renderers.measures import START, label_size, node_size, region_label

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

POINTS_PER_INCH = 72.0


@frozen
class Line:
    """A part of an arrow: from a tail to its label, or from its label to a head.

    Attributes:
        arrow: The number of the arrow; -1 for the one that marks the initial state.
        ends: The name of its state, if it begins or ends at one.
        points: Of a Bézier curve: the first, and three for each segment; in the direction of the arrow.
        head: Whether its end is a head of the arrow.
    """

    arrow: int
    ends: tuple[str | None, str | None]
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
    edges = list(_edges(picture))
    found = json.loads(drawn(_graph(picture, edges), "json0"))
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
        lines.append(
            Line(edge.arrow, edge.ends, tuple(points[::-1] if edge.reversed else points), edge.head)
        )
    left, top, right, bottom = boxes["start"]
    return Layout(
        size=(wide, high),
        nodes={node.name: boxes[f"n{place}"] for place, node in enumerate(picture.nodes)},
        titles={
            region.name: boxes[f"t{place}"][:2] if f"t{place}" in boxes else boxes[f"cluster_{place}"][:2]
            for place, region in enumerate(picture.regions)
        },
        regions={region.name: boxes[f"cluster_{place}"] for place, region in enumerate(picture.regions)},
        labels={place: boxes[f"l{place}"] for place in range(len(picture.arrows)) if f"l{place}" in boxes},
        lines=tuple(lines),
        start=((left + right) / 2, (top + bottom) / 2),
    )


@frozen
class _Edge:
    """An edge of the layout. A line that leads back is laid out in the other direction."""

    arrow: int
    tail: str
    head_name: str
    ends: tuple[str | None, str | None]
    head: bool
    reversed: bool
    attributes: str


def _edges(picture: Picture) -> Iterator[_Edge]:
    ids = {node.name: f"n{place}" for place, node in enumerate(picture.nodes)}
    clusters = {region.name: f"cluster_{place}" for place, region in enumerate(picture.regions)}
    inside = {region.name: _inside(picture, region.name) for region in picture.regions}
    order = _order(picture, inside)
    yield _Edge(-1, "start", ids[picture.initial], (None, picture.initial), True, False, "weight=9")
    used, borders = dict.fromkeys(inside, 0), {name: _borders(picture, inner) for name, inner in inside.items()}

    def end(name: str, side: str) -> tuple[str, str]:
        """The node at an end, and where the line is cut. Lines of a region go to its outer states in turn."""
        if name in ids:
            return ids[name], ""
        chosen = borders[name][side == "tail"]
        used[name] += 1
        return ids[chosen[(used[name] - 1) % len(chosen)]], f"l{side}={clusters[name]}"

    for place, arrow in enumerate(picture.arrows):
        back = min(order[target] for target in arrow.targets) <= min(order[source] for source in arrow.sources)
        label = f"l{place}"

        if not _has_label(arrow):
            source, target = arrow.sources[0], arrow.targets[0]
            a, cut_a = end(source, "head" if back else "tail")
            b, cut_b = end(target, "tail" if back else "head")
            pair = (b, a) if back else (a, b)
            yield _Edge(place, *pair, (source, target), True, back, ",".join(filter(None, (cut_a, cut_b))))
            continue
        straight = "weight=4" if not back and len(arrow.sources) == len(arrow.targets) == 1 else ""
        first, last = ("headport=w", "tailport=e") if picture.across else ("headport=n", "tailport=s")
        for source in arrow.sources:
            there, cut = end(source, "head" if back else "tail")
            pair = (label, there) if back else (there, label)
            port = last if back else first
            yield _Edge(place, *pair, (source, None), False, back, ",".join(filter(None, (cut, port, straight))))
        for target in arrow.targets:
            there, cut = end(target, "tail" if back else "head")
            pair = (there, label) if back else (label, there)
            port = first if back else last
            yield _Edge(place, *pair, (None, target), True, back, ",".join(filter(None, (cut, port, straight))))


def _order(picture: Picture, inside: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """How far along each node is: states as in the chart, choice points after what leads to them."""
    order: dict[str, float] = {node.name: place for place, node in enumerate(picture.nodes) if not node.choice}
    for region in picture.regions:
        order[region.name] = max(order[name] for name in inside[region.name])
    for node in picture.nodes:
        if node.choice:
            before = [order[s] for a in picture.arrows if node.name in a.targets for s in a.sources if s in order]
            order[node.name] = max(before, default=0.0) + 0.5
    return order


def _inside(picture: Picture, region: str) -> tuple[str, ...]:
    inner = [one.name for one in picture.regions if one.parent == region]
    return tuple(n.name for n in picture.nodes if n.parent == region) + tuple(
        name for one in inner for name in _inside(picture, one)
    )


def _borders(picture: Picture, inner: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The states of a region that no line inside it leads to, and those that none leads away from."""
    lines = [(s, t) for arrow in picture.arrows for s, t in arrow.pairs if s in inner and t in inner]
    first = [name for name in inner if name not in {target for _, target in lines}] or [inner[0]]
    last = [name for name in inner if name not in {source for source, _ in lines}] or [inner[-1]]
    return first, last


def _has_label(arrow: Arrow) -> bool:
    return bool(arrow.lines or arrow.room) or len(arrow.sources) > 1 or len(arrow.targets) > 1


def _graph(picture: Picture, edges: list[_Edge]) -> str:
    lines = [
        "digraph {",
        f"graph [rankdir={'LR' if picture.across else 'TB'}, compound=true, nodesep=0.22, ranksep=0.32, margin=0];",
        'node [shape=box, fixedsize=true, label=""];',
        "edge [dir=none];",
        f"start [shape=circle, {_size((START, START))}];",
    ]
    lines += _inner(picture, None)
    for place, edge in enumerate(edges):
        extra = f", {edge.attributes}" if edge.attributes else ""
        lines.append(f"{edge.tail} -> {edge.head_name} [id={place}{extra}];")
    return "\n".join([*lines, "}"])


def _inner(picture: Picture, parent: str | None) -> list[str]:
    lines = []
    for place, region in enumerate(picture.regions):
        if region.parent == parent:
            lines += [f"subgraph cluster_{place} {{", *_title(picture, place)]
            lines += [*_inner(picture, region.name), "}"]
    for place, node in enumerate(picture.nodes):
        if node.parent == parent:
            shape = "shape=diamond, " if node.choice else ""
            lines.append(f"n{place} [{shape}{_size(node_size(node))}];")
    for place, arrow in enumerate(picture.arrows):
        if _has_label(arrow) and _around(picture, arrow) == parent:
            lines.append(f"l{place} [{_size(label_size(arrow))}];")
    return lines


def _around(picture: Picture, arrow: Arrow) -> str | None:
    """The innermost region around all ends of an arrow."""
    parents = {one.name: one.parent for one in (*picture.nodes, *picture.regions)}
    chains = []
    for name in (*arrow.sources, *arrow.targets):
        chain, parent = [], parents[name]
        while parent is not None:
            chain.append(parent)
            parent = parents[parent]
        chains.append(chain)
    return next((one for one in chains[0] if all(one in chain for chain in chains)), None)


def _title(picture: Picture, place: int) -> list[str]:
    """The space for the text of a region: above its states, or at their left if lines come from above."""
    wide, high = region_label(picture.regions[place])
    first, _ = _borders(picture, _inside(picture, picture.regions[place].name))
    ids = [f"n{number}" for number, node in enumerate(picture.nodes) if node.name in first]
    if picture.across:
        cell = f'<table border="0" fixedsize="true" width="{wide:.0f}" height="{high:.0f}"><tr><td></td></tr></table>'
        stack = f"{{rank=same; {' -> '.join(reversed(ids))} [style=invis];}}" if len(ids) > 1 else ""
        return [f"graph [label=<{cell}>, labeljust=l, margin=10];", stack]
    return [
        "graph [margin=10];",
        f"t{place} [{_size((wide, high))}];",
        f"{{rank=same; t{place} -> {{{' '.join(ids)}}} [style=invis];}}",
    ]


def _size(size: Point) -> str:
    return f"width={size[0] / POINTS_PER_INCH:.3f}, height={size[1] / POINTS_PER_INCH:.3f}"


def _numbered(edges: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted((edge for edge in edges if "id" in edge), key=lambda edge: int(edge["id"]))


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
