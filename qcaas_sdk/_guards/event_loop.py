"""One SDK, one event loop: its locks, connections and waiters belong to the loop in which it was opened."""

import asyncio
import os
import threading

from qcaas_sdk.errors import WrongEventLoop, WrongProcess

WRONG_PROCESS = (
    "this SDK was opened in the process that this one was forked from, and its connections and its journal belong to "
    'that one: open an SDK of your own here, or start processes with `multiprocessing.get_context("spawn")`. '
    "Snapshots can be passed on: `job.to_snapshot()`, `sdk.from_snapshot(…)`"
)


class LoopGuard:
    """Knows the loop in which an SDK was opened, and refuses calls from any other loop, thread or process."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = self._pid = 0

    def enter(self) -> None:
        """Belong to the running loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._pid = os.getpid()

    def leave(self) -> None:
        """Belong to no loop."""
        self._loop = None

    @property
    def entered(self) -> bool:
        """Whether it belongs to a loop."""
        return self._loop is not None

    @property
    def loop_has_ended(self) -> bool:
        """Whether there was a loop, and it will never run again."""
        return self._loop is not None and self._loop.is_closed()

    def check(self) -> None:
        """Nothing, if this is the loop; or, outside of any loop, its thread.

        Raises:
            WrongEventLoop: It is not.
            WrongProcess: This process is a fork of the one that it belongs to.
        """
        loop = self._loop
        if loop is None:
            return
        if os.getpid() != self._pid:
            raise WrongProcess(WRONG_PROCESS)
        if (running := asyncio._get_running_loop()) is loop:
            return
        if running is None and threading.get_ident() == self._thread:
            return
        if loop.is_closed():
            raise WrongEventLoop(
                "the event loop in which this SDK was opened has ended: `await sdk.close()` and open it again here, "
                "or do everything inside one asyncio.run()"
            )
        raise WrongEventLoop(
            "this SDK was opened in another event loop or thread, and works only there: open one SDK in each, or "
            "schedule the call with asyncio.run_coroutine_threadsafe(…, loop)"
        )
