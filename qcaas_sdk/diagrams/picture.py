"""The content of a picture as plain data, independent of charts and formats."""

from enum import StrEnum

from attrs import frozen


class Mark(StrEnum):
    """How a state or an arrow is highlighted in the picture of a job."""

    NONE = "none"
    HERE = "here"
    """The current state, or the last transition."""
    BEEN = "been"
    """An earlier state or transition."""
    AWAY = "away"
    """A state never entered, or a transition never taken."""


@frozen(kw_only=True)
class Box:
    """A state as it is drawn.

    Attributes:
        name: Its name in the chart.
        summary: One line for people.
        final: Whether it is a final state.
        mark: How it is highlighted.
        notes: More lines, such as how long it lasted.
    """

    name: str
    summary: str
    final: bool = False
    mark: Mark = Mark.NONE
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Arrow:
    """All transitions from one state to another, drawn as one arrow.

    Attributes:
        source: The source state.
        target: The target state.
        lines: The lines of its label.
        speaks: Whether one of them has an effect, so that it may send HTTP requests.
        resets: Whether all of them are resets.
        mark: How it is highlighted.
        hint: Lines of a tooltip, for formats that have tooltips.
    """

    source: str
    target: str
    lines: tuple[str, ...]
    speaks: bool = False
    resets: bool = False
    mark: Mark = Mark.NONE
    hint: tuple[str, ...] = ()


@frozen(kw_only=True)
class Picture:
    """A chart as it is drawn, possibly with a history.

    Attributes:
        title: Its title.
        initial: The state of a new model.
        boxes: In the order of the chart.
        arrows: In the order of the chart; at most one per source and target.
        legend: The lines of the legend.
    """

    title: str
    initial: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    legend: tuple[str, ...] = ()
