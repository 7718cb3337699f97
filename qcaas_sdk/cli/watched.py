"""A campaign that is watched: what its journal says, and how fast it gets on."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from attrs import define, field
from rich.console import Group
from rich.table import Table
from rich.text import Text

from qcaas_sdk import JobState
from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.text import duration
from qcaas_sdk._handles.progress import COLOURS, Progress
from qcaas_sdk._journal import JournalState
from qcaas_sdk._record import JobRecord, JobTransition, states_in
from qcaas_sdk.cli.campaigns import name_of
from qcaas_sdk.cli.screen import shown_as
from qcaas_sdk.cli.service_mark import read_mark

MAX_TRANSITIONS = 5
"""The latest transitions that the view shows."""
NO_CHANGE_S = 15.0
"""Seconds without a change after which the view says so."""

PAUSE = timedelta(hours=1)
"""Between two transitions of one process is usually less."""


@define
class WatchedCampaign:
    """A campaign as the last read of its journal shows it.

    Attributes:
        path: Its journal.
        state: The content of its journal at the last read.
        version: How often that has changed.
    """

    path: Path
    state: JournalState
    _clock: Clock
    _progress: Progress = field(init=False)
    _changed_s: float = field(init=False)
    version: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        jobs = list(self.state.jobs.values())
        until = self._clock.wall()
        if self.ended:  # the time since then is not part of the work
            until = max((one.at for job in jobs for one in job.transitions), default=until)
        self._progress = Progress(jobs, self._clock.monotonic, under_way=under_way(jobs, until))
        self._changed_s = self._clock.monotonic()

    def update(self, state: JournalState) -> None:
        """Show a newer content of the journal."""
        self.state = state
        self.version += 1
        self._progress.jobs = list(state.jobs.values())
        self._changed_s = self._clock.monotonic()

    @property
    def name(self) -> str:
        """The campaign's name."""
        return name_of(self.path)

    @property
    def ended(self) -> bool:
        """Whether there are jobs, and all have ended."""
        return bool(self.state.jobs) and all(self.state.ended(number) for number in self.state.top_level)

    def line(self) -> str:
        """How many jobs are in each state."""
        counts = Counter(job.state for job in self.state.jobs.values())
        told = ", ".join(f"{counts[state]:,} {state.lower()}" for state in JobState if counts[state])
        return f"{self.name}: {told or 'no jobs yet'}"

    def __rich__(self) -> Group:
        latest = Table.grid(padding=(0, 1))
        for label, transition in self._latest():
            latest.add_row(
                Text(f"{transition.at.astimezone():%H:%M:%S}", style="dim"),
                shown_as(label),
                Text(transition.target, style=COLOURS[transition.target]),
                shown_as(transition.reason, "dim"),
            )
        silence = [shown_as(line, "dim") for line in self.foot()[1:]]
        return Group(shown_as(self.name, "bold"), self._progress.__rich__(), latest, *silence)

    def foot(self) -> list[str]:
        """How fast it gets on, and since when nothing has changed if that is long: is it the service?"""
        unchanged_s = self._clock.monotonic() - self._changed_s
        if unchanged_s > NO_CHANGE_S and not self.ended:
            service = read_mark(self.path, self._clock.wall())
            more = "" if service is None else f"; service: {service}" if service else "; the service answers"
            return [self._progress.summary(), f"no change for {duration(unchanged_s)}{more}"]
        return [self._progress.summary()]

    def _latest(self) -> list[tuple[str, JobTransition]]:
        last = [
            (self.state.labels.get(number, f"job {number}"), job.transitions[-1])
            for number, job in self.state.jobs.items()
            if job.transitions
        ]
        return sorted(last, key=lambda one: one[1].at)[-MAX_TRANSITIONS:]


def under_way(jobs: Iterable[JobRecord], now: datetime) -> tuple[float, int]:
    """How many seconds ago the process began that works on jobs now, and how many had ended then.

    What happened before a long pause was the work of an earlier process.
    """
    moves = sorted((one.at, one.target in states_in("ended")) for job in jobs for one in job.transitions)
    begin, ended, before = now, 0, 0
    latest: datetime | None = None
    for at, is_end in moves:
        if latest is None or at - latest > PAUSE:
            begin, before = at, ended
        ended += is_end
        latest = at
    if latest is None or now - latest > PAUSE:
        return 0.0, ended
    return max(0.0, (now - begin).total_seconds()), before
