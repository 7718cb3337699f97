"""The requests of a login, which carry no credential, and logins that outlive the request behind them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from attrs import define, field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._http.json_decoding import JsonValue
from qcaas_sdk._http.retry import RetryPolicy

T = TypeVar("T")

LOGIN_POLICY = RetryPolicy(total_s=30.0, read_timeout_s=10.0)
"""The limits of one request to a provider of sign-ins."""

MAX_CLOSING_S = 2.5
"""Seconds that a client waits for a login when it is closed."""


class _Send(Protocol):
    async def __call__(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None,
        basic: str | None,
        confidential: bool,
        single_attempt: bool,
        authenticate: bool,
        policy: RetryPolicy,
    ) -> JsonValue: ...


class _Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]": ...


@frozen(eq=False, repr=False)
class LoginRequests:
    """Implements `Post` for one client.

    Attributes:
        clock: The source of time.
    """

    clock: Clock
    _post: Callable[[str, dict[str, str]], Awaitable[JsonValue]]
    _send: _Send
    _spawn: _Spawn

    async def __call__(self, path: str, body: dict[str, str], /) -> JsonValue:
        """Send one JSON request to the service."""
        return await self._post(path, body)

    async def exchange(
        self, url: str, form: Mapping[str, str] | None, *, basic: str | None = None, single_attempt: bool = False
    ) -> JsonValue:
        """Send a request to any host, with retries."""
        return await self._send(
            "GET" if form is None else "POST",
            url,
            form=form,
            basic=basic,
            confidential=True,
            single_attempt=single_attempt,
            authenticate=False,
            policy=LOGIN_POLICY,
        )

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run a coroutine that outlives the request behind it."""
        return self._spawn(work)


@define(eq=False, repr=False)
class LoginTasks:
    """The logins of a client that are under way. The answer to one may hold the only valid refresh token."""

    _tasks: set[asyncio.Task[Any]] = field(factory=set, init=False)

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Begin one."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_noticed)
        return task

    async def close(self) -> None:
        """Wait for those of this event loop; what takes too long is cancelled."""
        loop = asyncio.get_running_loop()
        if pending := {task for task in self._tasks if task.get_loop() is loop and not task.done()}:
            _, late = await asyncio.wait(pending, timeout=MAX_CLOSING_S)
            for task in late:
                task.cancel()


def _noticed(task: "asyncio.Task[Any]") -> None:
    """Mark a task's error as seen, even if no request waits for it any more."""
    if not task.cancelled():
        task.exception()
