"""Tasks and futures with the same place in a set in every run: asyncio itself keeps some in sets."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")


class KnownTask(asyncio.Task[T]):
    """A task whose hash is its number."""

    def __init__(
        self,
        number: int,
        coro: Coroutine[Any, Any, T],
        loop: asyncio.AbstractEventLoop,
        name: str,
        context: Context | None,
    ) -> None:
        """It begins when the loop gets to it."""
        self._number = number
        super().__init__(coro, loop=loop, name=name, context=context)

    def __hash__(self) -> int:
        return self._number


class KnownFuture(asyncio.Future[T]):
    """A future whose hash is its number."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        """It has no result yet."""
        self._number = number
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self._number
