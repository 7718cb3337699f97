"""Where the page gets its jobs from: a journal, or the jobs of an SDK in this process."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import frozen

from qcaas_sdk._journal import JournalState, JournalTail, in_use
from qcaas_sdk._record import JobRecord, JobTransition
from qcaas_sdk.job import Job, record_of_job


@frozen
class Changes:
    """What has changed since the last reading.

    Attributes:
        jobs: The records that have changed, by number.
        labels: What people call them, for those that have such a name.
    """

    jobs: Mapping[int, JobRecord]
    labels: Mapping[int, str]


class Source(Protocol):
    """Says which jobs have changed."""

    @property
    def title(self) -> str:
        """What it shows, in one line."""
        ...

    @property
    def service(self) -> str:
        """The service that the jobs run on; empty if that is not known."""
        ...

    @property
    def in_use(self) -> bool:
        """Whether a process works on the jobs now."""
        ...

    async def read(self) -> Changes:
        """What has changed since the last call; the first time, everything.

        Raises:
            JournalError: The journal cannot be read.
        """
        ...

    def record(self, number: int) -> JobRecord | None:
        """The record of a job; None if there is no such job."""
        ...


class Journaled:
    """The jobs of a journal. It is only read."""

    def __init__(self, path: Path, title: str) -> None:
        """Nothing is read yet.

        Args:
            path: The journal.
            title: What the page calls it.
        """
        self.title = title
        self._path = path
        self._tail = JournalTail(path)
        self._state: JournalState | None = None

    @property
    def service(self) -> str:
        """The service that the journal belongs to."""
        return "" if self._state is None else self._state.service or ""

    @property
    def in_use(self) -> bool:
        """Whether an SDK has the journal open."""
        return in_use(self._path)

    async def read(self) -> Changes:
        """What is new in the journal.

        Raises:
            JournalError: It cannot be read; `BadJournal` if it is damaged.
        """
        state = await asyncio.to_thread(self._tail.read)  # of a long journal the first time takes a second
        if state is None:
            return Changes({}, {})
        self._state = state
        changed = self._tail.changed
        return Changes(
            {number: state.jobs[number] for number in sorted(changed & state.jobs.keys())},
            {number: state.labels[number] for number in changed & state.labels.keys()},
        )

    def record(self, number: int) -> JobRecord | None:
        """The record of a job as the last reading left it."""
        return None if self._state is None else self._state.jobs.get(number)


class Observed:
    """The jobs of an SDK without a journal: those that it makes from now on."""

    def __init__(self, title: str, service: str) -> None:
        self.title = title
        self.service = service
        self._records: list[JobRecord] = []
        self._handles: list[Job] = []
        self._changed: set[int] = set()

    @property
    def in_use(self) -> bool:
        """Always true: this process works on them."""
        return True

    def add(self, job: Job) -> None:
        """Watch another job. Its number is its place, from 0."""
        number, record = len(self._records), record_of_job(job)
        self._records.append(record)
        self._handles.append(job)
        self._changed.add(number)

        def note(_: JobRecord, __: JobTransition | None) -> None:
            self._changed.add(number)

        record.observe(note)

    def handle(self, number: int) -> Job | None:
        """The handle on a job."""
        return self._handles[number] if 0 <= number < len(self._handles) else None

    async def read(self) -> Changes:
        """Those that have changed."""
        changed, self._changed = self._changed, set()
        return Changes({number: self._records[number] for number in sorted(changed)}, {})

    def record(self, number: int) -> JobRecord | None:
        """The record of a job."""
        return self._records[number] if 0 <= number < len(self._records) else None
