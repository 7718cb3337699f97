"""Makes jobs and composites: a record (new, loaded or recovered) and a handle on it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._callbacks import JobEffects, composite_callbacks
from qcaas_sdk._factory.attach import Attaching
from qcaas_sdk._factory.charts import JobCharts, Policy
from qcaas_sdk._factory.names import Names, names_in
from qcaas_sdk._factory.recovery import Recovery
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._handles.owner import Scheduler
from qcaas_sdk._record import ChildRecord, CompositeRecord, JobRecord, JobRequest, JobState
from qcaas_sdk._snapshot import read_snapshot
from qcaas_sdk._snapshot.json_fields import JsonValue
from qcaas_sdk.composite import Child, CompositeJob, composite_on
from qcaas_sdk.errors import SdkNotOpen
from qcaas_sdk.job import Job
from qcaas_sdk.statechart import Machine, shipped_chart


class JobFactory:
    """Puts handles on records, with the machines and the scheduler of an SDK.

    Attributes:
        effects: The effects of the job chart.
        machine: The machine of new jobs.
        composite_machine: The machine of composites.
        scheduler: Decides when jobs are polled.
        recovery: The journal, if there is one.
        names: The names of jobs and composites.
    """

    def __init__(
        self,
        effects: JobEffects,
        clock: Clock,
        scheduler: Scheduler,
        journal: Path | None,
        guard: LoopGuard,
        policy: Policy | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            effects: The effects of the job chart.
            clock: The source of time.
            scheduler: Decides when jobs are polled.
            journal: The journal's file; None for no journal.
            guard: Refuses calls from another event loop.
            policy: The chart of new jobs, if it is not `job`.
        """
        self.effects = effects
        self._charts = JobCharts(effects, clock, guard, policy)
        self.machine = self._charts.machine
        self.composite_machine = Machine(
            shipped_chart("composite_job"),
            composite_callbacks(),
            clock=clock,
            state_type=JobState.of,
            before_each=guard.check,
        )
        self.scheduler = scheduler
        self.recovery = Recovery(journal, self._job, self._composite, self._charts.resume)
        self.names = Names(lambda: self.recovery.names, self.recovery.one)
        self._clock = clock
        self._guard = guard
        self._observers: list[Callable[[Child], None]] = []
        self._in_use: WeakSet[Job] = WeakSet()
        self._attaching = Attaching(clock, self._job, self.register, self.recovery.of_task)

    def observe(self, observer: Callable[[Child], None]) -> None:
        """Call `observer` with every job and composite that is created or loaded from now on."""
        self._observers.append(observer)

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
        return await self._attaching.attach(task_id, qpu_id, self._in_use, fetch_diagnostics=fetch_diagnostics)

    def machine_of(self, job: JobRecord) -> Machine[JobRecord, Any]:
        """The machine that moves a job."""
        return self._charts.machine_of(job)

    def resume(self, job: JobRecord) -> None:
        """Go on with what the chart of a job does by itself.

        Raises:
            SdkNotOpen: The SDK is not open.
        """
        if not self._guard.entered:
            raise SdkNotOpen(f"{job!r} belongs to an SDK that is not open: `await sdk.open()` first")
        self._guard.check()
        self._charts.resume(job)

    def forget_due(self, job: JobRecord) -> None:
        """Drop the delayed transitions of a job."""
        self._charts.forget_due(job)

    async def close(self) -> None:
        """Stop what charts do by themselves."""
        await self._charts.close()

    def drop(self) -> None:
        """As `close`, if the event loop has ended."""
        self._charts.drop()

    def composite(self, jobs: Iterable[Child], name: str | None = None) -> CompositeJob:
        """A new composite of these jobs."""
        composite = composite_on(self.composite_record(name), self, [])
        composite.add(jobs)
        self.register(composite)
        return composite

    def composite_record(self, name: str | None = None) -> CompositeRecord:
        """The record of a new composite.

        Raises:
            SdkNotOpen: The SDK is not open.
        """
        if not self._guard.entered:
            raise SdkNotOpen(
                "CompositeJob() needs an open SDK: `async with OqcSdk(...) as sdk`, or `await sdk.open()` first"
            )
        self._guard.check()
        return CompositeRecord(name=name, writer=self.recovery.writer_of_composite(name))

    def loaded(self, snapshot: JsonValue, file: str) -> Child:
        """The job or composite of a snapshot.

        Args:
            snapshot: Its JSON value.
            file: The file's name, for messages.

        Raises:
            BadSnapshot: It is not a snapshot, or is damaged.
            NameTaken: Something else has a name that is in it.
        """
        record = read_snapshot(snapshot, file)
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
        job = Job(record, self)
        self._in_use.add(job)
        return job

    def _composite(self, record: CompositeRecord, children: Sequence[Child]) -> CompositeJob:
        return composite_on(record, self, children)

    def register(self, child: Child) -> None:
        """Tell the journal and the observers of a job or composite that was made or loaded."""
        self.recovery.register(child)
        self.names.register(child)
        for observer in self._observers:
            observer(child)
