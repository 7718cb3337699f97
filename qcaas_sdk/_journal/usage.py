"""What the jobs of a journal have used: from its search tables, and where they do not do from the entries of jobs.

When a run ends, its usage is written down, and the tables have it. A job is read from its entries if its run is under
way, or if one of its runs was not written down: an earlier version has ended it, or the service reserves no ids.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk._journal.open import jobs_numbered, read_journal
from qcaas_sdk._journal.search import JobFilter
from qcaas_sdk._record import Usage
from qcaas_sdk.results.usage import UsageKey, usage_of

_COLUMNS: dict[UsageKey, str] = {
    "qpu_id": "runs.qpu_id",
    "tag": "coalesce(jobs.tag, '')",
    "campaign": ":campaign",
    "day": "coalesce(date(runs.at, 'unixepoch', 'localtime'), '')",
}


def usage_in(
    path: Path, campaign: str, keys: Sequence[UsageKey], wanted: JobFilter
) -> Iterator[tuple[tuple[str, ...], Usage]]:
    """What the jobs of a journal have used, in no order; a key can come more than once.

    Args:
        path: The journal.
        campaign: What it is called.
        keys: What to add it up by.
        wanted: Of it, what concerns tag, QPU and time.

    Raises:
        BadJournal: It is damaged.
        JournalError: It cannot be read.
    """
    with JournalFile(path, read_only=True) as file:
        if file.is_searchable:
            with file.at_one_moment():
                yield from file.search(lambda db: _sums(db, campaign, keys, wanted))
                numbers = file.search(_others)
                jobs = jobs_numbered(file, numbers).jobs if numbers else {}
        else:
            jobs = read_journal(path).jobs
    yield from usage_of(jobs.values(), campaign, keys, wanted.tag, wanted.qpu_id, wanted.since, wanted.until)


def _sums(
    db: sqlite3.Connection, campaign: str, keys: Sequence[UsageKey], wanted: JobFilter
) -> list[tuple[tuple[str, ...], Usage]]:
    given: dict[str, Any] = {"campaign": campaign}
    terms = ["jobs.unsettled = 0"]
    for term, name, value in (
        ("jobs.tag = :tag", "tag", wanted.tag),
        ("runs.qpu_id = :qpu_id", "qpu_id", wanted.qpu_id),
        ("runs.at >= :since", "since", wanted.since and wanted.since.timestamp()),
        ("runs.at < :until", "until", wanted.until and wanted.until.timestamp()),
    ):
        if value is not None:
            terms.append(term)
            given[name] = value
    columns = [_COLUMNS[key] for key in keys]
    query = (
        f"SELECT count(*), sum(runs.shots), total(runs.seconds), count(runs.seconds), {', '.join(columns)} "  # noqa: S608  # only constants
        f"FROM runs JOIN jobs USING (number) WHERE {' AND '.join(terms)} GROUP BY {', '.join(columns)}"
    )
    return [(tuple(row[4:]), Usage(*row[:4])) for row in db.execute(query, given)]


def _others(db: sqlite3.Connection) -> list[int]:
    return [number for (number,) in db.execute("SELECT number FROM jobs WHERE unsettled")]
