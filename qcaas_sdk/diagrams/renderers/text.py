"""Pictures as plain text, for terminals and logs."""

from qcaas_sdk._base.text import one_line
from qcaas_sdk.diagrams.picture import Mark, Picture

_MARKS = {Mark.HERE: ">", Mark.BEEN: "·", Mark.NONE: " ", Mark.AWAY: " "}


def text(picture: Picture) -> str:
    """The picture as lines of text: its states, then its transitions."""
    width = max(len(box.name) for box in picture.boxes)
    lines = [one_line(picture.title), ""]
    for box in picture.boxes:
        told = one_line("; ".join(line for line in (box.summary, *box.notes) if line))
        end = " (final)" if box.final else ""
        lines.append(f"{_MARKS[box.mark]} {box.name:<{width}}{end:<8}  {told}".rstrip())
    lines.append("")
    for arrow in picture.arrows:
        if arrow.mark is not Mark.AWAY:
            said = one_line("; ".join(arrow.lines))
            lines.append(f"  {arrow.source:>{width}} → {arrow.target:<{width}}  {said}".rstrip())
    if picture.legend:
        lines += ["", "  ".join(f"({line})" for line in picture.legend)]
    return "\n".join([*lines, ""])
