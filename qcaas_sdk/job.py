"""`Job`: the handle on the record of a job. It sends no HTTP requests itself; it triggers the machine."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from os import PathLike
from typing import Self

import attrs
from attrs import define, field

from qcaas_sdk import _programs
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.deadline import deadline
from qcaas_sdk._handles.errors import TaskLost, check_program, not_allowed
from qcaas_sdk._handles.job_readings import JobReadings
from qcaas_sdk._handles.outputs import JobOutput, JobOutputProxy
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._handles.progress import shown
from qcaas_sdk._programs import convert
from qcaas_sdk._programs.config import Config, checked_config
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._record import JobRecord, JobState, Run, states_in
from qcaas_sdk.errors import IllegalTransition, InvalidArgument, SubmissionInDoubt
from qcaas_sdk.statechart import shipped_chart


@define(eq=False, repr=False)
class Job(JobReadings):
    """One quantum program on one QPU, created by `OqcSdk.create_job`.

    Its states and transitions are those of `statecharts/job.yaml`, or of a chart of yours that extends it. Any number
    of coroutines may use the same job: its transitions run one at a time. If you cancel a coroutine, the job keeps a
    legal state and stays usable.
    """

    _record: JobRecord
    _owner: Owner
    _outputs: tuple[JobOutput, ...] = field(default=(), init=False)

    # Running it.

    async def submit(self, *, timeout_s: float | None = None) -> Self:
        """Send the program to its QPU; returns the job without waiting for its end.

        If the server refuses the program, the job becomes FAILED, and `error` has the reason.

        Args:
            timeout_s: Seconds until `JobTimeout`; None for no deadline.

        Raises:
            IllegalTransition: It is already submitted, or has ended.
            SubmissionInDoubt: You have cancelled it, and an earlier submission may still arrive.
            JobTimeout: The deadline passed first. The next call finds out whether the server has the task.
            QcaasError: The service cannot be used now; the job stays CREATED, and you can submit it again.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            self._owner.check_open(self._record)
            if not await self._try("submit"):
                raise self._not_allowed("submit")
        if self.cancellation_waits:
            raise SubmissionInDoubt(
                f"{self!r} is not sent again: you have cancelled it, and an earlier submission may still arrive. "
                "`await job.wait()` waits until that is settled, `await job.abandon()` gives up the run"
            )
        return self

    async def refresh(self) -> Self:
        """Ask the server once for the status.

        Does nothing unless the job is active, its cancellation waits, or you attached it to a reserved id.

        Raises:
            QcaasError: There was no usable answer; the job keeps its state.
        """
        if self._record.may_be_polled:
            self._owner.check_open(self._record)
            await self._try("poll")
        return self

    async def estimate(self) -> WaitEstimate:
        """When the service expects the current run to start, or would if you submitted the job now.

        It is the service's own estimate, not a promise. The job does not change.

        Raises:
            IllegalTransition: The job has ended.
            NotInThisApi: The service has API v4, which has no estimates.
            QcaasError: There was no usable answer.
        """
        if self._record.run_ended:
            raise self._not_allowed(
                "estimate", "the job has ended. `await sdk.wait_time(job.qpu_id)` says when another would start"
            )
        return await self._owner.estimate(self._record)

    async def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until the current run has ended; submits the job first if necessary. Returns the job.

        A job whose cancellation waits for a submission in doubt is not submitted; it ends when that is settled.

        Args:
            timeout_s: Seconds until `JobTimeout`, for the whole call; None for no deadline.

        Raises:
            JobTimeout: The deadline passed. Nothing is cancelled; call `wait()` again to go on.
            TaskLost: The service has lost the task; `wait()` asks again, `abandon()` gives up the run.
            QcaasError: A request failed, and retries did not help. The job keeps its state; call `wait()` again.
        """
        async with deadline(self, timeout_s, self._recent_errors):
            await self._end()
        return self

    async def execute(self, *, timeout_s: float | None = None, progress: bool = False) -> JobOutputProxy[JobOutput]:
        """Submit the job, wait for its end and return its output.

        A job that is already submitted is only awaited. A job that has ended is run again.

        Args:
            timeout_s: Seconds until `JobTimeout`, for the whole call; None for no deadline.
            progress: Show live how many jobs are in which state (needs the extra `cli`).

        Returns:
            The output of the run, a result or an error; empty if the job was cancelled.

        Raises:
            JobTimeout: As `wait`.
            QcaasError: As `wait`.
            MissingExtra: `progress` is True, but rich is not installed.
        """
        progress = arguments.flag(progress, "progress")
        async with deadline(self, timeout_s, self._recent_errors):
            with shown([self], progress):
                if self.ended:
                    async with self._again():
                        run = await self._end()
                else:
                    run = await self._end()
        return JobOutputProxy(self._left_by(run))

    async def _submit_again(self, memento: JobOutput) -> Self:
        """Submit it with the request of an earlier run."""
        async with self._again(memento):
            return await self.submit()

    async def _execute_again(self, memento: JobOutput) -> JobOutputProxy[JobOutput]:
        """Run it to its end with the request of an earlier run."""
        async with self._again(memento):
            return await self.execute()

    @asynccontextmanager
    async def _again(self, memento: JobOutput | None = None) -> AsyncIterator[None]:
        """Prepare it for another run, which the code inside submits. If that run is refused, nothing has changed.

        Args:
            memento: The output of an earlier run; its program, QPU and configuration are used.
        """
        self._machine.check_caller()
        record = self._record
        if memento is None:
            check_program(record)
        request = record.request if memento is None else record.request.as_for(memento)
        with self._owner.next_run(record, request):
            await record.writer.written()
            if memento is None:
                await self._try("reset")
            else:
                self.reconfigure(memento)
            yield

    async def _end(self) -> Run:
        """Wait for the end of this run and of those that the chart begins by itself; returns the last of them.

        Another coroutine may start the next one as soon as it has ended.
        """
        record = self._record
        begun, run = record.begun, record.run
        if not record.ended:
            self._owner.check_open(record)
        if record.policy is not None:
            self._owner.resume(record)
        with record.errors() as errors:
            while not errors and record.begun == begun and not record.ended:
                run = record.run
                if record.run_ended:
                    await self._change()
                elif record.state is not JobState.CREATED or record.cancellation_waits:
                    try:
                        await self._owner.scheduler.until_ended(record, self.refresh)
                    except TaskLost as error:  # of a poll that no handle has asked for
                        error.job = self
                        raise
                elif not await self._try("submit") and held_back(self):
                    await self._change()
            if errors:
                raise errors[0]
        return record.run if record.begun == begun else run

    async def trigger(self, name: str) -> Self:
        """Fire a trigger that your own chart adds, for example an approval.

        Raises:
            IllegalTransition: It is not legal now; nothing has changed.
            InvalidArgument: The chart `job` declares it: use the method, for example `submit()`.
            JournalError: It cannot be written to the journal.
        """
        base = shipped_chart("job").triggers
        if arguments.text(name, "name") in base:
            call = {"poll": "wait() or refresh()", "reset": "execute() or reconfigure()"}.get(name, f"{name}()")
            raise InvalidArgument(f"{name!r} is a trigger of the chart 'job': call {call} instead", argument="name")
        if not await self._try(name):
            raise self._machine.illegal(self._record, name)
        await self._record.writer.written()
        return self

    async def cancel(self) -> Self:
        """Ask the server to cancel the run.

        A job that was never sent becomes CANCELLED without a request. If the job finishes first, you keep the result.
        If the server has not confirmed the cancellation yet, the state stays; `wait()` waits for the outcome. Nothing
        happens to a job that has ended.

        A job whose submission is in doubt stays CREATED until the server says that it is cancelled, or until the
        submission cannot arrive any more (`OqcSdk(max_delivery_s=…)`). It is never sent again; `wait()` waits for
        the outcome.

        If a job has failed and its chart is about to run it again automatically, this second run does not happen.

        Raises:
            QcaasError: There was no usable answer; the job keeps its state. A job in doubt stays marked as cancelled.
        """
        if not self.ended:
            if not await self._try("cancel") and self._record.run_ended:
                self._owner.forget_due(self._record)
            await self._record.writer.written()  # so that no other process recovers it as active
        return self

    async def cancel_if_active(self) -> Self:
        """As `cancel`, but only if the server has, or may have, the task; otherwise nothing happens."""
        if self.state in states_in("active") or self._record.run.in_doubt:
            await self.cancel()
        return self

    async def abandon(self) -> Self:
        """Give up the current run: the job becomes CANCELLED without any request.

        It is legal only if the submission is in doubt, or after `TaskLost`. If the server has the task after all, it
        may run, you may pay for it, and the SDK does not fetch its result. The task id stays in `task_id` until the
        next run. Nothing happens to a job that has ended.

        Raises:
            IllegalTransition: The server has the task, or nothing was sent: use `cancel()`.
            JournalError: The transition cannot be written to the journal.
        """
        if not self._record.run_ended:
            if not await self._try("abandon") and not self._record.run_ended:
                reason = "its task is not in doubt and not lost. Use `await job.cancel()`"
                raise self._not_allowed("abandon", reason)
            await self._record.writer.written()
        return self

    def reconfigure(
        self,
        memento: JobOutput | None = None,
        *,
        program: Program | None = None,
        qpu_id: str | None = None,
        config: Config | attrs.NothingType | None = attrs.NOTHING,
    ) -> Self:
        """Prepare the job for another run: the state is CREATED, result and error are cleared, history stays.

        If this raises, nothing has changed.

        Args:
            memento: The output of an earlier run; its program, QPU and configuration are used.
            program: Another program: text, a path or a circuit, as for `create_job`.
            qpu_id: Another QPU.
            config: Another configuration; None means the service's default.

        Raises:
            InvalidProgram: The program cannot be sent.
            UnknownProgram: You attached the task, and neither you nor the service has told its program.
            InvalidArgument: Another argument is not valid.
            IllegalTransition: The current run is active, or may be: wait for its end or cancel it first. (A run that
                is in doubt because its service reserves no ids is given up.)
            WrongEventLoop: The SDK was opened in another loop.
        """
        self._machine.check_caller()
        record, request = self._record, self._record.request
        if memento is not None:
            if not isinstance(memento, JobOutput):
                raise arguments.wrong("memento", "a JobOutput, for example job.history[0]", memento)
            request = request.as_for(memento)
        if program is not None:
            request = attrs.evolve(request, program=program, parameters=None)
            if isinstance(program, str | PathLike):
                _programs.check_plausible(request.program)
                convert.check_bound(request.program)
        if not request.has_program:
            check_program(record)
        if qpu_id is not None:
            request = attrs.evolve(request, qpu_id=arguments.text(qpu_id, "qpu_id"))
        if config is not attrs.NOTHING:
            request = attrs.evolve(request, config=checked_config(config))
        if self.state is not JobState.CREATED:
            try:
                self._machine.fire_now(record, "reset")
            except IllegalTransition as error:
                raise not_allowed("reconfigure", self, self.state, trigger=error.trigger, legal=error.legal) from None
        elif record.lock is not None or (record.run.in_doubt and record.task_id is not None):
            raise self._not_allowed(
                "reconfigure",
                "its submission is running or in doubt. `await job.wait()` or `await job.cancel()` first, or give up "
                "the run with `await job.abandon()`",
            )
        record.reconfigure(request)
        record.writer.reconfigured(request)
        return self

    def _not_allowed(self, call: str, reason: str = "") -> IllegalTransition:
        """The error for a call that the state does not allow."""
        legal = self._machine.legal(self._record)
        return not_allowed(call, self, self.state, trigger=call, legal=legal, reason=reason)

    async def _try(self, trigger: str) -> bool:
        """Trigger a transition if it is legal. Errors of the callbacks know only the record, and get the job here."""
        try:
            return await self._machine.try_fire(self._record, trigger)
        except TaskLost as error:
            error.job = self
            raise

    def _recent_errors(self, since: float) -> str:
        return self._owner.scheduler.recent_errors(self.qpu_id, since)


def record_of_job(job: Job) -> JobRecord:
    """The record of a job; for other modules of this package."""
    return job._record


def again(job: Job) -> AbstractAsyncContextManager[None]:
    """Prepare a job for another run, which the code inside submits; for other modules of this package."""
    return job._again()


def held_back(job: Job) -> bool:
    """Whether a guard of its chart may hold back the submission of a job: nothing submits it now."""
    record = job._record
    return record.policy is not None and record.state is JobState.CREATED and record.lock is None


def owner_of_job(job: Job) -> Owner:
    """The owner of a job; for other modules of this package."""
    return job._owner
