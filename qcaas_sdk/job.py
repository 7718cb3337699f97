"""One job: the handle that a user holds on its record. It knows no HTTP; it triggers its machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs
from attrs import define, field

from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.deadline import deadline
from qcaas_sdk._handles.errors import TaskLost
from qcaas_sdk._handles.outputs import JobError, JobOutput, JobOutputProxy, JobResult, job_failed, output_of
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._handles.progress import shown
from qcaas_sdk._programs import checked_config
from qcaas_sdk._programs.config import Config
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._programs.plausible import check_plausible
from qcaas_sdk._record import (
    ACTIVE,
    ENDED,
    Diagnostics,
    HandleObserver,
    JobRecord,
    JobState,
    JobTransition,
    Run,
)
from qcaas_sdk._snapshot import JobSnapshot, job_to_dict, save
from qcaas_sdk.errors import IllegalTransition, SubmissionInDoubt

if TYPE_CHECKING:
    from qcaas_sdk.diagrams import Diagram, Timeline
    from qcaas_sdk.diagrams.diagram import MimeBundle

Observer = Callable[["Job", JobTransition], None]


@define(eq=False, repr=False)
class Job:
    """A single quantum program on a single QPU; made by `OqcSdk.create_job`.

    Its states and transitions are those of `statecharts/job.yaml`. Any number of coroutines may use one job; each
    transition runs alone. A coroutine that is cancelled leaves the job in a legal state, free to go on.
    """

    _record: JobRecord
    _owner: Owner
    _outputs: tuple[JobOutput, ...] = field(default=(), init=False)
    """The handles on the outputs in the record's history, as far as somebody has asked for them."""

    # What it is.

    @property
    def program(self) -> str:
        """The program text."""
        return self._record.request.program

    @property
    def qpu_id(self) -> str:
        """The QPU that is to run it."""
        return self._record.request.qpu_id

    @property
    def config(self) -> Config | None:
        """The compiler configuration; None stands for the service's default."""
        return self._record.request.config

    @property
    def tag(self) -> str | None:
        """The user's own word for it."""
        return self._record.request.tag

    @property
    def hybrid_marker(self) -> str | None:
        """The server's mark for tasks of one hybrid computation."""
        return self._record.request.hybrid_marker

    @property
    def fetch_diagnostics(self) -> bool:
        """Whether it asks again for timings, metrics and metadata when the server left them out of its answer."""
        return self._record.fetch_diagnostics

    # Where it stands.

    @property
    def state(self) -> JobState:
        """Its current state."""
        return self._record.state

    @property
    def ended(self) -> bool:
        """Whether the current run is over, one way or another."""
        return self.state in ENDED

    @property
    def completed(self) -> bool:
        """Whether the current run ended with a result."""
        return self.state is JobState.COMPLETED

    @property
    def task_id(self) -> str | None:
        """The server's id of the current run; None before one is reserved."""
        return self._record.run.task_id

    @property
    def server_status(self) -> str | None:
        """The server's own last word on the task, as it spelt it; None before it said any."""
        return self._record.run.server_status

    @property
    def transitions(self) -> tuple[JobTransition, ...]:
        """Every transition of every run so far, oldest first."""
        return tuple(self._record.transitions)

    @property
    def cancellation_waits(self) -> bool:
        """Whether it is to be cancelled, but stays CREATED because an earlier submission may still arrive."""
        return self._record.cancellation_waits

    async def events(self) -> AsyncIterator[JobTransition]:
        """The transitions of the current run: those so far, then each as it happens, until the run ends."""
        transitions, position = self._record.transitions, self._record.run_begin
        moved = asyncio.Event()

        def wake(_: JobRecord, __: JobTransition) -> None:
            moved.set()

        self._record.observe(wake)
        try:
            while True:
                while position < len(transitions):
                    transition = transitions[position]
                    position += 1
                    yield transition
                    if transition.target in ENDED:
                        return
                moved.clear()
                await moved.wait()
        finally:
            self._record.unobserve(wake)

    # What came of it.

    @property
    def result(self) -> JobResult | None:
        """The result of the current run, if and only if it is COMPLETED."""
        return next((output for output in self.outputs if isinstance(output, JobResult)), None)

    @property
    def error(self) -> JobError | None:
        """The error of the current run, if and only if it is FAILED."""
        return next((output for output in self.outputs if isinstance(output, JobError)), None)

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """The output of the current run; empty while there is none."""
        return JobOutputProxy(self._left_by(self._record.run))

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs, oldest first; grows by one with each run that completes or fails."""
        return JobOutputProxy(self._handles())

    def _handles(self) -> tuple[JobOutput, ...]:
        kept = self._record.history
        if len(self._outputs) != len(kept):
            self._outputs += tuple(output_of(output, self) for output in kept[len(self._outputs) :])
        return self._outputs

    def _left_by(self, run: Run) -> tuple[JobOutput, ...]:
        """What a run has left behind; it need not be the current one."""
        if run.output is None:
            return ()
        outputs = zip(self._handles(), self._record.history, strict=True)
        return tuple([output for output, record in outputs if record is run.output])

    @property
    def timings(self) -> Diagnostics | None:
        """The server's time stamps of the current run, as far as it told."""
        return self._record.run.timings

    @property
    def metrics(self) -> Diagnostics | None:
        """The server's figures about the current run's execution, as far as it told."""
        return self._record.run.metrics

    @property
    def metadata(self) -> Diagnostics | None:
        """The server's record of the current run's task, as far as it told."""
        return self._record.run.metadata

    def raise_for_status(self) -> None:
        """Do nothing unless the current run has failed.

        Raises:
            JobFailed: It has; the exception carries task, QPU, code and details.
        """
        if (error := self._record.error) is not None:
            raise job_failed(error)

    # What can be done with it.

    async def submit(self, *, timeout_s: float | None = None) -> Self:
        """Send the program to its QPU; returns the job without waiting for its end.

        A program that the server refuses for certain ends the job as FAILED, with the reason in `error`.

        Args:
            timeout_s: Seconds until `JobTimeout`; None for no deadline.

        Raises:
            IllegalTransition: It was submitted before.
            SubmissionInDoubt: It is to be cancelled, and that waits for an earlier submission that may still arrive.
            JobTimeout: The deadline passed first. Whether the server has the task is found out by the next call.
            QcaasError: The service cannot be used now; the job stays CREATED and can be submitted again.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            if not await self._try("submit"):
                raise self._owner.machine.illegal(self._record, "submit")
        if self.cancellation_waits:
            raise SubmissionInDoubt(
                f"{self!r} is not sent again: you have cancelled it, and an earlier submission may still arrive. "
                "`await job.wait()` waits until that is certain, `await job.abandon()` gives the run up"
            )
        return self

    async def refresh(self) -> Self:
        """Ask the server once how the task stands; does nothing unless it is under way, or its cancellation waits.

        Raises:
            QcaasError: No usable answer came; the job stands where it stood.
        """
        if self.state in ACTIVE or self.cancellation_waits:
            await self._try("poll")
        return self

    async def wait(self, timeout_s: float | None = None) -> Self:
        """Wait for the end of the current run; a job that was never submitted is submitted first.

        A job whose cancellation waits for a submission in doubt is not submitted: it ends when that is settled.

        Args:
            timeout_s: Seconds until `JobTimeout`, over everything; None for no deadline.

        Raises:
            JobTimeout: The deadline passed. Nothing is cancelled; a later `wait()` goes on.
            TaskLost: The service has lost the task; a later `wait()` asks again, `abandon()` gives the run up.
            QcaasError: Trouble that did not pass; the job stands where it stood, and a later `wait()` goes on.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            await self._end_of(self._record.run)
        return self

    async def execute(self, *, timeout_s: float | None = None, progress: bool = False) -> JobOutputProxy[JobOutput]:
        """Run to the end: submit and wait; only wait if it is under way; reset and run again if it had ended.

        Args:
            timeout_s: Seconds until `JobTimeout`, over everything; None for no deadline.
            progress: Show live how many jobs are in which state (needs the extra `cli`).

        Returns:
            The output of the run, result or error; empty if it was cancelled.

        Raises:
            JobTimeout: As `wait`.
            QcaasError: As `wait`.
            MissingExtra: Progress is wanted, but rich is not installed.
        """
        progress = arguments.flag(progress, "progress")
        async with deadline(self, timeout_s, self._recent_errors):
            if self.ended:
                await self._try("reset")
            run = self._record.run
            with shown([self], progress):
                await self._end_of(run)
        return JobOutputProxy(self._left_by(run))

    async def _end_of(self, run: Run) -> None:
        """Wait for the end of this very run: somebody else may begin another as soon as it has ended."""
        while self._record.run is run and not self.ended:
            if self.state is JobState.CREATED and not self.cancellation_waits:
                await self._try("submit")
            else:
                await self._owner.scheduler.until_ended(self._record, self.refresh)

    async def cancel(self) -> Self:
        """End the run early, if the server agrees; what it says is what counts.

        A job that was never sent is CANCELLED without a request. One that finished first keeps its result. One
        that the server has not confirmed yet stays as it is; `wait()` will tell. An ended job is left alone.

        A job whose submission is in doubt stays CREATED until the server says that it is cancelled, or until nothing
        that was sent can arrive any more (`OqcSdk(max_delivery_s=…)`). It is never sent again; `wait()` will tell.

        Raises:
            QcaasError: No usable answer came; the job stands where it stood. One in doubt is still to be cancelled.
        """
        if not self.ended:
            await self._try("cancel")
            await self._record.writer.written()  # nobody may find it alive again once this has returned
        return self

    async def cancel_if_active(self) -> Self:
        """As `cancel`, but only if the server has the task or may have it; otherwise nothing happens."""
        if self.state in ACTIVE or self._record.run.in_doubt:
            await self.cancel()
        return self

    async def abandon(self) -> Self:
        """Give the current run up without the server's word: the job is CANCELLED, and nothing is asked or sent.

        Only for a run of which the server may not have, or no longer has, the task: one whose submission is in doubt,
        or after `TaskLost`. If the server has it after all, it may run, and be paid for, and nobody here fetches its
        result. The task id stays in `task_id` until the next run. An ended job is left alone.

        Raises:
            IllegalTransition: The server has the task, or nothing was ever sent: `cancel()` is for that.
            JournalError: It cannot be written down.
        """
        if not self.ended:
            if not await self._try("abandon") and not self.ended:
                raise IllegalTransition(
                    f"{self!r} cannot be abandoned: nothing about its task is in doubt; use cancel()",
                    state=self.state,
                    trigger="abandon",
                    legal=self._owner.machine.legal(self._record),
                )
            await self._record.writer.written()
        return self

    def reconfigure(
        self,
        memento: JobOutput | None = None,
        *,
        program: Program | None = None,
        qpu_id: str | None = None,
        config: "Config | attrs.NothingType | None" = attrs.NOTHING,
    ) -> Self:
        """Set the job up for another run: the state is CREATED, result and error are cleared, history stays.

        All or nothing: if anything is refused, the job is as it was.

        Args:
            memento: Take program, QPU and configuration from the output of an earlier run.
            program: Another program: text, a path or a circuit, as for `create_job`.
            qpu_id: Another QPU.
            config: Another configuration; None stands for the service's default.

        Raises:
            InvalidProgram: The program cannot be sent.
            InvalidArgument: Another argument is of a wrong kind.
            IllegalTransition: The current run is under way, or may be: cancel it or wait for its end first. (One that
                is in doubt because its service reserves no ids is given up.)
        """
        record, request = self._record, self._record.request
        if memento is not None:
            if not isinstance(memento, JobOutput):
                raise arguments.wrong("memento", "a JobOutput, as job.history[0]", memento)
            request = attrs.evolve(
                request, program=memento.program, qpu_id=memento.qpu_id, config=memento.compiler_config
            )
        if program is not None:
            request = attrs.evolve(request, program=program)
            if isinstance(program, str | PathLike):
                check_plausible(request.program)
        if qpu_id is not None:
            request = attrs.evolve(request, qpu_id=arguments.text(qpu_id, "qpu_id"))
        if config is not attrs.NOTHING:
            request = attrs.evolve(request, config=checked_config(config))
        if self.state is not JobState.CREATED:
            self._owner.machine.fire_now(record, "reset")
        elif record.lock is not None or (record.run.in_doubt and record.task_id is not None):
            raise IllegalTransition(
                f"{self!r} cannot be reconfigured: its submission is under way or in doubt; await or cancel it "
                "first, or give it up with abandon()",
                state=self.state,
                trigger="reconfigure",
                legal=self._owner.machine.legal(record),
            )
        record.reconfigure(request)
        record.writer.reconfigured(request)
        return self

    # Keeping it.

    def to_snapshot(self) -> JobSnapshot:
        """The job at this moment as a JSON object, for `OqcSdk.from_snapshot`; no secret is in it.

        Raises:
            BadSnapshot: The service sent something that JSON cannot hold, as a number that is not finite.
        """
        return job_to_dict(self._record)

    def save(self, path: str | Path) -> None:
        """Write the snapshot into a file, for `OqcSdk.load`: whole or, if something goes wrong, not at all.

        Raises:
            OSError: It cannot be written; it names the path. The file is the old one or the new one, whole.
            BadSnapshot: As `to_snapshot`.
            InvalidArgument: It is no path.
        """
        path = arguments.path(path, "path")
        save(self.to_snapshot(), path)

    # Watching it.

    def observe(self, observer: Observer) -> None:
        """Have `observer` called with the job and each transition, in the instant it happens. It must not raise."""
        self._record.observe(HandleObserver(self, observer))

    def unobserve(self, observer: Observer) -> None:
        """Undo `observe`; nothing happens if it was not observed by that."""
        self._record.unobserve(HandleObserver(self, observer))

    def diagram(self) -> "Diagram":
        """Its chart, with where it is, which way it came, how long each state lasted and how often it was there."""
        from qcaas_sdk.diagrams.job import job_diagram  # noqa: PLC0415  # pictures only when they are wanted

        return job_diagram(self._record, self._owner.machine.chart, self._owner.machine.clock)

    def timeline(self) -> "Timeline":
        """Its states over time, a row each."""
        from qcaas_sdk.diagrams.job import job_timeline  # noqa: PLC0415  # as above

        return job_timeline(self._record, self._owner.machine.chart, self._owner.machine.clock)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> "MimeBundle":
        return {**self.diagram()._repr_mimebundle_(), "text/plain": repr(self)}

    async def _try(self, trigger: str) -> bool:
        """Trigger a transition if it is legal; what its callbacks raise knows the record only, and gets the job."""
        try:
            return await self._owner.machine.try_fire(self._record, trigger)
        except TaskLost as error:
            error.job = self
            raise

    def _recent_errors(self, since: float) -> str:
        return recent_errors_of(self, since)

    def __repr__(self) -> str:
        return repr(self._record)


def record_of_job(job: Job) -> JobRecord:
    """The record that a job is the handle of: for the other rooms of this package."""
    return job._record


def owner_of_job(job: Job) -> Owner:
    """What made a job: for the other rooms of this package."""
    return job._owner


def recent_errors_of(job: Job, since: float) -> str:
    """What the service of a job has answered since a moment, if those were errors only, as half a sentence."""
    return job._owner.scheduler.recent_errors(job.qpu_id, since)
