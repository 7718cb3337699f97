"""The REST contract, versions 3 and 4, over simulated queues: one small function a call, without a network."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Literal

from qcaas_sdk.testing.cloud import monitoring
from qcaas_sdk.testing.cloud.access import Access, Unauthorized
from qcaas_sdk.testing.cloud.calls import OPEN_TO_ALL, Call, Json, RefusedRequest, text, text_or_none, texts
from qcaas_sdk.testing.cloud.faults import RequestKind
from qcaas_sdk.testing.cloud.ledger import Ledger
from qcaas_sdk.testing.cloud.monitoring import iso
from qcaas_sdk.testing.cloud.outcomes import Outcome, Refused
from qcaas_sdk.testing.cloud.qpus import SimulatedQpu
from qcaas_sdk.testing.cloud.queueing import QpuQueue
from qcaas_sdk.testing.cloud.tasks import SimulatedTask, TaskStatus

SecondSubmission = Literal["ignored", "conflict", "bad_request"]
CancelOfReserved = Literal["cancelled", "ignored"]

MAX_REQUEST = 128 * 1024
"""Bytes of a request, headers and body together."""
MAX_RESERVED = 10_000
"""Ids in one request."""
CROSSING_S = 1.0
"""Seconds for which the answer that a program has not arrived can be relied on."""


class Service:
    """What the server does with a request."""

    def __init__(
        self,
        *,
        url: str,
        qpus: Sequence[SimulatedQpu],
        access: Access,
        outcome: Callable[[str], Outcome],
        second_submission: SecondSubmission,
        cancel_of_reserved: CancelOfReserved,
        seed: int,
        ledger: Ledger,
    ) -> None:
        """An idle service. See `SimulatedCloud` for the arguments."""
        self._v4 = access.api == "v4"
        self.url = url
        self.queues = {qpu.id: QpuQueue(qpu, seed, ledger.executions) for qpu in qpus}
        self.tasks: dict[str, SimulatedTask] = {}
        self.hosts = {url: 0.0} | {self.url_of(qpu): qpu.clock_skew_s for qpu in qpus}  # with their clocks' skews
        self._access = access
        self._outcome = outcome
        self._second_submission = second_submission
        self._cancel_of_reserved = cancel_of_reserved
        self._forgotten: set[str] = set()
        self._unlisted: set[str] = set()
        self._ledger = ledger
        self._ids = (f"{seed & 0xFFFFFFFF:08x}-0000-4000-8000-{number:012x}" for number in count(1))
        self._calls: dict[RequestKind, Callable[[Call, float], object]] = {
            RequestKind.VERSION: lambda call, now: {"version": f"simulated {access.api[1:]}"},
            RequestKind.LOGIN: self._login,
            RequestKind.LOGOUT: lambda call, now: {"response": {}},
            RequestKind.QPUS: self._list_qpus,
            RequestKind.QPU: self._describe_qpu,
            RequestKind.RESERVE: self._reserve,
            RequestKind.TASKS: self._list_tasks,
            RequestKind.SUBMIT: self._submit,
            RequestKind.STATUS: self._status,
            RequestKind.INFO: self._all_info,
            RequestKind.PART: self._part,
            RequestKind.CANCEL: self._cancel,
            RequestKind.TASK_WAIT: self._task_wait_time,
            RequestKind.QPU_WAIT: self._qpu_wait_time,
            RequestKind.CALIBRATION: self._calibration,
            RequestKind.STATUSES: self._statuses,
            RequestKind.WINDOW: self._next_window,
        }

    def url_of(self, qpu: SimulatedQpu) -> str:
        """Where a QPU is addressed."""
        return self.url if self._v4 else qpu.url or self.url

    def settle(self, now: float) -> None:
        """Let all queues come up to a moment."""
        for queue in self.queues.values():
            queue.advance(now)

    def forget(self, task_ids: Sequence[str]) -> None:
        """Answer 404 about these tasks from now on; what is queued of them still runs."""
        self._forgotten.update(task_ids)

    def list_qpu(self, qpu_id: str, *, listed: bool) -> None:
        """Name a QPU in the list of QPUs, or not; an unlisted one takes no new tasks.

        Raises:
            KeyError: There is no such QPU.
        """
        self.queues[qpu_id]  # raises
        (self._unlisted.discard if listed else self._unlisted.add)(qpu_id)

    def answer(self, call: Call, now: float) -> object:
        """What the service says to a call: a JSON value.

        Raises:
            RefusedRequest: It refuses.
            Unauthorized: The token is not good.
        """
        if call.size > MAX_REQUEST:
            raise RefusedRequest(413, f"a request may have {MAX_REQUEST} bytes, headers and body together")
        handler = self._calls.get(call.kind)
        hub_call = call.path.startswith("/admin/")
        if handler is None or (hub_call and call.base != self.url):
            raise RefusedRequest(
                404, f"there is no {call.method} {call.path} at {call.base}", breach=not call.is_probe
            )
        if call.kind not in OPEN_TO_ALL and (problem := self._access.problem(call.token, now)) is not None:
            raise Unauthorized(problem)
        return handler(call, now)

    # The hub.

    def _login(self, call: Call, now: float) -> object:
        body = call.json()
        token = self._access.login(body.get("email"), body.get("password"), now)
        if token is None:
            raise RefusedRequest(401, "there is no account of that email and password", breach=False)
        return {"response": {"user": {"authentication_token": token}}}

    def _list_qpus(self, call: Call, now: float) -> object:
        listed = [queue.qpu for queue in self.queues.values() if queue.qpu.id not in self._unlisted]
        if self._v4:
            return [monitoring.description_v4(qpu) for qpu in listed]
        items = [monitoring.description(qpu, self.url_of(qpu)) for qpu in listed]
        return {"items": items, "total": len(items)}

    def _describe_qpu(self, call: Call, now: float) -> object:
        queue = self.queues.get(call.subject)
        if queue is None:
            raise RefusedRequest(404, f"there is no QPU {call.subject!r}")
        if self._v4:
            return monitoring.features_v4(queue.qpu)
        return monitoring.description(queue.qpu, self.url_of(queue.qpu))

    # Tasks.

    def _reserve(self, call: Call, now: float) -> object:
        body = call.json()
        if self._v4:
            return {"tasks": [self._new_task(*wanted, now).id for wanted in self._wanted(call, body.get("tasks"))]}
        wanted = body.get("task_count")
        if not isinstance(wanted, int) or isinstance(wanted, bool) or not 1 <= wanted <= MAX_RESERVED:
            raise RefusedRequest(400, f"task_count must be a whole number from 1 to {MAX_RESERVED}, not {wanted!r}")
        queue = self._active_queue(call, text(body, "qpu_id"))
        tag = text_or_none(body, "tag")
        return [self._new_task(queue, tag, now).id for _ in range(wanted)]

    def _wanted(self, call: Call, entries: Json) -> list[tuple[QpuQueue, str | None]]:
        """QPU and tag of each id that a gateway is asked for."""
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_RESERVED:
            raise RefusedRequest(400, f"tasks must be a list of 1 to {MAX_RESERVED} entries")
        listed = [entry for entry in entries if isinstance(entry, dict)]
        if len(listed) != len(entries):
            raise RefusedRequest(400, "each of the tasks must be an object")
        return [(self._active_queue(call, text(entry, "qpu_id")), text_or_none(entry, "tag")) for entry in listed]

    def _submit(self, call: Call, now: float) -> object:
        entries = call.json().get("tasks")
        if not isinstance(entries, list) or not entries:
            raise RefusedRequest(400, "tasks must be a list with something in it")
        checked = [self._checked(call, entry, now) for entry in entries]
        ids = [task.id for _, task, _ in checked if task is not None]
        if len(set(ids)) != len(ids):
            raise RefusedRequest(400, "one task id is twice in the submission")
        return [{"task_id": self._queue_up(call, *one, now).id} for one in checked]

    def _checked(self, call: Call, entry: Json, now: float) -> tuple[QpuQueue, SimulatedTask | None, dict[str, Json]]:
        """An entry of a submission that can be accepted. Nothing is changed before all of them are."""
        if not isinstance(entry, dict):
            raise RefusedRequest(400, "each of the tasks must be an object")
        outcome = self._outcome(text(entry, "program"))
        text_or_none(entry, "config")
        queue = self._active_queue(call, text(entry, "qpu_id"))
        if isinstance(outcome, Refused):
            raise RefusedRequest(400, outcome.message, breach=False)
        task_id = text_or_none(entry, "task_id")
        if task_id is None:
            return queue, None, entry
        task = self._known(call, task_id, now)
        if task.qpu_id != queue.qpu.id:
            raise RefusedRequest(400, f"task {task_id} was reserved for QPU {task.qpu_id}, not for {queue.qpu.id}")
        if task.was_submitted and self._second_submission != "ignored":
            self._note_resubmission(task, call, now)
            status = 409 if self._second_submission == "conflict" else 400
            raise RefusedRequest(status, f"task {task_id} was submitted before, and is {task.word} now", breach=False)
        if task.ended and not task.was_submitted:
            raise RefusedRequest(400, f"task {task_id} is {task.word}: reserve another id", breach=False)
        return queue, task, entry

    def _queue_up(
        self, call: Call, queue: QpuQueue, task: SimulatedTask | None, entry: Mapping[str, Json], now: float
    ) -> SimulatedTask:
        tag = text_or_none(entry, "tag")
        task = task or self._new_task(queue, tag, now)
        if task.was_submitted:
            self._note_resubmission(task, call, now)
            return task
        task.program, task.config, task.tag = text(entry, "program"), text_or_none(entry, "config"), tag or task.tag
        task.outcome = self._outcome(task.program)
        queue.submit(task, now)
        return task

    def _note_resubmission(self, task: SimulatedTask, call: Call, now: float) -> None:
        """Not of one that only arrives late, or crosses another: when it left, nobody could know of that one."""
        if task.times[TaskStatus.SUBMITTED] <= call.sent_at and call.sent_at - task.last_missed > CROSSING_S:
            self._ledger.resubmissions.append((now, task.id))

    def _cancel(self, call: Call, now: float) -> object:
        for task in [self._known(call, task_id, now) for task_id in texts(call.json(), "tasks")]:
            if task.status is TaskStatus.CREATED and self._cancel_of_reserved == "ignored":
                continue
            self.queues[task.qpu_id].cancel(task, now)
        return "OK"

    def _all_info(self, call: Call, now: float) -> object:
        task = self._task(call, now)
        metadata = self._metadata(task)
        return {
            **metadata,
            "status": task.word,
            "results": task.results,
            "task_error": task.error,
            "timings": self._timings(task),
            "execution_metadata": task.metrics,
            "metadata": {} if self._v4 else metadata,
        }

    def _status(self, call: Call, now: float) -> object:
        task = self._task(call, now)
        if not task.was_submitted:
            task.last_missed = now
        return {"status": task.word}

    def _part(self, call: Call, now: float) -> object:
        task = self._task(call, now)
        match call.path.rpartition("/")[2]:
            case "results":
                return {"results": task.results}
            case "error":
                return {"task_error": task.error}
            case "timings":
                return {"timings": self._timings(task)}
            case "execution_metadata":
                return {"execution_metadata": task.metrics}
        return {"metadata": self._metadata(task)}

    def _list_tasks(self, call: Call, now: float) -> object:
        self.settle(now)
        start, end = monitoring.moment(call, "start_date"), monitoring.moment(call, "end_date")
        return [
            {**self._metadata(task), "task_id": task.id, "status": task.word}
            for task in self.tasks.values()
            if self.url_of(self.queues[task.qpu_id].qpu) == call.base
            and (start is None or start <= task.times[TaskStatus.CREATED])
            and (end is None or task.times[TaskStatus.CREATED] <= end)
        ]

    def _metadata(self, task: SimulatedTask) -> dict[str, object]:
        created = task.times[TaskStatus.CREATED] + self._skew(task)
        return {
            "id": task.id,
            "qpu_id": task.qpu_id,
            "tag": task.tag,
            "config": task.config,
            "created_at": iso(created),
        }

    def _timings(self, task: SimulatedTask) -> dict[str, str]:
        skew = self._skew(task)
        return {status.lower(): iso(moment + skew) for status, moment in task.times.items()}

    # Monitoring.

    def _task_wait_time(self, call: Call, now: float) -> object:
        tasks = [self._known(call, task_id, now) for task_id in texts(call.json(), "task_ids")]
        return {"task_wait_times": [monitoring.task_estimate(self.queues[t.qpu_id], t, now) for t in tasks]}

    def _qpu_wait_time(self, call: Call, now: float) -> object:
        queues = [self._queue(call, qpu_id) for qpu_id in texts(call.json(), "targets")]
        for queue in queues:
            queue.advance(now)
        return {"qpu_wait_times": [monitoring.qpu_estimate(queue, now) for queue in queues]}

    def _calibration(self, call: Call, now: float) -> object:
        if self._v4:
            return monitoring.benchmarks_v4(self._queue(call, call.subject).qpu, call, now)
        return monitoring.calibration(self._queue(call, call.query.get("qpu_id", "")).qpu, call, now)

    def _statuses(self, call: Call, now: float) -> object:
        if self._v4:
            return {"qpu_id": call.subject, "status": monitoring.status(self._queue(call, call.subject).qpu)}
        return [{"qpu_id": q.qpu.id, "status": monitoring.status(q.qpu)} for q in self._queues_at(call)]

    def _next_window(self, call: Call, now: float) -> object:
        starts = [
            start + queue.qpu.clock_skew_s
            for queue in self._queues_at(call)
            if (start := queue.qpu.windows.next_start(now)) is not None
        ]
        return {"next_window": {"starting": iso(min(starts))}} if starts else {}

    # What calls name.

    def _task(self, call: Call, now: float) -> SimulatedTask:
        return self._known(call, call.subject, now)

    def _known(self, call: Call, task_id: str, now: float) -> SimulatedTask:
        """The task, as it is now."""
        task = self.tasks.get(task_id)
        if task is None:
            raise RefusedRequest(404, f"there is no task {task_id!r}")
        if task_id in self._forgotten:
            raise RefusedRequest(404, f"there is no task {task_id!r} any more", breach=False)
        self._queue(call, task.qpu_id).advance(now)
        return task

    def _queue(self, call: Call, qpu_id: str) -> QpuQueue:
        queue = self.queues.get(qpu_id)
        if queue is None:
            raise RefusedRequest(404, f"there is no QPU {qpu_id!r}; there are: {', '.join(self.queues)}")
        if self.url_of(queue.qpu) != call.base:
            raise RefusedRequest(404, f"QPU {qpu_id} is at {self.url_of(queue.qpu)}, not at {call.base}")
        return queue

    def _active_queue(self, call: Call, qpu_id: str) -> QpuQueue:
        queue = self._queue(call, qpu_id)
        if not queue.qpu.active or qpu_id in self._unlisted:
            raise RefusedRequest(400, f"QPU {qpu_id} is not active: it takes no tasks", breach=False)
        return queue

    def _queues_at(self, call: Call) -> list[QpuQueue]:
        return [queue for queue in self.queues.values() if self.url_of(queue.qpu) == call.base]

    def _new_task(self, queue: QpuQueue, tag: str | None, now: float) -> SimulatedTask:
        times = {TaskStatus.CREATED: now}
        task = SimulatedTask(id=next(self._ids), qpu_id=queue.qpu.id, tag=tag, times=times)
        self.tasks[task.id] = task
        return task

    def _skew(self, task: SimulatedTask) -> float:
        return self.queues[task.qpu_id].qpu.clock_skew_s
