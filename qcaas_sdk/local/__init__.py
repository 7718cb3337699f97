"""The embedded QPU: a real simulator with the service's own REST contract, in this process or as a server.

    cloud = LocalCloud(LocalSettings(seed=7))
    httpx.AsyncClient(transport=httpx.ASGITransport(cloud.app), base_url="http://qpu.local")

You can import this package without the extra `local`; to use it, install the extra.
"""

import asyncio
from collections.abc import Callable, Iterable

from qcaas_sdk._guards.own_hosts import is_loopback
from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.local.calibration import Calibration, QubitCalibration
from qcaas_sdk.local.cloud import LocalCloud
from qcaas_sdk.local.dask import dask_executor
from qcaas_sdk.local.faults import ConnectionDropped, FaultKind, LocalFault
from qcaas_sdk.local.settings import DEFAULT_QPU_ID, ApiVersion, DuplicateSubmission, LocalQpu, LocalSettings, Window
from qcaas_sdk.local.simulator.engines import EngineName

__all__ = [
    "DEFAULT_QPU_ID",
    "ApiVersion",
    "Calibration",
    "ConnectionDropped",
    "DuplicateSubmission",
    "EngineName",
    "FaultKind",
    "LocalCloud",
    "LocalFault",
    "LocalQpu",
    "LocalSettings",
    "QubitCalibration",
    "Window",
    "dask_executor",
    "is_loopback",
    "serve",
]


def serve(
    cloud: LocalCloud | LocalSettings | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    allow_hosts: Iterable[str] = (),
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until SIGINT or SIGTERM. It prints nothing.

    Args:
        cloud: What to serve: a cloud, or the settings for a new one.
        host: The address to listen on. Every program that can reach it can use the QPU: see `is_loopback`.
        port: The port; 0 picks a free one.
        allow_hosts: Host names that it accepts, besides loopback, `host`, and the address that a client connects to.
            A request for another name is refused, because a web page can lead a browser here under its own name.
        on_ready: Called with the URL as soon as requests are accepted.

    Raises:
        MissingExtra: The packages of the extra `local` are not installed.
        QcaasError: It cannot listen on that address.
    """
    try:
        # uvicorn is a package of the extra, and this module must load without it.
        from qcaas_sdk.local.service.server import serve_forever  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra("the embedded QPU", "local") from error
    served = cloud if isinstance(cloud, LocalCloud) else LocalCloud(cloud)

    async def serve_and_close() -> None:
        async with served:
            served.start()
            await serve_forever(served.app, host, port, on_ready, allow_hosts)

    asyncio.run(serve_and_close())
