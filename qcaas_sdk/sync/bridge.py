"""From values of the async SDK to those that stand for them here, and from calls that wait to its thread."""

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import suppress
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.handle import Handle, cell_of
from qcaas_sdk._handles.not_copyable import NotCopyable
from qcaas_sdk._handles.outputs import JobError, JobOutputProxy, JobResult
from qcaas_sdk.errors import QcaasError, SdkNotOpen, WrongEventLoop, WrongProcess
from qcaas_sdk.sync.loop import LoopThread, close_at_exit, close_thread, forgotten, outcome_of

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
K = TypeVar("K", bound=type[Any])

_NO_MORE = object()
_WITHOUT_ASYNC = (
    ("`async with OqcSdk(...)", "`with OqcSdk.sync(...)"),
    ("`async with ", "`with "),
    ("`async for ", "`for "),
    ("`await ", "`"),
)

_kinds: dict[type, type] = {}
"""By a class of the async SDK: the class whose objects stand for its objects here."""


def stands_for(kind: type) -> Callable[[K], K]:
    """The objects of a class stand for those of a class of the async SDK."""

    def register(ours: K) -> K:
        _kinds[kind] = ours
        return ours

    return register


class Bridge:
    """What the handles of one SDK share: its thread, and one handle for each of the async SDK.

    Attributes:
        warns: Whether an SDK that is forgotten while it is open is a mistake.
    """

    def __init__(self) -> None:
        self.warns = True
        self._thread: LoopThread | None = None
        self._lock = threading.Lock()
        self._handles: weakref.WeakValueDictionary[int, SyncHandle] = weakref.WeakValueDictionary()

    # The thread.

    @property
    def opened(self) -> bool:
        """Whether the SDK is open."""
        return self._thread is not None

    def open(
        self, opening: Callable[[], Coroutine[Any, Any, object]], closing: Callable[[], Coroutine[Any, Any, object]]
    ) -> None:
        """Start the thread, and open the SDK in it, unless it is open.

        Args:
            opening: Opens the SDK.
            closing: Closes it.

        Raises:
            QcaasError: It cannot be opened; no thread is left.
        """
        if (thread := self._thread) is not None:
            thread.check()
            return
        with self._lock:
            if self.opened:
                return
            thread = LoopThread()
            try:
                self._run(thread, opening)
            except BaseException:
                thread.stop()
                raise
            thread.last = closing
            close_at_exit(thread)
            weakref.finalize(self, forgotten, thread, self.warns).atexit = False
            self._thread = thread

    def close(self) -> None:
        """Close the SDK and end the thread; nothing if it is not open.

        Raises:
            JournalError: The last entries could not be written.
            WrongEventLoop: The caller runs in the thread.
            WrongProcess: The SDK was opened in another process.
        """
        if self._thread is None:
            return
        self._thread.check()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            close_thread(thread)

    def wait(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do a piece of work in the thread, and wait for it. Ctrl-C ends the wait and cancels the work.

        If the SDK is not open, the work runs in a loop of its own: there the async SDK says what is missing.

        Raises:
            WrongEventLoop: The caller runs in the thread, in which nothing can wait for it.
            WrongProcess: The SDK was opened in another process.
            SdkNotOpen: It was closed meanwhile.
        """
        if self._thread is not None:
            return self._run(self._thread, work)
        thread = LoopThread()
        try:
            return self._run(thread, work)
        finally:
            thread.stop()

    def now(self, work: Callable[[], T]) -> T:
        """Do something that does not wait, between two steps of the loop; directly if the SDK is not open.

        Raises:
            WrongProcess: The SDK was opened in another process.
            SdkNotOpen: It was closed meanwhile.
        """
        if self._thread is None:
            return self._direct(work)
        try:
            return self._thread.now(lambda: self._direct(work))
        except QcaasError as error:
            raise error.with_traceback(None) from error.__cause__  # only the frames that help a user

    def read(self, reading: Callable[[], T]) -> T:
        """Read something that must be consistent; also from an SDK that is closed, or of another process."""
        if self._thread is None:
            return self._direct(reading)
        return self._thread.read(lambda: self._direct(reading))

    def iterate(self, items: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
        """The items of an async generator. If you leave the loop early, it is closed."""
        following = items()

        async def next_one() -> Any:
            return await anext(following, _NO_MORE)

        async def close() -> None:
            if isinstance(following, AsyncGeneratorType):
                while following.ag_running:  # Ctrl-C has cancelled it, and it is about to end
                    await asyncio.sleep(0)
                await following.aclose()

        try:
            while (item := self.wait(next_one)) is not _NO_MORE:
                yield item
        finally:
            with suppress(SdkNotOpen, WrongEventLoop, WrongProcess):
                self.wait(close)

    def start(self, work: Callable[[], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Begin a piece of work, without waiting for it.

        Raises:
            SdkNotOpen: The SDK is not open.
            WrongProcess: It was opened in another process.
        """
        if self._thread is None:
            raise SdkNotOpen("the SDK is not open: use `with OqcSdk.sync(...) as sdk`, or `sdk.open()` first")
        return self._thread.start(work)

    def _run(self, thread: LoopThread, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            return thread.run(lambda: self._called(work))
        except QcaasError as error:
            raise error.with_traceback(None) from error.__cause__  # only the frames that help a user

    async def _called(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            return self.wrapped(await work())  # type: ignore[no-any-return]  # the same, or what stands for it
        except QcaasError as error:
            raise self.wrapped(error) from error.__cause__

    def _direct(self, work: Callable[[], T]) -> T:
        try:
            return self.wrapped(work())  # type: ignore[no-any-return]  # as above
        except QcaasError as error:
            raise self.wrapped(error).with_traceback(None) from error.__cause__

    # What stands for what.

    def wrapped(self, value: Any) -> Any:
        """What stands here for a value of the async SDK; a value that has no job stays as it is."""
        if isinstance(value, list):
            return [self.wrapped(one) for one in value]
        kind = _kinds.get(type(value), type(value))
        if issubclass(kind, SyncHandle):
            return self._handle(kind, value)
        if issubclass(kind, QcaasError):
            return self._error(kind, value)
        if kind is type(value):
            return value
        if issubclass(kind, JobOutputProxy):
            return kind([self.wrapped(one) for one in value])
        return self._attached(kind, value)

    def _handle(self, kind: "type[SyncHandle]", of: Any) -> "SyncHandle":
        """The one handle for a handle of the async SDK."""
        found = self._handles.get(id(of))
        if found is None:
            found = self._handles[id(of)] = object.__new__(kind)
            bind(found, self, of)
        return found

    def _attached(self, kind: type, of: Any) -> Any:
        """The one output for an output of the async SDK, or a transition of a job."""
        job = self.wrapped(of.job)
        made = job._made if isinstance(job, SyncHandle) else {}
        if id(of) in made:
            return made[id(of)][1]
        ours = kind(**{a.name: getattr(of, a.name) for a in attrs.fields(type(of)) if a.name != "job"}, job=job)
        if isinstance(of, JobResult | JobError):
            made[id(of)] = (of, ours)  # which keeps the id from being used again
        return ours

    def _error(self, kind: type[QcaasError], of: QcaasError) -> QcaasError:
        """An error, with its job and its advice without `async`."""
        args = tuple(without_async(part) if isinstance(part, str) else part for part in of.args)
        if kind is type(of):
            of.args = args
            return of
        ours = kind.__new__(kind, *args)
        ours.args = args
        vars(ours).update(vars(of), job=self.wrapped(getattr(of, "job", None)))
        return ours


class SyncHandle(NotCopyable):
    """Stands for a handle of the async SDK."""

    __slots__ = ("__weakref__", "_bridge", "_handle", "_made")

    _bridge: Bridge
    _handle: Any
    _made: dict[int, tuple[Any, Any]]
    """By the id of an output of the async handle: that output, and what stands for it."""

    def __repr__(self) -> str:
        return repr(self._handle)

    def _ipython_display_(self) -> None:
        of = self._handle
        cell = self._bridge.read(lambda: cell_of(of)) if isinstance(of, Handle) else None
        if cell is None:
            raise NotImplementedError  # IPython then asks for `_repr_mimebundle_`
        cell.show()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        show = getattr(self._handle, "_repr_mimebundle_", None)
        return {"text/plain": repr(self)} if show is None else self._bridge.read(show)


def bind(handle: SyncHandle, bridge: Bridge, of: Any) -> None:
    """Have a handle stand for a handle of the async SDK."""
    handle._bridge, handle._handle, handle._made = bridge, of, {}


def bridge_of(handle: SyncHandle) -> Bridge:
    """The bridge of a handle; for other modules of this package."""
    return handle._bridge


def begun(handle: SyncHandle, work: Callable[[Any], Coroutine[Any, Any, T]]) -> "Future[T]":
    """Begin a piece of work with the async handle, without waiting for it.

    Raises:
        SdkNotOpen: The SDK is not open.
        WrongProcess: It was opened in another process.
    """
    of = handle._handle  # so that this keeps no SDK open that nothing else uses
    return handle._bridge.start(lambda: work(of))


def outcome_for(handle: SyncHandle, future: "Future[object]") -> None:
    """Wait for a piece of work that was begun.

    Raises:
        SdkNotOpen: The SDK was closed meanwhile.
        QcaasError: As the work.
    """
    try:
        outcome_of(future)
    except QcaasError as error:
        raise handle._bridge.wrapped(error).with_traceback(None) from error.__cause__


def with_async(value: Any) -> Any:
    """What a value stands for in the async SDK, also in a list; a value that stands for nothing stays as it is."""
    if isinstance(value, SyncHandle):
        return value._handle
    if isinstance(value, list | tuple | set | frozenset | Iterator):
        return [with_async(one) for one in value]
    return value


def made_of(handles: Any, make: Callable[[Any], Any]) -> Any:
    """What the async SDK makes of some of its handles, which must be of one SDK.

    Raises:
        QcaasError: It cannot be made.
    """
    given = handles
    if not isinstance(handles, SyncHandle):
        with suppress(TypeError):  # which `make` explains
            given = list(handles)
    bridges = [one._bridge for one in (given if isinstance(given, list) else [given]) if isinstance(one, SyncHandle)]
    return (bridges or [Bridge()])[0].now(lambda: make(with_async(given)))


@attrs.frozen
class _Observer:
    """An observer that gets handles without `async`. Equal if bridge and observer are equal."""

    bridge: Bridge
    observer: Callable[..., object]

    def __call__(self, *given: Any) -> None:
        self.observer(*map(self.bridge.wrapped, given))


def observing(handle: SyncHandle, observer: Any) -> Any:
    """An observer for the async handle, from one for this handle. What cannot be one stays as it is."""
    fits = callable(observer) and not arguments.is_async(observer)
    return _Observer(handle._bridge, observer) if fits else observer


def without_async(text: str) -> str:
    """A text that shows calls, without `async` and `await` in them."""
    for written, ours in _WITHOUT_ASYNC:
        text = text.replace(written, ours)
    return text
