"""What carries the requests: the network, or an application in this very process."""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from qcaas_sdk.transport.trust import LOOPBACK, is_loopback

if TYPE_CHECKING:
    import httpx

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI 3 application."""


def client_for(
    host: str, carrier: "httpx.AsyncBaseTransport | None", keepalive: int
) -> tuple["httpx.AsyncClient", bool]:
    """An httpx client that follows nothing, and no proxy to this machine itself.

    A proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`) is used, since many networks have no other way
    out; a `.netrc` is not, since it would add a second credential.

    Args:
        host: The service's host.
        carrier: What carries the requests; None for the network.
        keepalive: Idle connections to keep.

    Returns:
        The client, and whether it tells when a request begins to leave (httpx's own network does).
    """
    import httpx  # noqa: PLC0415  # slow to import; `import qcaas_sdk` does without it

    direct = {*LOOPBACK, host} if is_loopback(host) else LOOPBACK
    carrier = carrier or fast_network()
    client = httpx.AsyncClient(
        transport=carrier,
        mounts={f"all://[{name}]" if ":" in name else f"all://{name}": None for name in direct},
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=keepalive),
        follow_redirects=False,
    )
    return client, carrier is None or isinstance(carrier, httpx.AsyncHTTPTransport)


def fast_network() -> "httpx.AsyncBaseTransport | None":
    """`httpx-aiohttp` (extra `speed`) where it is installed: less CPU a request, at any width.

    None where it is not, or where the environment names a proxy, which httpx itself follows.
    """
    if find_spec("httpx_aiohttp") is None:
        return None
    from urllib.request import getproxies  # noqa: PLC0415  # slow to import

    if getproxies().keys() - {"no"}:
        return None
    import httpx  # noqa: PLC0415  # slow to import

    context = httpx.create_ssl_context()
    aiohttp = import_module("aiohttp")  # an extra

    def session() -> object:
        connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=httpx.Limits().keepalive_expiry)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    carrier: httpx.AsyncBaseTransport = import_module("httpx_aiohttp").AiohttpTransport(
        verify=context, client=session
    )
    return carrier


def in_process(app: AsgiApp) -> "httpx.AsyncBaseTransport":
    """A transport that hands requests to an application in this process: no socket, the same contract."""
    import httpx  # noqa: PLC0415  # slow to import

    return httpx.ASGITransport(app=app)


def is_of_the_wire(error: Exception) -> bool:
    """Whether the carrier failed, and not the code around it."""
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    return isinstance(error, httpx.TransportError | OSError) or _of_aiohttp(error)


def never_left(error: Exception) -> bool:
    """Whether it is certain that nothing of the request has left: no connection was ever made.

    `httpx-aiohttp` 0.2 calls a dropped connection a `ConnectTimeout`, even when the whole request had been sent;
    so aiohttp's own error, where there is one, has the last word.
    """
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    for told in (error, error.__cause__):
        if told is not None and _of_aiohttp(told):
            aiohttp = sys.modules["aiohttp"]
            return isinstance(told, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)


def _of_aiohttp(error: BaseException) -> bool:
    aiohttp = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(error, aiohttp.ClientError)
