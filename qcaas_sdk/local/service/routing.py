"""Requests, responses and routes on plain ASGI: all that the service needs of a web framework."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from qcaas_sdk.local.service.asgi import AsgiApp, Receive, Scope, Send

DEFAULT_PORTS = {"http": 80, "https": 443}


class Disconnected(Exception):  # not an error of the service
    """The client closed the connection before the request was complete."""


class Request:
    """A request.

    Attributes:
        path_params: The parts of the path that the route names.
    """

    def __init__(self, scope: Scope, receive: Receive, path_params: dict[str, str]) -> None:
        self.path_params = path_params
        self._scope = scope
        self._receive = receive

    def __str__(self) -> str:
        return f"{self._scope['method']} {self._scope['path']}"

    @property
    def header_bytes(self) -> int:
        """The size of its headers."""
        return sum(len(name) + len(value) for name, value in self._scope["headers"])

    def header(self, name: str) -> str | None:
        """The first header of that name, which is in lower case."""
        sought = name.encode()
        return next((value.decode("latin-1") for one, value in self._scope["headers"] if one.lower() == sought), None)

    def query(self, name: str) -> str | None:
        """The last parameter of that name in its query."""
        pairs = parse_qsl(self._scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        return dict(pairs).get(name)

    @property
    def url(self) -> str:
        """The URL by which the client reached the service: that in its Host header, or else its address.

        Raises:
            ValueError: The header is not a host.
        """
        scheme, host = self._scope.get("scheme", "http"), self.header("host")
        if host is None:
            address, port = self._scope.get("server") or ("localhost", None)
            address = f"[{address}]" if ":" in address else address
            host = address if port in {None, DEFAULT_PORTS.get(scheme)} else f"{address}:{port}"
        parts = urlsplit(f"{scheme}://{host}")
        _ = parts.port  # raises a ValueError if it is none
        if not parts.hostname or parts.netloc != host or "@" in host:
            raise ValueError(f"{host!r} is not a host")
        return f"{scheme}://{host}{self._scope.get('root_path', '')}".rstrip("/")

    async def body(self) -> AsyncIterator[bytes]:
        """The parts of its body.

        Raises:
            Disconnected: The client closed the connection.
        """
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            yield message.get("body", b"")
            more = message.get("more_body", False)


class Response(NamedTuple):
    """A response with a JSON value, in ASCII, which can hold lone surrogates too."""

    content: object
    status: int = 200

    async def send(self, send: Send) -> None:
        """Send it."""
        body = json.dumps(self.content, separators=(",", ":")).encode()
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


Endpoint = Callable[[Request], Awaitable[Response]]


class Route(NamedTuple):
    """A call of the contract.

    Attributes:
        method: Its method; GET also answers HEAD.
        path: Its path; `{name}` stands for one part of it.
        endpoint: Answers.
    """

    method: str
    path: str
    endpoint: Endpoint


def as_app(routes: Sequence[Route], refused: Callable[[int, str], Response]) -> AsgiApp:
    """The app with these routes.

    Args:
        routes: The routes; the first that fits answers.
        refused: The response with a status and a message, where none fits or one fails.
    """
    patterns = [
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route.path))), route) for route in routes
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"the embedded QPU has no {scope['type']}")
        method, path = scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))
        fitting = [(found, route) for pattern, route in patterns if (found := pattern.fullmatch(path))]
        for found, route in fitting:
            if method == route.method or (method, route.method) == ("HEAD", "GET"):
                try:
                    response = await route.endpoint(Request(scope, receive, found.groupdict()))
                except Exception as error:
                    await refused(500, f"the embedded QPU failed: {type(error).__name__}").send(send)
                    raise
                await response.send(send)
                return
        status, reason = (405, "Method Not Allowed") if fitting else (404, "Not Found")
        await refused(status, f"{method} {scope['path']}: {reason}").send(send)

    return app
