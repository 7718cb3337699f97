"""`qcaas watch`: show a campaign that another process works on, live."""

from typing import Annotated

import click

from qcaas_sdk import JobState
from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._journal import JournalTail
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.completing import campaign_names
from qcaas_sdk.cli.ending import JOB_FAILED, OK, TIMEOUT, USAGE, echo_json, fail, finish
from qcaas_sdk.cli.live_page import show_page
from qcaas_sdk.cli.lookup import looked_up, newest_in_use
from qcaas_sdk.cli.options import AsJson, Timeout, TokenFile, Url
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.viewer import Viewer
from qcaas_sdk.cli.watched import WatchedCampaign

EVERY_S = 0.25
"""Minimum seconds between two reads of the journal."""

SHARE = 0.2
"""The maximum share of time spent on reading: large journals are read less often."""

OWNER_EVERY_S = 2.0
"""Seconds between two checks that a process still works on the campaign, while nothing changes."""


class NotEnded(Exception):  # not an error of the campaign
    """The time limit is reached, or no process works on the campaign any more."""


def watch(
    campaign: Annotated[
        str | None,
        Argument(
            completes=campaign_names,
            help="A campaign or a journal file. Default: the newest campaign that a process works on.",
        ),
    ] = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    web: Annotated[
        bool, Option("--web", help="Serve a live page for a browser on this machine, until Ctrl-C (extra web).")
    ] = False,
    control: Annotated[
        bool,
        Option(
            "--control",
            help="With --web: the page may cancel jobs, run them again and continue them. The printed link has a "
            "token that works once.",
        ),
    ] = False,
    host: Annotated[
        str,
        Option(help="With --web: the address to listen on. On any but loopback, other machines see the page."),
    ] = "127.0.0.1",
    port: Annotated[int, Option(min=0, max=65535, help="With --web: the port; 0 picks a free one.")] = 0,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Watch a campaign that another process runs, until its jobs have ended or no process works on it.

    On a terminal you can scroll, filter, and look at one job: the keys are on the screen. After you have pressed one,
    the view stays until you press q. This command only reads the journal. Ctrl-C ends it; the jobs continue.
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
    raise click.exceptions.Exit(OK if set(watched.counts) == {JobState.COMPLETED} else JOB_FAILED)


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
    tail, seen = JournalTail(campaign.path), WatchedCampaign(campaign.path, campaign.state, clock)
    begin = ask_at = clock.monotonic()
    viewer = Viewer(
        seen, lambda number: screen.described(Campaign(campaign.path, seen.state), number), screen.unicode
    )
    with screen.watching(seen, viewer) as show:
        while True:
            began = clock.monotonic()
            if (state := tail.read()) is None and not seen.ended and began >= ask_at and not campaign.in_use:
                state = tail.read()  # what its last owner wrote before it closed the journal
                if state is None:
                    raise NotEnded(_unfinished(Campaign(campaign.path, seen.state)))
            if state is not None:
                seen.update(state)
            else:
                ask_at = max(ask_at, began + OWNER_EVERY_S)
            show()
            if viewer.closed and not seen.ended:
                raise NotEnded(f"you have closed the view of {campaign.name}; its jobs continue")
            if seen.ended and (viewer.closed or not viewer.touched):
                return Campaign(campaign.path, seen.state)
            now = clock.monotonic()
            if timeout_s is not None and not seen.ended and now - begin >= timeout_s:
                raise NotEnded(f"{campaign.name} did not end within the time limit; its jobs continue")
            await clock.sleep(max(EVERY_S, (now - began) / SHARE))


def _unfinished(campaign: Campaign) -> str:
    if not campaign.state.jobs:
        return f"no process works on {campaign.name}, and it has no jobs"
    return f"no process works on {campaign.name}; {campaign.unfinished_text}; {campaign.next_step}"
