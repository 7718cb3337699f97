"""Pictures in DOT, the language of Graphviz."""

from qcaas_sdk._base.text import one_line, one_line_dot, one_line_html
from qcaas_sdk.diagrams.picture import Arrow, Box, Mark, Picture
from qcaas_sdk.diagrams.words import folded

FONT = "Helvetica,Arial,sans-serif"
BOX_WIDTH = 30
LABEL_WIDTH = 26

BLUE, DARK_BLUE, PALE_BLUE = "#0072B2", "#003A5C", "#D6E9F5"
INK, GREY = "#1A1A1A", "#595959"

_BOXES = {
    Mark.NONE: {"fillcolor": "#F7F7F7", "color": INK, "fontcolor": INK},
    Mark.HERE: {"fillcolor": BLUE, "color": DARK_BLUE, "fontcolor": "#FFFFFF", "penwidth": "3"},
    Mark.BEEN: {"fillcolor": PALE_BLUE, "color": BLUE, "fontcolor": INK},
    Mark.AWAY: {"fillcolor": "#FFFFFF", "color": GREY, "fontcolor": GREY, "style": "rounded,filled,dashed"},
}


def dot(picture: Picture) -> str:
    """The picture as a DOT file, with a white background."""
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        f"    graph [{_attributes(_graph(picture))}];",
        f'    node [fontname="{FONT}", fontsize=12, shape=box, style="rounded,filled", margin="0.16,0.09"];',
        f'    edge [fontname="{FONT}", fontsize=10, arrowsize=0.8];',
        '    "[*]" [shape=circle, width=0.16, fixedsize=true, label="", fillcolor="#1A1A1A", style=filled];',
        f'    "[*]" -> {_quoted(picture.initial)} [color="{INK}"];',
    ]
    lines += [f"    {_quoted(box.name)} [{_attributes(_box(box))}];" for box in picture.boxes]
    lines += [
        f"    {_quoted(arrow.source)} -> {_quoted(arrow.target)} [{_attributes(_arrow(arrow))}];"
        for arrow in picture.arrows
    ]
    return "\n".join([*lines, "}", ""])


def _graph(picture: Picture) -> dict[str, str]:
    signs = " · ".join([*picture.legend, *_signs(picture)])
    legend = "".join(f"<br/>{one_line_html(line)}" for line in folded(signs, 100)) if signs else ""
    return {
        "rankdir": "TB",
        "bgcolor": "#FFFFFF",
        "pad": "0.2",
        "nodesep": "0.45",
        "ranksep": "0.55",
        "fontname": FONT,
        "fontsize": "10",
        "fontcolor": INK,
        "labelloc": "b",
        "tooltip": one_line(picture.title),
        "label": f'<<font point-size="12"><b>{one_line_html(picture.title)}</b></font>{legend}>',
    }


def _signs(picture: Picture) -> list[str]:
    signs = (
        ["thick blue arrow: may send HTTP requests"]
        if any(a.speaks and a.mark is Mark.NONE for a in picture.arrows)
        else []
    )
    signs += ["dashed arrow: reset"] if any(arrow.resets for arrow in picture.arrows) else []
    return [*signs, "double border: final state"]


def _box(box: Box) -> dict[str, str]:
    small = [line for text in (box.summary, *box.notes) if text for line in folded(text, BOX_WIDTH)]
    below = "".join(f'<br/><font point-size="10">{one_line_html(line)}</font>' for line in small)
    return {
        "label": f"<<b>{one_line_html(box.name)}</b>{below}>",
        "tooltip": one_line(f"{box.name}: {box.summary}"),
        "peripheries": "2" if box.final else "1",
        **_BOXES[box.mark],
    }


def _arrow(arrow: Arrow) -> dict[str, str]:
    lines = [one_line_html(line) for text in arrow.lines for line in _broken(text)]
    look = {"color": GREY, "fontcolor": INK, "penwidth": "1"}
    if arrow.mark is Mark.AWAY:
        look |= {"color": "#8C8C8C", "fontcolor": GREY, "penwidth": "0.6", "style": "dotted"}
    elif arrow.mark is Mark.HERE:
        look |= {"color": BLUE, "fontcolor": DARK_BLUE, "penwidth": "4"}
    elif arrow.speaks or arrow.mark is Mark.BEEN:
        look |= {"color": BLUE, "fontcolor": DARK_BLUE, "penwidth": "2"}
    if arrow.resets and arrow.mark is not Mark.AWAY:
        look |= {"style": "dashed"}
    hint = "\n".join(map(one_line, arrow.hint))
    told = {"tooltip": hint, "labeltooltip": hint} if hint else {}
    return {"label": _label(lines), **look, **told} if lines else {**look, **told}


def _broken(text: str) -> list[str]:
    """A line of a label, wrapped: first before its effect, then where needed."""
    trigger, slash, effect = text.partition(" / ")
    if len(text) <= LABEL_WIDTH or not slash:
        return folded(text, LABEL_WIDTH)
    return [*folded(trigger, LABEL_WIDTH), f"\u2003\u2002/ {effect}"]


def _label(lines: list[str]) -> str:
    """Lines with space around them, so that arrows do not touch them."""
    written = "".join(f'{line}<br align="left"/>' for line in lines)
    return f'<<table border="0" cellspacing="0" cellpadding="3"><tr><td align="left">{written}</td></tr></table>>'


def _attributes(values: dict[str, str]) -> str:
    """A list of attributes. Only labels use the HTML of Graphviz."""
    return ", ".join(f"{key}={value if key == 'label' else _quoted(value)}" for key, value in values.items())


def _quoted(text: str) -> str:
    """Text in quotes. Line breaks are kept."""
    escaped = "\\n".join(map(one_line_dot, text.split("\n")))
    return f'"{escaped}"'
