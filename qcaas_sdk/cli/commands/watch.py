"""`qcaas watch`: show a campaign that another process works on, live."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

import typer
from attrs import define, field
from rich.console import Group
from rich.table import Table
from rich.text import Text

from qcaas_sdk import JobState
from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._handles.progress import COLOURS, Progress
from qcaas_sdk._journal import JournalState, JournalTail
from qcaas_sdk._record import JobRecord, JobTransition, states_in
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.ending import JOB_FAILED, OK, TIMEOUT, USAGE, echo_json, fail, finish
from qcaas_sdk.cli.live_page import show_page
from qcaas_sdk.cli.lookup import looked_up, newest_in_use
from qcaas_sdk.cli.options import AsJson, Timeout, TokenFile, Url
from qcaas_sdk.cli.screen import Screen, shown_as
from qcaas_sdk.diagrams.words import duration

EVERY_S = 0.25
"""Minimum seconds between two reads of the journal."""

SHARE = 0.2
"""The maximum share of time spent on reading: large journals are read less often."""

MAX_TRANSITIONS = 5

PAUSE = timedelta(hours=1)
"""Between two transitions of one process is usually less."""

NO_CHANGE_S = 15.0
"""Seconds without a change after which the view says so."""

OWNER_EVERY_S = 2.0
"""Seconds between two checks that a process still works on the campaign, while nothing changes."""


class NotEnded(Exception):  # not an error of the campaign
    """The time limit is reached, or no process works on the campaign any more."""


def watch(
    campaign: Annotated[
        str | None,
        typer.Argument(help="A campaign or a journal file. Default: the newest campaign that a process works on."),
    ] = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    web: Annotated[
        bool, typer.Option("--web", help="Serve a live page for a browser on this machine, until Ctrl-C (extra web).")
    ] = False,
    control: Annotated[
        bool,
        typer.Option(
            "--control",
            help="With --web: the page may cancel jobs, run them again and continue them. The printed link has a "
            "token that works once.",
        ),
    ] = False,
    host: Annotated[
        str,
        typer.Option(help="With --web: the address to listen on. On any but loopback, other machines see the page."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --web: the port; 0 picks a free one.")] = 0,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Watch a campaign that another process runs, until its jobs have ended or no process works on it.

    This command only reads the journal. Ctrl-C ends this command; the jobs continue.
    """
    if control and not web:
        fail(USAGE, "--control changes jobs from the live page: pass --web too")
    chosen = newest_in_use() if campaign is None else looked_up(lambda: campaigns.opened(campaign))
    if web:
        show_page(chosen, control=control, host=host, port=port, url=url, token_file=token_file, timeout_s=timeout)
        return
    screen = Screen(quiet=as_json)
    try:
        watched = finish(follow(chosen, screen, timeout_s=timeout))
    except NotEnded as error:
        fail(TIMEOUT, str(error))
    if as_json:
        echo_json(watched.document())
    else:
        screen.say(f"all jobs have ended; see `qcaas jobs {watched.name}`")
    raise typer.Exit(OK if set(watched.counts) == {JobState.COMPLETED} else JOB_FAILED)


@define
class WatchedCampaign:
    """A campaign as the last read of its journal shows it.

    Attributes:
        name: The campaign's name.
        state: The content of its journal at the last read.
    """

    name: str
    state: JournalState
    _clock: Clock
    _progress: Progress = field(init=False)
    _changed_s: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        jobs = list(self.state.jobs.values())
        self._progress = Progress(jobs, self._clock.monotonic, under_way=under_way(jobs, self._clock.wall()))
        self._changed_s = self._clock.monotonic()

    def update(self, state: JournalState) -> None:
        """Show a newer content of the journal."""
        self.state = state
        self._progress.jobs = list(state.jobs.values())
        self._changed_s = self._clock.monotonic()

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
        unchanged_s = self._clock.monotonic() - self._changed_s
        foot = []
        if unchanged_s > NO_CHANGE_S and not self.ended:
            foot.append(shown_as(f"no change for {duration(unchanged_s)}", "dim"))
        return Group(shown_as(self.name, "bold"), self._progress.__rich__(), latest, *foot)

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


async def follow(
    campaign: Campaign, screen: Screen, *, timeout_s: float | None, clock: Clock | None = None
) -> Campaign:
    """Show a campaign until all its jobs have ended. The journal is only read.

    Args:
        campaign: The campaign.
        screen: Where it is shown.
        timeout_s: Time limit in seconds; None for no limit.
        clock: The clock; None for the system clock.

    Raises:
        NotEnded: The time limit is reached, or no process works on the campaign.
        JournalError: The journal cannot be read.
    """
    clock = clock or SystemClock()
    tail, seen = JournalTail(campaign.path), WatchedCampaign(campaign.name, campaign.state, clock)
    begin = ask_at = clock.monotonic()
    with screen.watching(seen) as show:
        while True:
            began = clock.monotonic()
            if (state := tail.read()) is None and began >= ask_at and not campaign.in_use:
                state = tail.read()  # what its last owner wrote before it closed the journal
                if state is None:
                    raise NotEnded(_unfinished(Campaign(campaign.path, seen.state)))
            if state is not None:
                seen.update(state)
            else:
                ask_at = max(ask_at, began + OWNER_EVERY_S)
            show()
            if seen.ended:
                return Campaign(campaign.path, seen.state)
            now = clock.monotonic()
            if timeout_s is not None and now - begin >= timeout_s:
                raise NotEnded(f"{campaign.name} did not end within the time limit; its jobs continue")
            await clock.sleep(max(EVERY_S, (now - began) / SHARE))


def _unfinished(campaign: Campaign) -> str:
    if not campaign.state.jobs:
        return f"no process works on {campaign.name}, and it has no jobs"
    return f"no process works on {campaign.name}; {campaign.unfinished_text}; {campaign.next_step}"
