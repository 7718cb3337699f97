"""`qcaas jobs`: list campaigns, or jobs."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from qcaas_sdk import InvalidArgument, JournalError
from qcaas_sdk._factory.job_filter import job_filter
from qcaas_sdk._journal import JobFilter
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.completing import campaign_names, states
from qcaas_sdk.cli.ending import echo_json, give_up, tell
from qcaas_sdk.cli.lookup import all_journals, looked_up
from qcaas_sdk.cli.options import AsJson
from qcaas_sdk.cli.overview import Overview, gathered, how_to_continue, overview
from qcaas_sdk.cli.screen import Screen

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AGO = re.compile(r"(\d{1,6})([smhdw])")
"""How long ago: a number and a unit."""


def jobs(
    campaign: Annotated[
        str | None, Argument(completes=campaign_names, help="A campaign: list each of its jobs.")
    ] = None,
    state: Annotated[
        list[str] | None, Option(completes=states, help="Only jobs in this state; may be repeated.")
    ] = None,
    tag: Annotated[str | None, Option(help="Only jobs with this tag.")] = None,
    qpu: Annotated[str | None, Option(help="Only jobs of this QPU.")] = None,
    name: Annotated[
        str | None, Option(help="Only jobs with this name, or in a composite with it; * stands for anything.")
    ] = None,
    since: Annotated[str | None, Option(help="Only jobs created since: 30m, 12h, 2d, 1w, or a date or time.")] = None,
    until: Annotated[str | None, Option(help="Only jobs created before: as --since.")] = None,
    metadata: Annotated[
        list[str] | None,
        Option("--meta", metavar="KEY=VALUE", help="Only jobs with this value in their user_metadata."),
    ] = None,
    limit: Annotated[int | None, Option(min=0, help="At most this many jobs: the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the campaigns; with a campaign or a filter, list jobs. You can use it while they run."""
    wanted = _filter(state, tag, qpu, name, since, until, metadata, limit)
    screen = Screen(quiet=as_json)
    paths = all_journals() if campaign is None else [looked_up(lambda: campaigns.path_of(campaign))]
    if campaign is None and wanted == JobFilter() and not as_json:
        _list_campaigns(paths, screen)
        return
    try:
        found = gathered(paths, wanted, tell, strict=campaign is not None)
    except JournalError as error:
        give_up(error)
    if as_json:
        echo_json([document for one in found for document in one.document()])
    elif any(one.state.jobs for one in found):
        screen.jobs(found)
        screen.hint(how_to_continue(map(overview, dict.fromkeys(one.path for one in found))))
    else:
        screen.say("no job matches; `qcaas jobs` lists the campaigns")


def _list_campaigns(paths: list[Path], screen: Screen) -> None:
    found: list[Overview] = []
    for path in paths:
        try:
            found.append(overview(path))
        except JournalError as error:
            tell(str(error))
    if found:
        screen.campaigns(found)
        screen.hint(how_to_continue(found))
    else:
        screen.say(f"no campaigns in {campaigns.folder()}; `qcaas run FILE` creates one")


def _filter(
    state: list[str] | None,
    tag: str | None,
    qpu: str | None,
    name: str | None,
    since: str | None,
    until: str | None,
    metadata: list[str] | None,
    limit: int | None,
) -> JobFilter:
    try:
        return job_filter(
            tag=tag,
            state=state or None,
            qpu_id=qpu,
            name=name,
            since=None if since is None else moment(since, "since"),
            until=None if until is None else moment(until, "until"),
            user_metadata=_own(metadata or []),
            limit=limit,
            now=datetime.now(UTC),
        )
    except InvalidArgument as error:
        give_up(error)


def moment(text: str, option: str) -> timedelta | datetime:
    """What `--since` says: how long ago, or a date or time.

    Raises:
        InvalidArgument: It is none of these.
    """
    if ago := AGO.fullmatch(text.strip()):
        return timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        expected = "expected how long ago, for example 30m, 12h, 2d or 1w, or a date such as 2026-01-31"
        raise InvalidArgument(f"--{option} {text!r}: {expected}", argument=option) from None


def _own(pairs: list[str]) -> dict[str, Any] | None:
    own: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise InvalidArgument(f"--meta {pair!r}: expected KEY=VALUE", argument="meta")
        try:
            own[key] = json.loads(value)
        except ValueError:  # text without quotes
            own[key] = value
    return own or None
