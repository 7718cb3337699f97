"""What happened at a simulated cloud: every request, every run, every breach of the contract."""

from collections.abc import Callable, Collection, Mapping
from itertools import accumulate

from attrs import define, field, frozen

from qcaas_sdk.testing.cloud.faults import Fault, RequestKind
from qcaas_sdk.testing.cloud.tasks import SimulatedTask, TaskStatus
from qcaas_sdk.testing.cloud.windows import Interval


@define(eq=False)
class RequestRecord:
    """One request.

    Attributes:
        at: The virtual second in which it was sent.
        kind: Which call of the contract it is.
        line: Method and path.
        qpu_id: Its QPU, if the request or its tasks name one.
        task_ids: Its tasks; for a reservation, the ids that were reserved.
        transition: The transition that sent it, as `chart.trigger`; None for none.
        fault: The simulated fault, if there was one.
        status: The HTTP status that the client got; None if there is no answer (yet).
        acted: Whether the server carried out the request.
        done_at: When the client got its answer, or gave up, in virtual seconds; None while it is on its way.
    """

    at: float
    kind: RequestKind
    line: str
    qpu_id: str | None = None
    task_ids: tuple[str, ...] = field(default=(), repr=lambda ids: f"<{len(ids)}>" if len(ids) > 3 else repr(ids))
    transition: str | None = None
    fault: Fault | None = None
    status: int | None = None
    acted: bool = False
    done_at: float | None = None


@define(eq=False)
class Execution:
    """One run on a QPU.

    Attributes:
        task_id: The id of its task.
        program: The program.
        qpu_id: The QPU.
        start: When it began, in virtual seconds.
        end: When it ended or was cancelled; None while it runs.
        stretches: The intervals in which the QPU worked on it, once it has ended: a closed window interrupts it.
        billed_s: Their sum: what you pay for.
    """

    task_id: str
    program: str
    qpu_id: str
    start: float
    end: float | None = None
    stretches: tuple[Interval, ...] = ()
    billed_s: float = 0.0


@frozen
class Violation:
    """A request that broke the contract.

    Attributes:
        at: When, in virtual seconds.
        line: Method and path of the request.
        problem: What was wrong with it.
    """

    at: float
    line: str
    problem: str


@define(eq=False)
class Ledger:
    """Everything that happened, written by the cloud."""

    requests: list[RequestRecord] = field(factory=list)
    executions: list[Execution] = field(factory=list)
    violations: list[Violation] = field(factory=list)
    resubmissions: list[tuple[float, str]] = field(factory=list)


class LedgerView:
    """What has happened until now, or until the end of a loop that has ended."""

    def __init__(self, ledger: Ledger, tasks: Mapping[str, SimulatedTask], settle: Callable[[], None]) -> None:
        """A view.

        Args:
            ledger: What the cloud wrote down.
            tasks: Its tasks by their ids.
            settle: Lets all queues come up to now.
        """
        self._ledger = ledger
        self._tasks = tasks
        self._settle = settle

    def requests(
        self,
        kind: RequestKind | str | None = None,
        *,
        qpu_id: str | None = None,
        task_id: str | None = None,
        status: int | None = None,
    ) -> list[RequestRecord]:
        """The requests, oldest first; each argument leaves out those that differ."""
        found = list(self._ledger.requests)
        if kind is not None:
            found = [record for record in found if record.kind == kind]
        if qpu_id is not None:
            found = [record for record in found if record.qpu_id == qpu_id]
        if task_id is not None:
            found = [record for record in found if task_id in record.task_ids]
        if status is not None:
            found = [record for record in found if record.status == status]
        return found

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The requests that broke the contract; empty if the client is correct."""
        return tuple(self._ledger.violations)

    @property
    def resubmissions(self) -> tuple[tuple[float, str], ...]:
        """When, and for which task, a program was sent although the server already had it. None runs twice."""
        return tuple(self._ledger.resubmissions)

    @property
    def executions(self) -> list[Execution]:
        """The runs, by the time of their start."""
        self._settle()
        return sorted(self._ledger.executions, key=lambda run: (run.start, run.qpu_id))

    def executions_of(self, program: str) -> list[Execution]:
        """The runs of a program, by the time of their start."""
        return [run for run in self.executions if run.program == program]

    @property
    def billed_s(self) -> float:
        """Seconds of QPU time that you pay for, over all runs that have ended."""
        return sum(run.billed_s for run in self.executions)

    def tasks(self, status: str | None = None) -> list[str]:
        """The ids of the tasks, in the order of their reservation; with `status`, only those in this status."""
        self._settle()
        return [task.id for task in self._tasks.values() if status is None or task.word == status]

    def status_of(self, task_id: str) -> str:
        """The status of a task, as the server spells it.

        Raises:
            KeyError: There is no such task.
        """
        self._settle()
        return self._tasks[task_id].word

    def truth_of(self, task_id: str) -> TaskStatus:
        """The status of a task in the words of the contract.

        Raises:
            KeyError: There is no such task.
        """
        self._settle()
        return self._tasks[task_id].status

    def changed_at(self, task_id: str) -> float:
        """When the status of a task last changed, in virtual seconds.

        Raises:
            KeyError: There is no such task.
        """
        self._settle()
        return max(self._tasks[task_id].times.values())

    def submitted_at(self, task_id: str) -> float | None:
        """When a task's program arrived, in virtual seconds; None if none has.

        Raises:
            KeyError: There is no such task.
        """
        return self._tasks[task_id].times.get(TaskStatus.SUBMITTED)

    def ended_at(self, task_id: str) -> float | None:
        """When a task ended, in virtual seconds; None before that.

        Raises:
            KeyError: There is no such task.
        """
        self._settle()
        task = self._tasks[task_id]
        return task.times[task.status] if task.ended else None

    def most_at_once(self, qpu_id: str, task_ids: Collection[str] | None = None) -> int:
        """The largest number of tasks that were at a QPU at the same time: they had arrived and had not ended.

        Args:
            qpu_id: The QPU.
            task_ids: Only these tasks.
        """
        self._settle()
        changes: list[tuple[float, int]] = []
        for task in self._tasks.values():
            arrived = task.times.get(TaskStatus.SUBMITTED)
            if arrived is not None and task.qpu_id == qpu_id and (task_ids is None or task.id in task_ids):
                changes.append((arrived, 1))
                if task.ended:
                    changes.append((task.times[task.status], -1))
        return max(accumulate((change for _, change in sorted(changes)), initial=0))

    def __repr__(self) -> str:
        ledger = self._ledger
        return (
            f"<LedgerView: {len(ledger.requests)} requests, {len(self._tasks)} tasks, "
            f"{len(ledger.executions)} executions, {len(ledger.violations)} violations>"
        )
