"""Pictures in DOT, the language of Graphviz: as a file for people, and without text for the layout."""

from collections.abc import Iterator

from qcaas_sdk._base.text import one_line, one_line_dot, one_line_html
from qcaas_sdk.diagrams.picture import Arrow, Mark, Node, Picture, Region
from qcaas_sdk.diagrams.renderers.lines import (
    INITIAL,
    Edge,
    around,
    borders,
    cluster,
    edges_of,
    has_label,
    inside,
    label,
)
from qcaas_sdk.diagrams.renderers.measures import LINE, NAME, START, label_size, node_size, region_label, titled
from qcaas_sdk.diagrams.text_wrapping import folded

FONT = "Helvetica,Arial,sans-serif"
INK, SOFT, FAINT, WAY, FRAME = "#1B1F24", "#5A6270", "#D3D8DE", "#4B5563", "#9AA3AF"
LEGEND_WIDTH = 90
POINTS_PER_INCH = 72.0

_WAYS = {Mark.NONE: (WAY, 1.3), Mark.AWAY: (FAINT, 1.0), Mark.BEEN: (INK, 2.0), Mark.HERE: (INK, 3.5)}


def dot(picture: Picture) -> str:
    """The picture as a DOT file, with a white background."""
    return graph(picture, edges_of(picture), text=True)


def title_node(place: int) -> str:
    """The id of the node that holds the text of a region."""
    return f"title {place}"


def graph(picture: Picture, edges: list[Edge], *, text: bool = False) -> str:
    """The picture as a graph. All sizes are given, so `text` does not change the layout."""
    direction = f"rankdir={'LR' if picture.across else 'TB'}"
    font = f'fontname="{FONT}", fontsize={NAME:.0f}, fontcolor="{INK}"'
    lines = [
        f"digraph {_quoted(picture.title) if text else ''} {{",
        f"graph [{direction}, compound=true, nodesep=0.22, ranksep=0.32, margin=0, {font}];",
        f'node [shape=box, fixedsize=true, label="", {font}];',
        f'edge [dir=none, arrowsize=0.8, fontname="{FONT}"];',
    ]
    lines.append(f'"{INITIAL}" [shape=circle, {_size((START, START))}, style=filled, fillcolor="{INK}"];')
    lines += _inner(picture, None, text)
    for place, edge in enumerate(edges):
        look = f", {_way(picture, edge)}" if text else ""
        ends = " -> ".join(map(_quoted, edge.ids))
        lines.append(f"{ends} [{', '.join((f'id={place}', *edge.attributes))}{look}];")
    if text:  # last, because inner graphs inherit what is said before them
        lines.append(f"graph [bgcolor=white, pad=0.2, {_below(picture)}];")
    return "\n".join([*lines, "}", ""])


def _inner(picture: Picture, parent: str | None, text: bool) -> Iterator[str]:
    for place, region in enumerate(picture.regions):
        if region.parent == parent:
            yield f"subgraph {cluster(place)} {{"
            yield from _title(picture, place, text)
            yield from _inner(picture, region.name, text)
            yield from _in_order(picture, region.name)
            yield "}"
    for node in picture.nodes:
        if node.parent == parent:
            shape = "shape=diamond, " if node.choice else ""
            look = f", {_node(node)}" if text else ""
            yield f"{_quoted(node.name)} [{shape}{_size(node_size(node))}{look}];"
    for place, arrow in enumerate(picture.arrows):
        if has_label(arrow) and around(picture, arrow) == parent:
            look = f", {_label(arrow)}" if text else ""
            kept = ", ordering=out" if picture.across and len(arrow.targets) > 1 else ""
            yield f"{_quoted(label(place))} [{_size(label_size(arrow))}{kept}{look}];"


def _in_order(picture: Picture, parent: str) -> Iterator[str]:
    """Keep the order of states that share a way to them: beside it, they are below each other."""
    inner = {node.name for node in picture.nodes if node.parent == parent}
    for arrow in picture.arrows if picture.across else ():
        if len(arrow.targets) > 1 and inner.issuperset(arrow.targets):
            yield f"{{rank=same; {' -> '.join(map(_quoted, reversed(arrow.targets)))} [style=invis];}}"


