"""Virtual time: an event loop whose clock jumps to the next timer as soon as nothing is ready.

`asyncio.sleep`, `asyncio.timeout`, `loop.time()` and any code built on them run unchanged, in no time, and in the
same order at every run.

Threads: while work given to `run_in_executor` or `asyncio.to_thread` goes on, virtual time stands still and the loop
waits for it in real time. A thread started in another way is not known to the loop, so time does not wait for it.
Sockets, pipes and subprocesses live in real time: the loop refuses them.
"""

import asyncio
import math
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar, TypeVarTuple

from attrs import frozen

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of day at virtual second 0."""

MAX_THREAD_S = 60.0
"""Real seconds that the loop waits for threads while nothing else can happen."""

MAX_TURNS = 50_000
"""Turns of the loop within one instant; ten thousand jobs that move together need some hundred."""

MAX_NAMED = 5
"""Tasks that a message names."""


class Deadlock(RuntimeError):
    """Every task waits for another, and no timer is set: nothing would ever happen again."""


class Livelock(RuntimeError):
    """A task never sleeps, so virtual time does not pass, and the program would run forever."""


class RealTimeNeeded(RuntimeError):
    """A socket, a pipe or a subprocess was opened in virtual time."""

    def __init__(self) -> None:
        super().__init__(
            "sockets, pipes and subprocesses live in real time and cannot be used in virtual time: use an in-process "
            "transport such as SimulatedCloud's, or run this under asyncio.run"
        )


class _JumpingSelector(selectors.DefaultSelector):
    """Where another selector would wait, it lets virtual time pass."""

    loop: "VirtualTimeLoop"
    refused = False
    turns = 0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        if self.get_map():  # the first one is the loop's own pipe, by which threads wake it
            self.refused = True
            raise RealTimeNeeded
        return super().register(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        goes_on = timeout is not None and timeout <= 0
        ready = [] if goes_on else super().select(0)  # the pipe only matters where the loop would wait
        if ready or goes_on:
            self.turns += 1
            if self.turns > MAX_TURNS:
                self.turns = 0
                raise Livelock(
                    f"livelock in virtual time: {MAX_TURNS} turns of the loop at second {self.loop.time():g}, and "
                    f"no task sleeps: {_who_waits(self.loop)}"
                )
            return ready
        self.turns = 0
        if self.loop.waits_for_threads:
            return self._select_in_earnest()
        if timeout is None:
            hint = "; a socket or pipe was refused before, and a task may wait for it" if self.refused else ""
            raise Deadlock(
                f"deadlock in virtual time: no timer is set, and {_who_waits(self.loop)} would wait for ever{hint}"
            )
        self.loop.advance(timeout)
        return []

    def _select_in_earnest(self) -> list[tuple[selectors.SelectorKey, int]]:
        begin = time.monotonic()
        ready = super().select(MAX_THREAD_S)
        if not ready and time.monotonic() - begin >= MAX_THREAD_S:
            raise Deadlock(
                f"a thread has worked for {MAX_THREAD_S:g} real seconds while virtual time stood still for it; "
                "if it waits for a timer of this loop, that timer can never come"
            )
        return ready


def _who_waits(loop: asyncio.AbstractEventLoop) -> str:
    waiting = sorted(f"{task.get_name()} ({_name_of(task)})" for task in asyncio.all_tasks(loop))
    more = f" and {len(waiting) - MAX_NAMED} more" if len(waiting) > MAX_NAMED else ""
    return f"{', '.join(waiting[:MAX_NAMED]) or 'none'}{more}"


def _name_of(task: "asyncio.Task[Any]") -> str:
    work = task.get_coro()
    return getattr(work, "__qualname__", type(work).__name__)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, from second 0 on."""

    def __init__(self) -> None:
        self._now = 0.0
        self._threads = 0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)
        self.advance(0.0)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let virtual time pass. Timers that are due in between fire late, in their order."""
        self._now += seconds
        # asyncio fires timers that are due within this resolution. In a clock that only jumps, a timer fired early
        # would let `while time() < deadline: sleep(deadline - time())` spin for ever.
        self._clock_resolution = math.ulp(self._now)

    @property
    def waits_for_threads(self) -> bool:
        """Whether work goes on in a thread, so that virtual time stops."""
        return self._threads > 0

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> "asyncio.Future[T]":
        """As in any loop; virtual time stops until it is done."""
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    async def shutdown_default_executor(self, *timeout: float | None) -> None:
        """As in any loop."""
        with self._thread_at_work():
            await super().shutdown_default_executor(*timeout)

    async def subprocess_exec(self, *args: object, **options: object) -> NoReturn:
        """Refused."""
        raise RealTimeNeeded

    async def subprocess_shell(self, *args: object, **options: object) -> NoReturn:
        """Refused."""
        raise RealTimeNeeded

    def _thread_ended(self, _: object) -> None:
        self._threads -= 1

    @contextmanager
    def _thread_at_work(self) -> Iterator[None]:
        self._threads += 1
        try:
            yield
        finally:
            self._threads -= 1


@frozen
class VirtualClock:
    """The clock of the loop that runs; a `qcaas_sdk._base.clock.Clock`.

    Attributes:
        skew_s: Seconds by which its time of day is ahead of `EPOCH` plus the loop's time.
    """

    skew_s: float = 0.0

    def monotonic(self) -> float:
        """Seconds of the running loop."""
        return asyncio.get_running_loop().time()

    def wall(self) -> datetime:
        """The virtual time of day, in UTC."""
        return EPOCH + timedelta(seconds=self.monotonic() + self.skew_s)

    async def sleep(self, seconds: float) -> None:
        """`asyncio.sleep`."""
        await asyncio.sleep(seconds)


def virtual_runner() -> asyncio.Runner:
    """An `asyncio.Runner` in virtual time: for Hypothesis state machines, whose rules are synchronous."""
    return asyncio.Runner(loop_factory=VirtualTimeLoop)


def run_virtual(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time, which begins at second 0.

    Raises:
        Deadlock: Nothing was ready and no timer was set.
        RealTimeNeeded: It opened a socket, a pipe or a subprocess.
    """
    with virtual_runner() as runner:
        return runner.run(work)
