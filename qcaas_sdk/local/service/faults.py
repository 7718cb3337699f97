"""Faults on purpose: what a distant service does on a bad day, for tests and demos.

A `Fault` says what goes wrong and on which requests. Several make a schedule: for each request the first one
that strikes is taken. Everything random comes from the settings' seed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._guards import arguments

# The ASGI protocol's own types: its messages are open dictionaries.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

DROP_CONNECTION = "qcaas.drop_connection"
"""The ASGI extension by which a server lends us the means to close a connection without an answer."""


class ConnectionDropped(ConnectionResetError):
    """In process there is no socket to close: the caller of the ASGI app sees this instead."""


class FaultKind(StrEnum):
    """What can go wrong with one request."""

    DROP_BEFORE = "drop before"
    """The connection closes, and the server has not acted."""
    DROP_AFTER = "drop after"
    """The server acts, then the connection closes without an answer."""
    STATUS = "status"
    """An error status with a JSON body; the server has not acted."""
    HTML = "html"
    """A page meant for people, as proxies send; the server has not acted."""
    TRUNCATED = "truncated"
    """The server acts, and half of its JSON answer arrives."""
    SLOW = "slow"
    """The server acts and answers, but late."""


def _kind(kind: FaultKind | str) -> FaultKind:
    return arguments.member(kind, "kind", FaultKind)


def _times(times: Iterable[int] | None) -> tuple[int, ...] | None:
    if times is None:
        return None
    listed = arguments.each(times, "times", int)
    return tuple(arguments.whole(nth, "times", least=0, most=2**63 - 1) for nth in listed)


@frozen
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: What happens.
        on: A part of `"METHOD /path"` that the request must contain; empty for every request.
        times: Which of the requests that match are struck, counted from 0; None for all of them.
        fraction: The probability that a request that matches is struck, between 0 and 1.
        status: The HTTP status of `STATUS` and `HTML`.
        retry_after_s: Seconds for a `Retry-After` header with `STATUS`; None for no header.
        delay_s: Seconds that `SLOW` adds.
    """

    kind: FaultKind = field(converter=_kind)
    on: str = ""
    times: tuple[int, ...] | None = field(default=None, converter=_times)
    fraction: float = 1.0
    status: int = 503
    retry_after_s: float | None = None
    delay_s: float = 1.0

    def __attrs_post_init__(self) -> None:
        arguments.text(self.on, "on", empty=True)
        if arguments.seconds(self.fraction, "fraction") > 1:
            raise arguments.wrong("fraction", "a number from 0 to 1", self.fraction)
        arguments.whole(self.status, "status", least=100, most=599)
        arguments.seconds_or_none(self.retry_after_s, "retry_after_s")
        arguments.seconds(self.delay_s, "delay_s")


class FaultInjector:
    """An ASGI app around another one, that lets the scheduled faults happen."""

    def __init__(self, app: AsgiApp, faults: Sequence[Fault], *, clock: Clock, seed: int | None) -> None:
        self._app = app
        self._faults = faults
        self._seen = [0] * len(faults)
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - a schedule, not a secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, perhaps badly."""
        # A network gives way to others at every request; a client in process that asks in a tight loop must too,
        # or the answer that it waits for would never come.
        await asyncio.sleep(0)
        fault = self._strike(f"{scope['method']} {scope['path']}") if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        match fault.kind:
            case FaultKind.DROP_BEFORE:
                await _drop(scope)
            case FaultKind.DROP_AFTER:
                await self._answer_of_app(scope, receive)
                await _drop(scope)
            case FaultKind.STATUS:
                text = b'{"response": {"errors": ["a fault that the settings ask for"]}}'
                await _send(send, fault.status, b"application/json", text, fault.retry_after_s)
            case FaultKind.HTML:
                page = b"<html><body><h1>Bad Gateway</h1></body></html>"
                await _send(send, fault.status, b"text/html", page, None)
            case FaultKind.TRUNCATED:
                status, body = await self._answer_of_app(scope, receive)
                await _send(send, status, b"application/json", body[: len(body) // 2], None)
            case FaultKind.SLOW:
                await self._clock.sleep(fault.delay_s)
                await self._app(scope, receive, send)

    def _strike(self, request: str) -> Fault | None:
        struck: Fault | None = None
        for index, fault in enumerate(self._faults):
            if fault.on not in request:
                continue
            nth = self._seen[index]
            self._seen[index] += 1
            # The die is cast for every match, so that one rule's luck does not depend on another rule.
            lucky = self._random.random() >= fault.fraction
            if struck is None and not lucky and (fault.times is None or nth in fault.times):
                struck = fault
        return struck

    async def _answer_of_app(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
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
        raise ConnectionDropped("the embedded QPU dropped the connection, as its settings ask")
    await drop_connection()


async def _send(send: Send, status: int, content_type: bytes, body: bytes, retry_after_s: float | None) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    if retry_after_s is not None:
        headers.append((b"retry-after", f"{retry_after_s:g}".encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
