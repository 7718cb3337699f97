"""The embedded QPU: the service's own REST contract over a real simulator, in process or as a server.

    cloud = LocalCloud(LocalSettings(seed=7))
    httpx.AsyncClient(transport=httpx.ASGITransport(cloud.app), base_url="http://qpu.local")

It needs the extra `local`; importing this package does not.
"""

import asyncio
from collections.abc import Callable, Iterable

from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.local.service.cloud import LocalCloud
from qcaas_sdk.local.service.faults import ConnectionDropped, Fault, FaultKind
from qcaas_sdk.local.service.hosts import is_loopback
from qcaas_sdk.local.settings import DEFAULT_QPU_ID, DuplicateSubmission, LocalQpu, LocalSettings, Window
from qcaas_sdk.local.simulator.engines import EngineName
from qcaas_sdk.local.transport import EmbeddedCloud

__all__ = [
    "DEFAULT_QPU_ID",
    "ConnectionDropped",
    "DuplicateSubmission",
    "EmbeddedCloud",
    "EngineName",
    "Fault",
    "FaultKind",
    "LocalCloud",
    "LocalQpu",
    "LocalSettings",
    "Window",
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
    """Serve until SIGINT or SIGTERM. Prints nothing.

    Args:
        cloud: What to serve; settings make a cloud of their own.
        host: The address to listen on. Whoever can reach it can use the QPU: see `is_loopback`.
        port: The port; 0 picks a free one.
        allow_hosts: Names that it answers to, besides those of loopback, the host, and the address that a client
            connects to. A page on the web can lead a browser here under a name of its own; it is refused.
        on_ready: Called with the URL as soon as requests are taken.

    Raises:
        MissingExtra: The packages of the extra `local` are not installed.
        QcaasError: The address cannot be had.
    """
    try:
        # uvicorn is a package of the extra, and this module must load without it.
        from qcaas_sdk.local.service.server import serve_forever  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra("the embedded QPU", "local") from error
    served = cloud if isinstance(cloud, LocalCloud) else LocalCloud(cloud)
    asyncio.run(serve_forever(served, host, port, on_ready, allow_hosts))
