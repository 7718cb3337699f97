"""In which states models were, and when: what a timeline is drawn from."""

from bisect import bisect_right
from collections.abc import Sequence

from qcaas_sdk._base.text import cut, one_line
from qcaas_sdk.diagrams.drawable import DrawnChart
from qcaas_sdk.diagrams.history import StateHistory, StateSpan

MAX_ROWS = 40
"""Models that get a row each; more are counted by state."""

NAME_WIDTH = 28


class StatesOverTime:
    """The histories of some models of one chart.

    Attributes:
        title: What stands above it.
        chart: The chart of the models.
        histories: Their histories, in order.
        span: The first and the last moment that matter, in seconds on the clock's monotonic scale. After all have
            ended nothing happens any more: the last moment is the last end, and not now.
    """

    def __init__(self, title: str, chart: DrawnChart, histories: Sequence[StateHistory]) -> None:
        self.title = title
        self.chart = chart
        self.histories = tuple(histories)
        self.span = self._span()

    def bars(self, history: StateHistory) -> list[StateSpan]:
        """The spans of a history that have a length: not the ends, and not those whose begin nobody knows."""
        ends = self.chart.final_states
        return [span for span in history.spans if span.state not in ends and span.begin_s is not None]

    def ends(self, history: StateHistory) -> list[tuple[str, float]]:
        """The ends that a history came to, each with the moment."""
        finals = self.chart.final_states
        return [
            (span.state, span.begin_s) for span in history.spans if span.state in finals and span.begin_s is not None
        ]

    def counted(self, moments: Sequence[float]) -> dict[str, list[int]]:
        """How many histories are in each state at each of some moments; before its begin a history is in none."""
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
    """A name that fits at the left of a row."""
    return cut(one_line(name), NAME_WIDTH)
