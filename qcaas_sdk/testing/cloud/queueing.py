"""A QPU's queue: computed when it is read, from what came in and from virtual time."""

from collections import deque
from math import inf
from random import Random

from attrs import define

from qcaas_sdk.testing.cloud.ledger import Execution
from qcaas_sdk.testing.cloud.outcomes import Expires, Failed, NeverEnds, Refused
from qcaas_sdk.testing.cloud.qpus import SimulatedQpu
from qcaas_sdk.testing.cloud.tasks import SimulatedTask, TaskStatus
from qcaas_sdk.testing.cloud.windows import Interval


@define
class _Run:
    """The run that a QPU works on."""

    task: SimulatedTask
    execution: Execution
    stretches: list[Interval]
    stopped_at: float = inf  # by a cancellation

    @property
    def ends(self) -> float:
        return min(self.stretches[-1][1], self.stopped_at)


class QpuQueue:
    """One QPU and the tasks that wait for it, one at a time.

    Every decision falls at a moment of virtual time that does not depend on when the queue is read, because `advance`
    is called before anything changes.
    """

    def __init__(self, qpu: SimulatedQpu, seed: int, executions: list[Execution]) -> None:
        """A free QPU with an empty queue.

        Args:
            qpu: How it behaves.
            seed: Seed of its random numbers.
            executions: Where its runs are written down.
        """
        self.qpu = qpu
        self._rng = Random(f"{seed} {qpu.id}")  # noqa: S311  # a simulation, not a secret
        self._executions = executions
        self._waiting: deque[SimulatedTask] = deque()  # cancelled ones stay until it is their turn
        self._waiting_count = 0
        self._leaving: dict[SimulatedTask, float] = {}  # waiting ones, by when their cancellation happens
        self._running: _Run | None = None
        self._free_since = 0.0

    def advance(self, now: float) -> None:
        """Let everything happen that happens until this virtual second, inclusively."""
        while True:
            leaves = min(self._leaving.values(), default=inf)
            if self._running is not None:
                goes_on = self._running.ends
            else:
                goes_on = self.qpu.windows.next_open(self._free_since) if self._waiting_count else inf
            if min(leaves, goes_on) > now:
                return
            if leaves <= goes_on:
                self._leave(leaves)
            elif self._running is not None:
                self._finish(self._running)
            else:
                self._start(self._take(), goes_on)

    def submit(self, task: SimulatedTask, now: float) -> None:
        """Put a task at the end of the queue. `advance` was called for this moment."""
        if self._running is None and self._waiting_count == 0:
            self._free_since = max(self._free_since, now)
        task.move(TaskStatus.SUBMITTED, now)
        self._waiting.append(task)
        self._waiting_count += 1

    def cancel(self, task: SimulatedTask, now: float) -> None:
        """End a task that has not ended, now or soon. `advance` was called for this moment."""
        if task.ended:
            return
        if task.status is TaskStatus.SUBMITTED:
            if self.qpu.cancel_takes_s > 0:
                self._leaving.setdefault(task, now + self.qpu.cancel_takes_s)
                return
            self._waiting_count -= 1
        elif self._running is not None and self._running.task is task:
            if self.qpu.cancel_takes_s > 0:
                self._running.stopped_at = min(self._running.stopped_at, now + self.qpu.cancel_takes_s)
                return
            self._interrupt(self._running, now)
        task.move(TaskStatus.CANCELLED, now)

    @property
    def waiting(self) -> int:
        """Tasks that wait."""
        return self._waiting_count

    @property
    def length(self) -> int:
        """Tasks that wait or run."""
        return self._waiting_count + (self._running is not None)

    def position(self, task: SimulatedTask) -> int | None:
        """How many wait before it; None unless it waits."""
        if task.status is not TaskStatus.SUBMITTED:
            return None
        before = 0
        for other in self._waiting:
            if other is task:
                break
            before += other.status is TaskStatus.SUBMITTED
        return before

    def estimated_start(self, position: int, now: float) -> float | None:
        """When a task with that many waiting before it starts, were all of mean length; None for never."""
        begin = now if self._running is None else max(self._running.ends, now)
        if begin == inf:
            return None
        work_s = position * self.qpu.service_time.mean(now)
        start = self.qpu.windows.next_open(self.qpu.windows.stretches(begin, work_s)[-1][1])
        return None if start == inf else start

    def _take(self) -> SimulatedTask:
        while True:
            if not self.qpu.in_order:
                chosen = self._rng.randrange(len(self._waiting))
                self._waiting[chosen], self._waiting[0] = self._waiting[0], self._waiting[chosen]
            task = self._waiting.popleft()
            if task.status is TaskStatus.SUBMITTED:
                self._waiting_count -= 1
                return task

    def _leave(self, moment: float) -> None:
        task = next(one for one, due in self._leaving.items() if due == moment)
        del self._leaving[task]
        self._waiting_count -= 1
        task.move(TaskStatus.CANCELLED, moment)

    def _start(self, task: SimulatedTask, start: float) -> None:
        stopped_at = self._leaving.pop(task, inf)
        self._free_since = start
        outcome = task.outcome
        if isinstance(outcome, Expires):
            task.move(TaskStatus.EXPIRED, start)
            return
        work_s = None if outcome is None or isinstance(outcome, Refused) else outcome.takes_s
        if isinstance(outcome, NeverEnds) and outcome.holds_the_queue:
            work_s = inf
        if work_s is None:
            work_s = self.qpu.service_time.draw(self._rng, start)
        execution = Execution(task.id, task.program or "", self.qpu.id, start)
        self._executions.append(execution)
        self._running = _Run(task, execution, self.qpu.windows.stretches(start, work_s), stopped_at)
        task.move(TaskStatus.RUNNING, start)

    def _finish(self, run: _Run) -> None:
        stopped = run.stopped_at <= run.stretches[-1][1]
        if stopped or (run.stopped_at < inf and isinstance(run.task.outcome, NeverEnds)):
            moment = run.ends
            self._interrupt(run, moment)
            run.task.move(TaskStatus.CANCELLED, moment)
            return
        self._free(run, run.ends)
        if not isinstance(run.task.outcome, NeverEnds):
            failed = isinstance(run.task.outcome, Failed)
            run.task.move(TaskStatus.FAILED if failed else TaskStatus.COMPLETED, run.ends)

    def _interrupt(self, run: _Run, now: float) -> None:
        run.stretches = [(start, min(end, now)) for start, end in run.stretches if start < now] or [(now, now)]
        self._free(run, now)

    def _free(self, run: _Run, moment: float) -> None:
        run.execution.end = moment
        run.execution.stretches = tuple(run.stretches)
        run.execution.billed_s = sum(end - start for start, end in run.stretches)
        self._running = None
        self._free_since = moment
