"""Programs that wait for the simulator, and whoever simulates them."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from attrs import define, field

from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode


def _nothing() -> None:
    pass


@define(eq=False)
class Entry:
    """A program on its way through the simulator.

    Attributes:
        request: What to run.
        owner: Whose turn it takes: the id of a QPU.
        time_limit_s: The time limit of the run, in seconds; None for no limit.
        on_start: Called when its run begins.
        on_long_run: Called when other programs can run beside it.
        done: Its outcome.
        started: Whether its run has begun.
        alone: Whether it has to run alone, because a group that it was in did not end.
        attempts: How often it was lost before its run began.
    """

    request: SimulationRequest
    owner: str = ""
    time_limit_s: float | None = None
    on_start: Callable[[], None] = _nothing
    on_long_run: Callable[[], None] = _nothing
    done: "asyncio.Future[Simulation | SimulationFailure]" = field(
        factory=lambda: asyncio.get_running_loop().create_future()
    )
    started: bool = False
    alone: bool = False
    attempts: int = 0

    @property
    def open(self) -> bool:
        """Whether somebody still waits for it."""
        return not self.done.done()

    def start(self) -> None:
        """Note that its run has begun."""
        if not self.started and self.open:
            self.started = True
            self.on_start()

    def settle(self, outcome: Simulation | SimulationFailure) -> None:
        """Give it its outcome. The first one counts."""
        if self.open:
            self.done.set_result(outcome)

    def fail(self, code: TaskErrorCode, message: str) -> None:
        """Let it fail. The first outcome counts."""
        self.settle(SimulationFailure(code, message))


class Waiting:
    """Entries that wait: in order for each owner, and the owners take turns."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Entry]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def add(self, entry: Entry) -> None:
        """Add an entry at the end."""
        self._queues.setdefault(entry.owner, deque()).append(entry)

    def put_back(self, entries: Iterable[Entry]) -> None:
        """Put entries back to the front, in their order."""
        for entry in reversed([entry for entry in entries if entry.open]):
            self._queues.setdefault(entry.owner, deque()).appendleft(entry)

    def take(self, most: int) -> list[Entry]:
        """Take the next entries of the owner whose turn it is; those that nobody waits for are dropped."""
        while self._queues:
            owner = next(iter(self._queues))
            queue = self._queues.pop(owner)
            taken: list[Entry] = []
            while queue and len(taken) < most:
                if (entry := queue.popleft()).open:
                    taken.append(entry)
            if queue:
                self._queues[owner] = queue  # at the end: the next owner's turn comes first
            if taken:
                return taken
        return []


class Simulators(Protocol):
    """Runs programs without blocking the event loop."""

    @property
    def ahead(self) -> int:
        """How many programs one QPU hands over before the first of them has ended."""
        ...

    def start(self) -> None:
        """Begin to load the engine. It does not block."""
        ...

    async def run(self, entry: Entry) -> Simulation | SimulationFailure:
        """Run a program after those of its owner before it. If the caller is cancelled, its result is discarded."""
        ...

    def close(self) -> None:
        """Release the processes. Call it only if nobody waits."""
        ...


def too_slow(limit_s: float | None) -> str:
    """The message of a run that took too long."""
    return (
        f"the program took longer than {limit_s:g} s and was stopped: make it shorter, or raise "
        "the limit with LocalSettings(time_limit_s=...) or `qcaas serve --time-limit`"
    )
