"""Pictures in Mermaid (`stateDiagram-v2`), which GitHub, GitLab, Sphinx and JupyterLab draw."""

from collections.abc import Iterator, Sequence

from qcaas_sdk._base.text import one_line_mermaid
from qcaas_sdk.diagrams.picture import Arrow, Mark, Node, Picture
from qcaas_sdk.diagrams.text_wrapping import folded

WIDTH = 30
NO_BREAK_SPACE = "#160;"
INK = "#111111"


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid diagram, without a code fence."""
    lines = ["stateDiagram-v2", f"    accTitle: {_filled(one_line_mermaid(picture.title))}"]
    if picture.across:
        lines.append("    direction LR")
    lines += _inner(picture, None, "    ")
    lines.append(f"    [*] --> {_id(picture.initial)}")
    lines += [line for arrow in picture.arrows for line in _arrow(arrow)]
    lines += [f"    {_id(node.name)} --> [*]" for node in picture.nodes if node.final]
    if notes := [*picture.legend, *_rules(picture)]:
        lines += [f"    note left of {_id(picture.initial)}"]
        lines += [f"        {one_line_mermaid(line)}" for line in notes]
        lines += ["    end note"]
    return "\n".join([*lines, *_classes(picture), ""])


def _inner(picture: Picture, parent: str | None, indent: str) -> Iterator[str]:
    for region in picture.regions:
        if region.parent == parent:
            title = _written((region.name, *region.lines))
            yield f'{indent}state "{title}" as {_id(region.name)} {{'
            yield from _inner(picture, region.name, f"{indent}    ")
            yield f"{indent}}}"
    for node in picture.nodes:
        if node.parent == parent:
            yield from (f"{indent}{line}" for line in _node(node))


def _node(node: Node) -> Iterator[str]:
    if node.choice:
        yield f"state {_id(node.name)} <<choice>>"
        return
    yield f"{_id(node.name)}: {node.name}"
    if written := _written(node.lines):
        yield f"{_id(node.name)}: {written}"


def _arrow(arrow: Arrow) -> Iterator[str]:
    written = _written(arrow.lines)
    for source, target in arrow.pairs:
        if source not in arrow.unused:
            yield f"    {_id(source)} --> {_id(target)}{': ' if written else ''}{written}"


def _written(texts: Sequence[str]) -> str:
    written = "<br/>".join(one_line_mermaid(line) for text in texts for line in folded(text, WIDTH))
    return _filled(written) if texts else ""


def _filled(written: str) -> str:
    """The text, or a space that Mermaid sees: after white space alone it reads on in the next line."""
    return written if written.strip() else NO_BREAK_SPACE


def _rules(picture: Picture) -> Iterator[str]:
    if picture.table is not None:
        yield picture.table.title
        yield from (": ".join(row) for row in picture.table.rows[1:])


def _classes(picture: Picture) -> Iterator[str]:
    if ends := [_id(node.name) for node in picture.nodes if node.final]:
        yield "    classDef final stroke-width:4px"
        yield f"    class {','.join(ends)} final"
    for place, node in enumerate(picture.nodes):
        style = {
            Mark.HERE: f"fill:{node.colour},color:{INK},stroke:{INK},stroke-width:4px",
            Mark.BEEN: f"stroke:{node.colour},stroke-width:3px",
            Mark.AWAY: "fill:#FFFFFF,color:#5A6270,stroke:#D3D8DE",
        }.get(node.mark)
        if style is not None:
            yield f"    classDef look{place} {style}"
            yield f"    class {_id(node.name)} look{place}"


def _id(name: str) -> str:
    name = "".join(char if char.isalnum() else "_" for char in name)
    return f"{name}_" if name.rstrip("_") in _WORDS else name  # unique for each name


# fmt: off
_WORDS = frozenset({
    "accdescr", "acctitle", "as", "class", "classdef", "click", "default", "direction", "end", "fork", "join",
    "choice", "hide", "href", "note", "left", "right", "over", "scale", "state", "style", "root",
})
# fmt: on
"""The reserved words of Mermaid."""
