"""What a model has lived through: in which states it was, for how long, and on which moves.

Tuples, because a timeline of ten thousand jobs is made of a hundred thousand of them.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qcaas_sdk.clock import Clock
    from qcaas_sdk.statechart import Chart, TransitionEvent


class Stay(NamedTuple):
    """A time spent in one state.

    Attributes:
        state: The state's name in the chart.
        begin_s: When it was entered, in seconds on the clock's monotonic scale; None if nobody knows.
        end_s: When it was left, or now; on the same scale.
        over: Whether it was left.
    """

    state: str
    begin_s: float | None
    end_s: float
    over: bool

    @property
    def length_s(self) -> float | None:
        """How long it lasted, or has lasted so far, in seconds; None if nobody knows."""
        return None if self.begin_s is None else max(0.0, self.end_s - self.begin_s)


class Move(NamedTuple):
    """A move that was made.

    Attributes:
        source: The state left, by its name in the chart.
        target: The state entered, likewise.
        trigger: What was asked.
    """

    source: str
    target: str
    trigger: str


@frozen
class Life:
    """The life of one model so far.

    Attributes:
        name: What people call it.
        chart: Its chart.
        stays: In order; the last is where it is now. Never empty.
        events: Its moves as its machine told them, in order; one between two stays.
    """

    name: str
    chart: "Chart"
    stays: tuple[Stay, ...]
    events: "Sequence[TransitionEvent[Any]]"

    @property
    def moves(self) -> tuple[Move, ...]:
        """Its moves, by the names in the chart."""
        return tuple(Move(event.source.lower(), event.target.lower(), event.trigger) for event in self.events)

    @property
    def here(self) -> Stay:
        """Where it is now."""
        return self.stays[-1]

    @property
    def runs(self) -> int:
        """How often it has begun: once, and once more with each reset into the initial state."""
        return 1 + sum(event.trigger == self.chart.reset for event in self.events)


def life_of(
    name: str,
    chart: "Chart",
    clock: "Clock",
    events: "Sequence[TransitionEvent[Any]]",
    *,
    state: str | None = None,
    began_s: float | None = None,
    foreign: int = 0,
) -> Life:
    """The life that a record of moves tells.

    Args:
        name: What people call the model.
        chart: Its chart.
        clock: The clock of its machine; says when now is.
        events: Its moves, oldest first.
        state: Where it is now; needed only if it may have been put there without a move.
        began_s: When it came to be, on the clock's monotonic scale; None if nobody knows.
        foreign: How many of the events, from the first on, another process has seen. Its monotonic clock means
            nothing here: their times of day are used.
    """
    now_s = clock.monotonic()
    times = [event.monotonic_s for event in events]
    if foreign:
        now = clock.wall()
        times[:foreign] = [now_s + (event.at - now).total_seconds() for event in events[:foreign]]
    first = events[0].source if events else state or chart.initial
    begin = None if foreign else began_s
    stays: list[Stay] = []
    for left, end in zip([first, *(event.target for event in events)], [*times, now_s], strict=True):
        stays.append(Stay(left.lower(), begin, end, len(stays) < len(times)))
        begin = end
    return Life(name, chart, tuple(stays), tuple(events))
