"""Which campaign and which service a command is about."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from qcaas_sdk import QcaasError
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import USAGE, fail, give_up, read, tell

Found = TypeVar("Found")


def campaign_at_its_service(
    name: str | None, url: str | None, token_file: Path | None
) -> tuple[Connection, Campaign]:
    """The campaign that is meant, and its service; the command ends if nothing can be done there."""
    if name is not None:
        chosen = looked_up(lambda: campaigns.opened(str(name)))
    else:
        found = [one for path in campaigns.campaigns() if (one := readable(path)) and not one.has_ended]
        if not found:
            fail(USAGE, "no campaign is unfinished; see `qcaas jobs`")
        chosen = next((one for one in found if not one.embedded), found[0])
    if chosen.embedded:
        fail(USAGE, _bound_to_its_process(chosen))
    return connect(url or chosen.state.service, token_file), chosen


def _bound_to_its_process(campaign: Campaign) -> str:
    """Why nothing can be done with a campaign of the embedded QPU from here, and what can be done instead."""
    if campaign.in_use:
        return (
            f"{campaign.name} runs on the embedded QPU of another process, which alone can go on with it or cancel it"
        )
    if campaign.has_ended:
        return f"{campaign.name} ran on the embedded QPU, and all its jobs have ended; see `qcaas jobs`"
    left, jobs = len(campaign.unfinished), len(campaign.state.jobs)
    return f"{campaign.name}: {left} of {jobs} jobs have not ended; {campaign.way_on}"


def newest_in_use() -> Campaign:
    """The newest campaign that a process works on; the command ends if there is none."""
    found = [one for path in campaigns.campaigns() if (one := readable(path)) is not None]
    unfinished = [one for one in found if not one.state.jobs or not one.has_ended]
    used = next((one for one in unfinished if one.in_use), None)
    if used is None:
        idle = next((one for one in unfinished if one.state.jobs and not one.embedded), None)
        advice = f"{idle.name} is unfinished: {idle.way_on}" if idle is not None else "see `qcaas jobs`"
        fail(USAGE, f"no process works on a campaign now; {advice}")
    return used


def readable(path: Path) -> Campaign | None:
    """The campaign in a file; a file that cannot be read is named, and the others are read all the same."""
    try:
        return campaigns.opened(str(path))
    except QcaasError as error:
        tell(str(error))
        return None


def looked_up(find: Callable[[], Found]) -> Found:
    """What is looked for; the command ends if it is not there."""
    try:
        return find()
    except QcaasError as error:
        give_up(error)


def connect(url: str | None, token_file: Path | None) -> Connection:
    """The service that the options mean; the command ends if they contradict each other."""
    token = None
    if token_file is not None:
        token = read(str(token_file), "a token").strip()
    try:
        return Connection.of(url, token)
    except ValueError as error:
        fail(USAGE, str(error))
