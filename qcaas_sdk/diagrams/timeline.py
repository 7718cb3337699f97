"""States over time: of one model a row a state, of some a row each, of many how many are in which state."""

from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from qcaas_sdk._base.text import cut, one_line, padded, width
from qcaas_sdk._guards import arguments
from qcaas_sdk.diagrams.diagram import MimeBundle
from qcaas_sdk.diagrams.history import StateHistory, StateSpan
from qcaas_sdk.diagrams.words import duration
from qcaas_sdk.errors import InvalidArgument, MissingExtra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from qcaas_sdk.diagrams.drawable import DrawnChart


MOST_ROWS = 40
"""Models that get a row each; more are counted by state."""

COLUMNS = 60
NAME_WIDTH = 28
_LEVELS = " ▁▂▃▄▅▆▇█"
_FILLS = "░▓█▒▚▞"


class Timeline:
    """In which states models were, and when. It does not change any more.

    `print(timeline)` shows it as text; a notebook shows it as a picture (extra `plot`) or as text.

    Attributes:
        title: What stands above it.
        chart: The chart of the models.
        histories: Their histories, in order.
        span: The first and the last moment that matter, in seconds on the clock's monotonic scale. After all have
            ended nothing happens any more: the last moment is the last end, and not now.
    """

    def __init__(self, title: str, chart: "DrawnChart", histories: Sequence[StateHistory]) -> None:
        self.title = title
        self.chart = chart
        self.histories = tuple(histories)
        self.span = self._span()

    def figure(self) -> "Figure":
        """As a matplotlib figure.

        Raises:
            MissingExtra: The extra `plot` is not installed.
        """
        try:
            from qcaas_sdk.diagrams.renderers.gantt import figure  # noqa: PLC0415  # matplotlib is an extra, and slow to import
        except ModuleNotFoundError as error:
            raise MissingExtra("the picture of a timeline", "plot") from error
        return figure(self)

    def svg(self) -> str:
        """As an SVG document whose text is text.

        Raises:
            MissingExtra: As `figure`.
        """
        return self._saved("svg").decode()

    def png(self) -> bytes:
        """As a PNG file, at 192 dots an inch.

        Raises:
            MissingExtra: As `figure`.
        """
        return self._saved("png")

    def save(self, path: str | Path) -> None:
        """Write it into a file that ends in .svg, .png or .txt.

        Raises:
            InvalidArgument: It ends in something else.
            MissingExtra: As `figure`.
            OSError: It cannot be written.
        """
        path = arguments.path(path, "path")
        match path.suffix:
            case ".svg" | ".png":
                path.write_bytes(self._saved(path.suffix[1:]))
            case ".txt":
                path.write_text(str(self), encoding="utf-8")
            case _:
                raise InvalidArgument(f"{path.name}: a timeline ends in .svg, .png or .txt", argument="path")

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

    def __str__(self) -> str:
        begin, end = self.span
        head = f"{one_line(self.title)}, {duration(end - begin)}"
        if len(self.histories) == 1:
            rows = self._rows_by_state(self.histories[0])
        elif len(self.histories) <= MOST_ROWS:
            rows = self._rows_by_history()
        else:
            rows = self._rows_of_counts()
        return "\n".join([head, "", *(row.rstrip() for row in rows), ""])

    def __repr__(self) -> str:
        return one_line(f"<Timeline {self.title!r}>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        bundle = {"text/plain": str(self)}
        with suppress(MissingExtra):  # then the notebook has the text
            bundle["image/svg+xml"] = self.svg()
        return bundle

    def _span(self) -> tuple[float, float]:
        begins = [span.begin_s for history in self.histories for span in history.spans if span.begin_s is not None]
        lasts = [last for history in self.histories if (last := self._last(history)) is not None]
        moments = [*begins, *lasts]
        return (min(moments), max(moments)) if moments else (0.0, 0.0)

    def _last(self, history: StateHistory) -> float | None:
        return history.now.begin_s if history.now.state in self.chart.final_states else history.now.end_s

    def _column(self, moment: float) -> int:
        begin, end = self.span
        return min(COLUMNS - 1, int(COLUMNS * (moment - begin) / (end - begin))) if end > begin else 0

    def _rows_by_state(self, history: StateHistory) -> list[str]:
        longest = max(len(state.name) for state in self.chart.states)
        rows = []
        for state in self.chart.states:
            cells = [" "] * COLUMNS
            spans = [span for span in self.bars(history) if span.state == state.name]
            for span in spans:
                for column in range(self._column(span.begin_s or 0.0), self._column(span.end_s) + 1):
                    cells[column] = "█"
            for name, moment in self.ends(history):
                if name == state.name:
                    cells[self._column(moment)] = "◆"
            if any(span.state == state.name for span in history.spans):
                told = duration(sum(span.length_s or 0.0 for span in spans)) if spans else ""
                rows.append(f"  {state.name:<{longest}}  {''.join(cells)}  {told}")
        return rows

    def _rows_by_history(self) -> list[str]:
        fills = dict(zip((s.name for s in self.chart.states if not s.final), _FILLS * 9, strict=False))
        names = [shortened(history.name) for history in self.histories]
        left = max(map(width, names))
        begin, _ = self.span
        rows = []
        for name, history in zip(names, self.histories, strict=True):
            cells = [" "] * COLUMNS
            for span in self.bars(history):
                for column in range(self._column(span.begin_s or begin), self._column(span.end_s) + 1):
                    cells[column] = fills[span.state]
            rows.append(f"  {padded(name, left)}  {''.join(cells)}  {history.now.state}")
        seen = {span.state for history in self.histories for span in history.spans}
        return [*rows, "", "  " + "  ".join(f"{fill} {state}" for state, fill in fills.items() if state in seen)]

    def _rows_of_counts(self) -> list[str]:
        begin, end = self.span
        moments = [begin + (end - begin) * (column + 0.5) / COLUMNS for column in range(COLUMNS - 1)] + [end]
        longest = max(len(state.name) for state in self.chart.states)
        rows = []
        for state, counts in self.counted(moments).items():
            if any(counts):
                levels = (_LEVELS[-(-8 * count // len(self.histories))] for count in counts)
                rows.append(f"  {state:<{longest}}  {''.join(levels)}  {counts[-1]:,} of {len(self.histories):,}")
        return rows

    def _saved(self, form: str) -> bytes:
        figure = self.figure()
        from matplotlib import rc_context  # noqa: PLC0415  # an extra, and there by now

        out = BytesIO()
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "qcaas"}), catch_warnings():
            if form == "svg":  # its text is text: the fonts are those of whoever looks at it
                filterwarnings("ignore", "Glyph .* missing from")
            figure.savefig(
                out, format=form, dpi=192, bbox_inches="tight", metadata={"Date": None} if form == "svg" else None
            )
        return out.getvalue()


def shortened(name: str) -> str:
    """A name that fits at the left of a row."""
    return cut(one_line(name), NAME_WIDTH)
