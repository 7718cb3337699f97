"""Which host names a server accepts.

A web page can make a browser connect to this machine under the page's own host name (DNS rebinding). The browser then
sends that name in the Host header, so a server that accepts only its own names is safe.
"""

import ipaddress
import json
import re
from collections.abc import Iterable

from qcaas_sdk.local.service.asgi import AsgiApp, Receive, Scope, Send

_PORT = re.compile(r":\d{0,5}\Z")
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # addresses to listen on, not to connect to


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on that host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def name_in(host_header: str) -> str:
    """The name or address in a Host header, without its port, in lower case."""
    host = _PORT.sub("", host_header.strip()).lower()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


class HostCheck:
    """An ASGI app around another one. It refuses requests for other hosts.

    It accepts loopback names and addresses, the address that the client connected to, and the given names.

    Args:
        app: The inner app.
        names: More names, without a port.
    """

    def __init__(self, app: AsgiApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(map(name_in, names)) - _WILDCARDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and self._is_accepted(name_in(hosts[0]), scope):
            await self._app(scope, receive, send)
            return
        text = "this server does not accept the name in the Host header: qcaas serve --allow-host NAME allows it"
        body = json.dumps({"response": {"errors": [text]}}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 421, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _is_accepted(self, name: str, scope: Scope) -> bool:
        server = scope.get("server")
        return is_loopback(name) or name in self._names or (server is not None and name == server[0])
