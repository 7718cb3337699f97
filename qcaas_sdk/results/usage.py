"""Tables of what jobs have used: shots, runs and QPU seconds per QPU, tag, campaign or day."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from attrs import field, frozen

from qcaas_sdk._base.text import cut, one_line, one_line_plot
from qcaas_sdk._guards import arguments
from qcaas_sdk._record import NOTHING, JobRecord, RunUsage, Usage
from qcaas_sdk.errors import MissingExtra, NoResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UsageKey: TypeAlias = Literal["qpu_id", "tag", "campaign", "day"]
"""What usage can be added up by. A day is one of the local time zone, of the submission."""

KEYS: tuple[UsageKey, ...] = ("qpu_id", "tag", "campaign", "day")
MAX_WIDTH = 40
BAR = "#0072B2"

_READERS: dict[str, Callable[[JobRecord, RunUsage, str], str]] = {
    "qpu_id": lambda job, run, campaign: run.qpu_id,
    "tag": lambda job, run, campaign: job.tag or "",
    "campaign": lambda job, run, campaign: campaign,
    "day": lambda job, run, campaign: "" if run.at is None else f"{run.at.astimezone():%Y-%m-%d}",
}


@frozen
class UsageRow:
    """What some runs have used.

    Attributes:
        key: What they have in common, in the order of `UsageTable.by`; empty text if it is not known.
        usage: What they have used.
    """

    key: tuple[str, ...]
    usage: Usage


@frozen
class UsageTable:
    """What jobs have used: one row for each value of the keys in `by`.

    Attributes:
        by: The keys: "qpu_id", "tag", "campaign", "day", or several.
        rows: The rows, sorted.
    """

    by: tuple[UsageKey, ...]
    rows: tuple[UsageRow, ...] = field(repr=False)

    @property
    def total(self) -> Usage:
        """What all of them have used."""
        return sum((row.usage for row in self.rows), NOTHING)

    def to_dataframe(self) -> "pd.DataFrame":
        """The table in pandas.

        Raises:
            MissingExtra: pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415  # an extra
        except ModuleNotFoundError as error:
            raise MissingExtra("a table of usage", "pandas") from error
        columns = [*self.by, "runs", "shots", "qpu_seconds", "timed_runs"]
        return pd.DataFrame([(*row.key, *_numbers(row.usage)) for row in self.rows], columns=columns)

    def plot(self, of: Literal["runs", "shots", "qpu_seconds"] = "shots", ax: "Axes | None" = None) -> "Figure":
        """Draw one bar for each row.

        Args:
            of: What to draw.
            ax: Where to draw it; by default a new figure.

        Raises:
            NoResult: The table is empty.
            InvalidArgument: `of` is not valid.
            MissingExtra: matplotlib is not installed.
        """
        arguments.one_of(of, "of", ("runs", "shots", "qpu_seconds"))
        if not self.rows:
            raise NoResult("there is no usage to draw: no job was submitted")
        try:
            from matplotlib import pyplot  # noqa: PLC0415  # an extra
        except ModuleNotFoundError as error:
            raise MissingExtra("a picture of usage", "plot") from error
        if ax is None:
            ax = pyplot.subplots(figsize=(6.4, 1.2 + 0.35 * len(self.rows)), layout="constrained")[1]
        labels = [one_line_plot(cut(" · ".join(row.key), MAX_WIDTH)) for row in self.rows]
        ax.barh(range(len(labels)), [getattr(row.usage, of) for row in self.rows], color=BAR)
        ax.set_yticks(range(len(labels)), labels)
        ax.invert_yaxis()
        ax.set_xlabel("QPU seconds" if of == "qpu_seconds" else of)
        figure = ax.get_figure()
        assert figure is not None
        return figure  # type: ignore[return-value]  # a figure in a figure is one too

    def __str__(self) -> str:
        """The table as text."""
        lines = [(*map(str, self.by), "runs", "shots", "QPU seconds")]
        lines += [(*map(_key_told, row.key), *_told(row.usage)) for row in self.rows]
        lines.append(("total", *[""] * (len(self.by) - 1), *_told(self.total)))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        keys = len(self.by)
        return "\n".join(
            "  ".join(
                text.ljust(width) if place < keys else text.rjust(width)
                for place, (text, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )


def usage_of(
    jobs: Iterable[JobRecord],
    campaign: str,
    keys: Sequence[UsageKey],
    tag: str | None,
    qpu_id: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[tuple[tuple[str, ...], Usage]]:
    """What each run of some jobs has used, with its place in a table.

    Args:
        jobs: The jobs.
        campaign: The name of their campaign.
        keys: What to add it up by.
        tag: Only jobs with this tag.
        qpu_id: Only runs on this QPU.
        since: Only runs submitted at this moment or later.
        until: Only runs submitted before it.
    """
    for job in jobs:
        if tag is not None and job.tag != tag:
            continue
        for run in job.usages:
            if (qpu_id is None or run.qpu_id == qpu_id) and _is_between(run.at, since, until):
                yield tuple(_READERS[name](job, run, campaign) for name in keys), run.usage


def usage_table(keys: tuple[UsageKey, ...], used: Iterable[tuple[tuple[str, ...], Usage]]) -> UsageTable:
    """Add up what was used.

    Args:
        keys: What to add it up by.
        used: What was used, with its place in the table.
    """
    found: dict[tuple[str, ...], Usage] = {}
    for key, usage in used:
        found[key] = found.get(key, NOTHING) + usage
    return UsageTable(keys, tuple(UsageRow(key, found[key]) for key in sorted(found)))


def usage_keys(by: Any) -> tuple[UsageKey, ...]:
    """What to add it up by, as a call was given it.

    Raises:
        InvalidArgument: It is not valid.
    """
    names = (by,) if isinstance(by, str) else arguments.each(by, "by", str)
    if not names:
        raise arguments.wrong("by", "at least one of qpu_id, tag, campaign, day", by)
    return tuple(dict.fromkeys(cast("UsageKey", arguments.one_of(name, "by", KEYS)) for name in names))


def _is_between(at: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    if at is None:
        return since is None and until is None
    return (since is None or at >= since) and (until is None or at < until)


def _numbers(usage: Usage) -> tuple[int, int, float, int]:
    return usage.runs, usage.shots, usage.qpu_seconds, usage.timed_runs


def _key_told(key: str) -> str:
    return one_line(cut(key, MAX_WIDTH)) or "-"


def _told(usage: Usage) -> tuple[str, str, str]:
    seconds = f"{usage.qpu_seconds:,.1f}" if usage.timed_runs else "-"
    return f"{usage.runs:,}", f"{usage.shots:,}", seconds
