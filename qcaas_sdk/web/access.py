"""Who may see the page, and who may change jobs with it.

Another web page can make a browser send requests here, even under its own host name (DNS rebinding). So a request
must name this server as its host, and if it says which page it comes from, that page must be this server's own.
"""

import secrets
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qcaas_sdk._guards.own_hosts import OwnHosts

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with every answer."""


class AccessCheck:
    """An ASGI app around another one. It refuses requests for other hosts and from other pages."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        """Around an app.

        Args:
            app: The inner app.
            names: Host names that are accepted besides the loopback names.
        """
        self._app = app
        self._own = OwnHosts(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with our headers in its answer, or refuse it."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(HTTPConnection(scope))
        app = self._app if refusal is None else refusal
        await app(scope, receive, send_with_headers)

    def _refusal(self, request: HTTPConnection) -> PlainTextResponse | None:
        hosts, origins = request.headers.getlist("host"), request.headers.getlist("origin")
        if len(hosts) != 1 or not self._own.accept(hosts[0], request.scope.get("server")):
            return PlainTextResponse("this server does not accept the name in the Host header\n", 421)
        if any(origin.lower().partition("://")[2] != hosts[0].lower() for origin in origins):
            return PlainTextResponse("this server does not accept requests from other pages\n", 403)
        changes = request.scope["method"] not in {"GET", "HEAD"}
        if changes and len(origins) != 1:
            return PlainTextResponse("this request needs an Origin header\n", 403)
        return None


class ControlToken:
    """The token in the URL, which works once, and the secret in the cookie that the browser gets for it.

    Attributes:
        token: The token.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self._secret = secrets.token_urlsafe(24)
        self._used = False

    def exchange(self, token: str) -> str | None:
        """The secret for a browser that has the token; None if the token is wrong or was used."""
        if self._used or not secrets.compare_digest(token.encode(), self.token.encode()):
            return None
        self._used = True
        return self._secret

    def is_held(self, cookie: str | None) -> bool:
        """Whether a browser has the secret."""
        return cookie is not None and secrets.compare_digest(cookie.encode(), self._secret.encode())
