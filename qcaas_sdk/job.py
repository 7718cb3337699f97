"""One job: a program, where it stands, and what came of it. It knows no HTTP; it triggers its machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, Self

import attrs
from attrs import define, field

from qcaas_sdk import arguments
from qcaas_sdk._text import one_line
from qcaas_sdk.circuits import Program
from qcaas_sdk.circuits.plausible import check_plausible
from qcaas_sdk.configuration import checked_config
from qcaas_sdk.deadline import deadline
from qcaas_sdk.errors import IllegalTransition, SubmissionInDoubt
from qcaas_sdk.job_state import ACTIVE, ENDED, STATES, JobState, Run
from qcaas_sdk.outputs import Diagnostics, JobError, JobOutput, JobOutputProxy, JobResult, job_failed
from qcaas_sdk.page import NO_PAGE, Page
from qcaas_sdk.pictured import JobPictures
from qcaas_sdk.program import Config, Request
from qcaas_sdk.progress import shown
from qcaas_sdk.snapshot import SavedJob, job_to_dict, save
from qcaas_sdk.statechart import Machine, TransitionEvent, TransitionLock

JobEvent = TransitionEvent[JobState]
Observer = Callable[["Job", JobEvent], None]


class Scheduler(Protocol):
    """Decides when a job asks how it stands."""

    async def until_ended(self, job: "Job") -> None:
        """Trigger the job's `poll` at good moments until it has ended.

        Raises:
            QcaasError: A poll met trouble that did not pass; the job stands where it stood.
        """
        ...

    def recent_errors(self, qpu_id: str, since: float) -> str:
        """What the service has answered since a moment, if those were errors only, as half a sentence."""
        ...


@define(eq=False, repr=False, kw_only=True)
class Job(JobPictures):
    """A single quantum program on a single QPU; made by `OqcSdk.create_job`.

    Its states and moves are those of `statecharts/job.yaml`. Any number of coroutines may use one job; each
    transition runs alone. A coroutine that is cancelled leaves the job in a legal state, free to go on.
    """

    _request: Request
    _machine: Machine["Job", Any]
    _scheduler: Scheduler
    fetch_diagnostics: bool = False
    """Ask again for timings, metrics and metadata when the server left them out of its answer."""
    page: Page = NO_PAGE
    """Where it writes down what must survive the process."""

    _began_s: float | None = None
    """When it was made, on its clock's monotonic scale; None for a job that another process made."""

    _state: str = field(default="created", init=False)
    _lock: TransitionLock | None = field(default=None, init=False)
    _observers: list[Observer] = field(factory=list, init=False)
    _history: list[JobOutput] = field(factory=list, init=False)
    _record: list[JobEvent] = field(factory=list, init=False)
    _record_of_run: int = field(default=0, init=False)
    _foreign_moves: int = field(default=0, init=False)
    """How many moves of the record another process made, by a monotonic clock of its own."""
    current_run: Run = field(factory=Run, init=False)

    # What it is.

    @property
    def request(self) -> Request:
        """What is submitted, as program, QPU, configuration, tag and hybrid marker."""
        return self._request

    @property
    def program(self) -> str:
        """The program text."""
        return self._request.program

    @property
    def qpu_id(self) -> str:
        """The QPU that is to run it."""
        return self._request.qpu_id

    @property
    def config(self) -> Config | None:
        """The compiler configuration; None stands for the service's default."""
        return self._request.config

    @property
    def tag(self) -> str | None:
        """The user's own word for it."""
        return self._request.tag

    @property
    def hybrid_marker(self) -> str | None:
        """The server's mark for tasks of one hybrid computation."""
        return self._request.hybrid_marker

    # Where it stands.

    @property
    def state(self) -> JobState:
        """Where its machine is."""
        return STATES[self._state]

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
        return self.current_run.task_id

    @property
    def server_status(self) -> str | None:
        """The server's own last word on the task, as it spelt it; None before it said any."""
        return self.current_run.server_status

    @property
    def transitions(self) -> tuple[JobEvent, ...]:
        """Every move of every run so far, oldest first."""
        return tuple(self._record)

    @property
    def cancellation_waits(self) -> bool:
        """Whether it is to be cancelled, but stays CREATED because an earlier submission may still arrive."""
        return self.state is JobState.CREATED and self.current_run.cancellation_waits

    async def events(self) -> AsyncIterator[JobEvent]:
        """The moves of the current run: those that have happened, then each as it happens, until the run ends."""
        position = self._record_of_run
        moved = asyncio.Event()

        def wake(_job: Job, _event: JobEvent) -> None:
            moved.set()

        self._observers.append(wake)
        try:
            while True:
                while position < len(self._record):
                    event = self._record[position]
                    position += 1
                    yield event
                    if event.target in ENDED:
                        return
                moved.clear()
                await moved.wait()
        finally:
            self._observers.remove(wake)

    # What came of it.

    @property
    def result(self) -> JobResult | None:
        """The result of the current run, if and only if it is COMPLETED."""
        output = self.current_run.output
        return output if isinstance(output, JobResult) else None

    @property
    def error(self) -> JobError | None:
        """The error of the current run, if and only if it is FAILED."""
        output = self.current_run.output
        return output if isinstance(output, JobError) else None

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """The output of the current run; empty while there is none."""
        output = self.current_run.output
        return JobOutputProxy(() if output is None else (output,))

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs, oldest first; grows by one with each run that completes or fails."""
        return JobOutputProxy(self._history)

    @property
    def timings(self) -> Diagnostics | None:
        """The server's time stamps of the current run, as far as it told."""
        return self.current_run.timings

    @property
    def metrics(self) -> Diagnostics | None:
        """The server's figures about the current run's execution, as far as it told."""
        return self.current_run.metrics

    @property
    def metadata(self) -> Diagnostics | None:
        """The server's record of the current run's task, as far as it told."""
        return self.current_run.metadata

    def raise_for_status(self) -> None:
        """Do nothing unless the current run has failed.

        Raises:
            JobFailed: It has; the exception carries task, QPU, code and details.
        """
        if self.error is not None:
            raise job_failed(self.error)

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
        async with deadline(self, timeout_s):
            await self._machine.fire(self, "submit")
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
            await self._machine.try_fire(self, "poll")
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
        async with deadline(self, timeout_s):
            await self._end_of(self.current_run)
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
        async with deadline(self, timeout_s):
            if self.ended:
                await self._machine.try_fire(self, "reset")
            run = self.current_run
            with shown([self], progress):
                await self._end_of(run)
        return JobOutputProxy(() if run.output is None else (run.output,))

    async def _end_of(self, run: Run) -> None:
        """Wait for the end of this very run: somebody else may begin another as soon as it has ended."""
        while self.current_run is run and not self.ended:
            if self.state is JobState.CREATED and not self.cancellation_waits:
                await self._machine.try_fire(self, "submit")
            else:
                await self._scheduler.until_ended(self)

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
            await self._machine.try_fire(self, "cancel")
            await self.page.written()  # nobody may find it alive again once this has returned
        return self

    async def cancel_if_active(self) -> Self:
        """As `cancel`, but only if the server has the task or may have it; otherwise nothing happens."""
        if self.state in ACTIVE or self.current_run.in_doubt:
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
            if not await self._machine.try_fire(self, "abandon") and not self.ended:
                raise IllegalTransition(
                    f"{self!r} cannot be abandoned: nothing about its task is in doubt; use cancel()",
                    state=self.state,
                    trigger="abandon",
                    legal=self._machine.legal(self),
                )
            await self.page.written()
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
        request = self._request
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
            self._machine.fire_now(self, "reset")
        elif self._lock is not None or (self.current_run.in_doubt and self.task_id is not None):
            raise IllegalTransition(
                f"{self!r} cannot be reconfigured: its submission is under way or in doubt; await or cancel it "
                "first, or give it up with abandon()",
                state=self.state,
                trigger="reconfigure",
                legal=self._machine.legal(self),
            )
        else:
            self.begin_run()
        self._request = request
        self.page.reconfigured(self)
        return self

    # Keeping it.

    def saved(self) -> SavedJob:
        """The job at this moment, as data."""
        return SavedJob(
            request=self._request,
            fetch_diagnostics=bool(self.fetch_diagnostics),  # anybody may have set it
            state=self.state,
            run=self.current_run,
            history=tuple(self._history),
            moves=tuple(self._record),
        )

    def to_snapshot(self) -> dict[str, Any]:
        """The job at this moment as a JSON object, for `OqcSdk.from_snapshot`; no secret is in it.

        Raises:
            BadSnapshot: The service sent something that JSON cannot hold, as a number that is not finite.
        """
        return job_to_dict(self.saved())

    def save(self, path: str | Path) -> None:
        """Write the snapshot into a file, for `OqcSdk.load`: whole or, if something goes wrong, not at all.

        Raises:
            OSError: It cannot be written; it names the path. The file is the old one or the new one, whole.
            BadSnapshot: As `to_snapshot`.
            InvalidArgument: It is no path.
        """
        path = arguments.path(path, "path")
        save(self.to_snapshot(), path)

    # What its machine, effects and companions tell it.

    def begin_run(self) -> None:
        """Forget the current run (the action behind `reset`); history and the record of moves stay."""
        self.current_run = Run()
        self._record_of_run = len(self._record)

    def end_run(self, output: JobOutput) -> None:
        """Keep the output of the current run, here and in history (the action behind COMPLETED and FAILED)."""
        self.current_run.output = output
        self._history.append(output)

    def recent_errors(self, since: float) -> str:
        """What the service has answered since a moment, if those were errors only, as half a sentence."""
        return self._scheduler.recent_errors(self.qpu_id, since)

    def observe(self, observer: Observer) -> None:
        """Have `observer` called with the job and the event in the instant of every move. It must not raise."""
        self._observers.append(observer)

    def unobserve(self, observer: Observer) -> None:
        """Undo `observe`; nothing happens if it was not observed by that."""
        if observer in self._observers:
            self._observers.remove(observer)

    def _moved(self, event: JobEvent) -> None:
        self._record.append(event)
        self.page.moved(self, event)
        for observer in tuple(self._observers):
            observer(self, event)

    def __repr__(self) -> str:
        run = self.current_run
        parts = [f"id={run.task_id or '(not submitted)'}", f"qpu={self.qpu_id!r}", f"state={self.state}"]
        if run.server_status is not None and run.server_status.upper() != self.state:
            parts.append(f"server says {run.server_status!r}")
        if run.in_doubt:
            parts.append("submission in doubt")
        if self.cancellation_waits:
            parts.append("cancellation waits until it cannot arrive any more")
        elif run.cancel_asked and not self.ended:
            parts.append("cancellation asked")
        if run.lost and not self.ended:
            parts.append("lost by the service")
        parts.append(f"history_len={len(self._history)}")
        if self.error is not None:
            parts.append(f"error={self.error.short}")
        if self.result is not None:
            keys = list(self.result.data) if isinstance(self.result.data, dict) else type(self.result.data).__name__
            parts.append(f"result_keys={keys}")
        return one_line(f"Job({', '.join(parts)})")
