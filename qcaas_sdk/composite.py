"""Many jobs as one: children by reference, a state that is their join, and one deadline for all."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, Union

from attrs import define, field, frozen

from qcaas_sdk import arguments
from qcaas_sdk.deadline import deadline
from qcaas_sdk.errors import IllegalTransition, InvalidArgument, SubmissionInDoubt
from qcaas_sdk.job import Job, JobEvent
from qcaas_sdk.job_state import ACTIVE, ENDED, STATES, JobState
from qcaas_sdk.outputs import JobOutput, JobOutputProxy, NoOutput, job_failed
from qcaas_sdk.page import NO_PAGE, Page
from qcaas_sdk.pictured import CompositePictures
from qcaas_sdk.progress import shown
from qcaas_sdk.snapshot import SavedComposite, Shape, composite_to_dict, save
from qcaas_sdk.statechart import Machine, TransitionLock

Child = Union[Job, "CompositeJob"]


def join(counts: Mapping[JobState, int]) -> JobState:
    """The state of a composite whose children are in these states.

    Args:
        counts: How many children are in each state.
    """
    total = sum(counts.values())
    if counts[JobState.CREATED] == total:
        return JobState.CREATED
    if sum(counts[state] for state in ENDED) == total:
        for state in (JobState.FAILED, JobState.CANCELLED):
            if counts[state]:
                return state
        return JobState.COMPLETED
    begun = total - counts[JobState.CREATED] - counts[JobState.SUBMITTED]
    return JobState.RUNNING if begun else JobState.SUBMITTED


@frozen
class ChildEvent:
    """A move of one of the jobs of a composite.

    Attributes:
        job: The job that moved.
        event: Its move.
    """

    job: Job
    event: JobEvent


@define(eq=False, repr=False, kw_only=True)
class CompositeJob(CompositePictures):
    """Jobs that are submitted, awaited and cancelled together; made by `OqcSdk.create_job` with a list.

    The children run their own machines. The composite hears of every move of theirs and keeps count, so that its
    state costs the same whether it has ten children or ten thousand. A child may itself be a composite.
    """

    _machine: Machine["CompositeJob", None]
    page: Page = NO_PAGE
    """Where it writes down what must survive the process."""
    _state: str = field(default="created", init=False)
    _lock: TransitionLock | None = field(default=None, init=False)
    _children: list[Child] = field(factory=list, init=False)
    _record: list[JobEvent] = field(factory=list, init=False)
    _observers: list[Callable[[Child, JobEvent], None]] = field(factory=list, init=False)
    _followers: list[Callable[[], None]] = field(factory=list, init=False)
    """Told when children are added."""
    counts: dict[JobState, int] = field(factory=lambda: dict.fromkeys(JobState, 0), init=False)
    """How many children are in each state."""

    # Its children.

    @property
    def jobs(self) -> list[Child]:
        """The children, in the order in which they were added."""
        return list(self._children)

    def add(self, job: "Child | Iterable[Child]") -> None:
        """Add a child, or several; at any time. A call that is already waiting does not wait for them.

        Raises:
            InvalidArgument: It is no job, a child would be in here twice, or the composite in itself.
        """
        try:
            added = [job] if isinstance(job, Job | CompositeJob) else list(job)
        except TypeError:
            raise arguments.wrong("job", "a Job, a CompositeJob, or several", job) from None
        known = {id(child) for child in self._children}
        for child in added:
            if not isinstance(child, Job | CompositeJob):
                raise arguments.wrong("job", "a Job, a CompositeJob, or several", child)
            if (
                id(child) in known
                or child is self
                or (isinstance(child, CompositeJob) and self in child._composites())
            ):
                raise InvalidArgument(
                    f"{child!r} is already part of this composite; nothing was added", argument="job"
                )
            known.add(id(child))
        for child in added:
            self._children.append(child)
            self.counts[child.state] += 1
            child.observe(self._child_moved)
        self.page.added(added)
        self._join()
        for follow in tuple(self._followers):
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
    def completed_jobs(self) -> list[Child]:
        """The children that ended with a result."""
        return self._in(JobState.COMPLETED)

    @property
    def failed_jobs(self) -> list[Child]:
        """The children that ended with an error."""
        return self._in(JobState.FAILED)

    @property
    def cancelled_jobs(self) -> list[Child]:
        """The children that were cancelled."""
        return self._in(JobState.CANCELLED)

    @property
    def active_jobs(self) -> list[Child]:
        """The children that are under way."""
        return self._in(*ACTIVE)

    @property
    def terminal_jobs(self) -> list[Child]:
        """The children that have ended, one way or another."""
        return self._in(*ENDED)

    # Where it stands, and what came of it.

    @property
    def state(self) -> JobState:
        """The join of the children's states; CREATED while there are none."""
        return STATES[self._state]

    @property
    def ended(self) -> bool:
        """Whether every child has ended."""
        return self.state in ENDED

    @property
    def completed(self) -> bool:
        """Whether every child ended with a result."""
        return self.state is JobState.COMPLETED

    @property
    def transitions(self) -> tuple[JobEvent, ...]:
        """Every move of the composite so far, oldest first."""
        return tuple(self._record)

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
            if job.error is not None:
                raise job_failed(job.error)

    # What can be done with it.

    async def submit(self, *, timeout_s: float | None = None) -> Self:
        """Submit every job that was not submitted yet.

        Raises:
            JobTimeout: The deadline passed; what was submitted stays so.
            QcaasError: Some met trouble; the others are submitted.
        """
        async with deadline(self, timeout_s):
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
        async with deadline(self, timeout_s):
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
        async with deadline(self, timeout_s):
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

        def tell(job: Job, event: JobEvent) -> None:
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

        def tell(job: Job, event: JobEvent) -> None:
            moves.append(ChildEvent(job, event))
            news.set()

        def follow() -> None:
            for composite in [self, *self._composites()]:
                if composite not in composites:
                    composites[composite] = None
                    composite._followers.append(follow)
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
                composite._followers.remove(follow)

    # Keeping it.

    def to_snapshot(self) -> dict[str, Any]:
        """The composite and its jobs at this moment as a JSON object, for `OqcSdk.from_snapshot`.

        Composites in it are kept too; the published SDK, which knows none, finds all jobs in one list.

        Raises:
            BadSnapshot: As `Job.to_snapshot`.
        """
        jobs = list(dict.fromkeys(self.leaves()))
        places = {job: place for place, job in enumerate(jobs)}
        saved = SavedComposite(
            jobs=tuple(job.saved() for job in jobs), shape=self._shape(places), moves=tuple(self._record)
        )
        return composite_to_dict(saved)

    def save(self, path: str | Path) -> None:
        """Write the snapshot into a file, as `Job.save`.

        Raises:
            OSError: As `Job.save`.
            BadSnapshot: As `Job.to_snapshot`.
            InvalidArgument: As `Job.save`.
        """
        path = arguments.path(path, "path")
        save(self.to_snapshot(), path)

    # What its machine and its children tell it.

    def recent_errors(self, since: float) -> str:
        """What the service has answered since a moment, if those were errors only, as half a sentence."""
        waited_for = {job.qpu_id: job for job in self.leaves() if not job.ended}
        return next(filter(None, (job.recent_errors(since) for job in waited_for.values())), "")

    def observe(self, observer: Callable[[Child, JobEvent], None]) -> None:
        """Have `observer` called with the composite and the event in the instant of every move of its own."""
        self._observers.append(observer)

    def unobserve(self, observer: Callable[[Child, JobEvent], None]) -> None:
        """Undo `observe`; nothing happens if it was not observed by that."""
        if observer in self._observers:
            self._observers.remove(observer)

    def _child_moved(self, _child: Child, event: JobEvent) -> None:
        self.counts[event.source] -= 1
        self.counts[event.target] += 1
        self._join()

    def _join(self) -> None:
        if join(self.counts) is not self.state:
            self._machine.fire_now(self, "reset" if self.ended else "join")

    def _moved(self, event: JobEvent) -> None:
        self._record.append(event)
        for observer in tuple(self._observers):
            observer(self, event)

    def _composites(self) -> Iterator["CompositeJob"]:
        for child in self._children:
            if isinstance(child, CompositeJob):
                yield child
                yield from child._composites()

    def _shape(self, places: Mapping[Job, int]) -> Shape:
        return tuple(places[child] if isinstance(child, Job) else child._shape(places) for child in self._children)

    def _in(self, *states: JobState) -> list[Child]:
        return [child for child in self._children if child.state in states]

    def __repr__(self) -> str:
        counts = ", ".join(f"{state.lower()}={count}" for state, count in self.counts.items() if count)
        return f"CompositeJob(jobs={len(self)}, state={self.state}{', ' if counts else ''}{counts})"


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
    output = job.current_run.output
    if output is not None:
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
