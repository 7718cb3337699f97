"""The journal of an SDK: writers for its jobs, and jobs recovered from it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from attrs import define, field

from qcaas_sdk._factory.without_journal import WithoutJournal
from qcaas_sdk._journal import (
    EntryWriter,
    JobFilter,
    Journal,
    JournalIndex,
    OpenJournal,
    jobs_in,
    matching,
    number_of_task,
    open_journal,
    usage_in,
)
from qcaas_sdk._record import (
    NOTHING,
    NULL_WRITER,
    UNLIMITED,
    CompositeRecord,
    JobRecord,
    JournalWriter,
    Limits,
    Usage,
)
from qcaas_sdk.composite import Child, CompositeJob, record_of
from qcaas_sdk.errors import JournalError
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.results.usage import UsageKey


class Recovery(WithoutJournal):
    """The journal of an SDK, and the jobs and composites that are in it."""

    def __init__(
        self,
        path: Path,
        job: Callable[[JobRecord], Job],
        composite: Callable[[CompositeRecord, Sequence[Child]], CompositeJob],
        resume: Callable[[JobRecord], None],
        replayed: Callable[[Mapping[int, JobRecord], Mapping[int, JobRecord], Usage], None],
        *,
        budgeted: bool,
    ) -> None:
        """Nothing is opened yet.

        Args:
            path: The journal's file.
            job: Makes the handle on the record of a job.
            composite: Makes the handle on the record of a composite from the handles on its children.
            resume: Goes on with what the chart of a job does by itself.
            replayed: Takes note of the jobs in the journal: those that have not ended, those of them that are in use,
                and what all jobs have used.
            budgeted: Whether that is needed; otherwise it is not added up.
        """
        self._budgeted = budgeted
        self._replayed = replayed
        self._resume = resume
        self._path = path
        self._job = job
        self._composite = composite
        self._journal: Journal | None = None
        self._index = JournalIndex()
        self._records: dict[int, JobRecord] = {}
        """Jobs as the journal had them when it was opened, until they are recovered."""
        self._handles: WeakValueDictionary[int, Child] = WeakValueDictionary()
        self._in_use: WeakValueDictionary[int, JobRecord] = WeakValueDictionary()
        """Jobs that this process goes on with, also those without a handle: a pause or a limit may hold them."""

    async def open(self, service: str) -> None:
        """Open the journal. A thread reads it, because a long one takes seconds and other coroutines must go on.

        Raises:
            JournalError: It cannot be used; `JournalInUse` if another SDK has it open, `BadJournal` if it is damaged.
        """
        if self._journal is not None:
            return
        opened, self._records, spent = await _Opening(self._path, service, self._budgeted).opened()
        self._journal, self._index = opened.journal, opened.index
        live = {number: record_of_job(child) for number, child in self._handles.items() if isinstance(child, Job)}
        self._in_use = WeakValueDictionary(live)
        self._replayed(self._records, live, spent)
        for number, child in self._handles.items():  # from before the SDK was closed
            record_of(child).writer = EntryWriter(self._journal, number)

    @property
    def path(self) -> Path | None:
        """The journal's file; None for no journal."""
        return self._path

    @property
    def names(self) -> Mapping[str, int]:
        """The numbers of jobs and composites that have a name, by name."""
        return self._index.names

    @property
    def reserving(self) -> frozenset[str]:
        """The QPUs for which earlier processes reserved ids."""
        return self._index.reserving

    async def close(self) -> None:
        """Write the remaining entries and close the journal.

        Raises:
            JournalError: It could not be written.
        """
        journal, self._journal = self._journal, None
        self._records = {}
        if journal is not None:
            try:
                await journal.written()
            finally:
                journal.close()

    def drop(self) -> None:
        """As `close`, without an event loop.

        Raises:
            JournalError: As `close`.
        """
        journal, self._journal = self._journal, None
        self._records = {}
        if journal is not None:
            journal.close()

    def writer_of_job(self, job: JobRecord, at: datetime) -> JournalWriter:
        """The writer of a new job, which was made at a moment."""
        return NULL_WRITER if self._journal is None else EntryWriter.for_job(self._journal, job, at)

    def writer_of_composite(self, name: str | None, limits: Limits) -> JournalWriter:
        """The writer of a new composite."""
        return NULL_WRITER if self._journal is None else EntryWriter.for_composite(self._journal, name, limits)

    def register(self, child: Child) -> None:
        """Remember a job or composite while it is in use; if it is not in the journal yet, write it there."""
        if self._journal is None:
            return
        record = record_of(child)
        number = EntryWriter.of(record, self._journal).entity_id
        self._handles[number] = child
        if isinstance(record, JobRecord):
            self._in_use[number] = record
        for inner in child.jobs if isinstance(child, CompositeJob) else ():
            self.register(inner)

    def recover(self, *, ended: bool) -> list[Child]:
        """The jobs and composites that are not part of another; for those in use, the same objects.

        Args:
            ended: Also those that have ended.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
            ChartMismatch: A job runs on a chart that the SDK does not have.
        """
        if self._journal is None:
            return super().recover(ended=ended)
        return self.some(self._index.top_level(ended=ended))

    def usage(self, keys: Sequence[UsageKey], wanted: JobFilter) -> Iterator[tuple[tuple[str, ...], Usage]]:
        """What the jobs in the journal have used, also if the SDK is not open.

        Raises:
            JournalError: It cannot be read.
        """
        if self._journal is not None:
            self._journal.write_now()
        return usage_in(self._path, self._path.stem, keys, wanted)

    def find(self, wanted: JobFilter) -> list[Job]:
        """The jobs of the journal that match, the newest first; for those in use, the same objects.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
            ChartMismatch: As `recover`.
        """
        if self._journal is None:
            return super().find(wanted)
        return [
            job for job in self.some(self._journal.search(partial(matching, wanted=wanted))) if isinstance(job, Job)
        ]

    def of_task(self, task_id: str) -> Job | None:
        """The job of the journal that has, or had, a task."""
        number = None if self._journal is None else self._journal.search(partial(number_of_task, task_id=task_id))
        found = None if number is None else self.one(number)
        return found if isinstance(found, Job) else None

    def one(self, number: int) -> Child:
        """As `some`, for one."""
        return self.some([number])[0]

    def some(self, numbers: Sequence[int]) -> list[Child]:
        """The jobs and composites with these numbers; for those in use, the same objects.

        Raises:
            JournalError: The journal cannot be read.
            ChartMismatch: As `recover`.
        """
        if self._journal is None:
            return []
        handles = {**self._handles}
        jobs = set[int]().union(*(self._index.jobs_in(number) for number in numbers if number not in handles))
        in_use = {**self._in_use}
        self._records |= {number: in_use[number] for number in (jobs - handles.keys()) & in_use.keys()}
        if missing := jobs - handles.keys() - self._records.keys():
            self._records |= jobs_in(self._journal, missing)
        found = [self._handle(number, self._journal, handles) for number in numbers]
        for child in found:
            for job in child.leaves() if isinstance(child, CompositeJob) else [child]:
                self._resume(record_of_job(job))
        return found

    def job(self, number: int) -> Job | None:
        """As `one`, for a job; None if there is no such job."""
        found = self.one(number) if number in self._index.jobs else None
        return found if isinstance(found, Job) else None

    def _handle(self, number: int, journal: Journal, handles: Mapping[int, Child]) -> Child:
        handle = handles.get(number) or self._handles.get(number)
        if handle is None:
            children = self._index.composites.get(number)
            if children is None:
                record = self._records[number]
                record.writer = EntryWriter(journal, number)
                handle = self._job(record)
                self._in_use[number] = record
                del self._records[number]
            else:
                inner = [self._handle(child, journal, handles) for child in children]
                limits = self._index.limits.get(number, UNLIMITED)
                composite = CompositeRecord.of((record_of(child) for child in inner), limits)
                composite.name = self._index.composite_names.get(number)
                composite.writer = EntryWriter(journal, number)
                handle = self._composite(composite, inner)
            self._handles[number] = handle
        return handle


