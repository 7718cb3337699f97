"""Many jobs as one: children by reference, a state that is their join, and one deadline for all."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Union

from attrs import define, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.deadline import deadline
from qcaas_sdk._handles.outputs import JobOutput, JobOutputProxy, NoOutput, job_failed
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._handles.progress import shown
from qcaas_sdk._record import (
    ACTIVE,
    ENDED,
    ChildRecord,
    CompositeRecord,
    HandleObserver,
    JobState,
    JobTransition,
    join,
)
from qcaas_sdk._snapshot import CompositeJobSnapshot, composite_to_dict, save
from qcaas_sdk.errors import IllegalTransition, InvalidArgument, SubmissionInDoubt
from qcaas_sdk.job import Job, owner_of_job, recent_errors_of, record_of_job

if TYPE_CHECKING:
    from qcaas_sdk.diagrams import Diagram, Timeline
    from qcaas_sdk.diagrams.diagram import MimeBundle

Child = Union[Job, "CompositeJob"]
Observer = Callable[["CompositeJob", JobTransition], None]


@frozen
class ChildEvent:
    """A transition of one of the jobs of a composite.

    Attributes:
        job: The job.
        event: Its transition.
    """

    job: Job
    event: JobTransition


@define(eq=False, repr=False, init=False)
class CompositeJob:
    """Jobs that are submitted, awaited and cancelled together.

    `OqcSdk.create_job` makes one from a list of programs, `CompositeJob(jobs=[…])` from jobs that exist.

    The children run their own machines. The composite hears of every transition of theirs and keeps count, so that
    its state costs the same whether it has ten children or ten thousand. A child may itself be a composite.
    """

    _record: CompositeRecord
    _owner: Owner
    _children: list[Child]
    """The handles on the record's children."""

    def __init__(self, jobs: "Iterable[Child]") -> None:
        """Put jobs together that exist; their states stay as they are, and nothing is sent.

        Args:
            jobs: Jobs and composites of one SDK, at least one.

        Raises:
            InvalidArgument: There is none, they belong to different SDKs, or as for `add`.
            SdkNotOpen: Their SDK is not open.
        """
        added = _children_of(jobs, "jobs")
        if not added:
            raise InvalidArgument(
                "jobs is empty, and a composite belongs to the SDK of its jobs: pass at least one, then add() more",
                argument="jobs",
            )
        owner = _owner_of(added[0])
        _check_owner(owner, added, "jobs")
        self.__attrs_init__(owner.composite_record(), owner, [])
        self.add(added)
        owner.register(self)

    # Its children.

    @property
    def jobs(self) -> list[Child]:
        """The children, in the order in which they were added."""
        return list(self._children)

    def add(self, job: "Child | Iterable[Child]") -> None:
        """Add a child, or several; at any time. A call that is already waiting does not wait for them.

        Raises:
            InvalidArgument: It is not a job, it belongs to another SDK, a child would be in here twice, or the
                composite in itself.
        """
        added = _children_of(job, "job")
        _check_owner(self._owner, added, "job")
        known: set[Child] = {self, *self._children}
        for child in added:
            if child in known or (isinstance(child, CompositeJob) and self in child._composites()):
                raise InvalidArgument(
                    f"{child!r} is already part of this composite; nothing was added", argument="job"
                )
            known.add(child)
        records = [record_of(child) for child in added]
        self._children.extend(added)
        self._record.add(records)
        for record in records:
            record.observe(self._child_moved)
        self._record.writer.added(records)
        self._join()
        for follow in self._record.followers:
            follow()

    def __len__(self) -> int:
        return len(self._children)

    def __iter__(self) -> Iterator[Child]:
        return iter(self._children)

    def leaves(self) -> Iterator[Job]:
        """The jobs themselves, children of children included, in order."""
        for child in self._children:
            if isinstance(child, CompositeJob):
                yield from child.leaves()
            else:
                yield child

    @property
    def completed_jobs(self) -> list[Job]:
        """The jobs that ended with a result, those of inner composites included; so for all of these lists."""
        return self._in(JobState.COMPLETED)

    @property
    def failed_jobs(self) -> list[Job]:
        """The jobs that ended with an error."""
        return self._in(JobState.FAILED)

    @property
    def cancelled_jobs(self) -> list[Job]:
        """The jobs that were cancelled."""
        return self._in(JobState.CANCELLED)

    @property
    def active_jobs(self) -> list[Job]:
        """The jobs that are under way."""
        return self._in(*ACTIVE)

    @property
    def terminal_jobs(self) -> list[Job]:
        """The jobs that have ended, one way or another."""
        return self._in(*ENDED)

    # Where it stands, and what came of it.

    @property
    def state(self) -> JobState:
        """The join of the children's states; CREATED while there are none."""
        return self._record.state

    @property
    def ended(self) -> bool:
        """Whether every child has ended."""
        return self.state in ENDED

    @property
    def completed(self) -> bool:
        """Whether every child ended with a result."""
        return self.state is JobState.COMPLETED

    @property
    def transitions(self) -> tuple[JobTransition, ...]:
        """Every transition of the composite so far, oldest first."""
        return tuple(self._record.transitions)

    @property
    def counts(self) -> dict[JobState, int]:
        """How many children are in each state."""
        return dict(self._record.counts)

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """One output for each job, in order; `NoOutput` for one that has none (cancelled, or under way)."""
        return JobOutputProxy([_output_of(job) for job in self.leaves()])

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs of all jobs, job by job and oldest first."""
        return JobOutputProxy([output for job in self.leaves() for output in job.history])

    def raise_for_status(self) -> None:
        """Do nothing unless a job has failed.

        Raises:
            JobFailed: For the first that has.
        """
        for job in self.leaves():
            if (error := record_of_job(job).error) is not None:
                raise job_failed(error)

    # What can be done with it.

    async def submit(self, *, timeout_s: float | None = None) -> Self:
        """Submit every job that was not submitted yet.

        Raises:
            JobTimeout: The deadline passed; what was submitted stays so.
            QcaasError: Some met trouble; the others are submitted.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            await _all(_submit(job) for job in self.leaves() if _is_to_be_submitted(job))
        return self

    async def refresh(self) -> Self:
        """Ask the server once about every job that is under way.

        Raises:
            QcaasError: Some met trouble; the others are refreshed.
        """
        await _all(job.refresh() for job in self.leaves())
        return self

    async def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until every job has ended; those that were never submitted are submitted first.

        Raises:
            JobTimeout: The deadline passed. Nothing is cancelled; a later `wait()` goes on.
            QcaasError: Some met trouble that did not pass; the others have ended, and a later `wait()` goes on.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            await _all(job.wait() for job in self.leaves())
        return self

    async def execute(self, *, timeout_s: float | None = None, progress: bool = False) -> JobOutputProxy[JobOutput]:
        """Run every job to its end: those that had ended are reset and run again, those under way only awaited.

        Args:
            timeout_s: Seconds until `JobTimeout`, over everything; None for no deadline.
            progress: Show live how many jobs are in which state (needs the extra `cli`).

        Returns:
            One output for each job, in order.

        Raises:
            JobTimeout: As `wait`.
            QcaasError: As `wait`.
            MissingExtra: Progress is wanted, but rich is not installed.
        """
        progress = arguments.flag(progress, "progress")
        async with deadline(self, timeout_s, self._recent_errors):
            jobs = list(self.leaves())
            with shown(jobs, progress):
                await _all(job.execute() for job in jobs)
        return self.outputs

    async def cancel(self) -> Self:
        """As `Job.cancel`, for every job.

        Raises:
            QcaasError: Some met trouble; the others are dealt with.
        """
        await _all(job.cancel() for job in self.leaves())
        return self

    async def cancel_if_active(self) -> Self:
        """As `Job.cancel_if_active`, for every job."""
        await _all(job.cancel_if_active() for job in self.leaves())
        return self

    async def retry_failed(self) -> Self:
        """Reset and submit the jobs that have failed, and only those; `wait()` then waits for them.

        Raises:
            QcaasError: Some met trouble; the others are submitted.
        """
        failed = [job for job in self.leaves() if job.state is JobState.FAILED]
        await _all(_submit(job.reconfigure()) for job in failed)
        return self

    async def as_completed(self) -> AsyncIterator[Job]:
        """Run every job that has not ended, and yield each as it ends; those that had ended come first.

        Leaving the loop early cancels nothing: the jobs go on at the server.

        Raises:
            QcaasError: Some met trouble; raised after all others have been yielded.
        """
        ended: asyncio.Queue[Job | None] = asyncio.Queue()
        pending = []
        for job in dict.fromkeys(self.leaves()):  # one may be in it twice, by way of another composite
            if job.ended:
                ended.put_nowait(job)
            else:
                pending.append(job)

        def tell(job: Job, event: JobTransition) -> None:
            if event.target in ENDED and job in running:
                running.discard(job)  # its next run, if somebody begins one, is not ours
                ended.put_nowait(job)

        running = set(pending)
        for job in pending:
            job.observe(tell)
        waiting = asyncio.create_task(_all(job.wait() for job in pending))
        waiting.add_done_callback(lambda _: ended.put_nowait(None))
        try:
            while (next_one := await ended.get()) is not None:
                yield next_one
            await waiting
        finally:
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # seen, even if the loop was left before it was raised
            waiting.cancel()
            for job in pending:
                job.unobserve(tell)

    async def events(self) -> AsyncIterator[ChildEvent]:
        """The moves of its jobs as they happen from now on, until every job has ended; jobs added later too."""
        moves: deque[ChildEvent] = deque()
        news = asyncio.Event()
        jobs: dict[Job, None] = {}
        composites: dict[CompositeJob, None] = {}

        def tell(job: Job, event: JobTransition) -> None:
            moves.append(ChildEvent(job, event))
            news.set()

        def follow() -> None:
            for composite in [self, *self._composites()]:
                if composite not in composites:
                    composites[composite] = None
                    composite._record.followers = (*composite._record.followers, follow)
            for job in self.leaves():
                if job not in jobs:
                    jobs[job] = None
                    job.observe(tell)
            news.set()

        follow()
        try:
            while moves or not self.ended:
                news.clear()
                while moves:
                    yield moves.popleft()
                if not self.ended and not moves:
                    await news.wait()
        finally:
            for job in jobs:
                job.unobserve(tell)
            for composite in composites:
                record = composite._record
                record.followers = tuple(other for other in record.followers if other is not follow)

    # Keeping it.

    def to_snapshot(self) -> CompositeJobSnapshot:
        """The composite and its jobs at this moment as a JSON object, for `OqcSdk.from_snapshot`.

        Composites in it are kept too; the published SDK, which knows none, finds all jobs in one list.

        Raises:
            BadSnapshot: As `Job.to_snapshot`.
        """
        return composite_to_dict(self._record)

    def save(self, path: str | Path) -> None:
        """Write the snapshot into a file, as `Job.save`.

        Raises:
            OSError: As `Job.save`.
            BadSnapshot: As `Job.to_snapshot`.
            InvalidArgument: As `Job.save`.
        """
        path = arguments.path(path, "path")
        save(self.to_snapshot(), path)

    # Watching it.

    def observe(self, observer: Observer) -> None:
        """Have `observer` called with the composite and each transition of its own, in the instant it happens."""
        self._record.observe(HandleObserver(self, observer))

    def unobserve(self, observer: Observer) -> None:
        """Undo `observe`; nothing happens if it was not observed by that."""
        self._record.unobserve(HandleObserver(self, observer))

    def diagram(self) -> "Diagram":
        """The chart of its jobs, with how many are in each state, and how many took each path."""
        from qcaas_sdk.diagrams.composite import composite_diagram  # noqa: PLC0415  # pictures only when wanted

        return composite_diagram(self._record, self._owner.composite_machine.chart)

    def timeline(self) -> "Timeline":
        """The states of its jobs over time: a row each, or for many how many are in which state."""
        from qcaas_sdk.diagrams.composite import composite_timeline  # noqa: PLC0415  # as above

        machine = self._owner.composite_machine
        return composite_timeline(self._record, machine.chart, machine.clock)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> "MimeBundle":
        return {**self.diagram()._repr_mimebundle_(), "text/plain": repr(self)}

    def _composites(self) -> Iterator["CompositeJob"]:
        for child in self._children:
            if isinstance(child, CompositeJob):
                yield child
                yield from child._composites()

    def _recent_errors(self, since: float) -> str:
        awaited = {job.qpu_id: job for job in self.leaves() if not job.ended}
        return next(filter(None, (recent_errors_of(job, since) for job in awaited.values())), "")

    def _child_moved(self, _: ChildRecord, transition: JobTransition) -> None:
        self._record.child_moved(transition)
        self._join()

    def _join(self) -> None:
        record = self._record
        if join(record.counts) is not record.state:
            self._owner.composite_machine.fire_now(record, "reset" if record.ended else "join")

    def _in(self, *states: JobState) -> list[Job]:
        return [job for job in self.leaves() if job.state in states]

    def __repr__(self) -> str:
        return repr(self._record)


