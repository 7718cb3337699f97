"""A small picture: the states of a run one after another. It needs no Graphviz."""

from collections.abc import Sequence

from attrs import frozen

from qcaas_sdk.diagrams.renderers.canvas import document, fill, group, rectangle, stroke, text
from qcaas_sdk.diagrams.renderers.measures import LINE, NAME, text_width

HIGH, GAP, PAD = 40.0, 26.0, 10.0


@frozen(kw_only=True)
class Stop:
    """A state of a run.

    Attributes:
        name: Its name in the chart.
        told: How long it lasted.
        colour: Its colour in timelines; empty for states that are left out.
        sign: The sign of a final state.
        here: Whether it is the current state.
    """

    name: str
    told: str = ""
    colour: str = ""
    sign: str = ""
    here: bool = False


def track(title: str, summary: str, stops: Sequence[Stop]) -> str:
    """States as boxes from left to right, as an SVG document."""
    left, parts = PAD, []
    middle = PAD + HIGH / 2
    for place, stop in enumerate(stops):
        if place:
            end = left + GAP
            parts.append(f'<path d="M{left:.1f} {middle:.1f}H{end - 8:.1f}" fill="none" {stroke("way", 1.5)}/>')
            head = f"M{end:.1f} {middle:.1f}L{end - 8:.1f} {middle - 4:.1f}V{middle + 4:.1f}Z"
            parts.append(f'<path d="{head}" {fill("way")}/>')
            left = end
        name = f"{stop.sign} {stop.name}" if stop.sign else stop.name
        wide = max(text_width(name, NAME, bold=True), text_width(stop.told)) + 20.0
        box = (left, PAD, left + wide, PAD + HIGH)
        if stop.here:
            parts.append(rectangle(box, f'fill="{stop.colour}" {stroke("ink", 2.5)}'))
        elif stop.colour:
            style = f'fill="{stop.colour}" fill-opacity="0.3" stroke="{stop.colour}" stroke-width="2"'
            parts.append(rectangle(box, style))
        ink = "on" if stop.here else "ink"
        y = middle + (-2.0 if stop.told else NAME / 3)
        parts.append(text(name, left + wide / 2, y, ink, size=NAME, bold=True, middle=True))
        if stop.told:
            parts.append(text(stop.told, left + wide / 2, y + LINE + 4.0, ink, middle=True))
        left += wide
    return document(title, summary, (left + PAD, HIGH + 2 * PAD), [group("track", parts)])
