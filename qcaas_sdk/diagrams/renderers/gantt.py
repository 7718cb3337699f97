"""Timelines drawn with matplotlib (extra `plot`).

States differ by colour, hatching and row; final states also by the shape of their mark. If the service has given
times, thick bars go by its clock, and thin bars below show what the SDK saw.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from qcaas_sdk._base.text import duration, one_line_plot
from qcaas_sdk.diagrams.history import StateHistory, StateSpan
from qcaas_sdk.diagrams.looks import looks_of
from qcaas_sdk.diagrams.states_over_time import MAX_ROWS, StatesOverTime, shortened
from qcaas_sdk.diagrams.text_wrapping import folded

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

WIDTH = 9.0
EDGE = "#333333"
MOMENTS, CAPTION = 400, 120
WHOLE, THICK, THIN = (-0.35, 0.7), (-0.42, 0.58), (0.22, 0.17)
"""Where a bar begins in its row, and how high it is."""


def figure(timeline: StatesOverTime) -> Figure:
    """The timeline as a figure with one pair of axes."""
    single, few = len(timeline.histories) == 1, len(timeline.histories) <= MAX_ROWS
    rows = len(_states_of(timeline)) if single else max(4, len(timeline.histories)) if few else 12
    drawn = Figure(figsize=(WIDTH, 1.2 + 0.27 * rows), facecolor="white", layout="constrained")
    axes = drawn.add_subplot()
    begin, end = timeline.span
    unit, divisor = _unit(end - begin)
    looks = _Looks(timeline.chart)

    def at(moment: float) -> float:
        return (moment - begin) / divisor

    if single:
        _by_state(axes, timeline, looks, at)
    elif few:
        _by_history(axes, timeline, looks, at)
    else:
        _counts(axes, timeline, looks, at)
    clocks = folded(timeline.clocks(drawn=True), CAPTION)
    axes.set_title(one_line_plot(timeline.title), loc="left", fontsize=11, pad=10 + 12 * len(clocks))
    axes.annotate("\n".join(clocks), (0.0, 1.0), (0, 8), "axes fraction", "offset points", fontsize=8)
    axes.set_xlabel(f"time ({unit})")
    axes.set_xlim(0.0, at(end) or 1.0)
    axes.spines[["top", "right"]].set_visible(False)
    return drawn


class _Looks:
    """How each state of a chart looks."""

    def __init__(self, chart: "DrawnChart") -> None:
        self.of = looks_of(chart)

    def patch(self, state: str, label: str) -> Patch:
        look = self.of[state]
        return Patch(facecolor=look.colour, hatch=look.hatch, edgecolor=EDGE, lw=0.5, label=label)

    def line(self, state: str) -> Line2D:
        look = self.of[state]
        return Line2D([], [], ls="", marker=look.marker, color=look.colour, mec=EDGE, label=state)


def _states_of(timeline: StatesOverTime) -> list[str]:
    histories = zip(timeline.histories, timeline.service.spans, strict=True)
    seen = {span.state for history, spans in histories for span in (*history.spans, *spans)}
    return [state.name for state in timeline.chart.states if state.name in seen]


def _by_state(axes: Axes, timeline: StatesOverTime, looks: _Looks, at: Callable[[float], float]) -> None:
    states = _states_of(timeline)
    (history,), (spans,) = timeline.histories, timeline.service.spans
    _row(axes, timeline, looks, at, history, spans, {state: row for row, state in enumerate(states)})
    for row, state in enumerate(states):
        lengths = [span.length_s or 0.0 for span in timeline.bars(spans) if span.state == state]
        if lengths:
            times = f"{len(lengths)} ×, " if len(lengths) > 1 else ""
            axes.text(
                1.02, row, f"{times}{duration(sum(lengths))}", transform=axes.get_yaxis_transform(), va="center"
            )
    _label_rows(axes, states)


def _by_history(axes: Axes, timeline: StatesOverTime, looks: _Looks, at: Callable[[float], float]) -> None:
    states = _states_of(timeline)
    for row, (history, spans) in enumerate(zip(timeline.histories, timeline.service.spans, strict=True)):
        _row(axes, timeline, looks, at, history, spans, dict.fromkeys(states, row))
    _label_rows(axes, [shortened(history.name) for history in timeline.histories])
    ends = timeline.chart.final_states
    handles = [looks.line(s) if s in ends else looks.patch(s, s) for s in states]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False)


def _row(
    axes: Axes,
    timeline: StatesOverTime,
    looks: _Looks,
    at: Callable[[float], float],
    history: StateHistory,
    spans: Sequence[StateSpan],
    rows: Mapping[str, int],
) -> None:
    """The bars and marks of one history."""
    seen = THIN if timeline.both else WHOLE
    for drawn, place in ((history.spans, seen), ([span for span in spans if span.by_service], THICK)):
        for span in timeline.bars(drawn):
            ends = (at(span.begin_s or 0.0), at(span.end_s))
            _bar(axes, looks, span.state, rows[span.state], ends, place)
        for state, moment in timeline.ends(drawn):
            if place is not THIN or not any(span.by_service for span in spans if span.state == state):
                _end(axes, looks, state, rows[state], at(moment))


def _counts(axes: Axes, timeline: StatesOverTime, looks: _Looks, at: Callable[[float], float]) -> None:
    begin, end = timeline.span
    moments = [begin + (end - begin) * place / MOMENTS for place in range(MOMENTS + 1)]
    counted = timeline.counted(moments)
    below = [0] * len(moments)
    xs = [at(moment) for moment in moments]
    handles = []
    for state in reversed(_states_of(timeline)):  # ended jobs are at the bottom
        above = [low + count for low, count in zip(below, counted[state], strict=True)]
        colour, hatch = looks.of[state].colour, looks.of[state].hatch
        axes.fill_between(xs, below, above, step="post", linewidth=0.3, facecolor=colour, hatch=hatch, edgecolor=EDGE)
        handles.append(looks.patch(state, f"{state}: {counted[state][-1]:,}"))
        below = above
    axes.set_ylim(0, len(timeline.histories))
    axes.set_ylabel("jobs")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.legend(handles=handles[::-1], loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False)


def _bar(
    axes: Axes, looks: _Looks, state: str, row: int, span: tuple[float, float], place: tuple[float, float]
) -> None:
    (left, right), (above, high) = span, place
    axes.add_patch(
        Rectangle(
            (left, row + above),
            right - left,
            high,
            facecolor=looks.of[state].colour,
            hatch=looks.of[state].hatch if high > THIN[1] else "",
            edgecolor=EDGE,
            linewidth=0.5,
        )
    )


def _end(axes: Axes, looks: _Looks, state: str, row: int, at: float) -> None:
    mark, colour = looks.of[state].marker, looks.of[state].colour
    axes.plot([at], [row], ls="", marker=mark, ms=8, color=colour, mec=EDGE, clip_on=False, zorder=3)


def _label_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [one_line_plot(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _unit(seconds: float) -> tuple[str, float]:
    for name, length in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= 2 * length:
            return name, length
    return "ms", 0.001
