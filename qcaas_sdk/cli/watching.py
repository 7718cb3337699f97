"""`qcaas watch`: a campaign that another process works on, live."""

from collections import Counter

from attrs import define, field
from rich.console import Group
from rich.table import Table
from rich.text import Text

from qcaas_sdk import JobState
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.screen import Screen, shown_as
from qcaas_sdk.clock import Clock, SystemClock
from qcaas_sdk.diagrams.words import duration
from qcaas_sdk.journal import Follower, Kept
from qcaas_sdk.progress import COLOURS, Progress
from qcaas_sdk.snapshot.model import Move

EVERY_S = 0.25
"""Seconds between looks, at least."""

SHARE = 0.2
"""The share of its time that looking may take: large journals are looked at less often."""

MOST_MOVES = 5
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
        kept: What was in its journal at the last look.
    """

    name: str
    kept: Kept
    _clock: Clock
    _progress: Progress = field(init=False)
    _news_s: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._progress = Progress(list(self.kept.jobs.values()), self._clock.monotonic)
        self._news_s = self._clock.monotonic()

    def take(self, kept: Kept) -> None:
        """Take in what is new."""
        self.kept = kept
        self._progress.jobs = list(kept.jobs.values())
        self._news_s = self._clock.monotonic()

    @property
    def over(self) -> bool:
        """Whether there are jobs, and all have ended."""
        return bool(self.kept.jobs) and all(self.kept.ended(number) for number in self.kept.top_level)

    def line(self) -> str:
        """How many jobs are in which state."""
        counts = Counter(job.state for job in self.kept.jobs.values())
        told = ", ".join(f"{counts[state]:,} {state.lower()}" for state in JobState if counts[state])
        return f"{self.name}: {told or 'no jobs yet'}"

    def __rich__(self) -> Group:
        moves = Table.grid(padding=(0, 1))
        for label, move in self._latest():
            moves.add_row(
                Text(f"{move.at.astimezone():%H:%M:%S}", style="dim"),
                shown_as(label),
                Text(move.target, style=COLOURS[move.target]),
                shown_as(move.why, "dim"),
            )
        silent = self._clock.monotonic() - self._news_s
        foot = []
        if silent > SILENCE_S and not self.over:
            foot.append(shown_as(f"no news for {duration(silent)}", "dim"))
        return Group(shown_as(self.name, "bold"), self._progress.__rich__(), moves, *foot)

    def _latest(self) -> list[tuple[str, Move]]:
        last = [
            (self.kept.labels.get(number, f"job {number}"), job.moves[-1])
            for number, job in self.kept.jobs.items()
            if job.moves
        ]
        return sorted(last, key=lambda one: one[1].at)[-MOST_MOVES:]


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
    follower, seen = Follower(campaign.path), Seen(campaign.name, campaign.kept, clock)
    begin = ask_at = clock.monotonic()
    with screen.watching(seen) as show:
        while True:
            looked = clock.monotonic()
            if (kept := follower.look()) is None and looked >= ask_at and not campaign.in_use:
                kept = follower.look()  # what was written before the last owner closed it
                if kept is None:
                    raise NotEnded(_left(Campaign(campaign.path, seen.kept)))
            if kept is not None:
                seen.take(kept)
            else:
                ask_at = max(ask_at, looked + OWNER_EVERY_S)
            show()
            if seen.over:
                return Campaign(campaign.path, seen.kept)
            now = clock.monotonic()
            if timeout_s is not None and now - begin >= timeout_s:
                raise NotEnded(f"{campaign.name} has not ended; nothing was done to it")
            await clock.sleep(max(EVERY_S, (now - looked) / SHARE))


def _left(campaign: Campaign) -> str:
    left, jobs = len(campaign.unfinished), len(campaign.kept.jobs)
    if not jobs:
        return f"no process works on {campaign.name}, and it holds no jobs"
    return f"no process works on {campaign.name}; {left} of {jobs} jobs have not ended: {campaign.way_on}"
