"""An event loop in a thread of its own, calls into it that wait, and the end of the threads that are open at exit."""

import asyncio
import atexit
import os
import threading
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar

from qcaas_sdk._guards.event_loop import WRONG_PROCESS
from qcaas_sdk.errors import QcaasError, SdkNotOpen, WrongEventLoop, WrongProcess

T = TypeVar("T")

_CLOSED = "the SDK was closed before this call ended: open it, and call again. Submitted jobs go on at the service"
_OWN_THREAD = (
    "this call would wait for the thread that it runs in, for ever: observers, prompts and the callbacks of charts "
    "run in the SDK's own thread. You can read there, and call what does not wait; make other calls in another thread"
)


_SECONDS_AT_EXIT = 5.0
"""How long the interpreter waits at its end for a thread, which may write a journal or end a sign-in."""


class LoopThread:
    """A daemon thread that runs an event loop. Calls may come from any other thread.

    Attributes:
        last: What the thread does before it ends, if anything.
    """

    def __init__(self) -> None:
        entered: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self.last: Callable[[], Coroutine[Any, Any, object]] | None = None
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._stopped = False
        self._awaited: set[Future[Any]] = set()
        """What callers wait for."""
        self._left: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, args=(entered,), name="qcaas-sync", daemon=True)
        self._thread.start()
        self._loop, self._leave = entered.result()

    @property
    def forked(self) -> bool:
        """Whether this process is a fork of the one that has the thread."""
        return os.getpid() != self._pid

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    @property
    def here(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.get_ident() == self._thread.ident and not self.forked

    def check(self) -> None:
        """Nothing, if the caller can wait for this thread.

        Raises:
            WrongEventLoop: The caller runs in it.
            WrongProcess: This process is a fork of the one that has it.
        """
        if self.forked:
            raise WrongProcess(WRONG_PROCESS)
        if self.here:
            raise WrongEventLoop(_OWN_THREAD)

    def start(self, work: Callable[[], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Begin a piece of work. It is cancelled if the future is.

        Raises:
            WrongProcess: This process is a fork of the one that has the thread.
            SdkNotOpen: The thread was stopped.
        """
        future: Future[T] = Future()
        self._begin(work, future)
        return future

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do a piece of work and wait for it. Ctrl-C ends the wait and cancels the work.

        Raises:
            WrongEventLoop: As `check`.
            WrongProcess: As `check`.
            SdkNotOpen: The thread was stopped, before or meanwhile.
        """
        self.check()
        future: Future[T] = Future()
        try:  # Ctrl-C may come as soon as it is begun
            self._begin(work, future)
            return outcome_of(future)
        finally:
            future.cancel()

    def now(self, function: Callable[[], T]) -> T:
        """Call a function between two steps of the loop; directly if the caller runs in it.

        It is no task: that costs half as much.

        Raises:
            WrongProcess: As `check`.
            SdkNotOpen: As `run`.
        """
        if self.here:
            return function()
        future: Future[T] = Future()
        once = [function]
        try:
            self._post(lambda: _settle(future, once.pop()), future)
            return outcome_of(future)
        finally:
            future.cancel()

    def read(self, reading: Callable[[], T]) -> T:
        """Read something between two steps of the loop, so that it is consistent; directly if the loop has ended."""
        if self.forked:
            return reading()
        try:
            return self.now(reading)
        except SdkNotOpen:
            return reading()

    def stop(self, timeout_s: float | None = None) -> None:
        """End the thread, and wait for that unless this is it. Work that is under way is cancelled.

        Raises:
            QcaasError: As `last`.
        """
        if self.forked:
            return
        with self._lock:
            if not self._stopped:  # what was started before comes before this: it is cancelled, and not forgotten
                self._stopped = True
                self._loop.call_soon_threadsafe(self._leave.set)
        if not self.here:
            self._thread.join(timeout_s)
            if self._left.done():
                self._left.result()

    def _live(self, entered: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
        async def stay() -> None:
            leave = asyncio.Event()
            entered.set_result((asyncio.get_running_loop(), leave))
            await leave.wait()
            if self.last is not None:
                await self.last()

        try:
            asyncio.run(stay())
        except BaseException as error:  # it belongs to the thread that waits for it
            self._left.set_exception(error)
        finally:
            for future in [*self._awaited]:  # it had no time to begin
                _give_up(future)

    def _begin(self, work: Callable[[], Coroutine[Any, Any, T]], future: "Future[T]") -> None:
        def begin() -> None:
            task = self._loop.create_task(_settle_later(future, work))
            future.add_done_callback(lambda over: self._cancel(task) if over.cancelled() else None)

        self._post(begin, future)

    def _post(self, begin: Callable[[], object], future: "Future[T]") -> None:
        if self.forked:  # before the lock, which another thread may have held at the time of the fork
            raise WrongProcess(WRONG_PROCESS)
        with self._lock:
            if self._stopped:
                raise SdkNotOpen(_CLOSED)
            self._awaited.add(future)
            future.add_done_callback(self._awaited.discard)
            self._loop.call_soon_threadsafe(begin)

    def _cancel(self, task: "asyncio.Task[None]") -> None:
        with suppress(RuntimeError):  # the loop has ended, and the task with it
            self._loop.call_soon_threadsafe(task.cancel)


def outcome_of(future: "Future[T]") -> T:
    """Wait for a piece of work.

    Raises:
        SdkNotOpen: Its thread was stopped meanwhile.
    """
    try:
        return future.result()
    except CancelledError:
        raise SdkNotOpen(_CLOSED) from None


def _give_up(future: "Future[Any]") -> None:
    """Cancel a future that nobody settles any more; `concurrent.futures.wait` hears of it only if it is told, too."""
    if future.cancel():
        future.set_running_or_notify_cancel()


# What they work with is dropped before the caller goes on: it may keep an SDK alive that nothing else uses.


def _settle(future: "Future[T]", function: Callable[[], T]) -> None:
    """Give a future the outcome of a function, unless its caller has gone."""
    if future.set_running_or_notify_cancel():
        try:
            result = function()
            del function
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
    del future  # otherwise an error would refer to itself


async def _settle_later(future: "Future[T]", work: Callable[[], Coroutine[Any, Any, T]]) -> None:
    """Give a future the outcome of a piece of work. No callback of the task does that: it would take a turn more."""
    try:
        result = await work()
        del work
    except asyncio.CancelledError:
        _give_up(future)
    except BaseException as error:
        if future.set_running_or_notify_cancel():
            future.set_exception(error)
    else:
        if future.set_running_or_notify_cancel():
            future.set_result(result)
    del future


_open: set[LoopThread] = set()
"""The threads of all open SDKs."""


def close_at_exit(thread: LoopThread) -> None:
    """Have a thread stopped at the latest when the interpreter ends."""
    _open.add(thread)


def close_thread(thread: LoopThread) -> None:
    """Stop a thread, and wait for its end.

    Raises:
        QcaasError: As the thread's `last`.
    """
    try:
        thread.stop()
    finally:
        if thread.ended:  # not after Ctrl-C: at exit it gets some more seconds
            _open.discard(thread)


def forgotten(thread: LoopThread, warns: bool) -> None:
    """Stop the thread of an SDK to which nothing refers any more, without waiting, unless it is closed."""
    if thread.forked or thread not in _open:
        return
    thread.stop(0)
    _open.discard(thread)
    if warns:
        warnings.warn(
            "an SDK without `async` was not closed: use `with OqcSdk.sync(...) as sdk`, or `sdk.close()`",
            ResourceWarning,
            stacklevel=2,
        )


@atexit.register
def _close_all() -> None:
    for limit_s in (0, _SECONDS_AT_EXIT):  # all at once, then wait for each
        for thread in list(_open):
            with suppress(QcaasError):
                thread.stop(limit_s)
