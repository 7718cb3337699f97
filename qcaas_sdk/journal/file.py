"""The journal's file: entries in SQLite, only ever appended, each with a checksum.

Beside `campaign.db` lies `campaign.db-lock`. It keeps a second process out for as long as the first lives, and holds
a mark: how many entries were durable. SQLite drops the tail of a damaged write-ahead log without a word; the mark
tells that something is missing, because a forgotten entry could mean a program that runs, and is paid for, twice.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, Self

from attrs import field, frozen

from qcaas_sdk.errors import BadJournal, JournalError, JournalInUse

APPLICATION_ID = 0x51434A4C
FORMAT = 1
"""The version of the tables and of the entries' meaning; a reader refuses a newer one."""

_TABLES = """
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY, subject INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        sum INTEGER NOT NULL
    );
    CREATE TABLE texts (digest BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    CREATE TRIGGER no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'a journal is only appended'); END;
    CREATE TRIGGER no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'a journal is only appended'); END;
"""

AT_ONCE = 200
"""Rows in one statement: each statement hands Python's lock to other threads and has to get it back."""

Body = Mapping[str, Any]
"""A JSON object."""


@frozen
class Entry:
    """Something that was intended, or that became known.

    Attributes:
        subject: The number of the job or composite that it is about.
        kind: What kind of entry it is.
        body: The rest.
        text: The rest as it stands in the file, if it was encoded already.
    """

    subject: int
    kind: str
    body: Body
    text: str | None = field(default=None, eq=False, repr=False)


