"""The data of a timeline: the states of models over time."""

from bisect import bisect_right
from collections.abc import Sequence

from qcaas_sdk._base.text import cut, one_line
from qcaas_sdk.diagrams.drawable_chart import DrawnChart
from qcaas_sdk.diagrams.history import StateHistory, StateSpan

MAX_ROWS = 40
"""Maximum number of models with their own row; more are counted by state."""

NAME_WIDTH = 28


class StatesOverTime:
    """The histories of models of one chart.

    Attributes:
        title: Its title.
        chart: The chart of the models.
        histories: Their histories, in order.
        span: The first and the last moment, in seconds on the clock's monotonic scale. If all models have ended, the
            last moment is when the last one ended.
    """

    def __init__(self, title: str, chart: DrawnChart, histories: Sequence[StateHistory]) -> None:
        self.title = title
        self.chart = chart
        self.histories = tuple(histories)
        self.span = self._span()

    def bars(self, history: StateHistory) -> list[StateSpan]:
        """The spans of a history that have a length: not final states, and not spans without a known start."""
        ends = self.chart.final_states
        return [span for span in history.spans if span.state not in ends and span.begin_s is not None]

    def ends(self, history: StateHistory) -> list[tuple[str, float]]:
        """The final states that a history entered, each with the moment."""
        finals = self.chart.final_states
        return [
            (span.state, span.begin_s) for span in history.spans if span.state in finals and span.begin_s is not None
        ]

    def counted(self, moments: Sequence[float]) -> dict[str, list[int]]:
        """How many histories are in each state at each moment. A history is in no state before it starts."""
        begins: dict[str, list[float]] = {state.name: [] for state in self.chart.states}
        ends: dict[str, list[float]] = {state.name: [] for state in self.chart.states}
        for history in self.histories:
            for state, begin, end, left in history.spans:
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
        begins = [span.begin_s for history in self.histories for span in history.spans if span.begin_s is not None]
        lasts = [last for history in self.histories if (last := self._last(history)) is not None]
        moments = [*begins, *lasts]
        return (min(moments), max(moments)) if moments else (0.0, 0.0)

    def _last(self, history: StateHistory) -> float | None:
        return history.now.begin_s if history.now.state in self.chart.final_states else history.now.end_s


def shortened(name: str) -> str:
    """A name, cut to the width of a label."""
    return cut(one_line(name), NAME_WIDTH)
