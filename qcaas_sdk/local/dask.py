"""`dask_executor`: simulate on a Dask cluster."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, InvalidStateError
from contextlib import suppress
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import MissingExtra

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_TIMEOUT_S = 10.0


def dask_executor(address: str) -> Callable[[], Executor]:
    """A function that connects to a Dask cluster, for `LocalSettings(executor=...)`.

    If the connection is lost, it is made again. It is closed at the end; the cluster goes on. For a `Client` of your
    own, pass `client.get_executor()`.

    Args:
        address: The address of the scheduler, `tcp://...`.

    Raises:
        MissingExtra: The extra `dask` is not installed.
        InvalidArgument: The address is not text.
    """
    address = arguments.text(address, "address")
    try:
        distributed: Any = import_module("distributed")  # it has no types
    except ModuleNotFoundError as error:
        raise MissingExtra("simulation on a Dask cluster", "dask") from error

    class DaskExecutor(Executor):
        """An executor with a connection of its own. Unlike Dask's, its futures end when the scheduler goes away."""

        def __init__(self) -> None:
            self._client = distributed.Client(address, set_as_default=False, timeout=CONNECT_TIMEOUT_S)

        def submit(self, call: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> "Future[T]":
            future: Future[T] = Future()
            task = self._client.submit(call, *args, pure=False, **options)

            def withdraw(_: "Future[T]") -> None:
                if future.cancelled() and task.status == "pending":
                    task.cancel()

            def settle(_: object) -> None:
                with suppress(InvalidStateError):  # it was cancelled
                    try:
                        future.set_result(task.result())
                    except (Exception, CancelledError) as error:
                        lost = task.status in ("cancelled", "lost")
                        future.set_exception(BrokenExecutor(str(error)) if lost else error)

            task.add_done_callback(settle)
            future.add_done_callback(withdraw)
            return future

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            """Close the connection; the cluster goes on."""
            self._client.close()

    return DaskExecutor
