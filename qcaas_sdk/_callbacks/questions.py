"""Asking the server about a task, and what an answer says about the run."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import attrs
from attrs import frozen

from qcaas_sdk._callbacks.doubt import Delivery, lost, unreadable
from qcaas_sdk._record import JobRecord
from qcaas_sdk._service import TaskReport, Tasks, TaskStatus
from qcaas_sdk.errors import BadAnswer, QcaasError, RequestRefused
from qcaas_sdk.errors.base import warn_of_server


@frozen(eq=False, repr=False)
class Questions:
    """Questions about tasks.

    Attributes:
        tasks: The service's calls.
        delivery: How long a submission can still arrive.
    """

    tasks: Tasks
    delivery: Delivery

    async def found(self, job: JobRecord, task_id: str) -> TaskReport | None:
        """The status of the task if the server has it; None if it has not been submitted."""
        report = await self._asked(job, task_id, self.tasks.status)
        return None if report.meaning is TaskStatus.CREATED else report

    async def _asked(
        self, job: JobRecord, task_id: str, ask: Callable[[str, str], Awaitable[TaskReport]]
    ) -> TaskReport:
        """Ask the server about the task.

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

    async def report(self, job: JobRecord, task_id: str) -> TaskReport:
        """The status of the task with its results, noted in the run.

        Raises:
            TaskLost: The server says that there is no such task, or for too long that nothing was submitted.
            BadAnswer: It says that there is a result, and sends none.
        """
        report = await self._asked(job, task_id, self.tasks.report)
        if report.meaning is not TaskStatus.CREATED:
            job.run.said_created_s = None
        elif not job.run.in_doubt:
            self.delivery.check_created(job, task_id, report)
        if report.meaning is TaskStatus.COMPLETED and report.results is None:
            job.run.unreadable = True
            said = f"the server reports task {task_id} on {job.qpu_id} as {report.status} but sends no results"
            raise unreadable(job, task_id, BadAnswer(said, may_have_arrived=True))
        if report.meaning is TaskStatus.UNKNOWN and job.run.server_status != report.status:
            warn_of_server(
                f"the server reports the status {report.status!r} for task {task_id} on {job.qpu_id}, which this SDK "
                "does not know. The SDK treats it as 'not ended' and asks again"
            )
        if job.fetch_diagnostics and report.has_ended:
            report = await self._with_diagnostics(job, task_id, report)
        return report

    async def _with_diagnostics(self, job: JobRecord, task_id: str, report: TaskReport) -> TaskReport:
        """Ask for the diagnostics that the report lacks; errors are ignored."""
        found: dict[str, Any] = {}
        for name in ("timings", "execution_metadata", "metadata"):
            if getattr(report, name) is None:
                with suppress(QcaasError):
                    found[name] = await self.tasks.detail(job.qpu_id, task_id, name)
        return attrs.evolve(report, **found)
