"""The callbacks of `statecharts/job.yaml`.

Effects send requests and return what they learned; guards read that result; actions write it to the job's record. If
an effect raises, the job keeps its state.
"""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from attrs import field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._callbacks.answers import ENDS, GUARDS, INVARIANTS, EffectResult, NeverArrives, Rejected
from qcaas_sdk._callbacks.doubt import Delivery, cannot_be_asked
from qcaas_sdk._callbacks.questions import Questions
from qcaas_sdk._callbacks.reservation import Reservation
from qcaas_sdk._handles.errors import TaskLost, check_program
from qcaas_sdk._programs.register_names import under_own_names
from qcaas_sdk._record import MAX_DELIVERY_S, ErrorRecord, JobRecord, ResultRecord, Run, shared
from qcaas_sdk._service import TaskReport, Tasks, TaskStatus, TaskSubmission
from qcaas_sdk.errors import (
    QcaasError,
    RequestRefused,
    RequestTooLarge,
    TransportError,
)
from qcaas_sdk.statechart import Callbacks

SUBMISSION_ROUNDS = 10
"""How often the SDK asks about a submission whose answer was lost and, if it has not arrived, sends it again."""


@frozen(eq=False, repr=False)
class JobEffects:
    """The effects of the chart.

    Attributes:
        tasks: The service's calls.
        clock: The source of time.
        random: The source of jitter.
        max_delivery_s: The longest time, in seconds, that a request can take to reach the service.
    """

    tasks: Tasks
    clock: Clock
    random: random.Random
    max_delivery_s: float = MAX_DELIVERY_S
    places: Iterator[int] = field(factory=lambda: count(1), init=False)
    reservation: Reservation = field(init=False)
    delivery: Delivery = field(init=False)
    questions: Questions = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "reservation", Reservation(self.tasks, self.clock, self.random))
        object.__setattr__(self, "delivery", Delivery(self.clock, self.max_delivery_s))
        object.__setattr__(self, "questions", Questions(self.tasks, self.delivery))

    def callbacks(self) -> Callbacks[JobRecord, EffectResult]:
        """The registry for the chart `job`."""
        return Callbacks(
            effects={
                "submit_task": self.submit_task,
                "ask_status": self.ask_status,
                "cancel_if_arrived": self.cancel_if_arrived,
                "cancel_if_sent": self.cancel_if_sent,
                "cancel_task": self.cancel_task,
            },
            guards=GUARDS,
            actions={
                "keep_result": self.keep_result,
                "keep_error": self.keep_error,
                "note_status": note_status,
                "begin_new_run": begin_new_run,
            },
            invariants=INVARIANTS,
        )

    # Effects.

    async def submit_task(self, job: JobRecord) -> EffectResult | None:
        """Reserve an id, write it to the journal, submit the program with it; if in doubt, ask before sending again.

        A run that you have cancelled is never sent: the result is None.
        """
        run = job.run
        if run.cancellation_waits:
            return None
        check_program(job)
        if run.task_id is None:
            run.task_id = await self._reserve(job)
            if run.task_id is None:
                return await self._submit_unreserved(job)
        for attempt in range(1, SUBMISSION_ROUNDS + 1):
            if run.in_doubt and (there := await self.questions.found(job, run.task_id)):
                run.in_doubt, run.place = False, next(self.places)
                return there
            sent_before, run.in_doubt = run.in_doubt, True
            self.delivery.sent(run)
            try:
                await self.tasks.submit(_submission_of(job, run.task_id), single_attempt=sent_before)
            except TransportError as error:
                run.in_doubt = sent_before or error.may_have_arrived
                self.delivery.sent(run)
                if not run.in_doubt or attempt == SUBMISSION_ROUNDS:
                    raise
                await self.clock.sleep(self.random.uniform(0, min(0.1 * 2**attempt, 5.0)))
            except RequestRefused as error:
                run.in_doubt = sent_before
                if (answer := await self._refused(job, run.task_id, error)) is not None:
                    return answer
                if attempt == SUBMISSION_ROUNDS:
                    raise
            except QcaasError:
                run.in_doubt = sent_before  # it was not sent
                raise
            else:
                run.in_doubt, run.place = False, next(self.places)
                return TaskReport(TaskStatus.SUBMITTED.value)
        raise AssertionError("the last round returns or raises")

    async def _reserve(self, job: JobRecord) -> str | None:
        """A reserved id that is in the journal; None if the server reserves none."""
        if job.run.in_doubt:  # submitted without an id
            raise cannot_be_asked(job)
        task_id = await self.reservation.task_id(job)
        job.run.qpu_url = self.tasks.address_of(job.qpu_id)
        if task_id is not None:
            await job.writer.reserved(task_id, job.run.qpu_url)
        return task_id

    async def _refused(self, job: JobRecord, task_id: str, error: RequestRefused) -> EffectResult | None:
        """What a refused submission means; None if the server did not know its unused id, and it was replaced.

        Raises:
            TaskLost: The server does not know the id any more, and may have accepted an earlier submission with it.
            RequestRefused: The refusal, if it is about neither the program nor the id.
        """
        run = job.run
        if isinstance(error, RequestTooLarge):
            return Rejected(413, str(error))
        if not error.speaks_of_the_content and not error.says_unknown:
            raise error
        # Trust the refusal only if the server does not have the task: an earlier submission may have arrived late, or
        # the server may have accepted it in a batch that it refused because of another program.
        try:
            there = await self.questions.found(job, task_id)
        except TaskLost:
            if run.in_doubt:
                raise
            await self._reserve_again(job, error)
            return None
        if there is None and not error.speaks_of_the_content:
            raise error
        run.in_doubt = False
        return there or Rejected(error.status or 400, "; ".join(error.messages) or str(error))

    async def _reserve_again(self, job: JobRecord, error: RequestRefused) -> None:
        """Replace an unused id that the server does not know any more."""
        task_id = await self._reserve(job)
        if task_id is None:
            raise error
        job.run.task_id, job.run.lost = task_id, False

    async def _submit_unreserved(self, job: JobRecord) -> EffectResult:
        """Submit the program to a server that reserves no ids: only once, because the SDK cannot ask about it."""
        run = job.run
        await job.writer.unreserved(run.qpu_url)
        run.in_doubt = True
        try:
            run.task_id = await self.tasks.submit_unreserved(_submission_of(job, None))
        except TransportError as error:
            run.in_doubt = error.may_have_arrived
            if run.in_doubt:
                raise cannot_be_asked(job) from error
            job.writer.reconfigured(job.request, unsent=True)
            raise
        except QcaasError as error:
            run.in_doubt = False
            job.writer.reconfigured(job.request, unsent=True)
            if isinstance(error, RequestRefused) and error.speaks_of_the_content:
                return Rejected(error.status or 413, "; ".join(error.messages) or str(error))
            raise
        run.in_doubt, run.place = False, next(self.places)
        return TaskReport(TaskStatus.SUBMITTED.value)

    async def ask_status(self, job: JobRecord) -> EffectResult:
        """Ask for the status of the task, with one request."""
        return await self.questions.report(job, _task_id(job))

    async def cancel_if_sent(self, job: JobRecord) -> EffectResult:
        """Cancel a job that was not accepted yet: only one in doubt needs the server for that.

        From here on it is never sent again.
        """
        run = job.run
        if not run.in_doubt:
            return NeverArrives()
        task_id = _task_id(job)
        await self._landed(run, task_id)
        if not run.cancel_asked:
            run.cancel_asked = True
            self.delivery.is_over(run)  # starts the time for a run that another process has sent
            job.writer.cancel_asked(job.run)
        return await self._settled(job, task_id, cancel_first=True)

    async def cancel_if_arrived(self, job: JobRecord) -> EffectResult | None:
        """For a cancelled run: ask whether its submission has arrived, and cancel the task if it has.

        For an attached one that you have not cancelled: only ask.
        """
        run = job.run
        if run.not_submitted and not run.cancel_asked:
            return await self._attached(job, _task_id(job))
        if not run.cancellation_waits:
            return None
        task_id = _task_id(job)
        await self._landed(run, task_id)
        return await self._settled(job, task_id, cancel_first=False)

    async def _attached(self, job: JobRecord, task_id: str) -> TaskReport:
        from qcaas_sdk._callbacks.attached import describe, is_there  # noqa: PLC0415  # it reads configurations

        report = await self.questions.report(job, task_id)
        describe(job, task_id, report, self.tasks)
        if is_there(report):
            job.run.in_doubt, job.run.place = False, next(self.places)
        return report

    async def _settled(self, job: JobRecord, task_id: str, *, cancel_first: bool) -> EffectResult:
        """The status of a cancelled run whose submission is in doubt."""
        run = job.run
        is_over = self.delivery.is_over(run)  # as of before the request
        report = await (self._cancelled(job, task_id) if cancel_first else self.questions.report(job, task_id))
        if not cancel_first and report.meaning not in {TaskStatus.CREATED, *ENDS}:
            report = await self._cancelled(job, task_id)
        if report.meaning is not TaskStatus.CREATED:
            run.in_doubt, run.place = False, next(self.places)
            return report
        if not is_over:
            return report
        run.in_doubt = False
        return NeverArrives()

    async def _landed(self, run: Run, task_id: str) -> None:
        """Wait for a batch that still sends the run's submission: it goes on even if its callers were cancelled."""
        if await self.tasks.landed(task_id):
            self.delivery.sent(run)

    async def cancel_task(self, job: JobRecord) -> TaskReport:
        """Ask the server to cancel the task, then ask for its status."""
        return await self._cancelled(job, _task_id(job))

    async def _cancelled(self, job: JobRecord, task_id: str) -> TaskReport:
        refusal: RequestRefused | None = None
        try:
            await self.tasks.cancel(job.qpu_id, task_id)
            job.run.cancel_asked = True
        except RequestRefused as error:
            if not (error.speaks_of_the_content or error.says_unknown):
                raise
            refusal = error  # it may have ended already, or was never submitted
        report = await self.questions.report(job, task_id)
        not_submitted = report.meaning is TaskStatus.CREATED and job.run.in_doubt
        if refusal is not None and report.meaning not in ENDS and not not_submitted:
            raise refusal
        return report

    # Actions.

    def keep_result(self, job: JobRecord, answer: EffectResult | None) -> None:
        """Keep the run's result in the record and its history."""
        report = _report_of(answer)
        note_status(job, report)
        data = under_own_names(job.request.program, report.results)
        job.keep_output(ResultRecord(data=data, **self._about(job)))

    def keep_error(self, job: JobRecord, answer: EffectResult | None) -> None:
        """Keep the run's error in the record and its history."""
        if isinstance(answer, Rejected):
            job.keep_output(ErrorRecord(error_code=answer.code, error_message=answer.reason, **self._about(job)))
            return
        report = _report_of(answer)
        note_status(job, report)
        said = report.task_error
        message = (said and said.error_message) or f"the server reports {report.status} and gives no reason"
        if report.meaning is TaskStatus.EXPIRED:
            message = f"EXPIRED: the task expired before it ran ({message})"
        code = said.error_code if said else None
        job.keep_output(ErrorRecord(error_code=code, error_message=message, **self._about(job)))

    def _about(self, job: JobRecord) -> dict[str, Any]:
        run = job.run
        run.timings, run.metrics, run.metadata = map(shared, (run.timings, run.metrics, run.metadata))
        return {
            "qpu_id": job.qpu_id,
            "task_id": run.task_id,
            "program": job.request.program,
            "compiler_config": job.request.config,
            "parameters": job.request.parameters,
            "received": self.clock.wall(),
            "timings": run.timings,
            "metrics": run.metrics,
            "metadata": run.metadata,
        }


def note_status(job: JobRecord, answer: EffectResult | None) -> None:
    """Keep the server's status and diagnostics in the run."""
    if isinstance(answer, TaskReport):
        run = job.run
        run.server_status = answer.status
        run.timings = answer.timings or run.timings
        run.metrics = answer.execution_metadata or run.metrics
        run.metadata = answer.metadata or run.metadata


def begin_new_run(job: JobRecord, _: EffectResult | None) -> None:
    """Start a new run; the history stays."""
    job.begin_run()


def _report_of(answer: EffectResult | None) -> TaskReport:
    assert isinstance(answer, TaskReport)  # the guard before this action has checked its status
    return answer


def _submission_of(job: JobRecord, task_id: str | None) -> TaskSubmission:
    request = job.request
    return TaskSubmission(
        task_id=task_id,
        qpu_id=request.qpu_id,
        program=request.program,
        config=request.config_json,
        external_config=request.external_config,
        tag=request.tag,
        hybrid_marker=request.hybrid_marker,
    )


def _task_id(job: JobRecord) -> str:
    if job.task_id is None:  # only a submission without an id leads here
        raise cannot_be_asked(job)
    return job.task_id
