"""`qcaas usage`: what jobs have used."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import click
from attrs import asdict

from qcaas_sdk import InvalidArgument, JournalError
from qcaas_sdk._factory.job_filter import job_filter
from qcaas_sdk._journal import JobFilter, usage_in
from qcaas_sdk._record import Usage
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.commands.jobs import moment
from qcaas_sdk.cli.completing import campaign_names
from qcaas_sdk.cli.ending import echo_json, give_up, tell
from qcaas_sdk.cli.lookup import all_journals, looked_up
from qcaas_sdk.cli.options import AsJson
from qcaas_sdk.results.usage import UsageKey, usage_keys, usage_table


def usage(
    campaign: Annotated[
        str | None, Argument(completes=campaign_names, help="A campaign; all of them if you name none.")
    ] = None,
    by: Annotated[list[str] | None, Option(help="Add up by qpu_id, tag, campaign or day; may be repeated.")] = None,
    tag: Annotated[str | None, Option(help="Only jobs with this tag.")] = None,
    qpu: Annotated[str | None, Option(help="Only runs on this QPU.")] = None,
    since: Annotated[
        str | None, Option(help="Only runs submitted since: 30m, 12h, 2d, 1w, or a date or time.")
    ] = None,
    until: Annotated[str | None, Option(help="Only runs submitted before: as --since.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add up the runs, shots and QPU seconds of your campaigns. Nothing is sent."""
    paths = all_journals() if campaign is None else [looked_up(lambda: campaigns.path_of(campaign))]
    try:
        wanted = job_filter(
            now=datetime.now(UTC),
            tag=tag,
            qpu_id=qpu,
            since=None if since is None else moment(since, "since"),
            until=None if until is None else moment(until, "until"),
        )
        keys = usage_keys(by or "qpu_id")
        table = usage_table(keys, _used_in(paths, keys, wanted, strict=campaign is not None))
    except (InvalidArgument, JournalError) as error:
        give_up(error)
    if as_json:
        echo_json([dict(zip(table.by, row.key, strict=True)) | asdict(row.usage) for row in table.rows])
    else:
        click.echo(str(table))


def _used_in(
    paths: list[Path], keys: tuple[UsageKey, ...], wanted: JobFilter, *, strict: bool
) -> Iterator[tuple[tuple[str, ...], Usage]]:
    """What was used, by journals; one that cannot be read is left out, with a message, unless `strict`."""
    for path in paths:
        try:
            used = [*usage_in(path, campaigns.name_of(path), keys, wanted)]
        except JournalError as error:
            if strict:
                raise
            tell(str(error))
            continue
        yield from used
