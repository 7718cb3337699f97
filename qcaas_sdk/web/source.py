"""Where the page gets its jobs from: a journal, or the jobs of an SDK in this process."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from qcaas_sdk._journal import JournalState, JournalTail, in_use
from qcaas_sdk._record import JobRecord, JobState, JobTransition, join
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.web.composites import Composite

if TYPE_CHECKING:
    from qcaas_sdk.composite import CompositeJob

FIRST = 1
"""The number of the first job in a journal. A user counts from 0, and so does the page."""


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

    def composites(self) -> list[tuple[int, str, int]]:
        """Number, name and number of children of each composite."""
        ...

    def composite(self, number: int) -> Composite | None:
        """A composite; None if there is none with this number."""
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
            {number - FIRST: state.jobs[number] for number in sorted(changed & state.jobs.keys())},
            {number - FIRST: state.labels[number] for number in changed & state.labels.keys()},
        )

    def record(self, number: int) -> JobRecord | None:
        """The record of a job as the last reading left it."""
        return None if self._state is None else self._state.jobs.get(number + FIRST)

    def composites(self) -> list[tuple[int, str, int]]:
        """Number, name and number of children of each composite of the journal."""
        known = {} if self._state is None else self._state.composites
        return [(number - FIRST, self._called(number), len(children)) for number, children in sorted(known.items())]

    def composite(self, number: int) -> Composite | None:
        """A composite as the last reading left it."""
        if self._state is None or number + FIRST not in self._state.composites:
            return None
        state, jobs = self._joined(number + FIRST)
        return Composite(number, self._called(number + FIRST), state, jobs)

    def _called(self, number: int) -> str:
        assert self._state is not None
        return self._state.composite_names.get(number) or self._state.labels.get(number, "")

    def _joined(self, number: int) -> tuple[JobState, list[JobRecord]]:
        """The state of a job or composite as its parent counts it, and all jobs in it."""
        assert self._state is not None
        if (job := self._state.jobs.get(number)) is not None:
            return job.counts_as, [job]
        counts, jobs = Counter[JobState](), list[JobRecord]()
        for child in self._state.composites[number]:
            state, inside = self._joined(child)
            counts[state] += 1
            jobs += inside
        return join(counts), jobs


class ObservedJobs:
    """The jobs that an SDK without a journal has made since it is watched, in the order of their last change.

    Attributes:
        composites: The composites that it has made.
    """

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._known: set[JobRecord] = set()
        self.composites: list[CompositeJob] = []
        self._versions: dict[int, int] = {}
        self._version = 0

    def add(self, job: Job) -> None:
        """Watch another job, unless it is watched already. Its number is its place, from 0."""
        number, record = len(self._jobs), record_of_job(job)
        if record in self._known:
            return
        self._known.add(record)
        self._jobs.append(job)

        def note(_: JobRecord, __: JobTransition | None) -> None:
            self._changed(number)

        record.observe(note)
        self._changed(number)

    def job(self, number: int) -> Job | None:
        """The handle on a job; None if there is no such job."""
        return self._jobs[number] if 0 <= number < len(self._jobs) else None

    def changed_since(self, version: int) -> tuple[list[int], int]:
        """The numbers of the jobs that have changed since a version, and the version now."""
        numbers = []
        for number in reversed(self._versions):
            if self._versions[number] <= version:
                break
            numbers.append(number)
        return sorted(numbers), self._version

    def _changed(self, number: int) -> None:
        self._version += 1
        self._versions.pop(number, None)
        self._versions[number] = self._version


class Observed:
    """The jobs of an SDK without a journal, for one page."""

    in_use = True
    """This process works on them."""

    def __init__(self, jobs: ObservedJobs, title: str, service: str) -> None:
        self.title = title
        self.service = service
        self._jobs = jobs
        self._version = 0

    async def read(self) -> Changes:
        """Those that have changed."""
        numbers, self._version = self._jobs.changed_since(self._version)
        return Changes({number: record for number in numbers if (record := self.record(number)) is not None}, {})

    def record(self, number: int) -> JobRecord | None:
        """The record of a job."""
        job = self._jobs.job(number)
        return None if job is None else record_of_job(job)

    def composites(self) -> list[tuple[int, str, int]]:
        """Number, name and number of children of each composite that the SDK has made."""
        made = enumerate(self._jobs.composites)
        return [(number, composite.name or "", len(composite.jobs)) for number, composite in made]

    def composite(self, number: int) -> Composite | None:
        """A composite."""
        if not 0 <= number < len(self._jobs.composites):
            return None
        found = self._jobs.composites[number]
        return Composite(number, found.name or "", found.state, [record_of_job(job) for job in found.leaves()])
