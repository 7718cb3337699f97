"""Pictures as SVG: the layout is Graphviz's, the drawing is ours.

An SVG brings its background, in light and in dark. It shrinks to the width that there is. Its title and its description
are for screen readers, its text can be selected, and it loads nothing.
"""

from collections.abc import Iterator
from hashlib import blake2b
from math import hypot

from qcaas_sdk._base.text import one_line, one_line_html
from qcaas_sdk.diagrams.picture import Arrow, Mark, Node, Picture, Region, Table
from qcaas_sdk.diagrams.renderers.layout import Box, Layout, Line, Point, laid_out
from qcaas_sdk.diagrams.renderers.measures import FONT, LEAD, LINE, NAME, START, text_width, titled
from qcaas_sdk.diagrams.words import folded

PAD = 16.0
TITLE = 14.0
NARROWEST = 360.0
HEAD_LENGTH, HEAD_WIDTH = 8.0, 4.0
CORNER = 7.0

LIGHT = {"bg": "#FFFFFF", "box": "#F4F5F7", "in": "#FFFFFF", "ink": "#1B1F24", "soft": "#5A6270", "way": "#4B5563"}
LIGHT |= {"faint": "#D3D8DE", "frame": "#9AA3AF", "on": "#111111"}
DARK = {"bg": "#15191F", "box": "#20262E", "in": "#2A313B", "ink": "#E8EBEF", "soft": "#A9B2BF", "way": "#B6BFCB"}
DARK |= {"faint": "#3D4651", "frame": "#6B7684", "on": "#111111"}


