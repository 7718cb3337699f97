"""Where the page gets its jobs from: a journal, or the jobs of an SDK in this process."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from qcaas_sdk._journal import JournalState, JournalTail, in_use
from qcaas_sdk._record import JobRecord, JobState, JobTransition, join
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.web.composites import Composite

if TYPE_CHECKING:
    from qcaas_sdk.composite import CompositeJob

Observe = Callable[[Callable[["Job | CompositeJob"], None]], Callable[[], None]]
"""Has a function called with each job and composite that is made from now on; returns what undoes that."""

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

    def close(self) -> None:
        """Follow no jobs any more."""
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

    def close(self) -> None:
        """Nothing is open between two readings."""

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


class Observed:
    """The jobs of an SDK without a journal: those in use when the page was made, and those made until `close`."""

    in_use = True
    """This process works on them."""

    def __init__(
        self,
        title: str,
        service: str,
        jobs: "Iterable[Job | CompositeJob]",
        observe: "Observe",
    ) -> None:
        """Observe jobs from now on.

        Args:
            title: What the page calls them.
            service: The service that they run on.
            jobs: The jobs and composites in use, in order of creation.
            observe: Has a function called with each that is made from now on; returns what undoes that.
        """
        self.title = title
        self.service = service
        self._jobs: list[Job] = []
        self._numbers: dict[JobRecord, int] = {}
        self._composites: list[CompositeJob] = []
        self._changed: set[int] = set()
        for child in jobs:
            self._add(child)
        self._forget = observe(self._add)

    async def read(self) -> Changes:
        """Those that have changed."""
        changed, self._changed = self._changed, set()
        return Changes({number: record_of_job(self._jobs[number]) for number in sorted(changed)}, {})

    def job(self, number: int) -> Job | None:
        """The handle on a job; None if there is no such job."""
        return self._jobs[number] if 0 <= number < len(self._jobs) else None

    def record(self, number: int) -> JobRecord | None:
        """The record of a job."""
        job = self.job(number)
        return None if job is None else record_of_job(job)

    def composites(self) -> list[tuple[int, str, int]]:
        """Number, name and number of children of each composite."""
        made = enumerate(self._composites)
        return [(number, composite.name or "", len(composite.jobs)) for number, composite in made]

    def composite(self, number: int) -> Composite | None:
        """A composite."""
        if not 0 <= number < len(self._composites):
            return None
        found = self._composites[number]
        return Composite(number, found.name or "", found.state, [record_of_job(job) for job in found.leaves()])

    def close(self) -> None:
        """Observe and keep no jobs any more."""
        self._forget()
        for record in self._numbers:
            record.unobserve(self._note)
        self._jobs, self._numbers, self._composites = [], {}, []
        self._changed = set()

    def _add(self, child: "Job | CompositeJob") -> None:
        if not isinstance(child, Job):
            self._composites.append(child)
        for job in [child] if isinstance(child, Job) else child.leaves():
            record = record_of_job(job)
            if record not in self._numbers:
                number = self._numbers[record] = len(self._jobs)
                self._jobs.append(job)
                self._changed.add(number)
                record.observe(self._note)

    def _note(self, record: JobRecord, _: JobTransition | None) -> None:
        self._changed.add(self._numbers[record])
