"""Requests made in one iteration of the event loop are sent as one batch per key, for example per QPU.

The data-loader pattern: the first call of `add` in an iteration opens a batch, the other calls of that iteration join
it, and each gets the answer to its own item. A hundred jobs in a user's own `asyncio.gather` are as cheap as a
composite.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from attrs import define, field

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Answer = TypeVar("Answer")

Send = Callable[[Key, Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]
"""Sends the items of one key, in order, and returns an answer or an error for each."""


@define(eq=False, repr=False)
class _Batch(Generic[Item, Answer]):
    waiting: list[tuple[Item, asyncio.Future[Answer]]] = field(factory=list)
    callers: int = 0
    leaving: asyncio.Task[None] | None = None


class Batcher(Generic[Key, Item, Answer]):
    """Collects the items of one iteration, per key, and sends them together."""

    def __init__(self, send: Send[Key, Item, Answer]) -> None:
        self._send = send
        self._open: dict[Key, _Batch[Item, Answer]] = {}

    async def add(self, key: Key, item: Item) -> Answer:
        """Send an item in the batch of this iteration.

        If the caller is cancelled before the batch is sent, the item is not sent. Later, the batch is cancelled only
        if all its callers are. A cancelled batch accepts no items.

        Raises:
            Exception: The error that `send` returned for this item, or raised for all.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        batch = self._open.get(key)
        if batch is None:
            batch = self._open[key] = _Batch()
            # The task inherits the scope of the transition that opened the batch.
            batch.leaving = asyncio.create_task(self._leave(key, batch), name=f"batch for {key}")
        batch.waiting.append((item, answer))
        batch.callers += 1
        try:
            return await answer
        finally:
            batch.callers -= 1
            if batch.callers == 0 and batch.leaving is not None:
                self._close(key, batch)  # so that the next caller of this iteration opens another
                batch.leaving.cancel()

    def _close(self, key: Key, batch: "_Batch[Item, Answer]") -> None:
        """Accept no more items in the batch."""
        if self._open.get(key) is batch:
            del self._open[key]

    async def _leave(self, key: Key, batch: "_Batch[Item, Answer]") -> None:
        try:
            await asyncio.sleep(0)  # the other calls of this iteration may still join
            self._close(key, batch)
            waiting = [(item, future) for item, future in batch.waiting if not future.done()]
            await self._answer(key, waiting)
        finally:
            self._close(key, batch)
            for _, future in batch.waiting:
                future.cancel()  # if this task was cancelled: its callers must not wait forever

    async def _answer(self, key: Key, waiting: "list[tuple[Item, asyncio.Future[Answer]]]") -> None:
        """Send the items, and give each caller its answer."""
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._send(key, [item for item, _ in waiting])
        except Exception as error:
            answers = [error] * len(waiting)
        for (_, future), answer in zip(waiting, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def cut(sizes: Sequence[int], limit: int, most: int) -> list[slice]:
    """Cut a sequence into consecutive slices.

    Args:
        sizes: The bytes of each item.
        limit: The most bytes per slice; a larger item gets its own slice.
        most: The most items per slice.
    """
    runs: list[slice] = []
    begin = size = 0
    for index, more in enumerate(sizes):
        if index > begin and (size + more > limit or index - begin >= most):
            runs.append(slice(begin, index))
            begin, size = index, 0
        size += more
    if begin < len(sizes):
        runs.append(slice(begin, len(sizes)))
    return runs
