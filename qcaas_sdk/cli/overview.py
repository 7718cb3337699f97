"""What commands know of a campaign without reading all its jobs: its numbers, and the jobs that a filter finds."""

import shlex
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from attrs import evolve, frozen

from qcaas_sdk import BadJournal, JobState, JournalError
from qcaas_sdk._base.text import counted
from qcaas_sdk._journal import (
    EMBEDDED,
    JobFilter,
    JournalFile,
    composite_names,
    in_use,
    jobs_numbered,
    matching,
    service_of,
    states_of,
    unended,
)
from qcaas_sdk.cli import service_mark
from qcaas_sdk.cli.campaigns import Campaign, folder, name_of, not_ended

ENDINGS = ("-wal", "-shm", "-lock", service_mark.ENDING)
"""The files beside a journal."""


@frozen
class Overview:
    """A campaign in numbers.

    Attributes:
        path: Its journal.
        service: The service that it belongs to.
        counts: How many jobs are in each state.
        unended: How many jobs have not ended.
    """

    path: Path
    service: str | None
    counts: Mapping[JobState, int]
    unended: int

    @property
    def name(self) -> str:
        """What a user types."""
        return name_of(self.path)

    @property
    def jobs(self) -> int:
        """How many jobs it has."""
        return sum(self.counts.values())

    @property
    def in_use(self) -> bool:
        """Whether a process works on it now."""
        return in_use(self.path)

    @property
    def embedded(self) -> bool:
        """Whether its jobs run on the embedded QPU."""
        return self.service == EMBEDDED

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more: its jobs have ended, or their embedded QPU has."""
        return (not self.unended or self.embedded) and not self.in_use


def overview(path: Path) -> Overview:
    """A campaign in numbers.

    Raises:
        JournalError: The journal cannot be read.
    """

    def ask(db: sqlite3.Connection) -> Overview:
        return Overview(path, service_of(db), states_of(db), unended(db))

    with JournalFile(path, read_only=True) as file:
        return file.search(ask)


def how_to_continue(found: Iterable[Overview]) -> str | None:
    """How to continue the campaigns that no process works on, as one line; None if there are none.

    Args:
        found: The campaigns, the newest first.
    """
    idle = [one for one in found if one.unended and not one.over and not one.in_use]
    if not idle:
        return None
    command = f"qcaas resume {shlex.quote(idle[0].name)}"
    if len(idle) > 1:
        return f"{counted(len(idle), 'campaign')} have jobs that have not ended; to continue the newest: {command}"
    return f"{idle[0].name}: {not_ended(idle[0].unended, idle[0].jobs)}; to continue: {command}"


def gathered(
    paths: Iterable[Path], wanted: JobFilter, tell: Callable[[str], None], *, strict: bool
) -> list[Campaign]:
    """The campaigns with the jobs that a filter finds, up to its limit in all.

    Args:
        paths: The journals, the newest first.
        wanted: The filter.
        tell: Called with what cannot be read.
        strict: Whether a journal that cannot be read is an error.

    Raises:
        JournalError: A journal cannot be read.
    """
    found: list[Campaign] = []
    for path in paths:
        left = None if wanted.limit is None else wanted.limit - sum(len(one.state.jobs) for one in found)
        try:
            found += found_in(path, evolve(wanted, limit=left), tell)
        except JournalError as error:
            if strict:
                raise
            tell(str(error))
    return found


def found_in(path: Path, wanted: JobFilter, tell: Callable[[str], None]) -> Iterator[Campaign]:
    """A campaign with the jobs that a filter finds and no others, as one part or several; none if it finds none.

    Args:
        path: The journal.
        wanted: The filter.
        tell: Called with what is damaged; the rest is returned.

    Raises:
        JournalError: The journal cannot be read.
    """
    with JournalFile(path, read_only=True) as file:
        numbers = sorted(file.search(lambda db: matching(db, wanted)))
        if not numbers:
            return
        try:
            names = file.search(lambda db: composite_names(db, numbers))
            yield Campaign(path, jobs_numbered(file, [0, *numbers]), names)
        except BadJournal as error:
            tell(str(error))
            for number in numbers:
                try:
                    yield Campaign(path, jobs_numbered(file, [0, number]))
                except BadJournal:
                    continue


def remove(path: Path) -> None:
    """Delete a journal that no process works on, with the files beside it.

    Raises:
        JournalInUse: A process works on it.
        OSError: It cannot be deleted.
    """
    with JournalFile(path):  # nobody else opens it meanwhile
        for file in (path, *(path.with_name(path.name + ending) for ending in ENDINGS)):
            file.unlink(missing_ok=True)


def remove_if_empty(path: Path) -> None:
    """Delete a journal in the folder of campaigns that has no jobs, because the service took none."""
    with suppress(JournalError, OSError):
        if path.parent == folder() and path.exists() and not overview(path).jobs:
            remove(path)
