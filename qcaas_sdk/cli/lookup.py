"""Find the campaign and the service that a command works on."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from click.core import ParameterSource

from qcaas_sdk import InvalidArgument, QcaasError
from qcaas_sdk._http.trusted_hosts import shown_url
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import USAGE, fail, give_up, read, tell, warnings_as_lines
from qcaas_sdk.cli.overview import Overview, overview

Found = TypeVar("Found")


def campaign_at_its_service(
    name: str | None, url: str | None, token_file: Path | None
) -> tuple[Connection, Campaign]:
    """The campaign and its service. The command ends if it cannot continue the campaign."""
    if name is not None:
        chosen = looked_up(lambda: campaigns.opened(str(name)))
    else:
        found = [one for path in all_journals() if (one := in_numbers(path)) and one.unended]
        if not found:
            fail(USAGE, "no campaign has unfinished jobs; see `qcaas jobs`")
        newest = next((one for one in found if not one.embedded), found[0])
        chosen = looked_up(lambda: campaigns.opened(str(newest.path)))
    if chosen.embedded:
        fail(USAGE, _why_not(chosen))
    return connect(url or chosen.state.service, token_file), chosen


def _why_not(campaign: Campaign) -> str:
    """Why this command cannot continue a campaign of the embedded QPU, and what the user can do instead."""
    if campaign.in_use:
        return (
            f"{campaign.name} runs on the embedded QPU of another process, and only that process can continue or "
            f"cancel it; to see its progress: qcaas watch {shlex.quote(campaign.name)}"
        )
    if campaign.has_ended:
        return f"all jobs of {campaign.name} have ended; see `qcaas jobs {campaign.name}`"
    return f"{campaign.name}: {campaign.unfinished_text}; {campaign.next_step}"


def newest_in_use() -> Campaign:
    """The newest campaign that a process works on. The command ends if there is none."""
    found = [one for path in all_journals() if (one := readable(path)) is not None]
    unfinished = [one for one in found if not one.state.jobs or not one.has_ended]
    used = next((one for one in unfinished if one.in_use), None)
    if used is None:
        idle = next((one for one in unfinished if one.state.jobs and not one.embedded), None)
        advice = f"{idle.name} has unfinished jobs; {idle.next_step}" if idle is not None else "see `qcaas jobs`"
        fail(USAGE, f"no process works on any campaign now; {advice}")
    return used


def all_journals() -> list[Path]:
    """The journals in the folder of campaigns, newest first. The command ends if it is not a folder."""
    return looked_up(lambda: [*campaigns.campaigns()])


def readable(path: Path) -> Campaign | None:
    """The campaign in a file; None, after an error message, if the file cannot be read."""
    try:
        return campaigns.opened(str(path))
    except QcaasError as error:
        tell(str(error))
        return None


def in_numbers(path: Path) -> Overview | None:
    """As `readable`, without reading its jobs."""
    try:
        return overview(path)
    except QcaasError as error:
        tell(str(error))
        return None


def new_journal() -> Path:
    """The path of a new campaign. The command ends if there is no place for it."""
    try:
        return campaigns.new_journal()
    except OSError as error:
        fail(
            USAGE,
            f"cannot create a journal in {campaigns.folder()} ({error.strerror}); "
            "use --journal FILE or --no-journal, or set QCAAS_CAMPAIGNS to another folder",
        )


def looked_up(find: Callable[[], Found]) -> Found:
    """What `find` returns. The command ends if `find` raises an error."""
    with warnings_as_lines():
        try:
            return find()
        except QcaasError as error:
            give_up(error)


def connect(url: str | None, token_file: Path | None) -> Connection:
    """The service that the options name. The command ends if it cannot be used."""
    token = None
    if token_file is not None:
        token = read(str(token_file), "a token").strip()
    try:
        return Connection.of(url, token)
    except InvalidArgument as error:
        fail(USAGE, f"{source_of_url()}{error}" if error.argument == "url" else str(error))
    except ValueError as error:
        fail(USAGE, str(error))


def source_of_url() -> str:
    """Where the URL of this command comes from, for the begin of a message; empty if it is from neither."""
    match source_of("url"):
        case ParameterSource.ENVIRONMENT:
            return "OQC_URL: "
        case ParameterSource.COMMANDLINE:
            return "--url: "
        case _:
            return ""


def source_of(parameter: str) -> ParameterSource | None:
    """Where a parameter of this command has its value from."""
    return click.get_current_context().get_parameter_source(parameter)


def refuse_local_and_url(*, local: bool) -> None:
    """End the command if it has both options. With --local, the variable OQC_URL does not count."""
    if local and source_of("url") is ParameterSource.COMMANDLINE:
        fail(
            USAGE,
            "--local and --url contradict each other: leave out --url for the embedded QPU, or --local for the "
            "service",
        )


def embedded(dask: str | None, noise: str | None, url: str | None) -> Connection:
    """The embedded QPU on a Dask cluster or with noise. The command ends if it cannot be used."""
    if url:
        option = "--dask" if dask is not None else "--noise"
        fail(
            USAGE,
            f"{option} is for the embedded QPU, and the URL of a service is set ({shown_url(url)}): use one of them",
        )
    return looked_up(lambda: Connection.embedded(dask, noise))
