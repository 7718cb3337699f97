"""Pictures as SVG: the layout is Graphviz's, the drawing is ours.

An SVG brings its background, in light and in dark. It shrinks to the width that there is. Its title and its
description are for screen readers, its text can be selected, and it loads nothing.
"""

from collections.abc import Iterator
from math import hypot

from qcaas_sdk._base.text import one_line, one_line_html
from qcaas_sdk.diagrams.picture import Arrow, Mark, Node, Picture, Region, Table
from qcaas_sdk.diagrams.renderers.canvas import Box, document, fill, group, hint, look, rectangle, stroke, text
from qcaas_sdk.diagrams.renderers.layout import Layout, Line, laid_out
from qcaas_sdk.diagrams.renderers.measures import LEAD, LINE, NAME, START, text_width, titled
from qcaas_sdk.diagrams.text_wrapping import folded

PAD = 16.0
TITLE = 14.0
NARROWEST = 360.0
HEAD_LENGTH, HEAD_WIDTH = 8.0, 4.0


def svg(picture: Picture) -> str:
    """The picture as an SVG document.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    layout = laid_out(picture)
    wide = max(
        layout.size[0], NARROWEST, text_width(picture.title, TITLE, bold=True) if len(picture.title) < 60 else 0
    )
    left, top = PAD + (wide - layout.size[0]) / 2, PAD
    head: list[str] = []
    for line in folded(one_line(picture.title), round(wide / 7.6)):
        top += TITLE
        head.append(text(line, PAD, top, size=TITLE, bold=True))
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
            foot.append(text(line, PAD, below, "soft"))
    content = [*head, group("", body, move=(left, top)), *foot]
    return document(picture.title, picture.summary, (wide + 2 * PAD, below + PAD), content)


def _regions(picture: Picture, layout: Layout) -> Iterator[str]:
    for region in picture.regions:
        left, top, right, bottom = layout.regions[region.name]
        shape = rectangle((left, top, right, bottom), look("box", "frame"), radius=10.0)
        yield group(
            "region", [*hint(region.name, region.hint), shape, *_region_text(region, *layout.titles[region.name])]
        )


def _region_text(region: Region, left: float, top: float) -> Iterator[str]:
    left, top = left + 8.0, top + NAME + 4.0
    yield text(region.name, left, top, size=NAME, bold=True)
    for line in region.lines:
        top += LEAD
        yield text(line, left, top, "soft")


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
        texts = [text(titled(node), middle, y, colours, size=NAME, bold=True, middle=True)]
        for line in lines:
            y += LEAD
            texts.append(text(line, middle, y, soft, middle=True))
        kind = "choice" if node.choice else "node"
        yield group(kind, [*hint(node.name, node.hint), *_shape(node, box), *texts])


def _shape(node: Node, box: Box) -> Iterator[str]:
    style = look("in", "faint" if node.mark is Mark.AWAY else "ink")
    if node.mark is Mark.HERE:
        style = f'fill="{node.colour}" {stroke("ink", 3.0)}'
    if node.choice:
        left, top, right, bottom = box
        x, y = (left + right) / 2, (top + bottom) / 2
        yield f'<path d="M{x:.1f} {top:.1f}L{right:.1f} {y:.1f}L{x:.1f} {bottom:.1f}L{left:.1f} {y:.1f}Z" {style}/>'
        return
    yield rectangle(box, style)
    if node.share:
        left, top, right, bottom = box
        filled = (left, top, left + max(6.0, (right - left) * node.share), bottom)
        yield rectangle(filled, f'fill="{node.colour}" fill-opacity="0.45"')
        yield rectangle(box, f'fill="none" stroke="{node.colour}" stroke-width="2"')
    elif node.mark is Mark.BEEN:
        yield rectangle(box, f'fill="{node.colour}" fill-opacity="0.3" stroke="{node.colour}" stroke-width="2"')
    if node.final:
        left, top, right, bottom = box
        edge = "on" if node.mark is Mark.HERE else "faint" if node.mark is Mark.AWAY else "ink"
        yield rectangle((left + 3.5, top + 3.5, right - 3.5, bottom - 3.5), f'fill="none" {stroke(edge)}', radius=4.5)


def _lines(picture: Picture, layout: Layout) -> Iterator[str]:
    x, y = layout.start
    yield group("start", [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{START / 2:.1f}" {fill("ink")}/>'])
    order = {Mark.AWAY: 0, Mark.NONE: 1, Mark.BEEN: 2, Mark.HERE: 3}
    marked = [(_mark(picture, line), line) for line in layout.lines]
    for mark, line in sorted(marked, key=lambda one: order[one[0]]):
        yield group("line", [*_curve(line, mark)])
    for place, arrow in enumerate(picture.arrows):
        if place in layout.labels and not arrow.lines:  # the line goes on where the label would be
            yield group("line", [_through(layout.labels[place], arrow.mark, across=picture.across)])


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
            f'L{bx + dy * half:.1f} {by - dx * half:.1f}Z" {fill(colour)}/>'
        )
    (x, y), *rest = points
    path = "".join(f"{'C' if place % 3 == 0 else ' '}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(rest))
    yield f'<path d="M{x:.1f} {y:.1f}{path}" fill="none" {stroke(colour, wide)}/>'
    if head:
        yield head


def _through(box: Box, mark: Mark, *, across: bool) -> str:
    colour, wide = _WAYS[mark]
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    path = f"M{left:.1f} {y:.1f}H{right:.1f}" if across else f"M{x:.1f} {top:.1f}V{bottom:.1f}"
    return f'<path d="{path}" fill="none" {stroke(colour, wide)}/>'


def _labels(picture: Picture, layout: Layout) -> Iterator[str]:
    for place, arrow in enumerate(picture.arrows):
        if arrow.lines:
            yield group("label", [*_label(arrow, layout.labels[place])])


def _label(arrow: Arrow, box: Box) -> Iterator[str]:
    left, top, right, bottom = box
    if arrow.hint:
        yield f"<title>{one_line_html(' / '.join(arrow.hint))}</title>"
    y = (top + bottom) / 2 - LEAD * len(arrow.lines) / 2 + LINE - 0.5
    for line in arrow.lines:
        yield text(line, (left + right) / 2, y, "ink", middle=True, bold=arrow.mark is Mark.HERE)
        y += LEAD


def _table(table: Table, top: float) -> tuple[list[str], float]:
    """The elements of a table, and where it ends."""
    columns = list(zip(*table.rows, strict=True))
    wides = [max(text_width(cell, bold=True) for cell in column) + 18.0 for column in columns]
    top += LEAD
    parts = [text(table.title, PAD, top, bold=True)]
    top += 6.0
    for place, row in enumerate(table.rows):
        high = LEAD + 4.0
        if place == table.marked:
            parts.append(rectangle((PAD, top, PAD + sum(wides), top + high), fill("box"), radius=3.0))
        x = PAD + 6.0
        for cell, wide in zip(row, wides, strict=True):
            parts.append(text(cell, x, top + LEAD - 1.0, "soft" if place == 0 else "ink", bold=place == table.marked))
            x += wide
        top += high
    return [group("table", parts)], top + 6.0
