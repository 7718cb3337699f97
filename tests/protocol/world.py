"""The states of the model: one job, the journal, the network and the service, as one value that can be compared.

What is known here is what the contract says; `ASSUMPTIONS` is what nobody can check from the client's side.
"""

from typing import Literal, NamedTuple

ASSUMPTIONS = (
    "The service runs an id at most once, also when a submission under it arrives twice.",
    "A request that has left arrives within the longest delivery time (`max_delivery_s`), or never.",
    "The service does not forget a task, and says about it what is true.",
    "A line of the journal is on disk as a whole or not at all, and none before the lines that were noted earlier.",
    "A program is good or bad: the service refuses a bad one every time.",
)

Status = Literal["reserved", "queued", "running", "completed", "failed", "cancelled"]
OVER: frozenset[str] = frozenset({"completed", "failed", "cancelled"})


class Bounds(NamedTuple):
    """How much may happen in one life. Everything within these bounds is explored.

    Attributes:
        faults: Requests or answers that are lost, or for which the client waits in vain.
        crashes: How often the process dies.
        leaves: How often the coroutine that waits for an answer is cancelled.
        runs: Runs of the job; each `reset` begins another.
    """

    faults: int = 2
    crashes: int = 1
    leaves: int = 1
    runs: int = 2


class Task(NamedTuple):
    """A task at the service.

    Attributes:
        run: The run of the job that reserved it.
        status: Where it is.
        executions: How often the QPU has begun it.
    """

    run: int
    status: Status = "reserved"
    executions: int = 0


class Disk(NamedTuple):
    """What a process that reads the journal knows.

    Attributes:
        state: The state of the job.
        run: Which run it is, from 1.
        task: The number of its task; 0 for none.
        in_doubt: Whether it may have been submitted.
        cancel_asked: Whether a cancellation waits.
    """

    state: str
    run: int = 1
    task: int = 0
    in_doubt: bool = False
    cancel_asked: bool = False


class Request(NamedTuple):
    """A request that is on its way.

    Attributes:
        kind: "reserve", "submit", "status" or "cancel".
        task: The number of the task that it is about; 0 for none.
        held: Whether the process waits for it, although no transition does: a batch goes on for its other callers.
    """

    kind: Literal["reserve", "submit", "status", "cancel"]
    task: int = 0
    held: bool = False


class Call(NamedTuple):
    """A transition that runs.

    Attributes:
        trigger: Its trigger.
        effect: Its effect.
        step: Where the effect is.
        request: The request that it waits for; None while it is about to send the next one.
        answer: What the service has answered, on its way back; None before that.
        doubted: Whether the run was in doubt before this submission.
        is_over: Whether no submission could arrive any more when the effect began to ask.
        refused: Whether the service has refused to cancel.
    """

    trigger: str
    effect: str
    step: str
    request: Request | None = None
    answer: str | None = None
    doubted: bool = False
    is_over: bool = False
    refused: bool = False


class World(NamedTuple):
    """Everything at one moment.

    Attributes:
        good: Whether the service accepts the program.
        reserved_can_be_cancelled: Whether the service cancels an id under which nothing was submitted.
        alive: Whether a process has the job.
        known: What that process knows, in the terms of the journal.
        delivery_over: Whether that process believes that no submission can arrive any more.
        output: "result", "error" or nothing.
        abandoned: The runs that were given up.
        cancelled: The runs in which the user has called `cancel`.
        call: The transition that runs.
        disk: What the journal was told.
        durable: What of it is on disk: what a process reads after a crash.
        stray: Requests that arrive although nobody waits for them any longer, sorted.
        tasks: The tasks at the service; number 1 is the first.
        faults, crashes, leaves: What may still go wrong.
    """

    good: bool
    reserved_can_be_cancelled: bool
    alive: bool
    known: Disk
    delivery_over: bool
    output: str
    abandoned: frozenset[int]
    cancelled: frozenset[int]
    call: Call | None
    disk: Disk
    durable: Disk
    stray: tuple[Request, ...]
    tasks: tuple[Task, ...]
    faults: int
    crashes: int
    leaves: int

    def task(self, number: int) -> Task:
        """The task of a number, from 1."""
        return self.tasks[number - 1]

    def with_task(self, number: int, **changes: object) -> "World":
        """The same with a task changed."""
        tasks = list(self.tasks)
        tasks[number - 1] = tasks[number - 1]._replace(**changes)  # type: ignore[arg-type]
        return self._replace(tasks=tuple(tasks))

    def knowing(self, **changes: object) -> "World":
        """The same with other knowledge in the process."""
        return self._replace(known=self.known._replace(**changes))  # type: ignore[arg-type]

    @property
    def given_up(self) -> bool:
        """Whether the current run was given up."""
        return self.known.run in self.abandoned

    @property
    def cancellation_waits(self) -> bool:
        """Whether the user has cancelled a job whose submission may still arrive."""
        known = self.known
        return known.state == "created" and known.in_doubt and known.cancel_asked

    def can_still_submit(self, number: int) -> bool:
        """Whether a submission under this number is on its way."""
        waited = self.call is not None and self.call.answer is None and self.call.request == ("submit", number)
        return waited or any(request[:2] == ("submit", number) for request in self.stray)

    def is_held(self, number: int) -> bool:
        """Whether a batch still sends the submission under this number."""
        return Request("submit", number, held=True) in self.stray


def first(good: bool, reserved_can_be_cancelled: bool, bounds: Bounds, initial: str) -> World:
    """A job that was just created."""
    begin = Disk(initial)
    return World(
        good=good,
        reserved_can_be_cancelled=reserved_can_be_cancelled,
        alive=True,
        known=begin,
        delivery_over=False,
        output="",
        abandoned=frozenset(),
        cancelled=frozenset(),
        call=None,
        disk=begin,
        durable=begin,
        stray=(),
        tasks=(),
        faults=bounds.faults,
        crashes=bounds.crashes,
        leaves=bounds.leaves,
    )
