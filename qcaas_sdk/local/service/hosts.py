"""Refuses requests under host names that are not the server's own."""

import json
from collections.abc import Iterable

from qcaas_sdk._guards.own_hosts import OwnHosts
from qcaas_sdk.local.service.asgi import AsgiApp, Receive, Scope, Send


class HostCheck:
    """An ASGI app around another one. It refuses requests for other hosts.

    It accepts loopback names and addresses, the address that the client connected to, and the given names.

    Args:
        app: The inner app.
        names: More names, without a port.
    """

    def __init__(self, app: AsgiApp, names: Iterable[str]) -> None:
        self._app = app
        self._own = OwnHosts(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and self._own.accept(hosts[0], scope.get("server")):
            await self._app(scope, receive, send)
            return
        text = "this server does not accept the name in the Host header: qcaas serve --allow-host NAME allows it"
        body = json.dumps({"response": {"errors": [text]}}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 421, "headers": headers})
        await send({"type": "http.response.body", "body": body})
