"""What an SDK writes down in its journal, and how its jobs come back from there."""

from pathlib import Path
from weakref import WeakValueDictionary

from qcaas_sdk.composite import Child
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.journal import Journal, JournalPage, Kept, kept_in, open_journal
from qcaas_sdk.page import NO_PAGE, Page
from qcaas_sdk.program import Request
from qcaas_sdk.restoring import Restorer


class Recovery:
    """The journal of an SDK, if it has one, and the jobs and composites that are in it."""

    def __init__(self, path: Path | None, restorer: Restorer) -> None:
        """Nothing is opened yet.

        Args:
            path: The journal's file; None for no journal.
            restorer: Makes jobs of what was kept.
        """
        self._path = path
        self._restorer = restorer
        self._journal: Journal | None = None
        self._kept: Kept | None = None
        self._noted = 0  # how much of the journal is in that
        self._live: WeakValueDictionary[int, Child] = WeakValueDictionary()

    def open(self, service: str) -> None:
        """Open the journal.

        Raises:
            JournalError: It cannot be used; as `JournalInUse` or `BadJournal` where that is why.
        """
        if self._path is not None and self._journal is None:
            self._journal, self._kept = open_journal(self._path, service)
            self._noted = self._journal.noted

    @property
    def reserving(self) -> frozenset[str]:
        """The QPUs for which ids were reserved by the processes before this one."""
        return frozenset() if self._kept is None else self._kept.reserving

    async def close(self) -> None:
        """Write what is left, and let go of the journal.

        Raises:
            JournalError: It could not be written.
        """
        journal, self._journal = self._journal, None
        if journal is not None:
            try:
                await journal.written()
            finally:
                journal.close()

    def page_of_job(self, request: Request, *, fetch_diagnostics: bool) -> Page:
        """Where a new job writes."""
        if self._journal is None:
            return NO_PAGE
        return JournalPage.for_job(self._journal, request, fetch_diagnostics=fetch_diagnostics)

    def page_of_composite(self) -> Page:
        """Where a new composite writes."""
        return NO_PAGE if self._journal is None else JournalPage.for_composite(self._journal)

    def know(self, child: Child) -> None:
        """Remember what was made or loaded while somebody uses it; what has no page yet gets one."""
        if self._journal is not None:
            self._live[JournalPage.of(child, self._journal).subject] = child

    def recover(self, *, ended: bool) -> list[Child]:
        """The jobs and composites that are part of no other; those in use as they are.

        Args:
            ended: Those that have ended too.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
        """
        if self._journal is None:
            raise QcaasError("recover() needs a journal: OqcSdk(…, journal='campaign.db')")
        if self._kept is None or self._noted != self._journal.noted:
            self._kept, self._noted = kept_in(self._journal), self._journal.noted
        kept = self._kept
        return [self._back(number, kept) for number in kept.top_level if ended or not kept.ended(number)]

    def _back(self, number: int, kept: Kept) -> Child:
        child = self._live.get(number)
        if child is None:
            if number in kept.jobs:
                child = self._restorer.job(kept.jobs[number])
            else:
                child = self._restorer.compose([self._back(each, kept) for each in kept.composites[number]])
            assert self._journal is not None  # whoever calls this has it
            child.page = JournalPage(self._journal, number)
            self._live[number] = child
        return child
