"""`dask_executor`: simulate on a Dask cluster."""

import re
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, InvalidStateError
from contextlib import suppress
from importlib import import_module
from typing import Any, ParamSpec, TypeVar
from uuid import uuid4

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import MissingExtra

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_TIMEOUT_S = 10.0
"""Seconds to wait for the scheduler of a cluster."""
FETCH_TIMEOUT_S = 30.0
"""The longest time for the result of a task that has ended; without its scheduler Dask would wait for ever."""
_ADDRESS = re.compile(r"((tcp|tls|ucx)://)?[^\s/]+:\d+|(inproc|wss?)://\S+")
_BEGUN = "qcaas_sdk.begun"
"""The topic of the events that tell which calls have begun."""


def call_on_worker(name: str, call: Callable[..., T], args: tuple[Any, ...], options: dict[str, Any]) -> T:
    """Call a function on a worker of Dask, and tell the client that it begins.

    Args:
        name: The name of the call, for the client.
        call: The function.
        args: Its arguments.
        options: Its keyword arguments.
    """
    distributed: Any = import_module("distributed")
    distributed.get_worker().log_event(_BEGUN, name)
    return call(*args, **options)


def dask_executor(address: str) -> Callable[[], Executor]:
    """A function that connects to a Dask cluster, for `LocalSettings(executor=...)`.

    If the connection is lost, it is made again. It is closed at the end; the cluster goes on. For a `Client` of your
    own, pass `client.get_executor()`; with it, a run that you cancel can hold up others, because Dask forgets that
    its worker is busy.

    Args:
        address: The address of the scheduler, such as `tcp://host:8786`.

    Raises:
        MissingExtra: The extra `dask` is not installed.
        InvalidArgument: It is not the address of a scheduler.
    """
    address = arguments.text(address, "address")
    if _ADDRESS.fullmatch(address) is None:
        raise arguments.wrong("address", "that of a scheduler, such as tcp://host:8786", address)
    try:
        distributed: Any = import_module("distributed")  # it has no types
    except ModuleNotFoundError as error:
        raise MissingExtra("simulation on a Dask cluster", "dask") from error

    class DaskExecutor(Executor):
        """An executor with a connection of its own. Unlike Dask's, its futures end when the scheduler goes away."""

        def __init__(self) -> None:
            self._client = distributed.Client(address, set_as_default=False, timeout=CONNECT_TIMEOUT_S)
            self._not_begun: dict[str, Future[Any]] = {}
            self._is_lost = False
            self._client.subscribe_topic(_BEGUN, self._begin)

        def _begin(self, event: tuple[float, str]) -> None:
            # Dask forgets a call that is cancelled while it runs, and takes its worker for idle: this one cannot be.
            future = self._not_begun.pop(event[1], None)
            if future is not None:
                with suppress(InvalidStateError, RuntimeError):  # it has ended already
                    future.set_running_or_notify_cancel()

        def submit(self, call: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> "Future[T]":
            future: Future[T] = Future()
            name = uuid4().hex
            self._not_begun[name] = future
            task = self._client.submit(call_on_worker, name, call, args, options, pure=False)

            def withdraw(_: "Future[T]") -> None:
                if future.cancelled() and task.status == "pending":
                    task.cancel()

            def settle(_: object) -> None:
                self._not_begun.pop(name, None)
                if not future.done():
                    with suppress(InvalidStateError):  # it is cancelled meanwhile
                        self._settle(future, task)

            task.add_done_callback(settle)
            future.add_done_callback(withdraw)
            return future

        def _settle(self, future: "Future[Any]", task: Any) -> None:
            if self._is_lost and task.status == "finished":
                future.set_exception(BrokenExecutor("the scheduler has gone"))
                return
            try:
                future.set_result(task.result(timeout=FETCH_TIMEOUT_S))
            except (Exception, CancelledError) as error:
                cannot_fetch = isinstance(error, TimeoutError) and task.status == "finished"
                self._is_lost |= cannot_fetch
                lost = cannot_fetch or task.status in ("cancelled", "lost")
                future.set_exception(BrokenExecutor(str(error)) if lost else error)

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            """Close the connection; the cluster goes on."""
            self._client.close()

    return DaskExecutor
