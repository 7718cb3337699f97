"""Makes jobs and composites: a record (new, loaded or recovered) and a handle on it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qcaas_sdk import _snapshot
from qcaas_sdk._admission import Admission
from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.request_log import RequestLog
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._callbacks import JobEffects, composite_callbacks
from qcaas_sdk._factory.charts import JobCharts, Policy
from qcaas_sdk._factory.names import Names, names_in
from qcaas_sdk._factory.without_journal import WithoutJournal
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._handles.owner import Scheduler
from qcaas_sdk._record import UNLIMITED, ChildRecord, CompositeRecord, JobRecord, JobRequest, JobState, Limits
from qcaas_sdk.composite import Child, CompositeJob, composite_on
from qcaas_sdk.errors import SdkNotOpen
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.statechart import Machine, shipped_chart

SUBMISSION = "submit_task"
"""The effect of the charts that waits until the limits allow it."""


Estimate = Callable[[str, str | None], Awaitable[WaitEstimate]]
"""Asks when a task of a QPU starts, or one that is submitted now."""

if TYPE_CHECKING:
    from qcaas_sdk._factory.attach import Attaching


class JobFactory:
    """Puts handles on records, with the machines and the scheduler of an SDK.

    Attributes:
        effects: The effects of the job chart.
        machine: The machine of new jobs.
        scheduler: Decides when jobs are polled.
        recovery: The journal, or what stands for it.
        names: The names of jobs and composites.
        requests: The requests that were sent, if they are recorded.
    """

    def __init__(
        self,
        effects: JobEffects,
        clock: Clock,
        scheduler: Scheduler,
        journal: Path | None,
        guard: LoopGuard,
        policy: Policy | None = None,
        limits: Limits = UNLIMITED,
        estimate: Estimate | None = None,
        requests: RequestLog | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            effects: The effects of the job chart.
            clock: The source of time.
            scheduler: Decides when jobs are polled.
            journal: The journal's file; None for no journal.
            guard: Refuses calls from another event loop.
            policy: The chart of new jobs, if it is not `job`.
            limits: The limits of the SDK.
            estimate: Asks when a task starts; None where the service has no estimates.
            requests: The log of requests.
        """
        self.requests = RequestLog() if requests is None else requests
        self.effects = effects
        self._admission = Admission(limits, self._until_ended)
        self._charts = JobCharts(effects, clock, guard, policy, {SUBMISSION: self._admission})
        self.machine = self._charts.machine
        self.scheduler = scheduler
        self.recovery = WithoutJournal()
        if journal is not None:
            from qcaas_sdk._factory.recovery import Recovery  # noqa: PLC0415  # it needs SQLite

            self.recovery = Recovery(
                journal,
                self._job,
                self._composite,
                self._charts.resume,
                self._admission.replayed,
                budgeted=limits.budget is not None,
            )
        self.names = Names(lambda: self.recovery.names, lambda number: self.recovery.some([number])[0])
        self._estimate = estimate
        self._clock = clock
        self._guard = guard
        self._observers: list[Callable[[Child], None]] = []
        self._in_use: WeakKeyDictionary[Child, None] = WeakKeyDictionary()  # in order of creation
        self._attaching: Attaching | None = None

    @cached_property
    def composite_machine(self) -> Machine[CompositeRecord, None]:
        """The machine of composites."""
        return Machine(
            shipped_chart("composite_job"),
            composite_callbacks(),
            clock=self._clock,
            state_type=JobState.of,
            before_each=self._guard.check,
        )

    async def open(self, service: str) -> None:
        """Open the journal, and let jobs wait for their places.

        Raises:
            JournalError: As `Recovery.open`.
        """
        await self.recovery.open(service)
        self._admission.open()

    @property
    def in_use(self) -> list[Child]:
        """The jobs and composites that something refers to, in order of creation."""
        return list(self._in_use)

    def observe(self, observer: Callable[[Child], None]) -> Callable[[], None]:
        """Call `observer` with each job and composite that is created or loaded from now on.

        Returns:
            What undoes that.
        """
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def job(
        self,
        request: JobRequest,
        *,
        fetch_diagnostics: bool,
        name: str | None = None,
        user_metadata: UserMetadata | None = None,
    ) -> Job:
        """A new job."""
        record = JobRecord(
            request=request,
            fetch_diagnostics=fetch_diagnostics,
            made_s=self._clock.monotonic(),
            policy=self._charts.begin(),
            name=name,
            user_metadata=user_metadata,
        )
        record.writer = self.recovery.writer_of_job(record, self._clock.wall())
        job = self._job(record)
        self.register(job)
        return job

    async def attach(self, task_id: str, qpu_id: str, *, fetch_diagnostics: bool) -> Job:
        """The job on a task that is at the service already; as `Attaching.attach`."""
        if self._attaching is None:
            from qcaas_sdk._factory.attach import Attaching  # noqa: PLC0415  # few programs attach

            self._attaching = Attaching(self._clock, self._job, self.register, self.recovery.of_task)
        job = await self._attaching.attach(task_id, qpu_id, self._in_use, fetch_diagnostics=fetch_diagnostics)
        self._admission.made(record_of_job(job))  # only now it is known whether its run is under way
        return job

    def machine_of(self, job: JobRecord) -> Machine[JobRecord, Any]:
        """The machine that moves a job."""
        return self._charts.machine_of(job)

    def resume(self, job: JobRecord) -> None:
        """Go on with what the chart of a job does by itself.

        Raises:
            SdkNotOpen: The SDK is not open.
        """
        self.check_open(job)
        self._charts.resume(job)

    @contextmanager
    def next_run(self, job: JobRecord, request: JobRequest) -> Iterator[None]:
        """For the reset and the submission of a job that has ended: what refuses them refuses them here.

        Raises:
            SdkNotOpen: The SDK is not open.
            BudgetExceeded: A budget has no room for another run.
            NoPlace: No place for it can become free.
        """
        if not job.run_ended:
            yield
            return
        self.check_open(job)
        with self._admission.next_run(job, request.qpu_id, request.shots):
            yield

    def check_open(self, job: JobRecord) -> None:
        """Nothing, if this SDK is open, and this is its loop.

        Raises:
            SdkNotOpen: The SDK is not open.
            WrongEventLoop: The SDK was opened in another loop.
        """
        if not self._guard.entered:
            raise SdkNotOpen(f"{job!r} belongs to an SDK that is not open: `await sdk.open()` first")
        self._guard.check()

    async def estimate(self, job: JobRecord) -> WaitEstimate:
        """When the service expects the run of a job to start.

        Raises:
            QcaasError: There was no usable answer, or the service has no estimates.
        """
        self.check_open(job)
        assert self._estimate is not None  # an SDK has it
        return await self._estimate(job.qpu_id, None if job.state is JobState.CREATED else job.task_id)

    def forget_due(self, job: JobRecord) -> None:
        """Drop the delayed transitions of a job."""
        self._charts.forget_due(job)

    async def close(self) -> None:
        """Stop what charts do by themselves, and let no job wait for a place."""
        await self._charts.close()
        self._admission.close()

    def drop(self) -> None:
        """As `close`, if the event loop has ended."""
        self._charts.drop()
        self._admission.drop()

    def composite(self, jobs: Iterable[Child], name: str | None = None, limits: Limits = UNLIMITED) -> CompositeJob:
        """A new composite of these jobs, with limits of its own."""
        composite = composite_on(self.composite_record(name, limits), self, [])
        composite.add(jobs)
        self.register(composite)
        return composite

    def composite_record(self, name: str | None = None, limits: Limits = UNLIMITED) -> CompositeRecord:
        """The record of a new composite.

        Raises:
            SdkNotOpen: The SDK is not open.
        """
        if not self._guard.entered:
            raise SdkNotOpen(
                "CompositeJob() needs an open SDK: `async with OqcSdk(...) as sdk`, or `await sdk.open()` first"
            )
        self._guard.check()
        writer = self.recovery.writer_of_composite(name, limits)
        return CompositeRecord(name=name, limits=limits, writer=writer)

    def loaded(self, snapshot: "_snapshot.JsonValue", file: str) -> Child:
        """The job or composite of a snapshot.

        Args:
            snapshot: Its JSON value.
            file: The file's name, for messages.

        Raises:
            BadSnapshot: It is not a snapshot, or is damaged.
            NameTaken: Something else has a name that is in it.
        """
        record = _snapshot.read_snapshot(snapshot, file)
        self.names.check(*names_in(record))
        child = self._handle(record, {})
        self.register(child)
        return child

    def _handle(self, record: ChildRecord, known: dict[ChildRecord, Child]) -> Child:
        """The handle on a record and on the records in it; one handle per record."""
        if record not in known:
            if isinstance(record, JobRecord):
                known[record] = self._job(record)
            else:
                children = [self._handle(child, known) for child in record.children]
                known[record] = self._composite(record, children)
        return known[record]

    def _job(self, record: JobRecord) -> Job:
        self._charts.check(record)
        if record.run.qpu_url is not None:  # the QPU may not be in the list any more
            self.effects.tasks.remember_address(record.qpu_id, record.run.qpu_url)
        self._charts.resume(record)
        self._admission.made(record)
        return Job(record, self)

    def _composite(self, record: CompositeRecord, children: Sequence[Child]) -> CompositeJob:
        self.joined(record, record.children)
        return composite_on(record, self, children)

    def joined(self, composite: CompositeRecord, children: Sequence[ChildRecord]) -> None:
        """Tell the limits of children that were added to a composite."""
        self._admission.joined(composite, children)

    async def _until_ended(self, job: JobRecord) -> None:
        """Poll a job until its run has ended."""
        machine = self._charts.machine_of(job)
        await self.scheduler.until_ended(job, lambda: machine.try_fire(job, "poll"))

    def register(self, child: Child) -> None:
        """Tell the journal and the observers of a job or composite that was made or loaded."""
        self._in_use |= dict.fromkeys([child] if isinstance(child, Job) else [*child.leaves(), child])
        self.recovery.register(child)
        self.names.register(child)
        for observer in [*self._observers]:
            try:
                observer(child)
            except Exception as error:
                error.add_note(f"in an observer of the SDK that was called with {child!r}")
                raise
