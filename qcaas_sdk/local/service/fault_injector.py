"""Makes the faults of the settings happen, in front of the service's app."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from qcaas_sdk._base.clock import Clock
from qcaas_sdk.local.faults import ConnectionDropped, FaultKind, LocalFault
from qcaas_sdk.local.service.asgi import AsgiApp, Message, Receive, Scope, Send

DROP_CONNECTION = "qcaas.drop_connection"
"""The ASGI extension with which a server lets an app close the connection without a response."""


class FaultInjector:
    """An ASGI app around another one. It injects the configured faults."""

    def __init__(self, app: AsgiApp, faults: Sequence[LocalFault], *, clock: Clock, seed: int | None) -> None:
        self._app = app
        self._faults = faults
        self._seen = [0] * len(faults)
        self._clock = clock
        self._rng = random.Random(seed)  # noqa: S311 - a schedule, not a secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or inject a fault."""
        # A client in this process that polls in a tight loop must yield to the event loop, or no task would advance.
        await asyncio.sleep(0)
        fault = self._strike(f"{scope['method']} {scope['path']}") if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        match fault.kind:
            case FaultKind.DROP_BEFORE:
                await _drop(scope)
            case FaultKind.DROP_AFTER:
                await self._response_of_app(scope, receive)
                await _drop(scope)
            case FaultKind.STATUS:
                text = b'{"response": {"errors": ["a fault injected by the settings"]}}'
                await _send(send, fault.status, b"application/json", text, fault.retry_after_s)
            case FaultKind.HTML:
                page = b"<html><body><h1>Bad Gateway</h1></body></html>"
                await _send(send, fault.status, b"text/html", page, None)
            case FaultKind.TRUNCATED:
                status, body = await self._response_of_app(scope, receive)
                await _send(send, status, b"application/json", body[: len(body) // 2], None)
            case FaultKind.SLOW:
                await self._clock.sleep(fault.delay_s)
                await self._app(scope, receive, send)

    def _strike(self, request: str) -> LocalFault | None:
        chosen: LocalFault | None = None
        for index, fault in enumerate(self._faults):
            if fault.on not in request:
                continue
            nth = self._seen[index]
            self._seen[index] += 1
            # Every matching fault draws, so that the draws of one fault do not depend on another fault.
            strikes = self._rng.random() < fault.probability
            if chosen is None and strikes and (fault.nth is None or nth in fault.nth):
                chosen = fault
        return chosen

    async def _response_of_app(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        status = 500
        body = bytearray()

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        return status, bytes(body)


async def _drop(scope: Scope) -> None:
    drop_connection: Callable[[], Awaitable[None]] | None = (scope.get("extensions") or {}).get(DROP_CONNECTION)
    if drop_connection is None:
        raise ConnectionDropped("the embedded QPU dropped the connection: a fault injected by the settings")
    await drop_connection()


async def _send(send: Send, status: int, content_type: bytes, body: bytes, retry_after_s: float | None) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    if retry_after_s is not None:
        headers.append((b"retry-after", f"{retry_after_s:g}".encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
