"""Where jobs and composites come from: made anew, loaded from a snapshot, recovered from a journal."""

from collections.abc import Callable, Iterable
from pathlib import Path

from qcaas_sdk.clock import Clock
from qcaas_sdk.composite import Child, CompositeJob
from qcaas_sdk.effects import JobEffects, composite_job
from qcaas_sdk.job import Job, Scheduler
from qcaas_sdk.job_state import JobState
from qcaas_sdk.loop_guard import LoopGuard
from qcaas_sdk.program import Request
from qcaas_sdk.recovery import Recovery
from qcaas_sdk.restoring import Restorer
from qcaas_sdk.snapshot import SavedJob, read_snapshot
from qcaas_sdk.snapshot.values import JsonValue
from qcaas_sdk.statechart import Machine, shipped_chart


class JobMaker:
    """Gives every job of an SDK its machine, its scheduler and its page in the journal.

    Attributes:
        recovery: The journal, if there is one.
    """

    def __init__(
        self, effects: JobEffects, clock: Clock, scheduler: Scheduler, journal: Path | None, guard: LoopGuard
    ) -> None:
        """Nothing is opened yet.

        Args:
            effects: What the names in the chart of a job mean.
            clock: Where time comes from.
            scheduler: Decides when jobs are polled.
            journal: The journal's file; None for no journal.
            guard: Refuses what comes from another event loop.
        """
        self._machine = Machine(
            shipped_chart("job"),
            effects.callbacks(),
            clock=clock,
            state_type=JobState.of,
            before_each=guard.check,
        )
        self._composite_machine = Machine(
            shipped_chart("composite_job"), composite_job.callbacks(), clock=clock, state_type=JobState.of
        )
        self._scheduler = scheduler
        self._clock = clock
        self._restorer = Restorer(self._machine, self._composite_machine, scheduler, effects.tasks.remember_address)
        self.recovery = Recovery(journal, self._restorer)
        self._observers: list[Callable[[Child], None]] = []

    def observe(self, observer: Callable[[Child], None]) -> None:
        """Have `observer` called with every job and composite that is made or loaded from now on."""
        self._observers.append(observer)

    def job(self, request: Request, *, fetch_diagnostics: bool) -> Job:
        """A new job."""
        job = Job(
            request=request,
            machine=self._machine,
            scheduler=self._scheduler,
            fetch_diagnostics=fetch_diagnostics,
            page=self.recovery.page_of_job(request, fetch_diagnostics=fetch_diagnostics),
            began_s=self._clock.monotonic(),
        )
        self._know(job)
        return job

    def composite(self, jobs: Iterable[Child]) -> CompositeJob:
        """A new composite of these jobs."""
        composite = CompositeJob(machine=self._composite_machine, page=self.recovery.page_of_composite())
        composite.add(jobs)
        self._know(composite)
        return composite

    def restored(self, snapshot: JsonValue, file: str) -> Child:
        """The job or composite of a snapshot.

        Args:
            snapshot: Its JSON value.
            file: Where it is from, for messages.

        Raises:
            BadSnapshot: It is none, or a damaged one.
        """
        saved = read_snapshot(snapshot, file)
        child = self._restorer.job(saved) if isinstance(saved, SavedJob) else self._restorer.composite(saved, file)
        self._know(child)
        return child

    def _know(self, child: Child) -> None:
        self.recovery.know(child)
        for observer in self._observers:
            observer(child)
