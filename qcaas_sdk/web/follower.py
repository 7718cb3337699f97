"""Follows the jobs of a source: reads what is new a few times a second, and wakes the streams."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.text import message, one_line
from qcaas_sdk._journal import EMBEDDED
from qcaas_sdk._record import JobRecord
from qcaas_sdk.errors import BadJournal, JournalError
from qcaas_sdk.web.board import Board
from qcaas_sdk.web.control import Control, Handles
from qcaas_sdk.web.estimates import AskService, Estimates
from qcaas_sdk.web.source import Source

EVERY_S = 0.2
"""Seconds between two readings. What happens between them is one message to each browser."""

UNWATCHED_S = 1.0
"""The same while no browser shows the page."""

SHARE = 0.2
"""The maximum share of time spent on reading, unless the pause would be longer than `MAX_PAUSE_S`."""

MAX_PAUSE_S = 2.0
"""Seconds between two reads, at most."""

OWNER_EVERY_S = 2.0
"""Seconds between two checks that a process works on the jobs."""


class Follower:
    """Follows the jobs of a source.

    Attributes:
        source: Where the jobs are.
        board: What the page shows of them.
        clock: The source of time.
        control: Changes jobs; None if nobody may.
        streams: How many browsers show the page.
        closed: Whether it has ended.
        estimates: The service's estimates of its queues, if it can be asked.
    """

    def __init__(
        self,
        source: Source,
        clock: Clock,
        *,
        handles: Handles | None = None,
        requests: Callable[[], int | None] = lambda: None,
        ask: AskService | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            source: Where the jobs are.
            clock: The source of time.
            handles: Finds the handles on jobs, if they may be changed.
            requests: How many requests were sent to the service; None if that is not known.
            ask: Asks the service for its estimate of a QPU's queue, if that is possible.
        """
        self.estimates = None if ask is None else Estimates(ask, clock)
        self.source = source
        self.board = Board(clock, requests, {} if self.estimates is None else self.estimates.known)
        self.clock = clock
        self.control = None if handles is None else Control(handles, self._note)
        self.streams = 0
        self.closed = False
        self._changed = asyncio.Event()
        self._owner_at = float("-inf")

    async def follow(self) -> None:
        """Follow the jobs until the task is cancelled or the journal turns out to be damaged."""
        while True:
            began = self.clock.monotonic()
            error = ""
            try:
                await self.read()
            except BadJournal as damaged:  # what was read of it stays
                self._tell(str(damaged))
                return
            except JournalError as unreadable:  # for the moment, perhaps
                error = str(unreadable)
            self._tell(error)
            took = self.clock.monotonic() - began
            pause = max(EVERY_S if self.streams else UNWATCHED_S, min(took / SHARE, MAX_PAUSE_S))
            await self.clock.sleep(pause)

    def waiting(self) -> list[str]:
        """The QPUs that the service is asked about: jobs wait there, and a browser shows the page."""
        return self.board.waiting if self.streams else []

    async def read(self) -> None:
        """Take in what is new.

        Raises:
            JournalError: The journal cannot be read.
        """
        news = self.board.update(await self.source.read())
        news = self.board.set_service(_called(self.source.service)) or news
        if self.clock.monotonic() - self._owner_at >= OWNER_EVERY_S:
            self._owner_at = self.clock.monotonic()
            news = self.board.set_working(self.source.in_use) or news
        if news:
            self.wake()

    def job(self, number: int) -> tuple[JobRecord, str, str] | None:
        """The record of a job, what a person calls it, and what the page notes about it."""
        record = self.source.record(number)
        return None if record is None else (record, *self.board.texts(number))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While a browser shows the page."""
        self.streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    async def changed(self) -> None:
        """Wait until something has changed, or this has ended."""
        await self._changed.wait()

    def wake(self) -> None:
        """Wake the streams."""
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """End the streams, and stop waiting for what the page began."""
        self.closed = True
        if self.control is not None:
            self.control.close()
        self.source.close()
        self.wake()

    def _tell(self, error: str) -> None:
        if self.board.set_error(message(error)):
            self.wake()

    def _note(self, number: int, record: JobRecord, text: str) -> None:
        self.board.note(number, record, text)
        self.wake()


def _called(service: str) -> str:
    return "the embedded QPU" if service == EMBEDDED else one_line(service)
