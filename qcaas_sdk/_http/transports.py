"""What sends the requests: the network, directly or through a proxy, or a transport that the user passes."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from qcaas_sdk._guards.own_hosts import is_loopback
from qcaas_sdk.errors import ServerUnreachable

if TYPE_CHECKING:
    import httpx

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The usual names of this machine itself, which no proxy reaches."""


class HttpTransport(Protocol):
    """What sends requests: any `httpx.AsyncBaseTransport`."""

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        """Send it. The body of the response is not read yet."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


def transport_for(host: str, given: HttpTransport | None, keepalive: int) -> tuple[HttpTransport, bool]:
    """The transport for a service and its QPUs. It follows no redirects and keeps no cookies.

    A transport is used without httpx's client, which takes a third of a request's CPU for redirects, cookies and
    authentication that are not needed here. Only a proxy from the environment (`HTTPS_PROXY`, `NO_PROXY`) needs the
    client.

    Args:
        host: The service's host; no proxy is used for this machine itself.
        given: The user's own transport; None for the network.
        keepalive: How many idle connections to keep.

    Returns:
        The transport, and whether it reports when a request starts to be sent (httpx's network transport does).

    Raises:
        ServerUnreachable: The environment names a proxy that cannot be used.
    """
    import httpx  # noqa: PLC0415  # slow to import; `import qcaas_sdk` does without it

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=keepalive)
    if given is not None:
        return given, isinstance(given, httpx.AsyncHTTPTransport)
    if proxies := _proxies():
        return _ByWayOfProxies(host, limits, proxies), True
    fast = fast_network()
    return (fast, False) if fast is not None else (httpx.AsyncHTTPTransport(limits=limits), True)


class _ByWayOfProxies:
    """httpx's client, which supports proxies."""

    def __init__(self, host: str, limits: "httpx.Limits", proxies: Mapping[str, str]) -> None:
        import httpx  # noqa: PLC0415  # loaded when the transport was opened

        self._direct = {*LOOPBACK, host} if is_loopback(host) else LOOPBACK
        self._proxies = proxies
        try:
            self._client = httpx.AsyncClient(
                mounts={f"all://[{name}]" if ":" in name else f"all://{name}": None for name in sorted(self._direct)},
                limits=limits,
                follow_redirects=False,
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:  # its text may repeat a password
            needs = "needs the package `httpx[socks]`" if isinstance(error, ImportError) else "cannot be used"
            named = ", ".join(sorted({_without_password(url) for url in proxies.values()}))
            raise ServerUnreachable(
                f"the proxy that the environment names ({named}) {needs}; a proxy's URL is as 'http://host:port', in "
                "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY",
                temporary=False,
            ) from None

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        # The user's `.netrc` would add a second credential.
        return await self._client.send(request, stream=True, auth=None)

    async def aclose(self) -> None:
        await self._client.aclose()

    def proxy_for(self, url: str) -> str | None:
        """The host and port of the proxy for a URL, for messages; None if there is none."""
        from urllib.request import proxy_bypass  # noqa: PLC0415  # slow to import

        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all")
        if proxy is None or host in self._direct or proxy_bypass(host):
            return None
        return _without_password(proxy)


def proxy_on_the_way(transport: HttpTransport | None, url: str) -> str | None:
    """The host and port of the environment's proxy for a URL; None if there is none."""
    return transport.proxy_for(url) if isinstance(transport, _ByWayOfProxies) else None


def _proxies() -> dict[str, str]:
    from urllib.request import getproxies  # noqa: PLC0415  # slow to import

    return {scheme: url for scheme, url in getproxies().items() if scheme != "no" and url}


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname or "?", f":{parts.port}" if parts.port else ""
    except ValueError:
        return "a URL that cannot be read"
    return f"[{host}]{port}" if ":" in host else f"{host}{port}"


def fast_network() -> "httpx.AsyncBaseTransport | None":
    """`httpx-aiohttp` (extra `speed`): less CPU per request; None if it is not installed."""
    if find_spec("httpx_aiohttp") is None:
        return None
    import httpx  # noqa: PLC0415  # slow to import

    context = httpx.create_ssl_context()
    aiohttp = import_module("aiohttp")  # an extra

    def session() -> object:
        connector = aiohttp.TCPConnector(limit=0, ssl=context, keepalive_timeout=httpx.Limits().keepalive_expiry)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    transport: httpx.AsyncBaseTransport = import_module("httpx_aiohttp").AiohttpTransport(
        verify=context, client=session
    )
    return transport
