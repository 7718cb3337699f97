"""The parts of an SVG: text, boxes, colours for light and dark, the document.

Colours have names. The attributes of an element hold the light colour. The style of the document changes it where
the reader prefers dark.
"""

from collections.abc import Iterator
from hashlib import blake2b

from qcaas_sdk._base.text import one_line_html
from qcaas_sdk.diagrams.renderers.measures import FONT, LINE

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Point = tuple[float, float]

CORNER = 7.0

LIGHT = {"bg": "#FFFFFF", "box": "#F4F5F7", "in": "#FFFFFF", "ink": "#1B1F24", "soft": "#5A6270", "way": "#4B5563"}
LIGHT |= {"faint": "#D3D8DE", "frame": "#9AA3AF", "on": "#111111"}
DARK = {"bg": "#15191F", "box": "#20262E", "in": "#2A313B", "ink": "#E8EBEF", "soft": "#A9B2BF", "way": "#B6BFCB"}
DARK |= {"faint": "#3D4651", "frame": "#6B7684", "on": "#111111"}


def document(title: str, summary: str, size: Point, content: list[str]) -> str:
    """An SVG document: with its background, no wider than the page, with a title and a description."""
    wide, high = size
    name = "q" + blake2b("".join(content).encode(), digest_size=5).hexdigest()
    dark = "".join(
        f".{name} .f-{key}{{fill:{colour}}}.{name} .s-{key}{{stroke:{colour}}}" for key, colour in DARK.items()
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {wide:.0f} {high:.0f}" '
            f'width="{wide:.0f}" height="{high:.0f}" style="max-width:100%;height:auto" role="img" '
            f'aria-labelledby="{name}t {name}d" font-family="{FONT}">',
            f'<title id="{name}t">{one_line_html(title)}</title>',
            f'<desc id="{name}d">{one_line_html(summary)}</desc>',
            f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>",
            f'<rect width="{wide:.0f}" height="{high:.0f}" rx="6" {fill("bg")}/>',
            *content,
            "</svg>",
            "",
        ]
    )


def hint(name: str, hint: str) -> Iterator[str]:
    """The tooltip of a group."""
    if hint:
        yield f"<title>{one_line_html(f'{name}: {hint}')}</title>"


def text(
    written: str,
    x: float,
    y: float,
    colour: str = "ink",
    *,
    size: float = LINE,
    bold: bool = False,
    middle: bool = False,
) -> str:
    """A line of text; `y` is its base line."""
    weight = ' font-weight="600"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}"'
    return f"<text {where}{weight}{anchor} {fill(colour)}>{one_line_html(written)}</text>"


def rectangle(box: Box, look: str, *, radius: float = CORNER) -> str:
    """A rectangle with round corners."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="{radius:g}" {look}/>'


def group(kind: str, parts: list[str], *, move: Point | None = None) -> str:
    """Elements together, with a class, or moved."""
    told = f' class="{kind}"' if kind else ""
    moved = f' transform="translate({move[0]:.1f} {move[1]:.1f})"' if move else ""
    return f"<g{told}{moved}>{''.join(parts)}</g>"


def fill(colour: str) -> str:
    """The attributes of a fill."""
    return f'class="f-{colour}" fill="{LIGHT[colour]}"'


def look(fill: str, stroke: str) -> str:
    """The attributes of a fill and of a border."""
    colours = f'fill="{LIGHT[fill]}" stroke="{LIGHT[stroke]}"'
    return f'class="f-{fill} s-{stroke}" {colours} stroke-width="1.2"'


def stroke(colour: str, wide: float = 1.2) -> str:
    """The attributes of a border or a line."""
    return f'class="s-{colour}" stroke="{LIGHT[colour]}" stroke-width="{wide:g}"'
