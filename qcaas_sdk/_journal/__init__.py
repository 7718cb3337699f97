"""The journal: a durable record of jobs, so that another process can go on with them."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy
from qcaas_sdk._journal.service_name import EMBEDDED, EMBEDDED_URL, service_name

if TYPE_CHECKING:
    from qcaas_sdk._journal.file import JournalFile
    from qcaas_sdk._journal.index import JournalIndex
    from qcaas_sdk._journal.journal import Journal
    from qcaas_sdk._journal.open import JournalTail, OpenJournal, jobs_in, jobs_numbered, open_journal, read_journal
    from qcaas_sdk._journal.ownership import in_use
    from qcaas_sdk._journal.replay import JournalState
    from qcaas_sdk._journal.search import (
        JobFilter,
        composite_names,
        matching,
        number_of_task,
        numbers_of_name,
        service_of,
        states_of,
        tasks_from,
        unended,
    )
    from qcaas_sdk._journal.usage import usage_in
    from qcaas_sdk._journal.writer import EntryWriter

__all__ = [
    "EMBEDDED",
    "EMBEDDED_URL",
    "EntryWriter",
    "JobFilter",
    "Journal",
    "JournalFile",
    "JournalIndex",
    "JournalState",
    "JournalTail",
    "OpenJournal",
    "composite_names",
    "in_use",
    "is_composite",
    "jobs_in",
    "jobs_numbered",
    "matching",
    "number_of_task",
    "numbers_of_name",
    "open_journal",
    "read_journal",
    "service_name",
    "service_of",
    "states_of",
    "tasks_from",
    "unended",
    "usage_in",
]

__getattr__ = lazy(
    __name__,
    {
        "EntryWriter": "writer",
        "JobFilter": "search",
        "Journal": "journal",
        "JournalFile": "file",
        "JournalIndex": "index",
        "JournalState": "replay",
        "JournalTail": "open",
        "OpenJournal": "open",
        "composite_names": "search",
        "in_use": "ownership",
        "is_composite": "search",
        "jobs_in": "open",
        "jobs_numbered": "open",
        "matching": "search",
        "number_of_task": "search",
        "numbers_of_name": "search",
        "open_journal": "open",
        "read_journal": "open",
        "service_of": "search",
        "states_of": "search",
        "tasks_from": "search",
        "unended": "search",
        "usage_in": "usage",
    },
)
