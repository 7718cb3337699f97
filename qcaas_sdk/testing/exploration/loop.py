"""An event loop that asks, before each callback, which one is to run next."""

import asyncio
import heapq
import itertools
import sys
from bisect import insort
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from contextvars import Context
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar, TypeVarTuple, cast

from qcaas_sdk.testing.exploration.bounds import Bounds
from qcaas_sdk.testing.exploration.loop_base import QuietLoop
from qcaas_sdk.testing.exploration.stable_hashes import KnownFuture, KnownTask
from qcaas_sdk.testing.exploration.step import WOKEN_BY, Step, name_of, place_of
from qcaas_sdk.testing.exploration.trail import EVERYTHING, Footprint, Trail
from qcaas_sdk.testing.time import Deadlock, Livelock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

NO_CHOICE = Bounds(deviations=0)
_PLACE = attrgetter("place")

MAX_ROUNDS = 5
"""How often tasks that are left over are cancelled before they are left alone."""


class UnseenError(RuntimeError):
    """A callback has raised an error that no task gets."""


class Died(BaseException):
    """The process has died, as one of the options of a schedule."""


class ExploredLoop(QuietLoop):
    """An event loop in virtual time, whose order of callbacks a `Trail` decides.

    Attributes:
        trail: Makes the decisions.
        log: What has run, one line for each step, if it is kept.
        steps: How many steps have run.
        after_step: Called after each step.
    """

    def __init__(self, trail: Trail, *, max_steps: int = 20_000, keep_log: bool = False) -> None:
        """Nothing is ready yet.

        Args:
            trail: Makes the decisions.
            max_steps: Steps after which it is a livelock.
            keep_log: Whether to write down what runs.
        """
        self.trail = trail
        self.log: list[str] | None = [] if keep_log else None
        self.after_step: Callable[[], None] | None = None
        self._now = 0.0
        self._ready: list[Step] = []
        self._timers: list[tuple[float, int, Step]] = []
        self._numbers = itertools.count()
        self._max_steps = max_steps
        self.steps = 0
        self._current = 0
        self._made = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self._cancellable: dict[asyncio.Task[Any], int] = {}
        self._dead = self._closed = self._running = False
        self._buried = self._turn_of_loop = 0
        self._touched: dict[object, bool] = {}
        self._ran: dict[int, str] = {}
        self._names, self._hashes = itertools.count(1), itertools.count(1)

    # What asyncio asks of a loop.

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def is_running(self) -> bool:
        """Whether it runs."""
        return self._running

    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """From now on nothing runs."""
        self._closed = True
        self._ready.clear()
        self._timers.clear()

    def call_soon(  # type: ignore[override]  # typeshed's Handle; a TimerHandle is one
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As in any loop; when it runs, the trail decides."""
        step = Step(self._now, callback, args, context, self._current, self._made)
        self._made += 1
        return self._can_run(step, 2 * self._turn_of_loop + 2)

    def call_soon_threadsafe(  # type: ignore[override]  # as above
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As `call_soon`: there are no threads."""
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]  # as above
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As in any loop."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # as above
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As in any loop; what is due at one moment runs in any order, and what is due now is ready."""
        step = Step(when, callback, args, context, self._current, self._made)
        self._made += 1
        if when <= self._now:
            return self._can_run(step, 2 * self._turn_of_loop + 3)
        heapq.heappush(self._timers, (when, next(self._numbers), step))
        return step

    def create_future(self) -> "asyncio.Future[Any]":
        """As in any loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]  # typeshed's differs between versions of Python
        self, coro: Coroutine[Any, Any, T], *, name: object = None, context: Context | None = None, **_: object
    ) -> "asyncio.Task[T]":
        """As in any loop; tasks without a name are numbered from 1 in each run."""
        name = f"task {next(self._names)}" if name is None else str(name)
        task = KnownTask(next(self._hashes), coro, self, name, context)
        self._tasks.append(task)
        return task

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> "asyncio.Future[T]":
        """A thread's work is one step, at which the process may die: before it, or after it and unheard."""
        future = KnownFuture[T](next(self._hashes), self)
        self.call_soon(self._work, future, partial(func, *args))
        return future

    # What an exploration asks of it.

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, as one process.

        Raises:
            Died: The process has died.
            Deadlock: Nothing was ready, and no timer was set.
            Livelock: Time stood still.
            UnseenError: A callback has raised an error that no task gets.
        """
        self._dead = False
        with self._in_charge():
            main = self.create_task(work, name="main")
            while not main.done():
                self._turn()
            return main.result()

    def bury(self) -> None:
        """End all that is left over, without decisions and unobserved."""
        self.trail, self.after_step, self.log = Trail(NO_CHOICE), None, None
        with self._in_charge():
            for _ in range(MAX_ROUNDS):
                if not (left := [task for task in self._tasks if not task.done()]):
                    break
                for task in left:
                    task.cancel()
                self._dead, self.steps = False, 0
                self._drain(left)
        for task in self._tasks:
            if not task.done():
                with suppress(BaseException):  # it resists
                    cast("Coroutine[Any, Any, object]", task.get_coro()).close()
            elif not task.cancelled():
                task.exception()  # seen
        self.close()

    def die(self, text: str) -> None:
        """The process dies: nothing of it runs any more, and none of its tasks is cancelled."""
        if self.log is not None:
            self.log.append(text)
        self._dead = True
        self._buried = len(self._tasks)
        self._cancellable.clear()
        self._ready.clear()
        self._timers.clear()

    def let_cancel(self, task: "asyncio.Task[Any]") -> None:
        """Let the trail cancel a task, at any of its awaits and once."""
        # Tasks may share a name, so what made it names the step that cancels it.
        self._cancellable[task] = hash(("cancel", self._current, self._made))

    def touch(self, key: object, *, write: bool) -> None:
        """Note that the current step has touched something."""
        self._touched[key] = write or self._touched.get(key, False)

    @property
    def here(self) -> object:
        """A name for this place of the run: the same in every run that comes here."""
        return self._current, self._made

    def waiting(self) -> Sequence["asyncio.Task[Any]"]:
        """The tasks of this process that have not ended, in the order in which they were made."""
        return [task for task in self._tasks[self._buried :] if not task.done()]

    @contextmanager
    def _in_charge(self) -> Iterator[None]:
        outer, hooks = asyncio._get_running_loop(), sys.get_asyncgen_hooks()
        asyncio._set_running_loop(self)
        sys.set_asyncgen_hooks(firstiter=None, finalizer=self._close_generator)
        self._running = True
        try:
            yield
        finally:
            self._running = False
            sys.set_asyncgen_hooks(*hooks)
            asyncio._set_running_loop(outer)

    def _close_generator(self, left: AsyncGenerator[Any, Any]) -> None:
        if self._running and not self._dead:  # as in asyncio, a task closes what is left behind
            self.create_task(left.aclose())

    def _drain(self, left: Sequence["asyncio.Task[Any]"]) -> None:
        try:
            while not all(task.done() for task in left):
                self._turn()
        except BaseException:  # nothing of it counts any more
            self._ready = [step for step in self._ready if not step.cancelled()]

    def _can_run(self, step: Step, place: int) -> Step:
        step.place = place
        ready = self._ready
        if ready and ready[-1].place > place:
            insort(ready, step, key=_PLACE)
        else:
            ready.append(step)
        return step

    def _turn(self) -> None:
        ready = self._ready
        trail = self.trail
        if any(step.cancelled() for step in ready):
            if trail.wants_footprints:
                for step in ready:
                    if step.cancelled():
                        trail.cancelled(step, EVERYTHING if (keys := step.touched()) is None else Footprint(keys))
            ready[:] = [step for step in ready if not step.cancelled()]
        if not ready:
            self._let_time_pass()
            return
        cancels: Sequence[asyncio.Task[Any]] = ()
        if self._cancellable and trail.may("cancellations"):
            cancels = [task for task in self._cancellable if not task.done()]
        if len(ready) > 1 or cancels or trail.wants_every_step:
            option = trail.step(ready, [self._cancellable[task] for task in cancels])
            if option >= len(ready):
                self._cancel(cancels[option - len(ready)])
                return
            step = ready.pop(option)
            if option > 0:
                trail.note(lambda: f"{step.words()} runs before {ready[0].words()}")
        else:
            step = ready.pop()
        self._run(step)

    def _cancel(self, task: "asyncio.Task[Any]") -> None:
        text = f"{task.get_name()} is cancelled at {place_of(task)}"
        self.trail.note(lambda: text)
        step = Step(self._now, task.cancel, (), None, 0, 0)
        step.id = self._cancellable.pop(task)
        self._run(step, text)

    def _run(self, step: Step, told: str = "") -> None:
        self.steps += 1
        if self.steps > self._max_steps:
            raise Livelock(
                f"livelock: {self._max_steps:,} steps, and no end at second {self._now:g}: {_who(self.waiting())}"
            )
        if self.log is not None:
            maker = self._ran.get(step.made_by, step.who)
            self.log.append((told or step.words()) + ("" if maker == step.who else f"{WOKEN_BY}{maker}"))
            self._ran[step.id] = step.who
        self._current, self._made = step.id, 0
        self._turn_of_loop = max(self._turn_of_loop, step.place // 2)
        before = None
        if self.trail.wants_footprints:
            before, self._touched = step.touched(), {}
        try:
            step.run()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise UnseenError(f"{step.words()} raised {error!r}, and no task gets it") from error
        if self.trail.wants_footprints:
            after = step.touched()
            whole = before is None or after is None or self._dead  # a death is felt everywhere
            self.trail.ran(
                step, EVERYTHING if whole else Footprint({**(before or {}), **(after or {}), **self._touched})
            )
        if self.after_step is not None:
            self.after_step()
        if self._dead:
            raise Died

    def _work(self, future: "asyncio.Future[T]", func: Callable[[], T]) -> None:
        death = self.trail.choose("crashes", 3)
        text = f"the process dies {'before' if death == 1 else 'after'} {name_of(func)}"
        self.trail.note(lambda: text)
        if death == 1:
            self.die(text)
            return
        try:
            result = func()
        except Exception as error:
            if not future.cancelled():
                future.set_exception(error)
        else:
            if not future.cancelled() and death == 0:
                future.set_result(result)
        if death == 2:
            self.die(text)

    def _let_time_pass(self) -> None:
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not timers:
            raise Deadlock(f"deadlock: no timer is set, and {_who(self.waiting())} would wait for ever")
        when = timers[0][0]
        self._now = max(self._now, when)
        self._turn_of_loop += 1
        while timers and timers[0][0] <= self._now:
            step = heapq.heappop(timers)[2]
            if not step.cancelled():
                self._can_run(step, 2 * self._turn_of_loop)
        if self.trail.wants_footprints:
            self.trail.time_passed()


def _who(tasks: Sequence["asyncio.Task[Any]"]) -> str:
    return ", ".join(f"{task.get_name()} in {place_of(task)}" for task in tasks) or "none"
