"""Calls that meet in one turn of the event loop travel together.

The data-loader pattern: whoever calls `add` first in a turn opens a batch, the others of that turn join it, and each
gets the answer to its own item. A hundred jobs driven by a user's own `asyncio.gather` are as cheap as a composite.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from attrs import define, field

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Send = Callable[[str, Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]
"""Carries the items of one QPU, in order, and answers each with its answer or its error."""


@define(eq=False)
class _Batch(Generic[Item, Answer]):
    waiting: list[tuple[Item, asyncio.Future[Answer]]] = field(factory=list)
    callers: int = 0
    leaving: asyncio.Task[None] | None = None


class Batcher(Generic[Item, Answer]):
    """Collects the items of a turn, per QPU, and sends them in one go."""

    def __init__(self, send: Send[Item, Answer]) -> None:
        self._send = send
        self._open: dict[str, _Batch[Item, Answer]] = {}

    async def add(self, qpu_id: str, item: Item) -> Answer:
        """Send an item along with the others of this turn.

        If the caller is cancelled before the batch leaves, the item stays behind; afterwards it has left, and the
        batch is given up only when all its callers are. Nobody can join a batch that was given up.

        Raises:
            Exception: The error that `send` gave for this item, or raised for all.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        batch = self._open.get(qpu_id)
        if batch is None:
            batch = self._open[qpu_id] = _Batch()
            # The task inherits the scope of the transition that opened the batch.
            batch.leaving = asyncio.create_task(self._leave(qpu_id, batch), name=f"batch for {qpu_id}")
        batch.waiting.append((item, answer))
        batch.callers += 1
        try:
            return await answer
        finally:
            batch.callers -= 1
            if batch.callers == 0 and batch.leaving is not None:
                self._close(qpu_id, batch)  # at once: the next caller of this turn opens another
                batch.leaving.cancel()

    def _close(self, qpu_id: str, batch: "_Batch[Item, Answer]") -> None:
        """Let nobody join the batch any more."""
        if self._open.get(qpu_id) is batch:
            del self._open[qpu_id]

    async def _leave(self, qpu_id: str, batch: "_Batch[Item, Answer]") -> None:
        try:
            await asyncio.sleep(0)  # the rest of this turn may still join
            self._close(qpu_id, batch)
            waiting = [(item, future) for item, future in batch.waiting if not future.done()]
            await self._answer(qpu_id, waiting)
        finally:
            self._close(qpu_id, batch)
            for _, future in batch.waiting:
                future.cancel()  # if somebody cancelled this very task: its callers must not wait for ever

    async def _answer(self, qpu_id: str, waiting: "list[tuple[Item, asyncio.Future[Answer]]]") -> None:
        """Send the items, and hand each caller its answer."""
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._send(qpu_id, [item for item, _ in waiting])
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
    """Cut a sequence into runs, in order.

    Args:
        sizes: The bytes of each item.
        limit: Bytes that a run may have; an item over it makes a run of its own.
        most: Items that a run may have.
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
