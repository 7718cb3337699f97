"""Pictures as plain text, for terminals and logs."""

from collections.abc import Iterator

from qcaas_sdk._base.text import one_line, padded, width
from qcaas_sdk.diagrams.picture import Mark, Node, Picture

_MARKS = {Mark.HERE: "> ", Mark.BEEN: "  ", Mark.NONE: "  ", Mark.AWAY: "  "}


def text(picture: Picture) -> str:
    """The picture as lines of text: its states inside their superstates, then its arrows."""
    lines = [one_line(picture.title), "", *_states(picture, None, 0)]
    points = [_line(picture, node, 0) for node in picture.nodes if node.choice]
    lines += ["", *points] if points else []
    used = [arrow for arrow in picture.arrows if arrow.mark is not Mark.AWAY]
    sources = [", ".join(name for name in arrow.sources if name not in arrow.unused) for arrow in used]
    wide = max(map(width, sources), default=0)
    if used:
        lines.append("")
    for source, arrow in zip(sources, used, strict=True):
        said = one_line(" ".join(arrow.lines))
        lines.append(f"  {padded(one_line(source), wide)} → {', '.join(arrow.targets)}  {said}".rstrip())
    if picture.table is not None:
        columns = [max(map(width, column)) for column in zip(*picture.table.rows, strict=True)]
        lines += ["", one_line(picture.table.title)]
        for place, row in enumerate(picture.table.rows):
            cells = "  ".join(padded(one_line(cell), wide) for cell, wide in zip(row, columns, strict=True))
            lines.append(f"{'> ' if place == picture.table.marked else '  '}{cells}".rstrip())
    signs = ["> marks the current state."] if any(node.mark is Mark.HERE for node in picture.nodes) else []
    if legend := [*map(one_line, picture.legend), *signs]:
        lines += ["", *legend]
    return "\n".join([*lines, ""])


def _states(picture: Picture, parent: str | None, depth: int) -> Iterator[str]:
    """The states of a region in the order of the chart, each region where its first state is."""
    for region in picture.regions:
        if region.parent == parent:
            told = one_line("; ".join(region.lines))
            yield f"  {'  ' * depth}{one_line(region.name)}{':  ' + told if told else ':'}"
            yield from _states(picture, region.name, depth + 1)
    for node in picture.nodes:
        if node.parent == parent and not node.choice:
            yield _line(picture, node, depth)


def _line(picture: Picture, node: Node, depth: int) -> str:
    names = [len(one.name) for one in picture.nodes]
    end = " (final)" if node.final else " (choice)" if node.choice else ""
    told = one_line("; ".join(line for line in (node.lines or (node.hint,)) if line))
    name = f"{'  ' * depth}{node.name}{end}"
    return f"{_MARKS[node.mark]}{padded(name, max(names) + 12)}  {told}".rstrip()
