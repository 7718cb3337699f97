"""`qcaas clean`: delete the journals of campaigns that have ended."""

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import click

from qcaas_sdk import JournalError
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._base.text import counted
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Option
from qcaas_sdk.cli.ending import SERVICE, USAGE, fail, tell
from qcaas_sdk.cli.lookup import all_journals
from qcaas_sdk.cli.overview import overview, remove
from qcaas_sdk.cli.screen import Screen

DAYS = re.compile(r"(\d{1,6})([hdw])")
HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def clean(
    older_than: Annotated[
        str, Option(help="Only campaigns that have not changed for this long: 12h, 30d, 8w.", metavar="TIME")
    ] = "30d",
    yes: Annotated[bool, Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete campaigns that have ended, after asking. Their results are lost; the service keeps its own records."""
    age = DAYS.fullmatch(older_than)
    if age is None:
        fail(USAGE, f"--older-than {older_than!r}: expected a number of hours, days or weeks, for example 30d")
    screen = Screen()
    found = _ended(timedelta(hours=int(age[1]) * HOURS[age[2]]))
    if not found:
        screen.say(f"no campaign has ended more than {older_than} ago; see `qcaas jobs`")
        return
    for path, jobs in found:
        screen.line(f"{campaigns.name_of(path)}  {counted(jobs, 'job')}")
    if not yes:
        if not sys.stdin.isatty():
            fail(USAGE, f"{counted(len(found), 'campaign')} to delete: pass --yes to delete without a question")
        if not click.confirm(f"Delete {counted(len(found), 'campaign')}, with their results?", err=True):
            screen.say("nothing was deleted")
            return
    failed = 0
    for path, _ in found:
        try:
            remove(path)
        except (JournalError, OSError) as error:
            failed += 1
            tell(f"{campaigns.name_of(path)} was not deleted: {error}")
    screen.say(f"deleted {counted(len(found) - failed, 'campaign')}")
    if failed:
        raise click.exceptions.Exit(SERVICE)


def _ended(age: timedelta) -> list[tuple[Path, int]]:
    """The campaigns that are over for so long, with how many jobs they have."""
    latest = SystemClock().wall().timestamp() - age.total_seconds()
    found = []
    for path in all_journals():
        try:
            if path.stat().st_mtime <= latest and (one := overview(path)).over:
                found.append((path, one.jobs))
        except (JournalError, OSError) as error:
            tell(str(error))
    return found