def composite_on(record: CompositeRecord, owner: Owner, children: Iterable[Child]) -> CompositeJob:
    """The handle on the record of a composite, given those on its children: for the other rooms of this package."""
    composite = CompositeJob.__new__(CompositeJob)
    composite.__attrs_init__(record, owner, list(children))
    for child in record.children:
        child.observe(composite._child_moved)
    return composite


def _children_of(given: "Child | Iterable[Child]", argument: str) -> list[Child]:
    try:
        children = [given] if isinstance(given, Job | CompositeJob) else list(given)
    except TypeError:
        raise arguments.wrong(argument, "a Job, a CompositeJob, or several", given) from None
    for child in children:
        if not isinstance(child, Job | CompositeJob):
            raise arguments.wrong(argument, "a Job, a CompositeJob, or several", child)
    return children


def _owner_of(child: Child) -> Owner:
    return child._owner if isinstance(child, CompositeJob) else owner_of_job(child)


def _check_owner(owner: Owner, children: Iterable[Child], argument: str) -> None:
    for child in children:
        if _owner_of(child) != owner:
            raise InvalidArgument(
                f"{child!r} belongs to another SDK; a composite has the jobs of one: save it, and load it with the "
                "other SDK first",
                argument=argument,
            )


def record_of(child: Child) -> ChildRecord:
    """The record that a job or composite is the handle of: for the other rooms of this package."""
    return child._record if isinstance(child, CompositeJob) else record_of_job(child)


async def _all(works: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Let all come to their ends; then raise the first trouble, which says how many met any."""
    ends = await asyncio.gather(*works, return_exceptions=True)
    troubles = [end for end in ends if isinstance(end, BaseException)]
    if troubles:
        troubles[0].add_note(f"{len(troubles)} of {len(ends)} jobs met trouble; nothing of the others was touched")
        raise troubles[0]


def _is_to_be_submitted(job: Job) -> bool:
    """Whether it was not submitted yet; one that is to be cancelled is not."""
    return job.state is JobState.CREATED and not job.cancellation_waits


async def _submit(job: Job) -> None:
    try:
        await job.submit()
    except (IllegalTransition, SubmissionInDoubt):
        if _is_to_be_submitted(job):  # otherwise somebody else was faster
            raise


def _output_of(job: Job) -> JobOutput:
    for output in job.outputs:
        return output
    return NoOutput(
        qpu_id=job.qpu_id,
        task_id=job.task_id,
        program=job.program,
        received=None,
        compiler_config=job.config,
        job=job,
        state=job.state,
    )
