"""What an SDK writes down in its journal, and how its jobs come back from there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from qcaas_sdk._journal import EntryWriter, Journal, JournalState, open_journal, state_of
from qcaas_sdk._record import NULL_WRITER, CompositeRecord, JobRecord, JobRequest, JournalWriter
from qcaas_sdk.composite import Child, CompositeJob, record_of
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job


class Recovery:
    """The journal of an SDK, if it has one, and the jobs and composites that are in it."""

    def __init__(
        self,
        path: Path | None,
        job: Callable[[JobRecord], Job],
        composite: Callable[[CompositeRecord, Sequence[Child]], CompositeJob],
    ) -> None:
        """Nothing is opened yet.

        Args:
            path: The journal's file; None for no journal.
            job: Puts a handle on the record of a job.
            composite: Puts a handle on the record of a composite, given those on its children.
        """
        self._path = path
        self._job = job
        self._composite = composite
        self._journal: Journal | None = None
        self._state: JournalState | None = None
        self._noted = 0  # how much of the journal is in that
        self._handles: WeakValueDictionary[int, Child] = WeakValueDictionary()

    def open(self, service: str) -> None:
        """Open the journal.

        Raises:
            JournalError: It cannot be used; as `JournalInUse` or `BadJournal` where that is why.
        """
        if self._path is not None and self._journal is None:
            self._journal, self._state = open_journal(self._path, service)
            self._noted = self._journal.noted

    async def close(self) -> None:
        """Write what is left, and close the journal.

        Raises:
            JournalError: It could not be written.
        """
        journal, self._journal = self._journal, None
        if journal is not None:
            try:
                await journal.written()
            finally:
                journal.close()

    def writer_of_job(self, request: JobRequest, *, fetch_diagnostics: bool) -> JournalWriter:
        """Where a new job writes."""
        if self._journal is None:
            return NULL_WRITER
        return EntryWriter.for_job(self._journal, request, fetch_diagnostics=fetch_diagnostics)

    def writer_of_composite(self) -> JournalWriter:
        """Where a new composite writes."""
        return NULL_WRITER if self._journal is None else EntryWriter.for_composite(self._journal)

    def register(self, child: Child) -> None:
        """Remember what was made or loaded while somebody uses it; what is in no journal yet is written down."""
        if self._journal is None:
            return
        self._handles[EntryWriter.of(record_of(child), self._journal).entity_id] = child
        for inner in child.jobs if isinstance(child, CompositeJob) else ():
            self.register(inner)

    def recover(self, *, ended: bool) -> list[Child]:
        """The jobs and composites that are part of no other; those in use as they are.

        Args:
            ended: Those that have ended too.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
        """
        journal = self._journal
        if journal is None:
            raise QcaasError("recover() needs a journal: OqcSdk(…, journal='campaign.db')")
        if self._state is None or self._noted != journal.noted:
            self._state, self._noted = state_of(journal), journal.noted
        state = self._state
        return [
            self._handle(number, state, journal) for number in state.top_level if ended or not state.ended(number)
        ]

    def _handle(self, number: int, state: JournalState, journal: Journal) -> Child:
        handle = self._handles.get(number)
        if handle is None:
            writer = EntryWriter(journal, number)
            if number in state.jobs:
                job = state.jobs[number]
                job.writer = writer
                handle = self._job(job)
            else:
                children = [self._handle(child, state, journal) for child in state.composites[number]]
                composite = CompositeRecord.of(record_of(child) for child in children)
                composite.writer = writer
                handle = self._composite(composite, children)
            self._handles[number] = handle
        return handle
