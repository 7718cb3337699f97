"""Draws the ```` ```mermaid ```` state diagrams of a page as SVG, while the site is built.

The pages stay Markdown that other readers of Mermaid draw too. Here nothing is loaded from anywhere when a page is
looked at: Graphviz (in the wheel of pygraphviz) lays the diagram out, the text stays text, and the style sheet gives
it the colours of the theme, light or dark.

Understood is what the pages use: states with descriptions, moves, starts and ends, choices, notes, directions and
classes; no states within states. Sequence diagrams and other kinds are shown as their text. A line that is not
understood is a warning, and so an error of `make docs`.
"""

import re
from collections.abc import Iterator
from html import escape
from textwrap import wrap

import pygraphviz
from attrs import define, field
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

LABEL_WIDTH = 14
"""Characters in a line of a move's label."""
ROOM = "\N{NO-BREAK SPACE}"
"""Keeps a label off its line."""
SMALLEST_SCALE = 0.75
"""A diagram that would have to be smaller than this to fit is scrolled instead."""
POINTS_TO_PIXELS = 4 / 3
SVG = "http://www.w3.org/2000/svg"
TEXT = re.compile(r"<text .*?</text>\n?", re.DOTALL)
FONT = 'fontname="Helvetica,Arial,sans-serif"'


@define
class State:
    """A state as it is drawn.

    Attributes:
        name: Its id in the diagram.
        kind: `state`, `start`, `end` or `choice`.
        lines: What is written in it, title first; its name if nothing is.
        classes: Classes for the style sheet.
    """

    name: str
    kind: str = "state"
    lines: list[str] = field(factory=list)
    classes: list[str] = field(factory=list)


@define
class Diagram:
    """A state diagram.

    Attributes:
        states: By name, in the order of their first mention.
        moves: Source, target and label.
        notes: State and text.
        direction: Graphviz' word for it: TB, BT, LR or RL.
    """

    states: dict[str, State] = field(factory=dict)
    moves: list[tuple[str, str, str]] = field(factory=list)
    notes: list[tuple[str, str]] = field(factory=list)
    direction: str = "TB"

    def state(self, name: str) -> State:
        """The state of that name, known from now on."""
        return self.states.setdefault(name, State(name))


class NotUnderstood(ValueError):
    """A line of a diagram says something that is not drawn here."""


def parsed(text: str) -> Diagram:
    """The diagram that Mermaid text (`stateDiagram-v2`) describes.

    Raises:
        NotUnderstood: It has a line of another kind.
    """
    diagram = Diagram()
    lines = iter([line.strip() for line in text.splitlines()][1:])
    for line in lines:
        if not line or line.startswith("%%") or re.match(r"classDef |accTitle|accDescr|style ", line):
            continue
        if move := re.fullmatch(r"(\S+)\s*-->\s*([^\s:]+)\s*(?::\s*(.*))?", line):
            _move(diagram, *move.groups(default=""))
        elif titled := re.fullmatch(r'state "(.*)" as (\w+)', line):
            diagram.state(titled[2]).lines.append(titled[1])
        elif choice := re.fullmatch(r"state (\w+) <<(\w+)>>", line):
            diagram.state(choice[1]).kind = "choice"
        elif classed := re.fullmatch(r"class ([\w, ]+) (\w+)", line):
            for name in classed[1].replace(" ", "").split(","):
                diagram.state(name).classes.append(classed[2])
        elif direction := re.fullmatch(r"direction (TB|BT|LR|RL)", line):
            diagram.direction = direction[1]
        elif note := re.fullmatch(r"note (?:left|right) of (\w+)(?:\s*:\s*(.*))?", line):
            diagram.notes.append((note[1], note[2] or "<br/>".join(_until_end_of_note(lines))))
        elif described := re.fullmatch(r"(\w+)\s*:\s*(.*)", line):
            diagram.state(described[1]).lines.append(described[2])
        elif re.fullmatch(r"\w+(:::\w+)?", line):
            _classed(diagram, line)
        else:
            raise NotUnderstood(f"this line of a state diagram is not understood: {line}")
    return diagram


def _move(diagram: Diagram, source: str, target: str, label: str) -> None:
    if source == "[*]":
        diagram.states.setdefault("[start]", State("[start]", "start"))
        source = "[start]"
    if target == "[*]":  # an end of its own for each final state keeps its arrow short
        end = f"[end {source}]"
        diagram.states.setdefault(end, State(end, "end"))
        target = end
    ends = [name if name.startswith("[") else _classed(diagram, name) for name in (source, target)]
    diagram.moves.append((ends[0], ends[1], label))


def _classed(diagram: Diagram, text: str) -> str:
    name, _, style = text.partition(":::")
    state = diagram.state(name)
    if style:
        state.classes.append(style)
    return name


