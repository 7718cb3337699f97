"""`CompositeJob`: many jobs as one, with a state that is the join of theirs and one deadline for all."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Self, Union

from attrs import define

from qcaas_sdk import _snapshot
from qcaas_sdk._children import (
    ChildTransition,
    CompositeReadings,
    all_of,
    as_completed,
    is_to_be_submitted,
    submit,
    submit_again,
    transitions_of,
)
from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.deadline import deadline
from qcaas_sdk._handles.outputs import JobOutput, JobOutputProxy
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._handles.progress import shown
from qcaas_sdk._record import Budget, ChildRecord, CompositeRecord, JobState, JobTransition, Limits, states_in
from qcaas_sdk._snapshot import CompositeJobSnapshot
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.job import Job, owner_of_job, record_of_job

if TYPE_CHECKING:
    from qcaas_sdk._handles.live.subjects import Subject
    from qcaas_sdk.diagrams import Diagram, Timeline

Child = Union[Job, "CompositeJob"]


@define(eq=False, repr=False, init=False)
class CompositeJob(CompositeReadings):
    """Jobs that are submitted, awaited and cancelled together.

    `OqcSdk.create_job` creates one from a list of programs, `CompositeJob(jobs=[…])` from jobs that exist.

    Each child has its own state. The composite counts the transitions of its children, so its state costs the same
    with ten children or ten thousand. A child can be a composite too.
    """

    _kind = "composite"
    _record: CompositeRecord
    _owner: Owner
    _children: list[Child]
    """The handles on the record's children."""

    def __init__(
        self, jobs: "Iterable[Child]", *, max_in_flight: int | None = None, budget: Budget | None = None
    ) -> None:
        """Put jobs together that exist; their states stay as they are, and nothing is sent.

        Args:
            jobs: Jobs and composites of one SDK, at least one.
            max_in_flight: How many of its tasks may be at one QPU that have not ended; the rest waits here.
            budget: The most that its jobs may use, including what they have used before.

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
        limits = Limits.of(max_in_flight, budget)
        self.__attrs_init__(owner.composite_record(limits=limits), owner, [])
        self.add(added)
        owner.register(self)

    @property
    def name(self) -> str | None:
        """What you call it; no other job or composite in the journal has that name."""
        return self._record.name

    # Its children.

    @property
    def jobs(self) -> list[Child]:
        """The children, in the order in which they were added."""
        return list(self._children)

    def add(self, job: "Child | Iterable[Child]") -> None:
        """Add one or more children, at any time. A call that already waits does not wait for them.

        Raises:
            InvalidArgument: It is not a job, it belongs to another SDK, a child would be in here twice, or the
                composite in itself.
            WrongEventLoop: The SDK was opened in another loop.
        """
        self._owner.composite_machine.check_caller()
        added = _children_of(job, "job")
        _check_owner(self._owner, added, "job")
        known: set[Child] = {self, *self._children}
        for child in added:
            if child in known or (isinstance(child, CompositeJob) and self in child._composites()):
                raise InvalidArgument(
                    f"{child!r} is already in this composite, or contains it; nothing was added", argument="job"
                )
            known.add(child)
        records = [record_of(child) for child in added]
        self._children.extend(added)
        self._record.add(records)
        for record in records:
            record.observe(self._on_child_change)
        self._record.writer.added(records)
        self._owner.joined(self._record, records)
        self._owner.composite_machine.follow(self._record)
        for follow in self._record.followers:
            follow()

    def __len__(self) -> int:
        return len(self._children)

    def __iter__(self) -> Iterator[Child]:
        return iter(self._children)

    def leaves(self) -> Iterator[Job]:
        """All jobs, including those in child composites, in order."""
        for child in self._children:
            if isinstance(child, CompositeJob):
                yield from child.leaves()
            else:
                yield child

    # Its state.

    @property
    def state(self) -> JobState:
        """The join of the children's states; CREATED while there are none."""
        return self._record.state

    @property
    def ended(self) -> bool:
        """Whether every child has ended."""
        return self.state in states_in("ended")

    @property
    def completed(self) -> bool:
        """Whether every child has a result."""
        return self.state is JobState.COMPLETED

    @property
    def counts(self) -> dict[JobState, int]:
        """How many children count as each state; one that its chart will run again counts as RUNNING."""
        return dict(self._record.counts)

    # Running it.

    async def submit(self, *, timeout_s: float | None = None) -> Self:
        """Submit every job that is not submitted yet.

        Raises:
            JobTimeout: The deadline passed; submitted jobs stay submitted.
            QcaasError: Some jobs raised errors; the others are submitted.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            await all_of(filter(is_to_be_submitted, self.leaves()), submit)
        return self

    async def refresh(self) -> Self:
        """Ask the server once for the status of every active job.

        Raises:
            QcaasError: Some jobs raised errors; the others are refreshed.
        """
        await all_of(self.leaves(), Job.refresh)
        return self

    async def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until every job has ended; submits them first if necessary. Returns the composite.

        Raises:
            JobTimeout: The deadline passed. Nothing is cancelled; call `wait()` again to go on.
            QcaasError: Requests for some jobs failed, and retries did not help. The others have ended; call `wait()`
                again to go on.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            await all_of(self.leaves(), Job.wait)
        return self

    async def execute(self, *, timeout_s: float | None = None, progress: bool = False) -> JobOutputProxy[JobOutput]:
        """Submit every job, wait until all have ended and return their outputs.

        Jobs that are already submitted are only awaited. Jobs that have ended are run again.

        Args:
            timeout_s: Seconds until `JobTimeout`, for the whole call; None for no deadline.
            progress: Show live how many jobs are in which state (needs the extra `cli`).

        Returns:
            One output per job, in order.

        Raises:
            JobTimeout: As `wait`.
            QcaasError: As `wait`.
            MissingExtra: `progress` is True, but rich is not installed.
        """
        progress = arguments.flag(progress, "progress")
        async with deadline(self, timeout_s, self._recent_errors):
            jobs = list(self.leaves())
            with shown(jobs, progress):
                await all_of(jobs, Job.execute)
        return self.outputs

    async def cancel(self) -> Self:
        """As `Job.cancel`, for every job.

        Raises:
            QcaasError: Some jobs raised errors; the others are cancelled.
        """
        await all_of(self.leaves(), Job.cancel)
        return self

    async def cancel_if_active(self) -> Self:
        """As `Job.cancel_if_active`, for every job."""
        await all_of(self.leaves(), Job.cancel_if_active)
        return self

    async def retry_failed(self) -> Self:
        """Submit the failed jobs again, and only those; `wait()` then waits for them.

        Raises:
            QcaasError: Some jobs raised errors; the others are submitted.
        """
        failed = [job for job in self.failed_jobs if job.ended]  # the others run again by themselves
        await all_of(failed, submit_again)
        return self

    def as_completed(self) -> AsyncIterator[Job]:
        """Run every job that has not ended, and yield each as it ends; jobs that have already ended come first.

        If you leave the loop early, nothing is cancelled: the jobs go on at the server.

        Raises:
            QcaasError: Some jobs raised errors; raised after all others have been yielded.
        """
        return as_completed(self.leaves())

    def events(self) -> AsyncIterator[ChildTransition]:
        """The transitions of its jobs from now on, until every job has ended; those of jobs added later too.

        Raises:
            SdkNotOpen: The SDK was closed meanwhile.
            WrongEventLoop: It was opened in another loop.
        """
        return transitions_of(self, self._record, self._owner, self.leaves)

    # Saving it.

    def to_snapshot(self) -> CompositeJobSnapshot:
        """The current state of the composite and its jobs as a JSON object for `OqcSdk.from_snapshot`.

        Child composites are kept. The published SDK does not have them and reads all jobs as one list.

        Raises:
            BadSnapshot: As `Job.to_snapshot`.
        """
        return _snapshot.composite_to_dict(self._record)

    # Watching it.

    def diagram(self) -> "Diagram":
        """The chart of its jobs, with how many are in each state and how many took each path."""
        from qcaas_sdk.diagrams.composite import composite_diagram  # noqa: PLC0415  # only when a picture is drawn

        return composite_diagram(self._record, self._owner.composite_machine.chart)

    def timeline(self) -> "Timeline":
        """The states of its jobs over time: one row per job, or for many jobs how many are in which state."""
        from qcaas_sdk.diagrams.composite import composite_timeline  # noqa: PLC0415  # as above

        machine = self._owner.composite_machine
        return composite_timeline(self._record, machine.chart, machine.clock)

    def _subject(self) -> "Subject":
        from qcaas_sdk._handles.live.subjects import ManyJobs  # noqa: PLC0415  # only in a notebook

        return ManyJobs(self._record, self._owner.composite_machine.chart)

    def _composites(self) -> Iterator["CompositeJob"]:
        for child in self._children:
            if isinstance(child, CompositeJob):
                yield child
                yield from child._composites()

    def _recent_errors(self, since: float) -> str:
        awaited = dict.fromkeys(job.qpu_id for job in self.leaves() if not job.ended)
        return next(filter(None, (self._owner.scheduler.recent_errors(qpu_id, since) for qpu_id in awaited)), "")

    def _on_child_change(self, child: ChildRecord, _: JobTransition | None) -> None:
        self._record.on_child_change(child)
        self._owner.composite_machine.follow(self._record)


def composite_on(record: CompositeRecord, owner: Owner, children: Iterable[Child]) -> CompositeJob:
    """The handle on the record of a composite, given those on its children: for the other rooms of this package."""
    composite = CompositeJob.__new__(CompositeJob)
    composite.__attrs_init__(record, owner, list(children))
    for child in record.children:
        child.observe(composite._on_child_change)
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
    """The record of a job or composite; for other modules of this package."""
    return child._record if isinstance(child, CompositeJob) else record_of_job(child)
