"""The embedded service on a socket, for other programs to reach."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterable, Iterator

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from qcaas_sdk.errors import QcaasError
from qcaas_sdk.local.service.cloud import LocalCloud
from qcaas_sdk.local.service.faults import DROP_CONNECTION, AsgiApp, Message, Receive, Scope, Send
from qcaas_sdk.local.service.hosts import HostCheck

REQUEST_TIME_S = 10.0
"""How long a request may take to arrive."""

MAX_CONNECTIONS = 256
"""One more takes the place of the one that has waited longest: for its first request, the rest of one, or another."""


class _Protocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with bounds.

    It has the means to drop a connection, which the faults need, and drops those whose requests do not come.
    """

    _deadline: asyncio.TimerHandle | None = None
    _waits_since: float | None = None
    """Since when no request is answered here; None while one is."""

    def _awaits_request(self) -> None:
        if self._deadline is None:
            self._waits_since = self.loop.time()
            self._deadline = self.loop.call_later(REQUEST_TIME_S, self.transport.abort)

    def _has_request(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def data_received(self, data: bytes) -> None:
        """Take what came, and see that the rest of it will come soon."""
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._awaits_request()
        else:
            self._has_request()
            self._waits_since = None

    def on_response_complete(self) -> None:
        """Wait for the next request, which may not come, or of which only a part came with the last one."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._awaits_request()
        elif self.conn.their_state is h11.IDLE:
            self._waits_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._has_request()
        super().connection_lost(exc)

    def _drop_one_too_many(self) -> None:
        if len(self.connections) <= MAX_CONNECTIONS:
            return
        waiting = [each for each in self.connections if isinstance(each, _Protocol) and each._waits_since is not None]
        oldest = min(waiting, key=lambda each: each._waits_since or 0.0)
        oldest.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._awaits_request()
        self._drop_one_too_many()
        app: AsgiApp = self.app

        async def app_with_drop(scope: Scope, receive: Receive, send: Send) -> None:
            async def drop_connection() -> None:
                transport.abort()
                # Until uvicorn knows that the connection is gone, it would answer 500 for an app that said nothing.
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
        """Take SIGINT and SIGTERM as a wish to end well, and do not raise them again afterwards."""
        loop = asyncio.get_running_loop()
        taken = []
        for wish in (signal.SIGINT, signal.SIGTERM):
            # Not the main thread, or no such thing on this system: then whoever called us sees to it.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(wish, self.handle_exit, wish, None)
                taken.append(wish)
        try:
            yield
        finally:
            for wish in taken:
                loop.remove_signal_handler(wish)


async def serve_forever(
    cloud: LocalCloud, host: str, port: int, on_ready: Callable[[str], None], allow_hosts: Iterable[str] = ()
) -> None:
    """Serve until SIGINT or SIGTERM, then close the cloud.

    Raises:
        QcaasError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise QcaasError(
            f"cannot listen on {host} port {port}: {error}; choose another port, or 0 for any"
        ) from error
    shown_host = f"[{host}]" if family == socket.AF_INET6 else host
    url = f"http://{shown_host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        HostCheck(cloud.app, [host, *allow_hosts]),
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
        async with cloud:
            await _Server(config, lambda: on_ready(url)).serve(sockets=[listener])
