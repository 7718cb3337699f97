"""The SDK in a thread of its own: for callers without an event loop, and for those with one of their own."""

import asyncio
import atexit
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar

from attrs import frozen

from qcaas_sdk.errors import SdkNotOpen
from qcaas_sdk.oqc_sdk import OqcSdk

T = TypeVar("T")

_SECONDS_AT_EXIT = 5.0
_CLOSED = "the provider is closed: create a new one. Submitted jobs continue on the service"


class Connection:
    """An SDK that lives in a thread with an event loop of its own.

    The thread starts, and the SDK opens, with the first call; both end with `close`, with the interpreter, or when
    nothing refers to the connection any more. Calls may come from any other thread, and block it.
    """

    def __init__(self, sdk: OqcSdk) -> None:
        """Nothing is opened yet.

        Args:
            sdk: An SDK that is not open and not used elsewhere.
        """
        self._sdk = sdk
        self._lock = threading.Lock()
        self._home: _Home | None = None
        self._closed = False

    def open(self) -> None:
        """Open the SDK, unless it is open.

        Raises:
            SdkNotOpen: The connection was closed.
            QcaasError: As `OqcSdk.open`.
        """
        with self._lock:
            self._enter()

    def start(self, work: Callable[[OqcSdk], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Begin a piece of work in the SDK's loop.

        Raises:
            SdkNotOpen: The connection was closed.
            QcaasError: As `OqcSdk.open`.
        """
        with self._lock:
            home = self._enter()
            return asyncio.run_coroutine_threadsafe(work(self._sdk), home.loop)

    def call(self, work: Callable[[OqcSdk], Coroutine[Any, Any, T]]) -> T:
        """Do a piece of work in the SDK's loop, and wait for it. Ctrl-C ends the wait and the work.

        Raises:
            SdkNotOpen: The connection was closed, or is closed meanwhile.
            QcaasError: As `OqcSdk.open`; and whatever the work raises.
        """
        future = self.start(work)
        try:
            return outcome_of(future)
        finally:
            future.cancel()

    def close(self) -> None:
        """Close the SDK and end the thread. Closing twice does nothing.

        Raises:
            JournalError: As `OqcSdk.close`.
        """
        home = self._leave()
        if home is not None:
            home.thread.join()
            home.left.result()

    def __repr__(self) -> str:
        return repr(self._sdk)

    def _enter(self) -> "_Home":
        if self._closed:
            raise SdkNotOpen(_CLOSED)
        if self._home is None:
            entered: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
            left: Future[None] = Future()
            thread = threading.Thread(target=_live, args=(self._sdk, entered, left), name="qcaas-qiskit", daemon=True)
            thread.start()
            try:
                self._home = _Home(*entered.result(), thread, left)
            except BaseException as error:  # the thread ends by itself
                entered.cancel()
                self._closed = not isinstance(error, Exception)  # Ctrl-C: it may still be opening, so no second try
                raise
            weakref.finalize(self, _ask_to_leave, self._home).atexit = False
            _alive.add(self)
        return self._home

    def _leave(self) -> "_Home | None":
        with self._lock:
            self._closed = True
            home, self._home = self._home, None
        if home is not None:
            _ask_to_leave(home)
        return home


def outcome_of(future: "Future[T]") -> T:
    """Wait for a piece of work.

    Raises:
        SdkNotOpen: The connection was closed meanwhile.
    """
    try:
        return future.result()
    except CancelledError:
        raise SdkNotOpen(_CLOSED) from None


@frozen(eq=False)
class _Home:
    """Where an open SDK lives.

    Attributes:
        loop: Its event loop.
        leave: Set in the loop, it closes the SDK and ends the thread.
        thread: The thread of the loop.
        left: Settled when all is over.
    """

    loop: asyncio.AbstractEventLoop
    leave: asyncio.Event
    thread: threading.Thread
    left: "Future[None]"


_alive: "weakref.WeakSet[Connection]" = weakref.WeakSet()


@atexit.register
def _leave_all() -> None:
    for home in [connection._leave() for connection in _alive]:
        if home is not None:
            home.thread.join(_SECONDS_AT_EXIT)


def _ask_to_leave(home: _Home) -> None:
    with suppress(RuntimeError):  # the loop is closed
        home.loop.call_soon_threadsafe(home.leave.set)


def _live(
    sdk: OqcSdk, entered: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]", left: "Future[None]"
) -> None:
    async def stay() -> None:
        leave = asyncio.Event()
        async with sdk:
            if entered.set_running_or_notify_cancel():
                entered.set_result((asyncio.get_running_loop(), leave))
                await leave.wait()

    try:
        asyncio.run(stay())
    except BaseException as error:  # it belongs to the thread that waits for it
        (left if entered.done() else entered).set_exception(error)
    else:
        left.set_result(None)
