"""What the names in `statecharts/job.yaml` mean.

Effects speak to the server and answer with what they learned; guards read that answer; actions write it down on
the job's record. An effect that raises leaves the job where it stood.
"""

import random
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import attrs
from attrs import field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._callbacks.doubt import MAX_DELIVERY_S, Delivery, cannot_be_asked, lost, unreadable
from qcaas_sdk._callbacks.reservation import Reservation
from qcaas_sdk._handles.errors import TaskLost
from qcaas_sdk._programs.convert import under_own_names
from qcaas_sdk._record import ErrorRecord, JobRecord, JobState, ResultRecord, Run, shared
from qcaas_sdk._service import TaskReport, Tasks, TaskStatus, TaskSubmission
from qcaas_sdk.errors import (
    BadAnswer,
    QcaasError,
    RequestRefused,
    RequestTooLarge,
    ServerWarning,
    TransportError,
)
from qcaas_sdk.statechart import Callbacks

ENDS = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED})

SUBMISSION_ROUNDS = 10
"""How often a submission whose answer was lost is asked about and, if it has not arrived, sent again."""


@frozen
class Rejected:
    """The server refused the program, for certain."""

    code: int
    reason: str


@frozen
class NeverArrives:
    """The server has nothing of the run, and nothing of it can arrive any more."""


EffectResult = TaskReport | Rejected | NeverArrives


