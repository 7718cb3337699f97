"""The colours and signs of states, the same in diagrams and timelines.

The colours are those of Okabe and Ito (Color Universal Design, 2008), which colour-blind people can tell apart.
States also differ by their hatching in timelines, and final states by their sign.
"""

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

_LIVING = ("#BDBDBD", "#E69F00", "#56B4E9", "#F0E442", "#0072B2", "#CC79A7")
_ENDS = ("#009E73", "#D55E00", "#CC79A7", "#000000", "#0072B2", "#E69F00")
_HATCHES = ("", "////", "", "....", "\\\\\\\\", "xx")
_END_HATCHES = ("", "xxx", "...", "ooo", "++", "**")
_MARKERS = ("o", "X", "s", "D", "^", "v")
_SIGNS = ("●", "✖", "■", "◆", "▲", "▼")


@frozen
class Look:
    """How a state looks.

    Attributes:
        colour: A colour in hexadecimal.
        hatch: A hatching of matplotlib.
        marker: A marker of matplotlib, for a final state; else empty.
        sign: The same marker as a character.
    """

    colour: str
    hatch: str
    marker: str = ""
    sign: str = ""


def looks_of(chart: "DrawnChart") -> dict[str, Look]:
    """The look of each state of a chart, by name."""
    looks, living, ends = {}, 0, 0
    for state in chart.states:
        if state.final:
            place = ends % len(_ENDS)
            looks[state.name] = Look(_ENDS[place], _END_HATCHES[place], _MARKERS[place], _SIGNS[place])
            ends += 1
        else:
            place = living % len(_LIVING)
            looks[state.name] = Look(_LIVING[place], _HATCHES[place])
            living += 1
    return looks
