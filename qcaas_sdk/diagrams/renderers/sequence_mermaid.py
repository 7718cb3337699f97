"""Sequence diagrams in Mermaid, which GitHub, GitLab, Sphinx and JupyterLab draw."""

from qcaas_sdk._base.text import one_line_sequence
from qcaas_sdk.diagrams.sequence_picture import Arrow, Message, Note, SequencePicture

_ARROWS = {Arrow.REQUEST: "->>", Arrow.ANSWER: "-->>", Arrow.LOST: "--x"}
_WORDS = frozenset(
    {"end", "loop", "alt", "else", "opt", "par", "note", "over", "left", "right", "box", "participant"}
)
"""Words that are not names of participants."""


def sequence_mermaid(picture: SequencePicture) -> str:
    """The picture as a Mermaid diagram (`sequenceDiagram`), without a code fence."""
    names = {name: _id(name, place) for place, name in enumerate(picture.participants)}
    lines = ["sequenceDiagram"]
    if picture.title:
        lines.append(f"accTitle: {one_line_sequence(picture.title)}")
    for name, known_as in names.items():
        lines.append(f"participant {known_as}" + ("" if known_as == name else f" as {one_line_sequence(name)}"))
    lines += [_line(item, names) for item in picture.items]
    if picture.participants:
        first, last = names[picture.participants[0]], names[picture.participants[-1]]
        over = first if first == last else f"{first},{last}"
        lines += [f"Note over {over}: {one_line_sequence(sentence)}" for sentence in picture.legend]
    return "\n    ".join(lines)


def _line(item: Message | Note, names: dict[str, str]) -> str:
    written = one_line_sequence(f"{item.when}: {item.text}" if item.when else item.text) or "#160;"
    if isinstance(item, Note):
        return f"Note over {names[item.over]}: {written}"
    return f"{names[item.source]}{_ARROWS[item.arrow]}{names[item.target]}: {written}"


def _id(name: str, place: int) -> str:
    """The name if Mermaid takes it for one."""
    plain = name.isascii() and name.replace("_", "").isalnum() and name.lower() not in _WORDS
    return name if plain else f"p{place}_"
