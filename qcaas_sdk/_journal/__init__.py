"""The journal: a durable record of jobs, so that another process can go on with them."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy
from qcaas_sdk._journal.service_name import EMBEDDED, EMBEDDED_URL, service_name

if TYPE_CHECKING:
    from qcaas_sdk._journal.index import JournalIndex
    from qcaas_sdk._journal.journal import Journal
    from qcaas_sdk._journal.open import JournalTail, OpenJournal, jobs_in, open_journal, read_journal
    from qcaas_sdk._journal.ownership import in_use
    from qcaas_sdk._journal.replay import JournalState
    from qcaas_sdk._journal.writer import EntryWriter

__all__ = [
    "EMBEDDED",
    "EMBEDDED_URL",
    "EntryWriter",
    "Journal",
    "JournalIndex",
    "JournalState",
    "JournalTail",
    "OpenJournal",
    "in_use",
    "jobs_in",
    "open_journal",
    "read_journal",
    "service_name",
]

__getattr__ = lazy(
    __name__,
    {
        "EntryWriter": "writer",
        "Journal": "journal",
        "JournalIndex": "index",
        "JournalState": "replay",
        "JournalTail": "open",
        "OpenJournal": "open",
        "in_use": "ownership",
        "jobs_in": "open",
        "open_journal": "open",
        "read_journal": "open",
    },
)
