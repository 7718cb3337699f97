"""Sequence diagrams as plain text: a line for each message and note."""

from qcaas_sdk._base.text import one_line, padded, width
from qcaas_sdk.diagrams.sequence_picture import Arrow, Note, SequencePicture

_ARROWS = {Arrow.REQUEST: "→", Arrow.ANSWER: "⇢", Arrow.LOST: "✗"}


def sequence_text(picture: SequencePicture) -> str:
    """The picture as lines of text."""
    rows = []
    for item in picture.items:
        who = item.over if isinstance(item, Note) else f"{item.source} {_ARROWS[item.arrow]} {item.target}"
        rows.append((one_line(item.when), one_line(who), one_line(item.text)))
    whens, whos = (max((width(row[place]) for row in rows), default=0) for place in (0, 1))
    lines = [f"  {when:>{whens}}  {padded(who, whos)}  {text}".rstrip() for when, who, text in rows]
    legend = ["", *map(one_line, picture.legend)] if picture.legend else []
    return "\n".join([one_line(picture.title), "", *lines, *legend, ""])
