"""A record over time: its states, how long each lasted, and its transitions.

Spans are tuples to save memory: a timeline of 10,000 jobs has about 100,000 of them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from qcaas_sdk._base.task_timings import ServiceTimes
from qcaas_sdk.diagrams.drawable import DrawnJob, DrawnTransition

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart


class StateSpan(NamedTuple):
    """A time spent in one state.

    Attributes:
        state: The state's name in the chart.
        begin_s: When it was entered, in seconds on the clock's monotonic scale; None if that is not known.
        end_s: When it was left, or now; on the same scale.
        left: Whether it was left.
        by_service: Whether its begin is a time of the service.
    """

    state: str
    begin_s: float | None
    end_s: float
    left: bool
    by_service: bool = False

    @property
    def length_s(self) -> float | None:
        """How long it lasted, or has lasted so far, in seconds; None if that is not known."""
        return None if self.begin_s is None else max(0.0, self.end_s - self.begin_s)


@frozen
class StateHistory:
    """A record over time.

    Attributes:
        name: Its name in pictures.
        chart: Its chart.
        place: Its current state in the chart; in an extension, perhaps one that shows as its state.
        spans: In order; the last is its current state. Never empty.
        transitions: In order; one between two spans.
        service: The service's times of each run that has ended, None if unknown. Its clock need not agree with ours.
    """

    name: str
    chart: "DrawnChart"
    place: str
    spans: tuple[StateSpan, ...]
    transitions: Sequence[DrawnTransition]
    service: tuple[ServiceTimes | None, ...] = ()

    @property
    def paths(self) -> list[tuple[str, str]]:
        """Source and target of each transition, by their names in the chart."""
        return [(one.source.lower(), one.target.lower()) for one in self.transitions]

    @property
    def now(self) -> StateSpan:
        """Its current state."""
        return self.spans[-1]

    @property
    def told(self) -> str:
        """Its current state in words: the one that a user sees, and the place in an extension."""
        return self.now.state if self.place == self.now.state else f"{self.now.state} ({self.place})"

    @property
    def runs(self) -> int:
        """The number of runs: 1, and one more for each reset."""
        return 1 + sum(transition.trigger == self.chart.reset for transition in self.transitions)


def history_of(record: DrawnJob, chart: "DrawnChart", clock: "Clock", name: str | None = None) -> StateHistory:
    """The history of a record.

    Args:
        record: The record of a job.
        chart: Its chart.
        clock: The clock of its machine.
        name: Its name in pictures; by default its tag or its task ID.
    """
    transitions, now_s, now = tuple(record.transitions), clock.monotonic(), clock.wall()
    times = [transition.monotonic_s for transition in transitions]
    if record.foreign:
        # The monotonic clock of another process cannot be compared with ours, so use the time of day.
        earlier = transitions[: record.foreign]
        times[: record.foreign] = [now_s + (transition.at - now).total_seconds() for transition in earlier]
    first = transitions[0].source if transitions else record.state
    begin = None if record.foreign else record.made_s
    spans: list[StateSpan] = []
    for state, end in zip([first, *(one.target for one in transitions)], [*times, now_s], strict=True):
        spans.append(StateSpan(state.lower(), begin, end, len(spans) < len(times)))
        begin = end
    times_of_day = now_s - now.timestamp()
    service = tuple(one and one.moved(times_of_day) for one in record.service_times)
    named = name or record.tag or record.task_id or "job"
    return StateHistory(named, chart, record.place, tuple(spans), transitions, service)
