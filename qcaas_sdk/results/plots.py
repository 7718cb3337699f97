"""Plots of counts: bars for one result, a grid of bars for several, a heat map for many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qcaas_sdk._base.text import cut, one_line, one_line_plot
from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument, MissingExtra, NoResult
from qcaas_sdk.results.bitstrings import Endianness, shown
from qcaas_sdk.results.rows import Grid, PlotKind, Row, grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_PANELS = 12
"""Maximum number of results with their own bars; more become a heat map."""
COLUMNS = 3
BAR = "#0072B2"
REST = "#999999"
"""Blue, and grey for all other bitstrings. Readers can tell them apart in print too."""
COLOURS = "cividis"


def plot(
    rows: Sequence[Row],
    creg: str | None,
    endianness: Endianness | str,
    *,
    kind: PlotKind,
    most: int,
    ax: "Axes | None",
) -> "Figure":
    """Draw the shares of the shots of one register.

    Raises:
        NoResult: There is no result or no shot.
        InvalidArgument: `kind` is not valid, or `ax` is given but several axes are needed.
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415  # an extra
        from matplotlib import pyplot  # noqa: PLC0415  # as above
    except ModuleNotFoundError as error:
        raise MissingExtra("a picture of counts", "plot") from error
    arguments.one_of(kind, "kind", ("auto", "bars", "heatmap"))
    most = arguments.whole(most, "most", least=1, hint="it is the number of bitstrings to show")
    if ax is not None:
        arguments.with_methods(ax, "ax", "matplotlib Axes, or None", "imshow", "bar", "get_figure")
    made = grid(rows, creg)
    labels, shares, put_together = _most_frequent(made, most, endianness)
    if kind == "auto":
        kind = "bars" if len(rows) <= MAX_PANELS else "heatmap"
    if ax is not None and kind == "bars" and len(rows) > 1:
        raise InvalidArgument(
            f"one axes cannot show the bars of {len(rows)} results: leave out ax, or pass kind='heatmap'",
            argument="ax",
        )
    if kind == "heatmap":
        figure = _heatmap(rows, made.creg, labels, shares, ax)
    else:
        figure = _bars(rows, made.creg, labels, shares, ax, put_together=put_together)
    if ax is None and "inline" in mpl.get_backend():  # a notebook shows what a cell returns, and what is open too
        pyplot.close(figure)
    return figure


def _most_frequent(made: Grid, most: int, endianness: Endianness | str) -> tuple[list[str], list[list[float]], bool]:
    """The bitstrings to show, the share that each result gives them, and whether a last one stands for all others."""
    shots = [sum(counts) for counts in made.counts]
    if not any(shots):
        raise NoResult(f"the register {made.creg!r} has no shots, so there is nothing to draw")
    totals = [sum(column) for column in zip(*made.counts, strict=True)]
    ranked = sorted(range(len(totals)), key=lambda column: (-totals[column], column))
    kept = sorted(ranked if len(ranked) <= most else ranked[:most])
    labels = [shown(made.bitstrings[column], endianness) for column in kept]
    shares = [
        [counts[column] / (all_shots or 1) for column in kept]
        for counts, all_shots in zip(made.counts, shots, strict=True)
    ]
    rest = len(ranked) - len(kept)
    if rest:
        labels.append(f"{rest} other{'s' if rest > 1 else ''}")
        for share, all_shots in zip(shares, shots, strict=True):
            share.append(max(0.0, 1.0 - sum(share)) if all_shots else 0.0)
    return labels, shares, bool(rest)


def _bars(
    rows: Sequence[Row],
    creg: str,
    labels: Sequence[str],
    shares: Sequence[Sequence[float]],
    ax: "Axes | None",
    *,
    put_together: bool,
) -> "Figure":
    from matplotlib import pyplot  # noqa: PLC0415  # as above

    columns = min(COLUMNS, len(rows))
    lines = -(-len(rows) // columns)
    if ax is None:
        width = min(14.0, max(3.2, 1.2 + 0.32 * len(labels))) if len(rows) == 1 else max(2.6, 0.3 * len(labels))
        figure, grid_of_axes = pyplot.subplots(
            lines,
            columns,
            figsize=(min(16.0, width * columns), 3.4 if lines == 1 else 2.1 * lines + 0.6),
            squeeze=False,
            sharex=True,
            sharey=True,
            layout="constrained",
        )
        panels = list(grid_of_axes.flat)
    else:
        figure, panels = ax.figure, [ax]  # type: ignore[assignment]  # not a part of a figure: an axes has a whole one
    places = range(len(labels))
    for panel, row, share in zip(panels, rows, shares, strict=False):
        drawn = panel.bar(places, share, width=0.8, color=BAR)
        if put_together:
            drawn[-1].set_color(REST)
        panel.set_xticks(places, labels, rotation=_rotation(labels), fontfamily="monospace")
        panel.set_ylim(bottom=0.0)
        panel.spines[["top", "right"]].set_visible(False)
        if len(rows) > 1:
            panel.set_title(_name(row) if row.parameters else f"result {_name(row)}", fontsize="medium")
    for panel in panels[len(rows) :]:
        panel.set_axis_off()
    for number, panel in enumerate(panels[: len(rows)]):
        if number % columns == 0:
            panel.set_ylabel("share of shots")
        if number + columns >= len(rows):
            panel.tick_params(labelbottom=True)
            panel.set_xlabel(f"register {one_line_plot(creg)}")
    return figure


def _heatmap(
    rows: Sequence[Row], creg: str, labels: Sequence[str], shares: Sequence[Sequence[float]], ax: "Axes | None"
) -> "Figure":
    from matplotlib import pyplot  # noqa: PLC0415  # as above

    if ax is None:
        size = (min(16.0, 2.6 + 0.34 * len(labels)), min(12.0, 1.6 + 0.16 * max(len(rows), 8)))
        figure, ax = pyplot.subplots(figsize=size, layout="constrained")
    else:
        figure = ax.figure  # type: ignore[assignment]  # as above
    picture = ax.imshow(shares, aspect="auto", cmap=COLOURS, vmin=0.0, interpolation="nearest")
    ax.set_xticks(range(len(labels)), labels, rotation=_rotation(labels), fontfamily="monospace")
    step = max(1, -(-len(rows) // 40))
    ax.set_yticks(range(0, len(rows), step), [_name(row) for row in rows[::step]])
    ax.set_xlabel(f"register {one_line_plot(creg)}")
    ax.set_ylabel("parameters" if any(row.parameters for row in rows) else "result")
    figure.colorbar(picture, ax=ax, label="share of shots")
    return figure


def _name(row: Row) -> str:
    if row.parameters:
        values = ", ".join(f"{name}={value:.4g}" for name, value in row.parameters.items())
        return one_line_plot(cut(one_line(values), 36))
    return str(row.position) if row.tag is None else f"{row.position}: {one_line_plot(cut(one_line(row.tag), 18))}"


def _rotation(labels: Sequence[str]) -> float:
    return 90.0 if len(labels) > 8 or max(map(len, labels)) > 4 else 0.0
