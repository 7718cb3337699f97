"""Accounts, QPUs and tasks of the embedded service, without HTTP: `app` serves them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from types import TracebackType
from typing import Self

from attrs import frozen

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk.local.service.access import Access
from qcaas_sdk.local.service.qpu import Qpu
from qcaas_sdk.local.service.tasks import Task, TaskStatus
from qcaas_sdk.local.settings import DuplicateSubmission, LocalSettings
from qcaas_sdk.local.simulator.engines import check_installed
from qcaas_sdk.local.simulator.entries import Simulators
from qcaas_sdk.local.simulator.executors import IN_FLIGHT, Executors
from qcaas_sdk.local.simulator.processes import Processes


class RefusedRequest(Exception):
    """The service refuses a request, and has done nothing of it.

    Attributes:
        status: The HTTP status of the response.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@frozen
class Submission:
    """One program of a submission.

    Attributes:
        qpu_id: The QPU that runs it.
        program: Its text.
        config: The compiler configuration as JSON text; None for the defaults.
        task_id: The id that was reserved for it; None for a new one.
        tag: The user's own label.
    """

    qpu_id: str
    program: str
    config: str | None = None
    task_id: str | None = None
    tag: str | None = None


class TaskService:
    """What the service knows and does. It belongs to the event loop in which the first task is submitted.

    Args:
        settings: How it behaves.
        clock: Where time comes from.

    Raises:
        MissingExtra: The packages of the engine are not installed.
    """

    def __init__(self, settings: LocalSettings | None = None, *, clock: Clock | None = None) -> None:
        self.settings = settings or LocalSettings()
        check_installed(self.settings.engine)
        self.clock: Clock = clock or SystemClock()
        self.access = Access(self.settings, self.clock)
        self._simulators = _simulators(self.settings)
        self._qpus = {qpu.id: Qpu(qpu, self.settings, self._simulators, self.clock) for qpu in self.settings.qpus}
        self._tasks: dict[str, Task] = {}
        self._reserved: dict[str, Task] = {}
        """Tasks without a program yet, oldest first."""
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def start(self) -> None:
        """Begin to load the engine, in the event loop that runs now: the first task does not wait for it then."""
        self._simulators.start()

    async def close(self) -> None:
        """Stop the QPUs, cancel the tasks that have not ended, and release the simulator. You can call it twice."""
        if self._closed:
            return
        self._closed = True
        for qpu in self._qpus.values():
            await qpu.close()
        self._simulators.close()

    def qpus(self) -> Sequence[Qpu]:
        """All QPUs, active or not."""
        return list(self._qpus.values())

    def qpu(self, qpu_id: str) -> Qpu:
        """One QPU.

        Raises:
            RefusedRequest: 404, there is none of that id.
        """
        if qpu_id not in self._qpus:
            raise RefusedRequest(404, f"there is no QPU {qpu_id!r}; there are: {', '.join(self._qpus)}")
        return self._qpus[qpu_id]

    def task(self, task_id: str) -> Task:
        """One task.

        Raises:
            RefusedRequest: 404, there is none of that id.
        """
        if task_id not in self._tasks:
            raise RefusedRequest(404, f"there is no task {task_id!r}")
        task = self._tasks[task_id]
        self._expire_if_due(task)
        return task

    def tasks_between(self, start: datetime | None, end: datetime | None) -> Sequence[Task]:
        """The tasks that were created between two moments, oldest first; None for no bound."""
        tasks = [self.task(task_id) for task_id in self._tasks]
        created = TaskStatus.CREATED
        return [t for t in tasks if (not start or t.times[created] >= start) and (not end or t.times[created] <= end)]

    def reserve(self, qpu_id: str, count: int, tag: str | None) -> Sequence[Task]:
        """Reserve ids. Nothing runs yet.

        Raises:
            RefusedRequest: The QPU is unknown or inactive, or too many ids are reserved already.
        """
        self._active_qpu(qpu_id)
        self._check_room(count)
        tasks = [Task.reserve(qpu_id, tag, self.clock.wall()) for _ in range(count)]
        self._tasks.update((task.id, task) for task in tasks)
        self._reserved.update((task.id, task) for task in tasks)
        return tasks

    def submit(self, submissions: Sequence[Submission]) -> Sequence[Task]:
        """Queue programs in the given order: all of them, or none if one is rejected.

        Raises:
            RefusedRequest: A QPU is unknown or inactive; or an id is unknown, reserved for another QPU, used, or
                given twice.
        """
        given = [submission.task_id for submission in submissions if submission.task_id is not None]
        if len(set(given)) != len(given):
            raise RefusedRequest(400, "the submission contains one task id twice")
        known = {task_id: self.task(task_id) for task_id in given}
        for submission in submissions:
            self._active_qpu(submission.qpu_id)
            if submission.task_id is not None:
                self._check_reserved(known[submission.task_id], submission.qpu_id)
        return [self._queue(submission, known) for submission in submissions]

    def cancel(self, task_ids: Sequence[str]) -> None:
        """Cancel tasks. Those that have ended do not change.

        Raises:
            RefusedRequest: An id is unknown; nothing is cancelled.
        """
        for task in [self.task(task_id) for task_id in task_ids]:
            self._reserved.pop(task.id, None)
            self._qpus[task.qpu_id].cancel(task)

    def _check_room(self, count: int) -> None:
        for task in list(takewhile(self._expire_if_due, self._reserved.values())):
            del self._reserved[task.id]
        limit = self.settings.max_reservations
        if len(self._reserved) + count > limit:
            raise RefusedRequest(
                429,
                f"{len(self._reserved)} ids are reserved and not submitted, and at most {limit} can be: submit or "
                "cancel some of them first",
            )

    def _queue(self, submission: Submission, known: Mapping[str, Task]) -> Task:
        if submission.task_id is None:
            task = Task.reserve(submission.qpu_id, submission.tag, self.clock.wall())
            self._tasks[task.id] = task
        else:
            task = known[submission.task_id]
        if not task.was_submitted:
            self._reserved.pop(task.id, None)
            task.tag = submission.tag or task.tag
            self._qpus[submission.qpu_id].submit(task, submission.program, submission.config)
        return task

    def _active_qpu(self, qpu_id: str) -> Qpu:
        qpu = self.qpu(qpu_id)
        if not qpu.settings.active:
            raise RefusedRequest(400, f"QPU {qpu_id} is not active: it does not accept tasks")
        return qpu

    def _check_reserved(self, task: Task, qpu_id: str) -> None:
        if task.qpu_id != qpu_id:
            raise RefusedRequest(400, f"task {task.id} was reserved for QPU {task.qpu_id}, not for {qpu_id}")
        if task.was_submitted:
            if self.settings.duplicate_submission is DuplicateSubmission.IGNORE:
                return
            status = 409 if self.settings.duplicate_submission is DuplicateSubmission.CONFLICT else 400
            raise RefusedRequest(status, f"task {task.id} was already submitted; its status is {task.status}")
        if task.ended:
            raise RefusedRequest(409, f"task {task.id} is {task.status}: reserve another id")

    def _expire_if_due(self, task: Task) -> bool:
        """Whether it is EXPIRED; it becomes so if its time is over."""
        life_s = self.settings.reservation_life_s
        now = self.clock.wall()
        if life_s is None or task.status is not TaskStatus.CREATED:
            return task.status is TaskStatus.EXPIRED
        due = (now - task.times[TaskStatus.CREATED]).total_seconds() >= life_s
        if due:
            task.move(TaskStatus.EXPIRED, now)
        return due


def _simulators(settings: LocalSettings) -> Simulators:
    if settings.executor is None:
        return Processes(settings.engine, settings.simulations, settings.workers or 1)
    return Executors(settings.engine, settings.executor, settings.workers or IN_FLIGHT, settings.time_limit_s)
