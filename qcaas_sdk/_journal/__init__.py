"""The durable record: what jobs intended and what is known of them, for another process to go on from."""

from qcaas_sdk._journal.index import JournalIndex
from qcaas_sdk._journal.journal import Journal
from qcaas_sdk._journal.open import JournalTail, OpenJournal, jobs_in, open_journal, read_journal
from qcaas_sdk._journal.ownership import in_use
from qcaas_sdk._journal.replay import JournalState
from qcaas_sdk._journal.service_name import EMBEDDED, EMBEDDED_URL, service_name
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
