"""`dask_executor`: simulate on a Dask cluster."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

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
        from distributed import Client  # noqa: PLC0415  # a package of the extra
    except ModuleNotFoundError as error:
        raise MissingExtra("simulation on a Dask cluster", "dask") from error

    class DaskExecutor(Executor):
        """An executor with a connection of its own."""

        def __init__(self) -> None:
            self._client = Client(address, set_as_default=False, timeout=CONNECT_TIMEOUT_S)
            self._inner = self._client.get_executor(pure=False)

        def submit(self, call: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> "Future[T]":
            future: Future[T] = self._inner.submit(call, *args, **options)
            return future

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            """Close the connection; the cluster goes on."""
            self._inner.shutdown(wait=wait and not cancel_futures)
            self._client.close()

    return DaskExecutor
