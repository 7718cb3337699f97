"""The journal of an SDK: entries from many jobs, committed in groups."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TypeVar

from qcaas_sdk._journal.file import Body, Entry, JournalFile, encode
from qcaas_sdk.errors import JournalError

T = TypeVar("T")

LATEST_S = 0.1
"""Seconds after which a note is written, even if no code waits for that."""


class Journal:
    """Notes from many jobs, in order, written together: thousands of jobs need tens of commits.

    Attributes:
        noted: How many notes were made.

    A note is durable once `written()` has returned. Other notes are written soon, and in order: after a crash the
    journal has everything up to some moment, without gaps.
    """

    def __init__(self, file: JournalFile, *, first: int = 1, observer: Callable[[Entry], None] | None = None) -> None:
        """A journal on an open file, which it closes in the end.

        Args:
            file: Where it writes.
            first: The number for the first new job or composite: those below are in the file already.
            observer: Called with every note in the instant it is made; must not raise.
        """
        self._file = file
        self._observer = observer
        # Its own executor: the loop's default executor may be busy or shut down.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="qcaas-journal")
        self._writing = Lock()
        self._notes: list[Entry] = []
        self._texts: dict[bytes, str] = {}
        self._batches: deque[tuple[list[Entry], dict[bytes, str]]] = deque()
        self.noted = 0
        self._written = 0
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._commit: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = count(first)

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._file.path

    def new_entity_id(self) -> int:
        """A number for another job or composite."""
        return next(self._numbers)

    def note(self, entity_id: int, kind: str, body: Body, texts: Mapping[bytes, str] | None = None) -> None:
        """Make a note; it is written soon.

        It is encoded here, not when it is written, so that one bad note does not stop the others.

        Raises:
            JournalError: It cannot be written; nothing was noted.
        """
        try:
            entry = Entry(entity_id, kind, body, encode(body))
        except (TypeError, ValueError, RecursionError) as error:
            raise JournalError(
                f"an entry about number {entity_id} cannot be written: {error}", file=str(self.path)
            ) from error
        self._notes.append(entry)
        if texts:
            self._texts.update(texts)
        if self._observer is not None:
            self._observer(entry)
        self.noted += 1
        if self._timer is None and self._commit is None:
            with suppress(RuntimeError):  # no loop, no time: the next note in one, or closing, brings it along
                self._timer = asyncio.get_running_loop().call_later(LATEST_S, self._begin_commit)

    async def written(self) -> None:
        """Wait until every note made so far is durable.

        Raises:
            JournalError: The file cannot be written. The notes are kept, and tried again with the next ones.
        """
        if self._written < self.noted:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append((self.noted, waiter))
            self._begin_commit()
            await waiter

    def write_now(self) -> None:
        """Write every note made so far, without a loop.

        Raises:
            JournalError: As `written`.
        """
        self._make_batch()
        self._write_batches()

    def read(self, entity_ids: Collection[int] | None = None) -> tuple[list[Entry], str | None]:
        """The notes ever made, as `JournalFile.read`.

        Args:
            entity_ids: Those of these jobs and composites; None for all.

        Raises:
            JournalError: Those of late cannot be written.
        """
        self.write_now()
        with self._writing:
            return self._file.read(entity_ids=entity_ids)

    def search(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What a function of the search tables finds; every note made so far counts.

        Raises:
            JournalError: They cannot be read, or late notes cannot be written.
        """
        self.write_now()
        with self._writing:
            return self._file.search(query)

    def close(self) -> None:
        """Write the remaining notes and close the file.

        Raises:
            JournalError: As `written`; the file is closed anyway.
        """
        try:
            self.write_now()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._file.close()
            self._executor.shutdown(wait=False)

    def _begin_commit(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._commit is None:
            self._commit = asyncio.get_running_loop().create_task(self._commit_all(), name="commit to the journal")
            self._commit.add_done_callback(self._committed)

    async def _commit_all(self) -> None:
        await asyncio.sleep(0)  # includes the notes of this iteration of the event loop
        self._make_batch()
        await asyncio.get_running_loop().run_in_executor(self._executor, self._write_batches)

    def _committed(self, commit: "asyncio.Task[None]") -> None:
        self._commit = None
        error = asyncio.CancelledError() if commit.cancelled() else commit.exception()
        waiters, self._waiters = self._waiters, []
        for target, waiter in waiters:
            if waiter.done():  # it was given up
                continue
            if error is not None:
                waiter.set_exception(error)
            elif target <= self._written:
                waiter.set_result(None)
            else:
                self._waiters.append((target, waiter))
        if self._waiters:
            self._begin_commit()
        elif self._notes and error is None:
            self._timer = commit.get_loop().call_later(LATEST_S, self._begin_commit)

    def _make_batch(self) -> None:
        """Notes are made in the loop's thread; another one writes them, and never sees them change."""
        if self._notes:
            self._batches.append((self._notes, self._texts))
            self._notes, self._texts = [], {}

    def _write_batches(self) -> None:
        with self._writing:
            while self._batches:
                notes, texts = self._batches[0]
                self._file.append(notes, texts)
                self._batches.popleft()
                self._written += len(notes)
