"""`qcaas watch`: a campaign that another process works on, live."""

from collections import Counter

from attrs import define, field
from rich.console import Group
from rich.table import Table
from rich.text import Text

from qcaas_sdk import JobState
from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._handles.progress import COLOURS, Progress
from qcaas_sdk._journal import JournalState, JournalTail
from qcaas_sdk._record import JobTransition
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.screen import Screen, shown_as
from qcaas_sdk.diagrams.words import duration

EVERY_S = 0.25
"""Seconds between two readings, at least."""

SHARE = 0.2
"""The share of its time that reading may take: large journals are read less often."""

MAX_TRANSITIONS = 5
SILENCE_S = 15.0
"""Seconds without news after which it is said how long there was none."""


OWNER_EVERY_S = 2.0
"""Seconds between two looks at whether a process still works on it, while there is no news."""


class NotEnded(Exception):  # no error: nothing more is to be seen now
    """The time was over before the campaign was, or no process works on it any more."""


@define
class Seen:
    """What was seen of a campaign so far.

    Attributes:
        name: What people call it.
        state: What was in its journal at the last reading.
    """

    name: str
    state: JournalState
    _clock: Clock
    _progress: Progress = field(init=False)
    _news_s: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._progress = Progress(list(self.state.jobs.values()), self._clock.monotonic)
        self._news_s = self._clock.monotonic()

    def take(self, state: JournalState) -> None:
        """Take in what is new."""
        self.state = state
        self._progress.jobs = list(state.jobs.values())
        self._news_s = self._clock.monotonic()

    @property
    def over(self) -> bool:
        """Whether there are jobs, and all have ended."""
        return bool(self.state.jobs) and all(self.state.ended(number) for number in self.state.top_level)

    def line(self) -> str:
        """How many jobs are in which state."""
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
        silent = self._clock.monotonic() - self._news_s
        foot = []
        if silent > SILENCE_S and not self.over:
            foot.append(shown_as(f"no news for {duration(silent)}", "dim"))
        return Group(shown_as(self.name, "bold"), self._progress.__rich__(), latest, *foot)

    def _latest(self) -> list[tuple[str, JobTransition]]:
        last = [
            (self.state.labels.get(number, f"job {number}"), job.transitions[-1])
            for number, job in self.state.jobs.items()
            if job.transitions
        ]
        return sorted(last, key=lambda one: one[1].at)[-MAX_TRANSITIONS:]


async def watch(
    campaign: Campaign, screen: Screen, *, timeout_s: float | None, clock: Clock | None = None
) -> Campaign:
    """Follow a campaign's journal until all its jobs have ended, or no process works on it. It is only read.

    Args:
        campaign: The campaign, as it was a moment ago.
        screen: Where it is shown.
        timeout_s: Seconds after which to give up; None for never.
        clock: Where time comes from.

    Raises:
        NotEnded: The time is over, or no process works on the campaign; nothing was done to it.
        JournalError: The journal cannot be read any more.
    """
    clock = clock or SystemClock()
    tail, seen = JournalTail(campaign.path), Seen(campaign.name, campaign.state, clock)
    begin = ask_at = clock.monotonic()
    with screen.watching(seen) as show:
        while True:
            began = clock.monotonic()
            if (state := tail.read()) is None and began >= ask_at and not campaign.in_use:
                state = tail.read()  # what was written before the last owner closed it
                if state is None:
                    raise NotEnded(_left(Campaign(campaign.path, seen.state)))
            if state is not None:
                seen.take(state)
            else:
                ask_at = max(ask_at, began + OWNER_EVERY_S)
            show()
            if seen.over:
                return Campaign(campaign.path, seen.state)
            now = clock.monotonic()
            if timeout_s is not None and now - begin >= timeout_s:
                raise NotEnded(f"{campaign.name} has not ended; nothing was done to it")
            await clock.sleep(max(EVERY_S, (now - began) / SHARE))


def _left(campaign: Campaign) -> str:
    left, jobs = len(campaign.unfinished), len(campaign.state.jobs)
    if not jobs:
        return f"no process works on {campaign.name}, and it holds no jobs"
    return f"no process works on {campaign.name}; {left} of {jobs} jobs have not ended: {campaign.way_on}"
