"""Pictures in Mermaid (`stateDiagram-v2`), which GitHub, GitLab, Sphinx and JupyterLab draw."""

from qcaas_sdk._base.text import one_line_mermaid
from qcaas_sdk.diagrams.picture import Arrow, Box, Mark, Picture
from qcaas_sdk.diagrams.words import folded

BOX_WIDTH = 30
LABEL_WIDTH = 30

_STYLES = {
    Mark.HERE: "fill:#0072B2,stroke:#003A5C,stroke-width:4px,color:#FFFFFF",
    Mark.BEEN: "fill:#D6E9F5,stroke:#0072B2,color:#000000",
    Mark.AWAY: "fill:#FFFFFF,stroke:#767676,stroke-dasharray:4 3,color:#595959",
}


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid diagram, without a code fence."""
    lines = ["stateDiagram-v2", f"    accTitle: {one_line_mermaid(picture.title)}"]
    for box in picture.boxes:
        lines += _box(box)
    lines.append(f"    [*] --> {_id(picture.initial)}")
    lines += [_arrow(arrow) for arrow in picture.arrows]
    lines += [f"    {_id(box.name)} --> [*]" for box in picture.boxes if box.final]
    if picture.legend:
        lines += [f"    note left of {_id(picture.initial)}"]
        lines += [f"        {one_line_mermaid(line)}" for line in picture.legend]
        lines += ["    end note"]
    return "\n".join([*lines, *_classes(picture), ""])


def _box(box: Box) -> list[str]:
    described = [line for line in (box.summary, *box.notes) if line]
    written = "<br/>".join(one_line_mermaid(line) for text in described for line in folded(text, BOX_WIDTH))
    lines = [f"    {_id(box.name)}: {box.name}"]
    return [*lines, f"    {_id(box.name)}: {written}"] if written else lines


def _arrow(arrow: Arrow) -> str:
    written = "<br/>".join(one_line_mermaid(line) for text in arrow.lines for line in folded(text, LABEL_WIDTH))
    return f"    {_id(arrow.source)} --> {_id(arrow.target)}{': ' if written else ''}{written}"


def _classes(picture: Picture) -> list[str]:
    lines = []
    if ends := [_id(box.name) for box in picture.boxes if box.final]:
        lines += ["    classDef final stroke-width:4px", f"    class {','.join(ends)} final"]
    for mark, style in _STYLES.items():
        if marked := [_id(box.name) for box in picture.boxes if box.mark is mark]:
            lines += [f"    classDef {mark} {style}", f"    class {','.join(marked)} {mark}"]
    return lines


def _id(name: str) -> str:
    return f"{name}_" if name.rstrip("_") in _WORDS else name  # unique for each name


# fmt: off
_WORDS = frozenset({
    "accdescr", "acctitle", "as", "class", "classdef", "click", "default", "direction", "end", "fork", "join",
    "choice", "hide", "href", "note", "left", "right", "over", "scale", "state", "style", "root",
})
# fmt: on
"""The reserved words of Mermaid."""