@frozen
class JobEffects:
    """The calls behind the chart's effects.

    Attributes:
        tasks: The service's calls.
        clock: Time for pauses and for time stamps.
        random: Jitter of pauses.
        max_delivery_s: The longest time, in seconds, that a request can take to the service.
    """

    tasks: Tasks
    clock: Clock
    random: random.Random
    max_delivery_s: float = MAX_DELIVERY_S
    places: Iterator[int] = field(factory=lambda: count(1), init=False)
    reservation: Reservation = field(init=False)
    delivery: Delivery = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "reservation", Reservation(self.tasks, self.clock, self.random))
        object.__setattr__(self, "delivery", Delivery(self.clock, self.max_delivery_s))

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
            guards={
                "submission_refused": submission_refused,
                "cancellation_waits": cancellation_waits,
                "never_arrives": never_arrives,
                "may_be_abandoned": may_be_abandoned,
                "task_completed": task_completed,
                "task_failed": task_failed,
                "task_cancelled": task_cancelled,
                "task_running": task_running,
                "task_active": task_active,
            },
            actions={
                "keep_result": self.keep_result,
                "keep_error": self.keep_error,
                "note_status": note_status,
                "begin_new_run": begin_new_run,
            },
            invariants={
                "result_if_and_only_if_completed": result_if_and_only_if_completed,
                "error_if_and_only_if_failed": error_if_and_only_if_failed,
                "output_is_the_last_of_history": output_is_the_last_of_history,
            },
        )

    # Effects.

    async def submit_task(self, job: JobRecord) -> EffectResult | None:
        """Reserve an id, write it down, hand in the program under it; after any doubt ask before sending again.

        A run that is to be cancelled is never sent: the answer is None.
        """
        run = job.run
        if run.cancellation_waits:
            return None
        if run.task_id is None:
            run.task_id = await self._reserve(job)
            if run.task_id is None:
                return await self._submit_unreserved(job)
        for attempt in range(1, SUBMISSION_ROUNDS + 1):
            if run.in_doubt and (there := await self._found(job, run.task_id)):
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
                run.in_doubt = sent_before  # it never left
                raise
            else:
                run.in_doubt, run.place = False, next(self.places)
                return TaskReport(TaskStatus.SUBMITTED.value)
        raise AssertionError("the last round returns or raises")

    async def _reserve(self, job: JobRecord) -> str | None:
        """An id that is written down; None from a server that reserves none."""
        if job.run.in_doubt:  # submitted without an id
            raise cannot_be_asked(job)
        task_id = await self.reservation.task_id(job)
        job.run.qpu_url = self.tasks.address_of(job.qpu_id)
        if task_id is not None:
            await job.writer.reserved(task_id, job.run.qpu_url)
        return task_id

    async def _refused(self, job: JobRecord, task_id: str, error: RequestRefused) -> EffectResult | None:
        """What a refused submission means; None if its id was forgotten before anything was sent, and replaced.

        Raises:
            TaskLost: The server has forgotten the id, and an earlier submission may have been accepted under it.
            RequestRefused: The refusal, if it speaks neither of the program nor of the id.
        """
        run = job.run
        if isinstance(error, RequestTooLarge):
            return Rejected(413, str(error))
        if not error.speaks_of_the_content and not error.says_unknown:
            raise error
        # Believed only if the server does not have it: an earlier sending may have come late, or it may have been
        # accepted as part of a batch that was refused because of another program.
        try:
            there = await self._found(job, task_id)
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
        """Another id in place of one that the server has forgotten, and under which nothing was sent."""
        task_id = await self._reserve(job)
        if task_id is None:
            raise error
        job.run.task_id, job.run.lost = task_id, False

    async def _submit_unreserved(self, job: JobRecord) -> EffectResult:
        """Hand in the program to a server that reserves no ids: once, since after doubt nobody could be asked."""
        run = job.run
        await job.writer.unreserved(run.qpu_url)
        run.in_doubt = True
        try:
            run.task_id = await self.tasks.submit_unreserved(_submission_of(job, None))
        except TransportError as error:
            run.in_doubt = error.may_have_arrived
            if run.in_doubt:
                raise cannot_be_asked(job) from error
            job.writer.reconfigured(job.request)
            raise
        except QcaasError as error:
            run.in_doubt = False
            job.writer.reconfigured(job.request)
            if isinstance(error, RequestRefused) and error.speaks_of_the_content:
                return Rejected(error.status or 413, "; ".join(error.messages) or str(error))
            raise
        run.in_doubt, run.place = False, next(self.places)
        return TaskReport(TaskStatus.SUBMITTED.value)

    async def ask_status(self, job: JobRecord) -> EffectResult:
        """Ask how the task stands; one request, whatever the answer."""
        return await self._report(job, _task_id(job))

    async def cancel_if_sent(self, job: JobRecord) -> EffectResult:
        """Cancel a job that was not accepted yet: only one in doubt needs the server for that.

        From here on it is never sent again, whatever the server answers.
        """
        run = job.run
        if not run.in_doubt:
            return NeverArrives()
        task_id = _task_id(job)
        await self._landed(run, task_id)
        if not run.cancel_asked:
            run.cancel_asked = True
            self.delivery.is_over(run)  # begins to count for a run that another process has sent
            job.writer.cancel_asked(job.run)
        return await self._settled(job, task_id, cancel_first=True)

    async def cancel_if_arrived(self, job: JobRecord) -> EffectResult | None:
        """Of a run that is to be cancelled: ask whether its submission has arrived, and cancel it if so."""
        run = job.run
        if not run.cancellation_waits:
            return None
        task_id = _task_id(job)
        await self._landed(run, task_id)
        return await self._settled(job, task_id, cancel_first=False)

    async def _settled(self, job: JobRecord, task_id: str, *, cancel_first: bool) -> EffectResult:
        """What has become of a run in doubt that is to be cancelled."""
        run = job.run
        is_over = self.delivery.is_over(run)  # as of before the question
        report = await (self._cancelled(job, task_id) if cancel_first else self._report(job, task_id))
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
        """Wait for a batch that still carries the run's submission: its callers may have given up, but it goes on."""
        if await self.tasks.landed(task_id):
            self.delivery.sent(run)

    async def cancel_task(self, job: JobRecord) -> TaskReport:
        """Ask for the task's end, then ask what became of it."""
        return await self._cancelled(job, _task_id(job))

    async def _cancelled(self, job: JobRecord, task_id: str) -> TaskReport:
        refusal: RequestRefused | None = None
        try:
            await self.tasks.cancel(job.qpu_id, task_id)
            job.run.cancel_asked = True
        except RequestRefused as error:
            if not (error.speaks_of_the_content or error.says_unknown):
                raise
            refusal = error  # perhaps it has ended already, or was never submitted
        report = await self._report(job, task_id)
        not_submitted = report.meaning is TaskStatus.CREATED and job.run.in_doubt
        if refusal is not None and report.meaning not in ENDS and not not_submitted:
            raise refusal
        return report

    async def _found(self, job: JobRecord, task_id: str) -> TaskReport | None:
        """How the task stands if the server has it; None if it has not been submitted there."""
        report = await self._asked(job, task_id, self.tasks.status)
        return None if report.meaning is TaskStatus.CREATED else report

    async def _asked(
        self, job: JobRecord, task_id: str, ask: Callable[[str, str], Awaitable[TaskReport]]
    ) -> TaskReport:
        """The answer to a question about the task.

        Raises:
            TaskLost: The server says that there is no such task.
        """
        try:
            report = await ask(job.qpu_id, task_id)
        except RequestRefused as error:
            if not error.says_unknown:
                raise
            raise lost(job, task_id, error) from error
        except BadAnswer as error:
            job.run.unreadable = True
            raise unreadable(job, task_id, error) from error
        job.run.lost = job.run.unreadable = False
        return report

    async def _report(self, job: JobRecord, task_id: str) -> TaskReport:
        report = await self._asked(job, task_id, self.tasks.report)
        if report.meaning is not TaskStatus.CREATED:
            job.run.said_created_s = None
        elif not job.run.in_doubt:
            self.delivery.check_created(job, task_id, report)
        if report.meaning is TaskStatus.COMPLETED and report.results is None:
            job.run.unreadable = True
            said = f"the server says that task {task_id} on {job.qpu_id} is {report.status} but sends no results"
            raise unreadable(job, task_id, BadAnswer(said, may_have_arrived=True))
        if report.meaning is TaskStatus.UNKNOWN and job.run.server_status != report.status:
            warnings.warn(
                f"the server says {report.status!r} of task {task_id} on {job.qpu_id}, a status that this SDK does "
                "not know: it is taken as 'not ended' and asked about again",
                ServerWarning,
                stacklevel=2,
            )
        if job.fetch_diagnostics and report.meaning in ENDS:
            report = await self._with_diagnostics(job, task_id, report)
        return report

    async def _with_diagnostics(self, job: JobRecord, task_id: str, report: TaskReport) -> TaskReport:
        """Ask for each of the diagnostics that the report lacks; what cannot be had is not worth a failure."""
        found: dict[str, Any] = {}
        for name in ("timings", "execution_metadata", "metadata"):
            if getattr(report, name) is None:
                with suppress(QcaasError):
                    found[name] = await self.tasks.detail(job.qpu_id, task_id, name)
        return attrs.evolve(report, **found)

    # Actions.

    def keep_result(self, job: JobRecord, answer: EffectResult | None) -> None:
        """The run's result, onto the job and into its history."""
        report = _report_of(answer)
        note_status(job, report)
        data = under_own_names(job.request.program, report.results)
        job.keep_output(ResultRecord(data=data, **self._about(job)))

    def keep_error(self, job: JobRecord, answer: EffectResult | None) -> None:
        """The run's error, onto the job and into its history."""
        if isinstance(answer, Rejected):
            job.keep_output(ErrorRecord(error_code=answer.code, error_message=answer.reason, **self._about(job)))
            return
        report = _report_of(answer)
        note_status(job, report)
        said = report.task_error
        message = (said and said.error_message) or f"the server says {report.status} and gives no reason"
        if report.meaning is TaskStatus.EXPIRED:
            message = f"EXPIRED: the server let the task lapse before it ran ({message})"
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
            "received": self.clock.wall(),
            "timings": run.timings,
            "metrics": run.metrics,
            "metadata": run.metadata,
        }


