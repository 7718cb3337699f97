"""What is drawn, as plain frozen data between charts and formats. Knows neither."""

from enum import StrEnum

from attrs import frozen


class Mark(StrEnum):
    """What a live picture says about a state or a move; a picture of the chart alone says nothing."""

    NONE = "none"
    HERE = "here"
    """Where it is now; of a move: how it came there."""
    BEEN = "been"
    """Where it was before, or which way it went."""
    AWAY = "away"
    """Where it never was."""


@frozen(kw_only=True)
class Box:
    """A state as it is drawn.

    Attributes:
        name: Its name in the chart.
        summary: One line for people.
        final: Whether it is an end.
        mark: What a live picture says of it.
        notes: Further lines, as how long it lasted.
    """

    name: str
    summary: str
    final: bool = False
    mark: Mark = Mark.NONE
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Arrow:
    """All moves from one state to another, drawn as one.

    Attributes:
        source: The state they leave.
        target: The state they enter; the same one for a stay.
        lines: What is written beside it, a line each.
        speaks: Whether one of them has an effect, so that it may speak to a server.
        resets: Whether all of them leave an end by the chart's reset.
        mark: What a live picture says of it.
        hint: More about it, for formats that show something when one points at it.
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
    """A chart as it is drawn, perhaps with what has happened in it.

    Attributes:
        title: What stands above it.
        initial: The state of a new model.
        boxes: In the order of the chart.
        arrows: In the order of the chart; one at most for a source and a target.
        legend: What the signs in it mean, a line each.
    """

    title: str
    initial: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    legend: tuple[str, ...] = ()
