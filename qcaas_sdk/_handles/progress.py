"""Live progress of many jobs: one line per state, with counts, rate and time left.

In a terminal it needs rich (extra `cli`); in a notebook it needs nothing.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from qcaas_sdk._record import JobState, states_in
from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.statechart import shipped_chart

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

BAR_WIDTH = 30
REFRESHES_PER_S = 4

MAX_MINUTES = 180
"""More are shown as hours."""

COLOURS = {
    JobState.CREATED: "dim",
    JobState.SUBMITTED: "yellow",
    JobState.RUNNING: "cyan",
    JobState.COMPLETED: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "magenta",
}


class HasState(Protocol):
    """Anything in a state."""

    @property
    def state(self) -> JobState:
        """Its current state."""
        ...


class Progress:
    """The progress of some jobs as text.

    Attributes:
        jobs: The jobs, in no particular order.
    """

    def __init__(
        self,
        jobs: Sequence[HasState],
        clock: Callable[[], float] = time.monotonic,
        *,
        under_way: tuple[float, int] | None = None,
    ) -> None:
        """Progress from now on.

        Args:
            jobs: The jobs.
            clock: The source of time.
            under_way: How many seconds ago the work began, and how many jobs had ended then; by default now.
        """
        self.jobs = jobs
        self._clock = clock
        ago_s, self._ended_before = under_way or (0.0, self._ended(self._counts()))
        self._begin = clock() - ago_s
        self._end: float | None = None

    def lines(self) -> list[tuple[JobState, int]]:
        """How many jobs are in each state that has any, in the order of the chart."""
        counts = self._counts()
        return [(state, counts[state]) for state in JobState if counts[state]]

    def summary(self) -> str:
        """How many have ended, how fast, and how long the rest will take at that rate."""
        ended, total = self._ended(self._counts()), len(self.jobs)
        self._ended_before = min(self._ended_before, ended)  # those that had ended before may run again
        waiting = sum(getattr(job, "held", None) is not None for job in self.jobs)
        text = f"{ended} of {total} ended{f', {waiting} held back by a limit' if waiting else ''}"
        if ended < total:
            self._end = None
        elif self._end is None:
            self._end = self._clock()
        elapsed, done = (self._clock() if self._end is None else self._end) - self._begin, ended - self._ended_before
        if not done or elapsed <= 0.0:
            return text
        rate = done / elapsed
        speed = f"{rate:.1f} per second" if rate >= 1.0 else f"{60 * rate:.1f} per minute"
        if ended == total:
            return f"{text} in {_duration(elapsed)}, {speed}"
        return f"{text}, {speed}, {_left((total - ended) / rate)} left"

    def bundle(self) -> dict[str, str]:
        """The progress as notebooks show it, by media type."""
        from qcaas_sdk._handles.notebook_progress import bars  # noqa: PLC0415  # only in a notebook
        from qcaas_sdk.diagrams.looks import looks_of  # noqa: PLC0415  # as above

        looks = looks_of(shipped_chart("job"))
        lines = self.lines()
        plain = [*(f"{state:>9} {count:>6}" for state, count in lines), self.summary()]
        rows = [(state.value, count, looks[state.lower()].colour) for state, count in lines]
        return {"text/plain": "\n".join(plain), "text/html": bars(rows, len(self.jobs), self.summary())}

    def __rich__(self) -> "Table":
        from rich.table import Table  # noqa: PLC0415  # an extra
        from rich.text import Text  # noqa: PLC0415  # as above

        table = Table.grid(padding=(0, 1))
        for state, count in self.lines():
            bar = Text("━" * max(1, round(BAR_WIDTH * count / len(self.jobs))), style=COLOURS[state])
            table.add_row(Text(f"{state:>9}", style=COLOURS[state]), Text(f"{count:>6}"), bar)
        table.add_row("", "", Text(self.summary(), style="dim"))
        return table

    def _counts(self) -> Counter[JobState]:
        return Counter(job.state for job in self.jobs)

    @staticmethod
    def _ended(counts: Counter[JobState]) -> int:
        return sum(counts[state] for state in states_in("ended"))


@contextmanager
def shown(jobs: Sequence[HasState], wanted: bool = True, console: "Console | None" = None) -> Iterator[None]:
    """Show the progress while the enclosed code runs, in a terminal or a notebook.

    Args:
        jobs: The jobs.
        wanted: Whether to show anything.
        console: Where to show it; by default rich's own choice.

    Raises:
        MissingExtra: rich is not installed, and this is not a notebook.
    """
    if not wanted:
        yield
        return
    from qcaas_sdk._handles.notebook_progress import in_notebook, updated  # noqa: PLC0415  # only if it is shown

    if console is None and in_notebook():
        with updated(Progress(jobs).bundle):
            yield
        return
    try:
        from rich.live import Live  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("showing progress", "cli") from error
    progress = Progress(jobs)
    with Live(get_renderable=progress.__rich__, console=console, refresh_per_second=REFRESHES_PER_S):
        yield


def _left(seconds: float) -> str:
    """An estimate, in a unit that it keeps until it is small."""
    if seconds < 60:
        return "less than 1 min"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < MAX_MINUTES else f"about {minutes / 60:,.0f} h"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s"