def note_status(job: JobRecord, answer: EffectResult | None) -> None:
    """The server's word and what else it told, onto the run."""
    if isinstance(answer, TaskReport):
        run = job.run
        run.server_status = answer.status
        run.timings = answer.timings or run.timings
        run.metrics = answer.execution_metadata or run.metrics
        run.metadata = answer.metadata or run.metadata


def begin_new_run(job: JobRecord, _: EffectResult | None) -> None:
    """A fresh run; history stays."""
    job.begin_run()


def cancellation_waits(job: JobRecord, _: EffectResult | None) -> bool:
    """It is to be cancelled, but a submission of it may still arrive."""
    return job.run.cancellation_waits


def never_arrives(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server has nothing of it, and nothing of it can arrive any more."""
    return isinstance(answer, NeverArrives)


def may_be_abandoned(job: JobRecord, _: EffectResult | None) -> bool:
    """The server may not have it, has lost it, or sends no usable answer: only the user can give it up."""
    return job.run.in_doubt or job.run.lost or job.run.unreadable


def submission_refused(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server refused this very program."""
    return isinstance(answer, Rejected)


def task_completed(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server has a result."""
    return _says(answer, TaskStatus.COMPLETED)


def task_failed(_: JobRecord, answer: EffectResult | None) -> bool:
    """The task failed, or was left to lapse."""
    return _says(answer, TaskStatus.FAILED, TaskStatus.EXPIRED)


def task_cancelled(_: JobRecord, answer: EffectResult | None) -> bool:
    """The task was cancelled."""
    return _says(answer, TaskStatus.CANCELLED)


def task_running(_: JobRecord, answer: EffectResult | None) -> bool:
    """The QPU is at it."""
    return _says(answer, TaskStatus.RUNNING)


def task_active(_: JobRecord, answer: EffectResult | None) -> bool:
    """The server has the task and has not ended it (as far as its word can be understood)."""
    return _says(answer, TaskStatus.SUBMITTED, TaskStatus.RUNNING, TaskStatus.UNKNOWN)


def result_if_and_only_if_completed(job: JobRecord) -> bool:
    """Invariant 2, first half."""
    return (job.result is not None) == (job.state is JobState.COMPLETED)


def error_if_and_only_if_failed(job: JobRecord) -> bool:
    """Invariant 2, second half."""
    return (job.error is not None) == (job.state is JobState.FAILED)


def output_is_the_last_of_history(job: JobRecord) -> bool:
    """Invariant 3, as far as one moment can show it."""
    output = job.run.output
    return output is None or any(last is output for last in job.history[-1:])


def _says(answer: EffectResult | None, *statuses: TaskStatus) -> bool:
    return isinstance(answer, TaskReport) and answer.meaning in statuses


def _report_of(answer: EffectResult | None) -> TaskReport:
    assert isinstance(answer, TaskReport)  # the guard before this action has seen its status
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
    if job.task_id is None:  # nothing leads here but a submission, or one in doubt
        raise cannot_be_asked(job)
    return job.task_id
