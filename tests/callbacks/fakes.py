"""A gateway that answers what a test has scripted, and a job on top of it."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from attrs import define, field

from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._base.request_log import RequestLog
from qcaas_sdk._base.transition_scope import require_transition
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._callbacks import JobEffects, composite_callbacks
from qcaas_sdk._handles.owner import Scheduler
from qcaas_sdk._polling import PollScheduler
from qcaas_sdk._record import ChildRecord, CompositeRecord, JobRecord, JobRequest, JobState, Limits
from qcaas_sdk._service import TaskReport, TaskSubmission
from qcaas_sdk._service.wire import TaskError
from qcaas_sdk.composite import CompositeJob, composite_on
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.statechart import Machine, shipped_chart

COMPLETED = TaskReport(status="COMPLETED", results={"c": {"00": 5, "11": 5}}, timings={"completed": "now"})
FAILED = TaskReport(status="FAILED", task_error=TaskError(7, "no such gate"))
CANCELLED = TaskReport(status="CANCELLED")
EXPIRED = TaskReport(status="EXPIRED")
RUNNING = TaskReport(status="RUNNING")
SUBMITTED = TaskReport(status="SUBMITTED")
CREATED = TaskReport(status="CREATED")
STRANGE = TaskReport(status="TRANSMOGRIFIED")

Answer = TaskReport | Exception


class FakeTasks:
    """Stands in for `gateway.Tasks`: each call takes the next scripted answer of its kind, the last one for ever."""

    def __init__(self, **answers: Answer | Iterable[Answer] | None) -> None:
        self.calls: list[str] = []
        self.orders: list[TaskSubmission] = []
        self.single_attempt: list[bool] = []
        self.reserves = False
        self.answers = {
            kind: list(answer) if isinstance(answer, list | tuple) else [answer] for kind, answer in answers.items()
        }

    def _next(self, kind: str, default: Any) -> Any:
        require_transition(kind)
        self.calls.append(kind)
        answers = self.answers.get(kind, [default])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reserves_ids(self, qpu_id: str) -> bool:
        return self.reserves

    def address_of(self, qpu_id: str) -> str | None:
        return "https://qpu.example.org"

    async def landed(self, task_id: str) -> bool:
        return False

    async def reserve(self, qpu_id: str, tag: str | None) -> str:
        return str(self._next("reserve", f"task-{self.calls.count('reserve') + 1}"))

    async def submit(self, order: TaskSubmission, *, single_attempt: bool = False) -> None:
        self.orders.append(order)
        self.single_attempt.append(single_attempt)
        self._next("submit", None)

    async def submit_unreserved(self, order: TaskSubmission) -> str:
        self.orders.append(order)
        return str(self._next("submit_unreserved", f"made-{len(self.orders)}"))

    async def status(self, qpu_id: str, task_id: str) -> TaskReport:
        report: TaskReport = self._next("status", CREATED)
        return report

    async def report(self, qpu_id: str, task_id: str) -> TaskReport:
        report: TaskReport = self._next("report", COMPLETED)
        return report

    async def detail(self, qpu_id: str, task_id: str, name: str) -> dict[str, Any] | None:
        detail: dict[str, Any] | None = self._next(name, {"told": name})
        return detail

    async def cancel(self, qpu_id: str, task_id: str) -> None:
        self._next("cancel", None)


class NoPause(SystemClock):
    """Time in which nobody ever waits."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


COMPOSITE_MACHINE: Machine[CompositeRecord, None] = Machine(
    shipped_chart("composite_job"), composite_callbacks(), state_type=JobState.of, check_invariants=True
)


@define(eq=False)
class FakeOwner:
    """What jobs have in place of an SDK."""

    machine: Machine[JobRecord, Any]
    scheduler: Scheduler
    composite_machine: Machine[CompositeRecord, None] = COMPOSITE_MACHINE
    requests: RequestLog = field(factory=RequestLog)

    def machine_of(self, job: JobRecord) -> Machine[JobRecord, Any]:
        return self.machine

    def resume(self, job: JobRecord) -> None: ...

    def next_run(self, job: JobRecord, request: JobRequest) -> AbstractContextManager[None]:
        return nullcontext()

    async def estimate(self, job: JobRecord) -> WaitEstimate:
        raise NotImplementedError

    def forget_due(self, job: JobRecord) -> None: ...

    def composite_record(self, *, limits: Limits) -> CompositeRecord:
        return CompositeRecord(limits=limits)

    def joined(self, composite: CompositeRecord, children: Sequence[ChildRecord]) -> None: ...

    def register(self, child: Any) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FakeOwner)  # in a test, all jobs are of one SDK

    __hash__ = object.__hash__


def empty_composite(machine: Machine[CompositeRecord, None] = COMPOSITE_MACHINE) -> CompositeJob:
    """A composite without children, to which all fake jobs may be added."""
    jobs: Machine[JobRecord, Any] = Machine(
        shipped_chart("job"),
        JobEffects(FakeTasks(), NoPause(), random.Random(0)).callbacks(),  # type: ignore[arg-type]  # as above
        state_type=JobState.of,
    )
    return composite_on(CompositeRecord(), FakeOwner(jobs, PollScheduler(NoPause(), random.Random(0)), machine), [])


_behind: WeakKeyDictionary[Job, tuple[Machine[JobRecord, Any], JobEffects]] = WeakKeyDictionary()


def make_job(tasks: FakeTasks, *, fetch_diagnostics: bool = False, **request: Any) -> Job:
    """A job whose effects reach the fake gateway; its machine checks the chart's invariants."""
    clock, rng = NoPause(), random.Random(0)
    effects = JobEffects(tasks, clock, rng)  # type: ignore[arg-type]  # FakeTasks stands in for Tasks
    machine = Machine(
        shipped_chart("job"), effects.callbacks(), clock=clock, state_type=JobState.of, check_invariants=True
    )
    made = JobRequest(**({"program": "OPENQASM 2.0;", "qpu_id": "qpu:1"} | request))
    record = JobRecord(request=made, fetch_diagnostics=fetch_diagnostics)
    job = Job(record, FakeOwner(machine, PollScheduler(clock, rng)))
    _behind[job] = (machine, effects)
    return job


async def fire(job: Job, trigger: str) -> None:
    """Trigger a transition of a job that `make_job` has made."""
    await _behind[job][0].fire(record_of_job(job), trigger)


async def try_fire(job: Job, trigger: str) -> None:
    """As `fire`, if it is legal."""
    await _behind[job][0].try_fire(record_of_job(job), trigger)


async def make_job_in(state: JobState, tasks: FakeTasks) -> Job:
    """A job brought to `state` by legal moves; the gateway's record starts empty."""
    script = FakeTasks()
    job = make_job(script)
    path: dict[JobState, list[tuple[str, TaskReport | None]]] = {
        JobState.CREATED: [],
        JobState.SUBMITTED: [("submit", None)],
        JobState.RUNNING: [("submit", None), ("poll", RUNNING)],
        JobState.COMPLETED: [("submit", None), ("poll", COMPLETED)],
        JobState.FAILED: [("submit", None), ("poll", FAILED)],
        JobState.CANCELLED: [("submit", None), ("poll", CANCELLED)],
    }
    for trigger, report in path[state]:
        script.answers["report"] = [report]
        await fire(job, trigger)
    assert job.state is state
    effects = _behind[job][1]
    for asking in (effects, effects.questions):
        object.__setattr__(asking, "tasks", tasks)
    return job
