"""What an SDK writes down in its journal, and how its jobs come back from there."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from attrs import define, field

from qcaas_sdk.composite import Child
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job
from qcaas_sdk.journal import Journal, JournalIndex, JournalPage, OpenJournal, jobs_in, open_journal
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
        self._index = JournalIndex()
        self._waiting: dict[int, Job] = {}
        """Jobs as the journal had them when it was opened, until somebody asks for them."""
        self._live: WeakValueDictionary[int, Child] = WeakValueDictionary()

    async def open(self, service: str) -> None:
        """Open the journal. It is read in a thread: a long one takes seconds, and other coroutines go on meanwhile.

        Raises:
            JournalError: It cannot be used; as `JournalInUse` or `BadJournal` where that is why.
        """
        if self._path is None or self._journal is not None:
            return
        opened, self._waiting = await _Opening(self._path, service, self._restorer).opened()
        self._journal, self._index = opened.journal, opened.index
        for number, child in self._live.items():  # of the time before the SDK was closed
            child.page = JournalPage(self._journal, number)

    @property
    def reserving(self) -> frozenset[str]:
        """The QPUs for which ids were reserved by the processes before this one."""
        return self._index.reserving

    async def close(self) -> None:
        """Write what is left, and let go of the journal.

        Raises:
            JournalError: It could not be written.
        """
        journal, self._journal = self._journal, None
        self._waiting = {}
        if journal is not None:
            try:
                await journal.written()
            finally:
                journal.close()

    def drop(self) -> None:
        """As `close`, without a loop.

        Raises:
            JournalError: As `close`.
        """
        journal, self._journal = self._journal, None
        self._waiting = {}
        if journal is not None:
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
        numbers, live = self._index.top_level(ended=ended), {**self._live}
        jobs = set[int]().union(*(self._index.jobs_in(number) for number in numbers if number not in live))
        if missing := jobs - live.keys() - self._waiting.keys():
            saved = jobs_in(self._journal, missing)
            self._waiting |= {number: self._restorer.job(job) for number, job in saved.items()}
        return [self._back(number, self._journal, live) for number in numbers]

    def _back(self, number: int, journal: Journal, live: Mapping[int, Child]) -> Child:
        child = live.get(number)
        if child is None:
            children = self._index.composites.get(number)
            if children is None:
                child = self._waiting.pop(number)
            else:
                child = self._restorer.compose([self._back(each, journal, live) for each in children])
            child.page = JournalPage(journal, number)
            self._live[number] = child
        return child


@define(eq=False)
class _Opening:
    """A journal that is being opened in a thread. If nobody waits for it any more, it is closed again."""

    path: Path
    service: str
    restorer: Restorer
    _handing_over: Lock = field(factory=Lock, init=False)
    _given_up: bool = field(default=False, init=False)
    _opened: OpenJournal | None = field(default=None, init=False)

    async def opened(self) -> tuple[OpenJournal, dict[int, Job]]:
        """The journal, and the jobs in it that have not ended, with those that are in a composite with them."""
        executor = ThreadPoolExecutor(1, thread_name_prefix="qcaas-journal")
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, self._open)
        except BaseException:
            with self._handing_over:
                self._given_up = True
                if self._opened is not None:
                    self._opened.journal.close()
            raise
        finally:
            executor.shutdown(wait=False)

    def _open(self) -> tuple[OpenJournal, dict[int, Job]]:
        opened = open_journal(self.path, self.service)
        with self._handing_over:
            if self._given_up:
                opened.journal.close()
            self._opened = opened
        index = opened.index
        numbers = set[int]().union(*map(index.jobs_in, index.top_level(ended=False)))
        return opened, {number: self.restorer.job(opened.kept.jobs[number]) for number in numbers}