@define(eq=False)
class _Opening:
    """A journal that a thread opens. If the caller is cancelled, the journal is closed again."""

    path: Path
    service: str
    budgeted: bool
    _handing_over: Lock = field(factory=Lock, init=False)
    _given_up: bool = field(default=False, init=False)
    _opened: OpenJournal | None = field(default=None, init=False)

    async def opened(self) -> tuple[OpenJournal, dict[int, JobRecord], Usage]:
        """The journal; its jobs that have not ended, with the other jobs of their composites; what all have used."""
        executor = ThreadPoolExecutor(1, thread_name_prefix="qcaas-journal")
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, self._open)
        except BaseException as error:
            with self._handing_over:
                self._given_up = True
                if self._opened is not None:
                    self._opened.journal.close()
            if isinstance(error, JournalError):
                error.with_traceback(None)  # the frames of a thread say nothing to the user
            raise
        finally:
            executor.shutdown(wait=False)

    def _open(self) -> tuple[OpenJournal, dict[int, JobRecord], Usage]:
        opened = open_journal(self.path, self.service)
        with self._handing_over:
            if self._given_up:
                opened.journal.close()
            self._opened = opened
        index = opened.index
        numbers = set[int]().union(*map(index.jobs_in, index.top_level(ended=False)))
        spent = sum((job.spent for job in opened.state.jobs.values()), NOTHING) if self.budgeted else NOTHING
        return opened, {number: opened.state.jobs[number] for number in numbers}, spent