def _title(picture: Picture, place: int, text: bool) -> Iterator[str]:
    """The text of a region, or space for it: above its states, or at their left if lines come from above."""
    region = picture.regions[place]
    wide, high = region_label(region)
    first, _ = borders(picture, inside(picture, region.name))
    direct = [_quoted(node.name) for node in picture.nodes if node.name in first and node.parent == region.name]
    look = f'graph [margin=10, style="rounded,filled", fillcolor="#F4F5F7", color="{FRAME}"];' if text else ""
    written = _region(region) if text else "<tr><td></td></tr>"
    if picture.across:
        fixed = "" if text else f' fixedsize="true" width="{wide:.0f}" height="{high:.0f}"'
        table = f'<table border="0" cellspacing="0" cellpadding="0"{fixed}>{written}</table>'
        yield f"graph [margin=10, labeljust=l, label=<{table}>];{look}"
        return
    yield f"graph [margin=10];{look}"
    told = f', shape=plaintext, label=<<table border="0" cellspacing="0">{written}</table>>' if text else ""
    yield f"{_quoted(title_node(place))} [{_size((wide, high))}{told}];"
    if direct:
        yield f"{{rank=same; {_quoted(title_node(place))} -> {{{' '.join(direct)}}} [style=invis];}}"


def _below(picture: Picture) -> str:
    """The title, the table and the legend."""
    rows = [
        f'<tr><td align="left"><font point-size="{NAME:.0f}"><b>{one_line_html(picture.title)}</b></font></td></tr>'
    ]
    if picture.table is not None:
        rows.append(f'<tr><td align="left">{_small([picture.table.title])}</td></tr>')
        for place, row in enumerate(picture.table.rows):
            written = one_line_html("  →  ".join(row))
            bold = f"<b>{written}</b>" if place == picture.table.marked else written
            rows.append(f'<tr><td align="left"><font point-size="{LINE:.0f}">{bold}</font></td></tr>')
    for sentence in picture.legend:
        rows.append(f'<tr><td align="left">{_small(folded(one_line(sentence), LEGEND_WIDTH), SOFT)}</td></tr>')
    table = f'<table border="0" cellspacing="0" cellpadding="1">{"".join(rows)}</table>'
    return f'labelloc=b, labeljust=l, fontname="{FONT}", label=<{table}>'


def _small(lines: list[str], colour: str = INK) -> str:
    written = '<br align="left"/>'.join(map(one_line_html, lines))
    return f'<font point-size="{LINE:.0f}" color="{colour}">{written}<br align="left"/></font>'


def _region(region: Region) -> str:
    lines = f'<tr><td align="left">{_small(list(region.lines), SOFT)}</td></tr>' if region.lines else ""
    return f'<tr><td align="left"><b>{one_line_html(region.name)}</b></td></tr>{lines}'


def _node(node: Node) -> str:
    soft = INK if node.mark in {Mark.HERE, Mark.BEEN} else SOFT
    below = "".join(
        f'<br/><font point-size="{LINE:.0f}" color="{soft}">{one_line_html(line)}</font>' for line in node.lines
    )
    fill = {Mark.HERE: node.colour, Mark.BEEN: f"{node.colour}4D"}.get(node.mark, "#FFFFFF")
    edge = {Mark.AWAY: FAINT, Mark.BEEN: node.colour}.get(node.mark, INK)
    return ", ".join(
        [
            f"label=<<b>{one_line_html(titled(node))}</b>{below}>",
            f'style="{"filled" if node.choice else "rounded,filled"}", fillcolor="{fill}", color="{edge}"',
            f"penwidth={3 if node.mark is Mark.HERE else 1.2}, peripheries={2 if node.final else 1}",
            f'fontcolor="{SOFT if node.mark is Mark.AWAY else INK}"',
            f"tooltip={_quoted(node.hint or node.name)}",
        ]
    )


def _label(arrow: Arrow) -> str:
    written = "<br/>".join(map(one_line_html, arrow.lines))
    told = f"label=<{written}>" if written else 'label=""'
    return f"shape=plaintext, fontsize={LINE:.0f}, {told}, tooltip={_quoted(' / '.join(arrow.hint))}"


def _way(picture: Picture, edge: Edge) -> str:
    arrow = picture.arrows[edge.arrow] if edge.arrow >= 0 else None
    mark = Mark.NONE if arrow is None else Mark.AWAY if edge.source in arrow.unused else arrow.mark
    colour, wide = _WAYS[mark]
    direction = ("back" if edge.reversed else "forward") if edge.head else "none"
    return f'dir={direction}, color="{colour}", penwidth={wide}'


def _size(size: tuple[float, float]) -> str:
    return f"width={size[0] / POINTS_PER_INCH:.3f}, height={size[1] / POINTS_PER_INCH:.3f}"


def _quoted(text: str) -> str:
    return f'"{one_line_dot(text)}"'
