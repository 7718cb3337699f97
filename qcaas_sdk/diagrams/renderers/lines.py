"""The lines of a picture as the edges of a graph.

A label is a node in the middle of its arrow. An arrow of a region begins or ends at one of its outer states, and is
cut at the border of the region.
"""

from collections.abc import Iterator

from attrs import frozen

from qcaas_sdk.diagrams.picture import Arrow, Picture

INITIAL = "[*]"
"""The node that marks the initial state."""


def cluster(place: int) -> str:
    """The id of a region."""
    return f"cluster_{place}"


def label(place: int) -> str:
    """The id of the label of an arrow."""
    return f"label {place}"


@frozen
class Edge:
    """A line, in the direction in which it is laid out; one that leads back is laid out in the other direction.

    Attributes:
        arrow: The number of the arrow; -1 for the one that marks the initial state.
        ids: The nodes of its two ends.
        source: The state, region or choice point where it begins; None if it begins at a label.
        head: Whether it ends with a head.
        reversed: Whether it leads from the second of the ids to the first.
        attributes: Attributes of Graphviz.
    """

    arrow: int
    ids: tuple[str, str]
    source: str | None
    head: bool
    reversed: bool = False
    attributes: tuple[str, ...] = ()


def edges_of(picture: Picture) -> list[Edge]:
    """The lines of a picture."""
    lines = _Lines(picture)
    found = [Edge(-1, (INITIAL, picture.initial), None, head=True, attributes=("weight=9",))]
    for place, arrow in enumerate(picture.arrows):
        found += lines.of(place, arrow)
    return found


def has_label(arrow: Arrow) -> bool:
    """Whether an arrow has a node in its middle."""
    return bool(arrow.lines or arrow.room) or len(arrow.sources) > 1 or len(arrow.targets) > 1


def inside(picture: Picture, region: str) -> list[str]:
    """The states in a region, at any depth."""
    inner = [one.name for one in picture.regions if one.parent == region]
    direct = [node.name for node in picture.nodes if node.parent == region]
    return [*direct, *(name for one in inner for name in inside(picture, one))]


def borders(picture: Picture, inner: list[str]) -> tuple[list[str], list[str]]:
    """The states of a region that no line inside it leads to, and those that none leads away from."""
    lines = [(s, t) for arrow in picture.arrows for s, t in arrow.pairs if s in inner and t in inner]
    first = [name for name in inner if name not in {target for _, target in lines}] or inner[:1]
    last = [name for name in inner if name not in {source for source, _ in lines}] or inner[-1:]
    return first, last


def around(picture: Picture, arrow: Arrow) -> str | None:
    """The innermost region around all ends of an arrow."""
    parents = {node.name: node.parent for node in picture.nodes}
    parents |= {region.name: region.parent for region in picture.regions}
    chains = []
    for name in (*arrow.sources, *arrow.targets):
        chain, parent = [], parents[name]
        while parent is not None:
            chain.append(parent)
            parent = parents[parent]
        chains.append(chain)
    return next((one for one in chains[0] if all(one in chain for chain in chains)), None)


class _Lines:
    def __init__(self, picture: Picture) -> None:
        inner = {region.name: inside(picture, region.name) for region in picture.regions}
        self._clusters = {region.name: cluster(place) for place, region in enumerate(picture.regions)}
        self._borders = {name: borders(picture, states) for name, states in inner.items()}
        self._parents = {region.name: region.parent for region in picture.regions}
        self._used = dict.fromkeys(inner, 0)
        self._order = self._ordered(picture, inner)
        self._ports = ("headport=w", "tailport=e") if picture.across else ("headport=n", "tailport=s")

    def of(self, place: int, arrow: Arrow) -> Iterator[Edge]:
        """The lines of an arrow: to its label and from its label, or one line if it has none."""
        order = self._order
        back = min(order[target] for target in arrow.targets) <= min(order[source] for source in arrow.sources)
        tail, head = ("head", "tail") if back else ("tail", "head")
        first, last = self._ports[::-1] if back else self._ports
        if not has_label(arrow):
            (source, cut), (target, cut_too) = self._end(arrow.sources[0], tail), self._end(arrow.targets[0], head)
            ids = (target, source) if back else (source, target)
            yield Edge(place, ids, arrow.sources[0], head=True, reversed=back, attributes=(*cut, *cut_too))
            return
        middle = label(place)
        straight = ("weight=4",) if not back and len(arrow.sources) == len(arrow.targets) == 1 else ()
        for name in arrow.sources:
            node, cut = self._end(name, tail)
            ids = (middle, node) if back else (node, middle)
            yield Edge(place, ids, name, head=False, reversed=back, attributes=(*cut, first, *straight))
        for name in reversed(arrow.targets):  # Graphviz draws the first one lowest
            node, cut = self._end(name, head)
            ids = (node, middle) if back else (middle, node)
            yield Edge(place, ids, None, head=True, reversed=back, attributes=(*cut, last, *straight))

    def _end(self, name: str, side: str) -> tuple[str, tuple[str, ...]]:
        """The node at an end, and where the line is cut. Lines of a region go to its outer states in turn."""
        if name not in self._clusters:
            return name, ()
        states = self._borders[name][side == "tail"]
        self._used[name] += 1
        last = side == "head" and self._parents[name] is None  # in a region, Graphviz leads a line back above it
        place = -self._used[name] if last else self._used[name] - 1
        return states[place % len(states)], (f"l{side}={self._clusters[name]}",)

    @staticmethod
    def _ordered(picture: Picture, inner: dict[str, list[str]]) -> dict[str, float]:
        """How far along each node is: states as in the chart, choice points after what leads to them."""
        order: dict[str, float] = {node.name: place for place, node in enumerate(picture.nodes) if not node.choice}
        order |= {region.name: max(order[name] for name in inner[region.name]) for region in picture.regions}
        for node in picture.nodes:
            if node.choice:
                before = [order[s] for a in picture.arrows if node.name in a.targets for s in a.sources if s in order]
                order[node.name] = max(before, default=0.0) + 0.5
        return order
