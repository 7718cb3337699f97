"""What carries the requests: the network, or an application in this very process."""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from qcaas_sdk.transport.trust import LOOPBACK, is_loopback

if TYPE_CHECKING:
    import httpx

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI 3 application."""


class Carrier(Protocol):
    """What takes requests to where they go: a transport of httpx, or a client that picks one by the address."""

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        """Send it; the answer's body is still to be read."""
        ...

    async def aclose(self) -> None:
        """Let go of all connections."""
        ...


def carrier_for(host: str, given: "httpx.AsyncBaseTransport | None", keepalive: int) -> tuple[Carrier, bool]:
    """What carries requests to a service and its QPUs. It follows nothing, and keeps no cookies.

    A transport is used as it is, without httpx's client around it: that costs a third of a request's CPU, for
    redirects, cookies and authentication that are not wanted here. Only a proxy that the environment names
    (`HTTPS_PROXY`, `NO_PROXY`) needs the client, since many networks have no other way out.

    Args:
        host: The service's host; no proxy is used for one that is this machine itself.
        given: The user's own transport; None for the network.
        keepalive: Idle connections to keep.

    Returns:
        The carrier, and whether it tells when a request begins to leave (httpx's own network does).
    """
    import httpx  # noqa: PLC0415  # slow to import; `import qcaas_sdk` does without it

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=keepalive)
    if given is not None:
        return given, isinstance(given, httpx.AsyncHTTPTransport)
    if _names_a_proxy():
        return _ByWayOfProxies(host, limits), True
    fast = fast_network()
    return (fast, False) if fast is not None else (httpx.AsyncHTTPTransport(limits=limits), True)


class _ByWayOfProxies:
    """httpx's client, for the one thing that only it can do."""

    def __init__(self, host: str, limits: "httpx.Limits") -> None:
        import httpx  # noqa: PLC0415  # loaded when the transport was opened

        direct = {*LOOPBACK, host} if is_loopback(host) else LOOPBACK
        self._client = httpx.AsyncClient(
            mounts={f"all://[{name}]" if ":" in name else f"all://{name}": None for name in direct},
            limits=limits,
            follow_redirects=False,
        )

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        # A `.netrc` of the user's would add a second credential.
        return await self._client.send(request, stream=True, auth=None)

    async def aclose(self) -> None:
        await self._client.aclose()


def _names_a_proxy() -> bool:
    from urllib.request import getproxies  # noqa: PLC0415  # slow to import

    return bool(getproxies().keys() - {"no"})


def fast_network() -> "httpx.AsyncBaseTransport | None":
    """`httpx-aiohttp` (extra `speed`): less CPU a request, at any width; None where it is not installed."""
    if find_spec("httpx_aiohttp") is None:
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
