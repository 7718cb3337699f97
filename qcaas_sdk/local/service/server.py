"""Serves the embedded service on a socket."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterable, Iterator

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from qcaas_sdk._guards.listening import listening
from qcaas_sdk.local.service.asgi import AsgiApp, Message, Receive, Scope, Send
from qcaas_sdk.local.service.fault_injector import DROP_CONNECTION
from qcaas_sdk.local.service.hosts import HostCheck

MAX_REQUEST_TIME_S = 10.0
"""Seconds in which a request must arrive."""

MAX_CONNECTIONS = 256
"""One more closes the connection that has waited longest: for its first request, the rest of one, or another."""


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, with limits.

    It lets an app drop a connection, for the injected faults, and drops connections whose request does not arrive.
    """

    _deadline: asyncio.TimerHandle | None = None
    _waits_since: float | None = None
    """Since when it waits for a request; None while the app handles one."""

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._waits_since = self.loop.time()
            self._deadline = self.loop.call_later(MAX_REQUEST_TIME_S, self.transport.abort)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def data_received(self, data: bytes) -> None:
        """Handle received data, and set a deadline for the rest of the request."""
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._start_deadline()
        else:
            self._stop_deadline()
            self._waits_since = None

    def on_response_complete(self) -> None:
        """Wait for the next request, of which a part may have come with the last one."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._start_deadline()
        elif self.conn.their_state is h11.IDLE:
            self._waits_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        self._stop_deadline()
        super().connection_lost(exc)

    def _drop_oldest_if_too_many(self) -> None:
        if len(self.connections) <= MAX_CONNECTIONS:
            return
        waiting = [each for each in self.connections if isinstance(each, _Protocol) and each._waits_since is not None]
        oldest = min(waiting, key=lambda each: each._waits_since or 0.0)
        oldest.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._start_deadline()
        self._drop_oldest_if_too_many()
        app: AsgiApp = self.app

        async def app_with_drop(scope: Scope, receive: Receive, send: Send) -> None:
            async def drop_connection() -> None:
                transport.abort()
                # Return only when uvicorn knows that the connection is closed: before that it would respond with 500.
                message: Message = {"type": ""}
                while message["type"] != "http.disconnect":
                    message = await receive()

            scope["extensions"] = {**(scope.get("extensions") or {}), DROP_CONNECTION: drop_connection}
            await app(scope, receive, send)

        self.app = app_with_drop


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM end the server, without raising them again afterwards."""
        loop = asyncio.get_running_loop()
        handled = []
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not possible outside the main thread and on Windows: there the caller handles the signals.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.handle_exit, number, None)
                handled.append(number)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)


async def serve_forever(
    app: AsgiApp, host: str, port: int, on_ready: Callable[[str], None], allow_hosts: Iterable[str] = ()
) -> None:
    """Serve an app until SIGINT or SIGTERM.

    Raises:
        QcaasError: It cannot listen on that address.
    """
    listener, url = listening(host, port)
    config = uvicorn.Config(
        HostCheck(app, [host, *allow_hosts]),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    with listener:
        await _Server(config, lambda: on_ready(url)).serve(sockets=[listener])