def svg(picture: Picture) -> str:
    """The picture as an SVG document.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    layout = laid_out(picture)
    wide = max(layout.size[0], NARROWEST, text_width(picture.title, TITLE, bold=True) if len(picture.title) < 60 else 0)
    left, top = PAD + (wide - layout.size[0]) / 2, PAD
    head: list[str] = []
    for line in folded(one_line(picture.title), round(wide / 7.6)):
        top += TITLE
        head.append(_text(line, PAD, top, size=TITLE, bold=True))
        top += 5.0
    top += 7.0
    body = [*_regions(picture, layout), *_lines(picture, layout), *_labels(picture, layout), *_nodes(picture, layout)]
    below = top + layout.size[1] + 8.0
    foot: list[str] = []
    if picture.table is not None:
        rows, below = _table(picture.table, below)
        foot += rows
    for sentence in picture.legend:
        for line in folded(one_line(sentence), round(wide / 5.4)):
            below += LEAD
            foot.append(_text(line, PAD, below, "soft"))
    return _document(
        picture, (wide + 2 * PAD, below + PAD), [*head, _group("", body, move=(left, top)), *foot]
    )


def _document(picture: Picture, size: Point, content: list[str]) -> str:
    wide, high = size
    name = "q" + blake2b("".join(content).encode(), digest_size=5).hexdigest()
    dark = "".join(f".{name} .f-{key}{{fill:{colour}}}.{name} .s-{key}{{stroke:{colour}}}" for key, colour in DARK.items())
    background = f'<rect width="{wide:.0f}" height="{high:.0f}" rx="6" {_fill("bg")}/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {wide:.0f} {high:.0f}" '
            f'width="{wide:.0f}" height="{high:.0f}" style="max-width:100%;height:auto" role="img" '
            f'aria-labelledby="{name}t {name}d" font-family="{FONT}">',
            f'<title id="{name}t">{one_line_html(picture.title)}</title>',
            f'<desc id="{name}d">{one_line_html(picture.summary)}</desc>',
            f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>",
            background,
            *content,
            "</svg>",
            "",
        ]
    )


def _regions(picture: Picture, layout: Layout) -> Iterator[str]:
    for region in picture.regions:
        left, top, right, bottom = layout.regions[region.name]
        shape = _rectangle((left, top, right, bottom), _look("box", "frame"), radius=10.0)
        yield _group("region", [*_hint(region.name, region.hint), shape, *_region_text(region, *layout.titles[region.name])])


def _region_text(region: Region, left: float, top: float) -> Iterator[str]:
    left, top = left + 8.0, top + NAME + 4.0
    yield _text(region.name, left, top, size=NAME, bold=True)
    for line in region.lines:
        top += LEAD
        yield _text(line, left, top, "soft")


def _nodes(picture: Picture, layout: Layout) -> Iterator[str]:
    for node in picture.nodes:
        box = layout.nodes[node.name]
        colours = "on" if node.mark is Mark.HERE else "ink"
        soft = {Mark.HERE: "on", Mark.NONE: "soft", Mark.BEEN: "ink", Mark.AWAY: "soft"}[node.mark]
        if node.mark is Mark.AWAY:
            colours = "soft"
        middle = (box[0] + box[2]) / 2
        lines = node.lines
        y = (box[1] + box[3]) / 2 - (NAME + 3.0 + LEAD * len(lines)) / 2 + NAME - 1.0
        texts = [_text(titled(node), middle, y, colours, size=NAME, bold=True, middle=True)]
        for line in lines:
            y += LEAD
            texts.append(_text(line, middle, y, soft, middle=True))
        kind = "choice" if node.choice else "node"
        yield _group(kind, [*_hint(node.name, node.hint), *_shape(node, box), *texts])


def _shape(node: Node, box: Box) -> Iterator[str]:
    look = _look("in", "faint" if node.mark is Mark.AWAY else "ink")
    if node.mark is Mark.HERE:
        look = f'fill="{node.colour}" {_stroke("ink", 3.0)}'
    if node.choice:
        left, top, right, bottom = box
        x, y = (left + right) / 2, (top + bottom) / 2
        yield f'<path d="M{x:.1f} {top:.1f}L{right:.1f} {y:.1f}L{x:.1f} {bottom:.1f}L{left:.1f} {y:.1f}Z" {look}/>'
        return
    yield _rectangle(box, look)
    if node.share:
        left, top, right, bottom = box
        filled = (left, top, left + max(6.0, (right - left) * node.share), bottom)
        yield _rectangle(filled, f'fill="{node.colour}" fill-opacity="0.45"')
        yield _rectangle(box, f'fill="none" stroke="{node.colour}" stroke-width="2"')
    elif node.mark is Mark.BEEN:
        yield _rectangle(box, f'fill="{node.colour}" fill-opacity="0.3" stroke="{node.colour}" stroke-width="2"')
    if node.final:
        left, top, right, bottom = box
        edge = "on" if node.mark is Mark.HERE else "faint" if node.mark is Mark.AWAY else "ink"
        yield _rectangle((left + 3.5, top + 3.5, right - 3.5, bottom - 3.5), f'fill="none" {_stroke(edge)}', radius=4.5)


def _lines(picture: Picture, layout: Layout) -> Iterator[str]:
    x, y = layout.start
    yield _group("start", [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{START / 2:.1f}" {_fill("ink")}/>'])
    order = {Mark.AWAY: 0, Mark.NONE: 1, Mark.BEEN: 2, Mark.HERE: 3}
    marked = [(_mark(picture, line), line) for line in layout.lines]
    for mark, line in sorted(marked, key=lambda one: order[one[0]]):
        yield _group("line", [*_curve(line, mark)])
    for place, arrow in enumerate(picture.arrows):
        if place in layout.labels and not arrow.lines:  # the line goes on where the label would be
            yield _group("line", [_through(layout.labels[place], arrow.mark, across=picture.across)])


def _mark(picture: Picture, line: Line) -> Mark:
    if line.arrow < 0:
        return Mark.NONE
    arrow = picture.arrows[line.arrow]
    return Mark.AWAY if line.source in arrow.unused else arrow.mark


_WAYS = {Mark.NONE: ("way", 1.3), Mark.AWAY: ("faint", 1.0), Mark.BEEN: ("ink", 2.0), Mark.HERE: ("ink", 3.5)}


def _curve(line: Line, mark: Mark) -> Iterator[str]:
    colour, wide = _WAYS[mark]
    points = list(line.points)
    head = ""
    if line.head:
        length = HEAD_LENGTH + wide
        (x, y), before = points[-1], points[-2]
        if hypot(x - before[0], y - before[1]) < 0.5:
            before = points[-3]
        away = hypot(x - before[0], y - before[1]) or 1.0
        dx, dy = (x - before[0]) / away, (y - before[1]) / away
        points[-1] = (x - dx * length * 0.8, y - dy * length * 0.8)
        if away < length:
            points[-2] = points[-1]
        bx, by, half = x - dx * length, y - dy * length, HEAD_WIDTH + wide / 2
        head = (
            f'<path d="M{x:.1f} {y:.1f}L{bx - dy * half:.1f} {by + dx * half:.1f}'
            f'L{bx + dy * half:.1f} {by - dx * half:.1f}Z" {_fill(colour)}/>'
        )
    (x, y), *rest = points
    path = "".join(f"{'C' if place % 3 == 0 else ' '}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(rest))
    yield f'<path d="M{x:.1f} {y:.1f}{path}" fill="none" {_stroke(colour, wide)}/>'
    if head:
        yield head


def _through(box: Box, mark: Mark, *, across: bool) -> str:
    colour, wide = _WAYS[mark]
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    path = f"M{left:.1f} {y:.1f}H{right:.1f}" if across else f"M{x:.1f} {top:.1f}V{bottom:.1f}"
    return f'<path d="{path}" fill="none" {_stroke(colour, wide)}/>'


def _labels(picture: Picture, layout: Layout) -> Iterator[str]:
    for place, arrow in enumerate(picture.arrows):
        if arrow.lines:
            yield _group("label", [*_label(arrow, layout.labels[place])])


def _label(arrow: Arrow, box: Box) -> Iterator[str]:
    left, top, right, bottom = box
    if arrow.hint:
        yield f"<title>{one_line_html(' / '.join(arrow.hint))}</title>"
    y = (top + bottom) / 2 - LEAD * len(arrow.lines) / 2 + LINE - 0.5
    for line in arrow.lines:
        yield _text(line, (left + right) / 2, y, "ink", middle=True, bold=arrow.mark is Mark.HERE)
        y += LEAD


def _table(table: Table, top: float) -> tuple[list[str], float]:
    """The elements of a table, and where it ends."""
    columns = list(zip(*table.rows, strict=True))
    wides = [max(text_width(cell, bold=True) for cell in column) + 18.0 for column in columns]
    top += LEAD
    parts = [_text(table.title, PAD, top, bold=True)]
    top += 6.0
    for place, row in enumerate(table.rows):
        high = LEAD + 4.0
        if place == table.marked:
            parts.append(_rectangle((PAD, top, PAD + sum(wides), top + high), _fill("box"), radius=3.0))
        x = PAD + 6.0
        for cell, wide in zip(row, wides, strict=True):
            parts.append(_text(cell, x, top + LEAD - 1.0, "soft" if place == 0 else "ink", bold=place == table.marked))
            x += wide
        top += high
    return [_group("table", parts)], top + 6.0


def _hint(name: str, hint: str) -> Iterator[str]:
    if hint:
        yield f"<title>{one_line_html(f'{name}: {hint}')}</title>"


def _text(
    text: str, x: float, y: float, colour: str = "ink", *, size: float = LINE, bold: bool = False, middle: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}"{weight}{anchor} {_fill(colour)}>{one_line_html(text)}</text>'


def _rectangle(box: Box, look: str, *, radius: float = CORNER) -> str:
    left, top, right, bottom = box
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" rx="{radius:g}" {look}/>'
    )


def _group(kind: str, parts: list[str], *, move: Point | None = None) -> str:
    told = f' class="{kind}"' if kind else ""
    moved = f' transform="translate({move[0]:.1f} {move[1]:.1f})"' if move else ""
    return f"<g{told}{moved}>{''.join(parts)}</g>"


def _fill(colour: str) -> str:
    return f'class="f-{colour}" fill="{LIGHT[colour]}"'


def _look(fill: str, stroke: str) -> str:
    colours = f'fill="{LIGHT[fill]}" stroke="{LIGHT[stroke]}"'
    return f'class="f-{fill} s-{stroke}" {colours} stroke-width="1.2"'


def _stroke(colour: str, wide: float = 1.2) -> str:
    return f'class="s-{colour}" stroke="{LIGHT[colour]}" stroke-width="{wide:g}"'
