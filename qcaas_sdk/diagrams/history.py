"""A record over time: in which states it was, for how long, and on which transitions.

Tuples, because a timeline of ten thousand jobs is made of a hundred thousand of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from qcaas_sdk.clock import Clock
    from qcaas_sdk.statechart import Chart


class Happened(Protocol):
    """A transition, as far as a picture needs it."""

    @property
    def source(self) -> str:
        """The state left."""
        ...

    @property
    def target(self) -> str:
        """The state entered."""
        ...

    @property
    def trigger(self) -> str:
        """What was asked."""
        ...

    @property
    def at(self) -> datetime:
        """The time of day."""
        ...

    @property
    def monotonic_s(self) -> float:
        """The same moment on a clock that never goes back."""
        ...


class Drawn(Protocol):
    """The record of a job, as far as a picture needs it."""

    @property
    def state(self) -> str:
        """Its current state."""
        ...

    @property
    def transitions(self) -> Sequence[Happened]:
        """What has happened, oldest first."""
        ...

    @property
    def foreign(self) -> int:
        """How many of those another process made."""
        ...

    @property
    def made_s(self) -> float | None:
        """When it was made; None if another process made it."""
        ...

    @property
    def tag(self) -> str | None:
        """The user's own word for it."""
        ...

    @property
    def task_id(self) -> str | None:
        """The server's id of its current run."""
        ...


class StateSpan(NamedTuple):
    """A time spent in one state.

    Attributes:
        state: The state's name in the chart.
        begin_s: When it was entered, in seconds on the clock's monotonic scale; None if that is not known.
        end_s: When it was left, or now; on the same scale.
        left: Whether it was left.
    """

    state: str
    begin_s: float | None
    end_s: float
    left: bool

    @property
    def length_s(self) -> float | None:
        """How long it lasted, or has lasted so far, in seconds; None if that is not known."""
        return None if self.begin_s is None else max(0.0, self.end_s - self.begin_s)


@frozen
class StateHistory:
    """A record over time.

    Attributes:
        name: What people call it.
        chart: Its chart.
        spans: In order; the last is its current state. Never empty.
        transitions: In order; one between two spans.
    """

    name: str
    chart: "Chart"
    spans: tuple[StateSpan, ...]
    transitions: Sequence[Happened]

    @property
    def paths(self) -> list[tuple[str, str]]:
        """Source and target of each transition, by their names in the chart."""
        return [(one.source.lower(), one.target.lower()) for one in self.transitions]

    @property
    def now(self) -> StateSpan:
        """Its current state."""
        return self.spans[-1]

    @property
    def runs(self) -> int:
        """How often it has begun: once, and once more with each reset into the initial state."""
        return 1 + sum(transition.trigger == self.chart.reset for transition in self.transitions)


def history_of(record: Drawn, chart: "Chart", clock: "Clock", name: str | None = None) -> StateHistory:
    """The history that a record tells.

    Args:
        record: The record of a job.
        chart: Its chart.
        clock: The clock of its machine; says when now is.
        name: What to call it; left out, its tag or its task.
    """
    transitions, now_s = tuple(record.transitions), clock.monotonic()
    times = [transition.monotonic_s for transition in transitions]
    if record.foreign:
        # The monotonic clock of another process means nothing here: times of day are used.
        now = clock.wall()
        earlier = transitions[: record.foreign]
        times[: record.foreign] = [now_s + (transition.at - now).total_seconds() for transition in earlier]
    first = transitions[0].source if transitions else record.state
    begin = None if record.foreign else record.made_s
    spans: list[StateSpan] = []
    for state, end in zip([first, *(one.target for one in transitions)], [*times, now_s], strict=True):
        spans.append(StateSpan(state.lower(), begin, end, len(spans) < len(times)))
        begin = end
    return StateHistory(name or record.tag or record.task_id or "job", chart, tuple(spans), transitions)
