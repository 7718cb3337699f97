"""The durable record: what jobs intended and what is known of them, for another process to go on from."""

from qcaas_sdk.journal.index import JournalIndex
from qcaas_sdk.journal.journal import Journal
from qcaas_sdk.journal.opening import Follower, OpenJournal, jobs_in, open_journal, read_journal
from qcaas_sdk.journal.ownership import in_use
from qcaas_sdk.journal.pages import JournalPage
from qcaas_sdk.journal.replay import Kept

__all__ = [
    "Follower",
    "Journal",
    "JournalIndex",
    "JournalPage",
    "Kept",
    "OpenJournal",
    "in_use",
    "jobs_in",
    "open_journal",
    "read_journal",
]
