"""The content of a picture as plain data, independent of charts and formats."""

from collections.abc import Iterator
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
class Node:
    """A state or a choice point as it is drawn.

    Attributes:
        name: Its name in the chart.
        lines: More lines below the name.
        room: Lines whose space is kept, so that the layout does not depend on `lines`.
        parent: The region around it.
        choice: Whether it is a choice point.
        final: Whether it is a final state.
        mark: How it is highlighted.
        colour: The colour of the state in timelines; used if it is highlighted.
        sign: The mark of a final state in timelines.
        share: How much of its width is filled, from 0 to 1; None if it is not a share of anything.
        hint: One line for people: a tooltip, where there are tooltips.
    """

    name: str
    lines: tuple[str, ...] = ()
    room: tuple[str, ...] = ()
    parent: str | None = None
    choice: bool = False
    final: bool = False
    mark: Mark = Mark.NONE
    colour: str = ""
    sign: str = ""
    share: float | None = None
    hint: str = ""


@frozen(kw_only=True)
class Region:
    """A superstate: a box around nodes and other regions.

    Attributes:
        name: Its name in the chart.
        lines: More lines below the name.
        parent: The region around it.
        hint: One line for people.
    """

    name: str
    lines: tuple[str, ...] = ()
    parent: str | None = None
    hint: str = ""


@frozen(kw_only=True)
class Arrow:
    """Transitions that are drawn as one arrow. It may have several tails or several heads.

    Attributes:
        sources: States, regions or choice points.
        targets: States or choice points.
        lines: The lines of its label.
        room: As for a node.
        mark: How it is highlighted.
        unused: Sources from which it was never taken, if it was taken from others.
        hint: Lines of a tooltip, for formats that have tooltips.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    lines: tuple[str, ...] = ()
    room: tuple[str, ...] = ()
    mark: Mark = Mark.NONE
    unused: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each source with each target."""
        return ((source, target) for source in self.sources for target in self.targets)


@frozen(kw_only=True)
class Table:
    """A small table below a picture.

    Attributes:
        title: One line above it.
        rows: Cells; the first row is the head.
        marked: The number of the highlighted row, or None.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    marked: int | None = None


@frozen(kw_only=True)
class Picture:
    """A chart as it is drawn, possibly with a history.

    Attributes:
        title: Its title.
        summary: What it shows, in a sentence or two, for people who cannot see it.
        initial: The state of a new model.
        nodes: In the order of the chart.
        regions: Outer before inner.
        arrows: In the order of the chart.
        legend: Sentences that explain the signs.
        table: A table below the picture.
        across: Whether it is drawn from left to right; otherwise from top to bottom.
    """

    title: str
    summary: str = ""
    initial: str
    nodes: tuple[Node, ...]
    regions: tuple[Region, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    legend: tuple[str, ...] = ()
    table: Table | None = None
    across: bool = True
