"""States over time: one model has one row per state, some have one row each, many are counted by state."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from qcaas_sdk._base.text import counted, duration, one_line, padded, width
from qcaas_sdk._guards import arguments
from qcaas_sdk.diagrams.diagram import MimeBundle
from qcaas_sdk.diagrams.history import StateSpan
from qcaas_sdk.diagrams.notebook import image
from qcaas_sdk.diagrams.renderers.canvas import DARK
from qcaas_sdk.diagrams.states_over_time import MAX_ROWS, StatesOverTime, shortened
from qcaas_sdk.diagrams.text_wrapping import folded
from qcaas_sdk.errors import InvalidArgument, MissingExtra

if TYPE_CHECKING:
    from matplotlib.figure import Figure


COLUMNS = 60
_LEVELS = " ▁▂▃▄▅▆▇█"
_FILLS = "░▓█▒▚▞"


_INK = DARK["ink"]
_DARK = (
    "<style>@media (prefers-color-scheme:dark){"
    f'#figure_1 path[style="fill: #ffffff"]{{fill:{DARK["bg"]}!important}}#figure_1 text{{fill:{_INK}}}'
    f'#figure_1 [style*="stroke: #000000"],#figure_1 defs path{{stroke:{_INK}!important}}'
    "}</style></defs>"
).encode()
"""What matplotlib draws in white and black is dark and light where the reader prefers dark."""


class Timeline(StatesOverTime):
    """The states of jobs over time. It does not change after it is made.

    `print(timeline)` shows text. A notebook shows a picture (extra `plot`) or text.
    """

    def figure(self) -> "Figure":
        """The timeline as a matplotlib figure.

        Raises:
            MissingExtra: The extra `plot` is not installed.
        """
        try:
            from qcaas_sdk.diagrams.renderers.gantt import figure  # noqa: PLC0415  # matplotlib is an extra, and slow to import
        except ModuleNotFoundError as error:
            raise MissingExtra("the picture of a timeline", "plot") from error
        return figure(self)

    def svg(self) -> str:
        """The timeline as an SVG document. Its text can be selected and searched.

        Raises:
            MissingExtra: As `figure`.
        """
        return self._saved("svg").decode()

    def png(self) -> bytes:
        """The timeline as a PNG file at 192 dpi.

        Raises:
            MissingExtra: As `figure`.
        """
        return self._saved("png")

    def save(self, path: str | Path) -> None:
        """Write the timeline to a file. The extension sets the format: .svg, .png or .txt.

        Raises:
            InvalidArgument: The extension is not one of these.
            MissingExtra: As `figure`.
            OSError: The file cannot be written.
        """
        path = arguments.path(path, "path")
        match path.suffix:
            case ".svg" | ".png":
                path.write_bytes(self._saved(path.suffix[1:]))
            case ".txt":
                path.write_text(str(self), encoding="utf-8")
            case _:
                raise InvalidArgument(
                    f"cannot save {path.name}: use the extension .svg, .png or .txt", argument="path"
                )

    def __str__(self) -> str:
        begin, end = self.span
        head = f"{one_line(self.title)}, {duration(end - begin)}"
        if len(self.histories) == 1:
            rows = self._rows_by_state(self.service.spans[0])
        elif len(self.histories) <= MAX_ROWS:
            rows = self._rows_by_history()
        else:
            rows = self._rows_of_counts()
        clocks = folded(self.clocks(), 100) if self.histories else []
        return "\n".join([head, *clocks, "", *(row.rstrip() for row in rows), ""])

    def __repr__(self) -> str:
        return one_line(f"<Timeline {self.title!r}>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        bundle = {"text/plain": str(self)}
        with suppress(MissingExtra):  # the text needs no extra
            bundle["text/html"] = image(self.svg(), f"{self.title}. {self._told()}")
        return bundle

    def _told(self) -> str:
        begin, end = self.span
        now = Counter(history.now.state for history in self.histories)
        states = ", ".join(f"{now[state.name]:,} {state.name}" for state in self.chart.states if now[state.name])
        told = f"Timeline of {counted(len(self.histories), 'job')}, {duration(end - begin)}: {states or 'no job'}."
        return f"{told} {self.clocks()}"

    def _column(self, moment: float) -> int:
        begin, end = self.span
        return min(COLUMNS - 1, int(COLUMNS * (moment - begin) / (end - begin))) if end > begin else 0

    def _rows_by_state(self, history: Sequence[StateSpan]) -> list[str]:
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
            if any(span.state == state.name for span in history):
                told = duration(sum(span.length_s or 0.0 for span in spans)) if spans else ""
                rows.append(f"  {state.name:<{longest}}  {''.join(cells)}  {told}")
        return rows

    def _rows_by_history(self) -> list[str]:
        fills = dict(zip((s.name for s in self.chart.states if not s.final), _FILLS * 9, strict=False))
        names = [shortened(history.name) for history in self.histories]
        left = max(map(width, names), default=0)
        begin, _ = self.span
        rows = []
        for name, history, spans in zip(names, self.histories, self.service.spans, strict=True):
            cells = [" "] * COLUMNS
            for span in self.bars(spans):
                for column in range(self._column(span.begin_s or begin), self._column(span.end_s) + 1):
                    cells[column] = fills[span.state]
            rows.append(f"  {padded(name, left)}  {''.join(cells)}  {history.now.state}")
        seen = {span.state for spans in self.service.spans for span in spans}
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
        from matplotlib import rc_context  # noqa: PLC0415  # an extra; `figure` has checked it

        out = BytesIO()
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "qcaas"}), catch_warnings():
            if form == "svg":  # text stays text, so the fonts of this machine do not matter
                filterwarnings("ignore", "Glyph .* missing from")
            figure.savefig(
                out, format=form, dpi=192, bbox_inches="tight", metadata={"Date": None} if form == "svg" else None
            )
        return out.getvalue().replace(b"</defs>", _DARK, 1) if form == "svg" else out.getvalue()