class JournalFile:
    """An open journal. Not for two threads at once."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open a journal; a file that is not there, or empty, becomes one.

        Args:
            path: The file.
            read_only: Only look, even while another process has it.

        Raises:
            JournalInUse: Another SDK has it open.
            BadJournal: It is damaged, or no journal at all.
            JournalError: It cannot be read or written, or a newer version has written it.
        """
        self.path = path
        self.commits = 0
        self._lock: sqlite3.Connection | None = None
        self._texts: set[bytes] = set()
        if not path.parent.is_dir() or path.is_dir() or (read_only and not path.exists()):
            raise JournalError("there is no such file, and none can be made there", file=str(path))
        with self._named():
            where = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
            self._db = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)
            self._db.text_factory = _lenient
        try:
            if not read_only:
                self._lock = self._locked()
            with self._named():
                self._check_kind(read_only)
                (self._number,) = self._db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
                self._texts.update(digest for (digest,) in self._db.execute("SELECT digest FROM texts"))
            self._check_mark()
        except BaseException:
            self.close()
            raise

    def append(self, entries: Sequence[Entry], texts: Mapping[bytes, str]) -> None:
        """Write entries, all or none; they are durable when it returns.

        Args:
            entries: In order.
            texts: Long texts that the entries name by their digests; those that are there already are left out.

        Raises:
            JournalError: The disk is full, or the file cannot be written; nothing was.
        """
        rows = []
        for number, entry in enumerate(entries, self._number + 1):
            body = encode(entry.body) if entry.text is None else entry.text
            rows.append((number, entry.subject, entry.kind, body, _sum(number, entry.subject, entry.kind, body)))
        new = {digest: text for digest, text in texts.items() if digest not in self._texts}
        with self._named():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT INTO texts VALUES (?, ?)", new.items())
                for begin in range(0, len(rows), AT_ONCE):
                    some = rows[begin : begin + AT_ONCE]
                    values = ", ".join(["(?, ?, ?, ?, ?)"] * len(some))
                    self._db.execute(f"INSERT INTO entries VALUES {values}", [*chain.from_iterable(some)])  # noqa: S608  # only question marks
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        self._number += len(rows)
        self._texts.update(new)
        self.commits += 1
        if self._lock is not None:
            with suppress(sqlite3.Error):  # the entries are safe; only the guard against damage is one step behind
                self._lock.execute(f"PRAGMA user_version = {self._number & 0x7FFFFFFF}")

    @property
    def last(self) -> int:
        """The number of the last entry; 0 if there is none."""
        return int(self._number)

    def read(self, after: int = 0) -> tuple[list[Entry], str | None]:
        """Everything that can be read, in order, and what is wrong; None when nothing is.

        Bodies come with their texts in place of the digests.

        Args:
            after: The number of an entry; it and those before it are left out.
        """
        entries: list[Entry] = []
        troubles: list[str] = []
        texts: dict[str, str] = {}
        expected = after + 1
        try:
            for digest, text in self._db.execute("SELECT digest, text FROM texts"):
                if isinstance(text, str) and digest_of(text) == digest:
                    texts[digest.hex()] = text
            rows = self._db.execute("SELECT * FROM entries WHERE number > ? ORDER BY number", (after,))
            for number, subject, kind, body, checksum in rows:
                if number != expected or checksum != _sum(number, subject, kind, body):
                    troubles.append(f"entry {expected} is damaged or missing")
                else:
                    try:
                        entries.append(Entry(subject, kind, _with_texts(json.loads(body), texts)))
                    except (LookupError, TypeError, ValueError, RecursionError):
                        troubles.append(f"a text of entry {number} is damaged or missing")
                expected = number + 1
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            troubles.append(f"it cannot be read to its end ({error})")
        if expected <= self._number:
            troubles.append(f"entries are missing behind {expected - 1}")
        return entries, troubles[0] if troubles else None

    def close(self) -> None:
        """Let go of the file. Closing twice does nothing."""
        for db in (self._db, self._lock):
            if db is not None:
                with suppress(sqlite3.Error):
                    db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_kind(self, read_only: bool) -> None:
        (application,) = self._db.execute("PRAGMA application_id").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application == 0 and version == 0 and tables == 0 and not read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; "
                f"{_TABLES} COMMIT;"
            )
            return
        if application != APPLICATION_ID:
            raise BadJournal("this is no journal of qcaas_sdk", file=str(self.path))
        if version > FORMAT:
            raise JournalError(
                f"it was written by a newer version (format {version}, known here {FORMAT}): upgrade qcaas-sdk",
                file=str(self.path),
            )
        if not read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")

    def _locked(self) -> sqlite3.Connection:
        """Hold the lock beside the file; the system lets go of it when the process ends, however it ends."""
        path = self.path.with_name(self.path.name + "-lock")
        lock = None
        try:
            lock = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
            lock.execute("PRAGMA locking_mode = EXCLUSIVE")
            lock.execute("PRAGMA synchronous = OFF")
            lock.execute("PRAGMA journal_mode = MEMORY")
            lock.executescript("BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS owner (x); COMMIT;")
        except (sqlite3.Error, UnicodeError) as error:  # sqlite3 may choke on its own words about damage
            if lock is not None:
                lock.close()
            if getattr(error, "sqlite_errorname", "") in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
                raise JournalInUse(
                    "another SDK has it open; use another journal, or wait until that one is closed",
                    file=str(self.path),
                ) from None
            if isinstance(error, sqlite3.OperationalError):
                raise JournalError(
                    f"its lock {path.name} cannot be written ({error})", file=str(self.path)
                ) from error
            raise BadJournal(
                f"its lock {path.name} is damaged ({error}); if nothing else is wrong with the disk, remove that one",
                file=str(self.path),
            ) from error
        return lock

    def _check_mark(self) -> None:
        if self._lock is None:
            return
        with self._named():
            (mark,) = self._lock.execute("PRAGMA user_version").fetchone()
        if mark > self._number:
            raise BadJournal(f"it ends with entry {self._number}, but {mark} had been written", file=str(self.path))

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise JournalError(
                f"{error}; nothing was written, and nothing that depends on it was sent", file=str(self.path)
            ) from error
        except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
            raise BadJournal(f"it is damaged, or no journal at all ({error})", file=str(self.path)) from error


def digest_of(text: str) -> bytes:
    """What stands for a long text in an entry."""
    return blake2b(text.encode(), digest_size=16).digest()


def _with_texts(body: Any, texts: Mapping[str, str]) -> Any:
    """The body with each `{"text": digest}` replaced by the text."""
    if not isinstance(body, dict):
        raise TypeError("an entry's body is an object")
    return {
        key: texts[value["text"]] if isinstance(value, dict) and value.keys() == {"text"} else value
        for key, value in body.items()
    }


encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode
"""An entry's body, as it stands in the file."""


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")  # what was damaged shows in the checksum


def _sum(number: int, subject: int, kind: str, body: str) -> int:
    return zlib.crc32(f"{number} {subject} {kind} {body}".encode())
