"""The durable record: what jobs intended and what is known of them, for another process to go on from."""

from qcaas_sdk._journal.journal import Journal
from qcaas_sdk._journal.open import JournalTail, open_journal, read_journal, state_of
from qcaas_sdk._journal.replay import JournalState
from qcaas_sdk._journal.writer import EntryWriter

__all__ = ["EntryWriter", "Journal", "JournalState", "JournalTail", "open_journal", "read_journal", "state_of"]