def _until_end_of_note(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == "end note":
            return
        yield line


def dot(diagram: Diagram) -> str:
    """The diagram for Graphviz."""
    parts = [
        f"rankdir={diagram.direction}; nodesep=0.35; ranksep=0.4; pad=0.05;",
        f'node [{FONT}, fontsize=11, shape=box, style=rounded, height=0.36, margin="0.14,0.07"];',
        f"edge [{FONT}, fontsize=9.5, arrowsize=0.65];",
    ]
    parts += [_dot_of(state) for state in diagram.states.values()]
    labels: dict[tuple[str, str], list[str]] = {}
    for source, target, label in diagram.moves:  # one arrow for all moves between two states
        labels.setdefault((source, target), []).extend(_lines(label))
    for (source, target), lines in labels.items():
        parts.append(f'"{source}" -> "{target}" [label="{_left_aligned(lines)}"];')
    for place, (name, text) in enumerate(diagram.notes):
        written = _left_aligned(_lines(text))
        parts.append(f'"[note {place}]" [shape=note, style="", fontsize=9.5, class="note", label="{written}"];')
        parts.append(f'{{rank=same; "{name}" -> "[note {place}]" [style=dashed, arrowhead=none, class="note"];}}')
    return "digraph {\n" + "\n".join(parts) + "\n}"


def _dot_of(state: State) -> str:
    classes = " ".join([state.kind, *state.classes])
    shapes = {
        "start": 'shape=circle, width=0.14, height=0.14, fixedsize=true, label=""',
        "end": 'shape=doublecircle, width=0.1, height=0.1, fixedsize=true, label=""',
        "choice": 'shape=diamond, width=0.25, height=0.25, fixedsize=true, label=""',
    }
    if state.kind in shapes:
        return f'"{state.name}" [class="{classes}", {shapes[state.kind]}];'
    lines = [line for text in (state.lines or [state.name]) for line in _lines(text)]
    written = r"\n".join(_quoted(line) for line in lines)
    return f'"{state.name}" [class="{classes}", label="{written}"];'


def _lines(label: str) -> list[str]:
    """The lines of a label: as they were broken, or no longer than is good."""
    broken = re.split(r"<br\s*/?>|\\n", label)
    return broken if len(broken) > 1 else wrap(label, LABEL_WIDTH, break_long_words=False) or [""]


def _left_aligned(lines: list[str]) -> str:
    """The lines with room before them. Not one is empty: at a label of nothing but `\\l` Graphviz breaks down."""
    return "".join(f"{ROOM}{_quoted(line)}\\l" for line in lines if line)


def _quoted(text: str) -> str:
    text = re.sub(r"#(\d+);", lambda entity: chr(int(entity[1])), text)
    text = re.sub(r"#quot;", '"', text)
    return text.replace("\\", "\\\\").replace('"', '\\"')


def drawn(text: str) -> str:
    """The diagram as an HTML figure with an SVG in it."""
    diagram = parsed(text)
    svg = pygraphviz.AGraph(string=dot(diagram)).draw(format="svg", prog="dot").decode()
    svg = svg[svg.index("<svg") :]
    size = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert size is not None
    width = float(size[1]) * POINTS_TO_PIXELS
    svg = re.sub(
        r"<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", r'<svg \1 xmlns="http://www.w3.org/2000/svg">', svg, count=1
    )
    svg = re.sub(r"<!--.*?-->|<title>.*?</title>| id=\"[^\"]*\"", "", svg, flags=re.DOTALL)
    svg = _labels_on_top(svg)
    names = ", ".join(state.name for state in diagram.states.values() if state.kind == "state")
    return (
        f'<figure class="state-diagram" role="img" aria-label="State diagram: {escape(names)}" tabindex="0">'
        f'<div style="max-width:{width:.0f}px;min-width:{width * SMALLEST_SCALE:.0f}px">{svg}</div></figure>'
    )


def _labels_on_top(svg: str) -> str:
    """No line may cross the label of another."""
    labels = [label for edge in re.findall(r"<g class=\"edge.*?</g>", svg, re.DOTALL) for label in TEXT.findall(edge)]
    for label in labels:
        svg = svg.replace(label, "", 1)
    return svg.replace("</g>\n</svg>", f'<g class="labels">{"".join(labels)}</g></g></svg>')


class DrawStateDiagrams(SphinxPostTransform):
    """Puts pictures where Mermaid text was."""

    default_priority = 10
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Go through the page."""
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") != "mermaid":
                continue
            if not block.astext().lstrip().startswith("stateDiagram"):
                block["language"] = "text"
                continue
            try:
                block.replace_self(nodes.raw("", drawn(block.astext().strip()), format="html"))
            except NotUnderstood as error:
                logger.warning("%s", error, location=block)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_post_transform(DrawStateDiagrams)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
