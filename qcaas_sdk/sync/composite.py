"""`CompositeJob` without `async`."""

# Written by `python -m tests.sync.generate`: change the class with `async` instead.
# mypy: disable-error-code="override, assignment"
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self, Union, cast

from attrs import frozen

from qcaas_sdk._children import ChildTransition as AsyncChildTransition
from qcaas_sdk._record import Budget, JobState, JobTransition
from qcaas_sdk._snapshot import CompositeJobSnapshot
from qcaas_sdk.composite import CompositeJob as AsyncCompositeJob
from qcaas_sdk.sync.bridge import SyncHandle, made_of, observing, stands_for, with_async
from qcaas_sdk.sync.job import Job
from qcaas_sdk.sync.outputs import JobOutput, JobOutputProxy

if TYPE_CHECKING:
    from qcaas_sdk.diagrams import Diagram, Timeline


@stands_for(AsyncChildTransition)
@frozen
class ChildTransition:
    """A transition of one of the jobs of a composite.

    Attributes:
        job: The job.
        transition: Its transition.
    """

    job: Job
    transition: JobTransition


Child = Union[Job, "CompositeJob"]


@stands_for(AsyncCompositeJob)
class CompositeJob(SyncHandle):
    """Jobs that are submitted, awaited and cancelled together.

    `OqcSdk.create_job` creates one from a list of programs, `CompositeJob(jobs=[…])` from jobs that exist.

    Each child has its own state. The composite counts the transitions of its children, so its state costs the same
    with ten children or ten thousand. A child can be a composite too.
    """

    __slots__ = ()
    _handle: AsyncCompositeJob

    def __new__(
        cls, jobs: "Iterable[Child]", *, max_in_flight: int | None = None, budget: Budget | None = None
    ) -> Self:
        """Put jobs together that exist; their states stay as they are, and nothing is sent.

        Args:
            jobs: Jobs and composites of one SDK, at least one.
            max_in_flight: How many of its tasks may be at one QPU that have not ended; the rest waits here.
            budget: The most that its jobs may use, including what they have used before.

        Raises:
            InvalidArgument: There is none, they belong to different SDKs, or as for `add`.
            SdkNotOpen: Their SDK is not open.
        """
        return cast(
            "Self", made_of(jobs, lambda given: AsyncCompositeJob(given, max_in_flight=max_in_flight, budget=budget))
        )

    @property
    def name(self) -> str | None:
        """What you call it; no other job or composite in the journal has that name."""
        return self._handle.name

    @property
    def jobs(self) -> list[Child]:
        """The children, in the order in which they were added."""
        return cast("list[Child]", self._bridge.read(lambda: self._handle.jobs))

    def add(self, job: "Child | Iterable[Child]") -> None:
        """Add one or more children, at any time. A call that already waits does not wait for them.

        Raises:
            InvalidArgument: It is not a job, it belongs to another SDK, a child would be in here twice, or the
                composite in itself.
            WrongProcess: The SDK was opened in the process that this one was forked from.
        """
        self._bridge.now(lambda: self._handle.add(with_async(job)))

    def __len__(self) -> int:
        return len(self._handle)

    def __iter__(self) -> Iterator[Child]:
        return iter(self.jobs)

    def leaves(self) -> Iterator[Job]:
        """All jobs, including those in child composites, in order."""
        return cast("Iterator[Job]", iter(self._bridge.read(lambda: list(self._handle.leaves()))))

    @property
    def state(self) -> JobState:
        """The join of the children's states; CREATED while there are none."""
        return self._handle.state

    @property
    def ended(self) -> bool:
        """Whether every child has ended."""
        return self._handle.ended

    @property
    def completed(self) -> bool:
        """Whether every child has a result."""
        return self._handle.completed

    @property
    def counts(self) -> dict[JobState, int]:
        """How many children count as each state; one that its chart will run again counts as RUNNING."""
        return self._handle.counts

    def submit(self, *, timeout_s: float | None = None) -> Self:
        """Submit every job that is not submitted yet.

        Raises:
            JobTimeout: The deadline passed; submitted jobs stay submitted.
            QcaasError: Some jobs raised errors; the others are submitted.
        """
        self._bridge.wait(lambda: self._handle.submit(timeout_s=timeout_s))
        return self

    def refresh(self) -> Self:
        """Ask the server once for the status of every active job.

        Raises:
            QcaasError: Some jobs raised errors; the others are refreshed.
        """
        self._bridge.wait(self._handle.refresh)
        return self

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until every job has ended; submits them first if necessary. Returns the composite.

        Raises:
            JobTimeout: The deadline passed. Nothing is cancelled; call `wait()` again to go on.
            QcaasError: Requests for some jobs failed, and retries did not help. The others have ended; call `wait()`
                again to go on.
        """
        self._bridge.wait(lambda: self._handle.wait(timeout_s))
        return self

    def execute(self, *, timeout_s: float | None = None, progress: bool = False) -> JobOutputProxy[JobOutput]:
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
        return cast(
            "JobOutputProxy[JobOutput]",
            self._bridge.wait(lambda: self._handle.execute(timeout_s=timeout_s, progress=progress)),
        )

    def cancel(self) -> Self:
        """As `Job.cancel`, for every job.

        Raises:
            QcaasError: Some jobs raised errors; the others are cancelled.
        """
        self._bridge.wait(self._handle.cancel)
        return self

    def cancel_if_active(self) -> Self:
        """As `Job.cancel_if_active`, for every job."""
        self._bridge.wait(self._handle.cancel_if_active)
        return self

    def retry_failed(self) -> Self:
        """Submit the failed jobs again, and only those; `wait()` then waits for them.

        Raises:
            QcaasError: Some jobs raised errors; the others are submitted.
        """
        self._bridge.wait(self._handle.retry_failed)
        return self

    def as_completed(self) -> Iterator[Job]:
        """Run every job that has not ended, and yield each as it ends; jobs that have already ended come first.

        If you leave the loop early, nothing is cancelled: the jobs go on at the server.

        Raises:
            QcaasError: Some jobs raised errors; raised after all others have been yielded.
        """
        return cast("Iterator[Job]", self._bridge.iterate(self._handle.as_completed))

    def events(self) -> Iterator[ChildTransition]:
        """The transitions of its jobs from now on, until every job has ended; those of jobs added later too.

        Raises:
            SdkNotOpen: The SDK was closed meanwhile.
            WrongProcess: The SDK was opened in the process that this one was forked from.
        """
        return cast("Iterator[ChildTransition]", self._bridge.iterate(self._handle.events))

    def to_snapshot(self) -> CompositeJobSnapshot:
        """The current state of the composite and its jobs as a JSON object for `OqcSdk.from_snapshot`.

        Child composites are kept. The published SDK does not have them and reads all jobs as one list.

        Raises:
            BadSnapshot: As `Job.to_snapshot`.
        """
        return self._bridge.read(self._handle.to_snapshot)

    def diagram(self) -> "Diagram":
        """The chart of its jobs, with how many are in each state and how many took each path."""
        return self._bridge.read(self._handle.diagram)

    def timeline(self) -> "Timeline":
        """The states of its jobs over time: one row per job, or for many jobs how many are in which state."""
        return self._bridge.read(self._handle.timeline)

    @property
    def completed_jobs(self) -> list[Job]:
        """The jobs that have a result. Like all of these lists, with the jobs of inner composites."""
        return cast("list[Job]", self._bridge.read(lambda: self._handle.completed_jobs))

    @property
    def failed_jobs(self) -> list[Job]:
        """The jobs that have failed."""
        return cast("list[Job]", self._bridge.read(lambda: self._handle.failed_jobs))

    @property
    def cancelled_jobs(self) -> list[Job]:
        """The jobs that were cancelled."""
        return cast("list[Job]", self._bridge.read(lambda: self._handle.cancelled_jobs))

    @property
    def active_jobs(self) -> list[Job]:
        """The jobs that are submitted or running."""
        return cast("list[Job]", self._bridge.read(lambda: self._handle.active_jobs))

    @property
    def terminal_jobs(self) -> list[Job]:
        """The jobs that have ended: completed, failed or cancelled, and not to run again by their chart."""
        return cast("list[Job]", self._bridge.read(lambda: self._handle.terminal_jobs))

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """One output per job, in order; `NoOutput` for a job that has none (cancelled or not ended)."""
        return cast("JobOutputProxy[JobOutput]", self._bridge.read(lambda: self._handle.outputs))

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs of all jobs, job by job, oldest first."""
        return cast("JobOutputProxy[JobOutput]", self._bridge.read(lambda: self._handle.history))

    def raise_for_status(self) -> None:
        """Raise `JobFailed` if a job has failed; otherwise do nothing.

        Raises:
            JobFailed: For the first job that has failed.
        """
        self._bridge.read(self._handle.raise_for_status)

    @property
    def transitions(self) -> tuple[JobTransition, ...]:
        """Every transition so far, of all runs, oldest first."""
        return self._handle.transitions

    def save(self, path: str | Path) -> None:
        """Write the snapshot to a file for `OqcSdk.load`. The file is written completely or not at all.

        Raises:
            OSError: The file cannot be written; the error names the path. The file has its old or its new content,
                never a part.
            BadSnapshot: As `to_snapshot`.
            InvalidArgument: `path` is not a path.
        """
        self._bridge.read(lambda: self._handle.save(path))

    def observe(self, observer: Callable[[Self, JobTransition], None]) -> None:
        """Call `observer` with this object and each of its transitions, when it happens.

        It must not wait, and it must not raise: its error goes to the call that made the transition, and to all who
        wait for the job.

        Raises:
            InvalidArgument: `observer` is not a function, or an `async` one.
        """
        self._bridge.now(lambda: self._handle.observe(observing(self, observer)))

    def unobserve(self, observer: Callable[[Self, JobTransition], None]) -> None:
        """Undo `observe`; nothing happens if `observer` is not registered."""
        self._bridge.now(lambda: self._handle.unobserve(observing(self, observer)))
