"""How much space text takes, without the fonts of this machine: so a layout is the same everywhere.

The widths are those of Helvetica, with which Arial and Liberation Sans agree. A wider font still fits: boxes have a
margin.
"""

from qcaas_sdk.diagrams.picture import Arrow, Node, Region

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
NAME, LINE, LEAD = 13.0, 11.0, 14.0
"""Sizes of names and lines, and from one line to the next."""

START = 9.0
"""The mark of the initial state."""

MARGIN = 14.0
BOLD = 1.08

_WIDTHS = {
    0.24: "'ijl|",
    0.278: " !,./:;I[\\]ft",
    0.34: '()-`r{}"*',
    0.5: "Jcksvxyz^",
    0.556: "#$0123456789?L_abdeghnopqu",
    0.6: "+<=>~FTZ",
    0.667: "&ABEKPSVXY",
    0.722: "CDHNRUw",
    0.778: "GOQ",
    0.9: "Mm%W@",
}
_WIDTH = {char: width for width, chars in _WIDTHS.items() for char in chars}
_OTHER = 0.95


def text_width(text: str, size: float = LINE, *, bold: bool = False) -> float:
    """The width of a line of text, in the units of the picture."""
    return sum(_WIDTH.get(char, _OTHER) for char in text) * size * (BOLD if bold else 1.0)


def node_size(node: Node) -> tuple[float, float]:
    """Width and height of a node. If space is kept for lines, what they say now does not matter."""
    lines = node.room or node.lines
    wide = max([text_width(titled(node), NAME, bold=True), *map(text_width, lines)])
    high = NAME + 3.0 + LEAD * len(lines)
    if node.choice:  # a rectangle of text in a diamond
        return 1.5 * wide + 16.0, 2.0 * high + 12.0
    return max(76.0, wide + 2 * MARGIN), high + MARGIN


def region_label(region: Region) -> tuple[float, float]:
    """Width and height of the text of a region."""
    wide = max([text_width(region.name, NAME, bold=True), *map(text_width, region.lines)])
    return wide + 8.0, NAME + 5.0 + LEAD * len(region.lines)


def label_size(arrow: Arrow) -> tuple[float, float]:
    """Width and height of the label of an arrow."""
    lines = arrow.room or arrow.lines
    return (max(map(text_width, lines)) + 10.0, LEAD * len(lines) + 2.0) if lines else (1.0, 1.0)


def titled(node: Node) -> str:
    """The name of a node, with the sign of a final state."""
    return f"{node.sign} {node.name}" if node.sign else node.name
