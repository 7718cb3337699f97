"""What carries the requests: the network, or an application in this very process."""

from collections.abc import Awaitable, Callable, MutableMapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI 3 application."""


def fast_network(max_connections: int) -> "httpx.AsyncBaseTransport | None":
    """`httpx-aiohttp` (extra `speed`) where it is installed: less CPU a request, at any width.

    None where it is not, or where the environment names a proxy, which httpx itself follows.
    """
    if find_spec("httpx_aiohttp") is None:
        return None
    from urllib.request import getproxies  # noqa: PLC0415  # slow to import

    if getproxies():
        return None
    import httpx  # noqa: PLC0415  # slow to import
    from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415  # an extra

    carrier: httpx.AsyncBaseTransport = AiohttpTransport(limits=httpx.Limits(max_connections=max_connections))
    return carrier


def in_process(app: AsgiApp) -> "httpx.AsyncBaseTransport":
    """A transport that hands requests to an application in this process: no socket, the same contract."""
    import httpx  # noqa: PLC0415  # slow to import

    return httpx.ASGITransport(app=app)
