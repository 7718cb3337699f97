"""The data of a timeline: the states of models over time."""

from bisect import bisect_right
from collections.abc import Sequence

from qcaas_sdk._base.text import cut, one_line
from qcaas_sdk.diagrams.drawable_chart import DrawnChart
from qcaas_sdk.diagrams.history import StateHistory, StateSpan
from qcaas_sdk.diagrams.service_clock import by_service_clock

MAX_ROWS = 40
"""Maximum number of models with their own row; more are counted by state."""

NAME_WIDTH = 28


class StatesOverTime:
    """The histories of models of one chart.

    Attributes:
        title: Its title.
        chart: The chart of the models.
        histories: Their histories, in order.
        service: The histories by the service's times, where it has given some.
        span: The first and the last moment, in seconds on the clock's monotonic scale. If all models have ended, the
            last moment is when the last one ended.
    """

    def __init__(self, title: str, chart: DrawnChart, histories: Sequence[StateHistory]) -> None:
        self.title = title
        self.chart = chart
        self.histories = tuple(histories)
        self.service = by_service_clock(self.histories)
        self.span = self._span()

    @property
    def both(self) -> bool:
        """Whether both clocks are drawn: the service's thick, and yours thin."""
        return self.service.used > 0 and len(self.histories) <= MAX_ROWS

    def clocks(self, *, drawn: bool = False) -> str:
        """Whose clock the timeline goes by, in words.

        Args:
            drawn: Whether it is drawn; the text has only one clock.
        """
        return self.service.told(thick=drawn and self.both)

    def bars(self, spans: Sequence[StateSpan]) -> list[StateSpan]:
        """Those spans that have a length: not final states, and not spans without a known start."""
        ends = self.chart.final_states
        return [span for span in spans if span.state not in ends and span.begin_s is not None]

    def ends(self, spans: Sequence[StateSpan]) -> list[tuple[str, float]]:
        """The final states among spans, each with the moment."""
        finals = self.chart.final_states
        return [(span.state, span.begin_s) for span in spans if span.state in finals and span.begin_s is not None]

    def counted(self, moments: Sequence[float]) -> dict[str, list[int]]:
        """How many histories are in each state at each moment. A history is in no state before it starts."""
        begins: dict[str, list[float]] = {state.name: [] for state in self.chart.states}
        ends: dict[str, list[float]] = {state.name: [] for state in self.chart.states}
        for spans in self.service.spans:
            for state, begin, end, left, _ in spans:
                if begin is not None:
                    begins[state].append(begin)
                    if left:
                        ends[state].append(end)
        for times in (*begins.values(), *ends.values()):
            times.sort()
        return {
            state: [bisect_right(begins[state], moment) - bisect_right(ends[state], moment) for moment in moments]
            for state in begins
        }

    def _span(self) -> tuple[float, float]:
        drawn = [(*seen.spans, *spans) for seen, spans in zip(self.histories, self.service.spans, strict=True)]
        begins = [span.begin_s for spans in drawn for span in spans if span.begin_s is not None]
        lasts = [last for history in self.histories if (last := self._last(history)) is not None]
        moments = [*begins, *lasts]
        return (min(moments), max(moments)) if moments else (0.0, 0.0)

    def _last(self, history: StateHistory) -> float | None:
        return history.now.begin_s if history.now.state in self.chart.final_states else history.now.end_s


def shortened(name: str) -> str:
    """A name, cut to the width of a label."""
    return cut(one_line(name), NAME_WIDTH)
