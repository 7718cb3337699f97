"""A callback that can run next, and how it is told to people."""

import asyncio
import contextvars
import os
from collections.abc import Callable
from contextvars import Context, ContextVar
from functools import partial
from pathlib import Path
from typing import Any

TOUCHES: ContextVar[dict[object, bool] | None] = ContextVar("what the steps of a task touch", default=None)

EVENT_LOOP = "event loop"
"""Who runs what is no task."""

WOKEN_BY = ", woken by "

_ASYNCIO = str(Path(asyncio.__file__).parent) + os.sep


class Step(asyncio.TimerHandle):
    """A callback that can run, now or at its time.

    Attributes:
        id: The same in every run in which the same step makes it.
        made_by: The id of the step that has made it.
        place: The turn of asyncio's loop in which it would run, doubled; plus one for a timer, which comes last.
    """

    __slots__ = ("id", "made_by", "place")

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[object, ...],
        context: Context | None,
        made_by: int,
        number: int,
    ) -> None:
        self._when = when
        self._callback = callback
        self._args = args
        self._context = contextvars.copy_context() if context is None else context
        self._cancelled = False
        self._scheduled = False
        self.made_by = made_by
        self.place = 0
        self.id = hash((made_by, number))

    def __lt__(self, other: object) -> bool:
        return NotImplemented  # times are compared together with numbers

    def __repr__(self) -> str:
        return f"<step {self.words()}>"

    def cancel(self) -> None:
        """It is not to run."""
        self._cancelled = True

    @property
    def task(self) -> "asyncio.Task[Any] | None":
        """The task that it lets go on; None for another callback."""
        owner = getattr(self._callback, "__self__", None)
        return owner if isinstance(owner, asyncio.Task) else None

    @property
    def lineage(self) -> object:
        """The task that it lets go on, or its id."""
        return self.id if (task := self.task) is None else task

    @property
    def who(self) -> str:
        """The name of the task that it lets go on; the event loop for another callback."""
        return EVENT_LOOP if (task := self.task) is None else task.get_name()

    def words(self) -> str:
        """What it does, for people."""
        if (task := self.task) is not None:
            return f"{task.get_name()} at {place_of(task)}"
        return name_of(self._callback)

    def touched(self) -> dict[object, bool] | None:
        """What its context says that it touches."""
        return self._context.get(TOUCHES)

    def run(self) -> None:
        """Run it."""
        self._context.run(self._callback, *self._args)


def place_of(task: "asyncio.Task[Any]") -> str:
    """Where a task stands: the innermost of its coroutines that is not asyncio's, and what of asyncio's it awaits."""
    work: Any = task.get_coro()
    found, last = work, work
    while (frame := getattr(work, "cr_frame", None)) is not None:
        if not frame.f_code.co_filename.startswith(_ASYNCIO):
            found = work
        last, work = work, work.cr_await
    awaited = "" if last is found else f", in {last.__qualname__}"
    frame = getattr(found, "cr_frame", None)
    name = getattr(found, "__qualname__", type(found).__name__)
    if frame is None:
        return f"the end of {name}"
    return f"{name} ({frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}){awaited}"


def name_of(func: Callable[..., object]) -> str:
    """The name of a function, also if some arguments are bound to it, or if `asyncio.to_thread` has wrapped it."""
    while isinstance(func, partial):
        func = func.args[0] if isinstance(getattr(func.func, "__self__", None), Context) else func.func
    return str(getattr(func, "__qualname__", type(func).__name__))
