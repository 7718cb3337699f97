"""What a scenario, and the world that it runs in, can say to the exploration that runs it."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from qcaas_sdk.testing.exploration.loop import ExploredLoop
from qcaas_sdk.testing.exploration.step import TOUCHES

T = TypeVar("T")

_Countable: TypeAlias = Literal["choices", "faults", "cancellations", "crashes"]


def choose(*options: T, counts_as: _Countable = "choices") -> T:
    """Return one of some options. An exploration tries all of them, in order; elsewhere you get the first one.

    Args:
        *options: The options.
        counts_as: The bound that all options but the first one use up: "faults", "cancellations" or "crashes".
            By default there is no bound.

    Raises:
        ValueError: There is no option, or no such bound.
    """
    if not options or counts_as not in get_args(_Countable):
        raise ValueError(f"choose() needs an option, and counts_as is one of {', '.join(get_args(_Countable))}")
    loop = _loop()
    if loop is None:
        return options[0]
    chosen = options[loop.trail.choose(counts_as, len(options))]
    loop.trail.note(lambda: f"{chosen!r}")
    if loop.log is not None and chosen is not options[0]:
        loop.log.append(f"chosen: {chosen!r}")
    return chosen


async def crash_point(name: str) -> None:
    """A place where the process may die, for example because something is durable now.

    Work in a thread has two such places automatically: before it, and after it, before any code knows its result.
    """
    loop = _loop()
    if loop is None or loop.trail.choose("crashes", 2) == 0:
        return
    text = f"the process dies at {name}"
    loop.trail.note(lambda: text)
    loop.die(text)
    await loop.create_future()


def cancellable(work: Coroutine[Any, Any, T], *, name: str | None = None) -> "asyncio.Task[T]":
    """A task that an exploration may cancel, at each of its awaits."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    if (loop := _loop()) is not None:
        loop.let_cancel(task)
    return task


@contextmanager
def touching(*keys: object) -> Iterator[None]:
    """Promise that this task, and the tasks and callbacks that it makes in this block, touch only these keys.

    Steps that touch different things need not be tried in both orders. A step that makes no promise counts as one
    that touches everything. `touch` adds to the promise, for one step.

    Args:
        *keys: What they may read and write: any hashable values. Without keys, they touch only things of their own,
            which they may share with each other.
    """
    if not keys and (loop := _loop()) is not None:
        keys = (loop.here,)
    for key in keys:  # for the step that runs now, if no await comes in between
        touch(key)
    token = TOUCHES.set(dict.fromkeys(keys, True))
    try:
        yield
    finally:
        TOUCHES.reset(token)


def touch(key: object, *, write: bool = True) -> None:
    """Say that the current step reads or writes something; see `touching`."""
    if (loop := _loop()) is not None:
        loop.touch(key, write=write)


def tell(line: str) -> None:
    """Add a line to the diagram of a failure, in Mermaid's syntax, for example `client->>server: GET /`."""
    if (loop := _loop()) is not None and loop.log is not None:
        loop.log.append(f"> {line}")


def _loop() -> ExploredLoop | None:
    loop = asyncio._get_running_loop()
    return loop if isinstance(loop, ExploredLoop) else None


__all__: Sequence[str] = ["cancellable", "choose", "crash_point", "tell", "touch", "touching"]
