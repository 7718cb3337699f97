"""The journal's file: append-only entries in SQLite, each with a checksum.

One SDK owns it at a time (`lock.py`); other processes can read it. SQLite silently drops the end of a damaged
write-ahead log, and with a missing entry a program could run, and be paid for, twice. So a mark outside of the file
says how many entries were durable.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import field, frozen

from qcaas_sdk._journal import home
from qcaas_sdk._journal.lock import JournalLock, is_in_place
from qcaas_sdk._journal.search import is_searchable, make_searchable, make_temporary
from qcaas_sdk.errors import BadJournal, JournalError

if TYPE_CHECKING:
    import os

T = TypeVar("T")

APPLICATION_ID = 0x51434A4C
""""QCJL" in the header of an SQLite file: it is a journal."""
FORMAT = 1
"""The version of the tables and of the entries' meaning; a reader refuses a newer one."""

_TABLES = f"""
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY, subject INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        sum INTEGER NOT NULL
    );
    CREATE TABLE texts (digest BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE {home.TABLE};
    CREATE TRIGGER no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'a journal is only appended'); END;
    CREATE TRIGGER no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'a journal is only appended'); END;
"""

AT_ONCE = 200
"""Rows in one statement: each statement hands Python's lock to other threads and has to get it back."""

Body = Mapping[str, Any]
"""A JSON object."""


@frozen
class Entry:
    """An entry of the journal.

    Attributes:
        entity_id: The number of its job or composite.
        kind: The kind of entry.
        body: Its content.
        text: The encoded content, if it was encoded already.
    """

    entity_id: int
    kind: str
    body: Body
    text: str | None = field(default=None, eq=False, repr=False)


class JournalFile:
    """An open journal. Not for two threads at once."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open a journal; a file that is missing or empty becomes one.

        Args:
            path: The file.
            read_only: Only read it, even if another process has it open.

        Raises:
            JournalInUse: Another SDK has it open.
            BadJournal: It is damaged or not a journal.
            JournalError: It cannot be read or written, or a newer version wrote it.
        """
        self.path = path
        self.commits = 0
        self._searched: int | None = None
        self._lock: JournalLock | None = None
        self._log: os.stat_result | None = None
        self._texts: set[bytes] = set()
        name = home.home_of(path, read_only=read_only)
        if not read_only:
            self._lock = JournalLock(name, str(path))
        try:
            with self._named():
                where = f"{name.as_uri()}?mode={'ro' if read_only else 'rw'}"
                self._db = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)
        except BaseException:
            self._release()
            raise
        self._db.text_factory = _lenient
        try:
            with self._named():
                self._check_kind(read_only)
                (self._number,) = self._db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
                self._texts.update(digest for (digest,) in self._db.execute("SELECT digest FROM texts"))
            self._check_mark()
            if not read_only:
                with self._named():
                    home.set_home(self._db, name)
                self._log_path = name.with_name(name.name + "-wal")
                with suppress(OSError):  # a file system on which SQLite keeps no such log
                    self._log = self._log_path.stat()
                with suppress(sqlite3.Error):  # it is damaged, which reading it says, or the disk is full
                    if not is_searchable(self._db):
                        make_searchable(self._db)
        except BaseException:
            self.close()
            raise

    def append(self, entries: Sequence[Entry], texts: Mapping[bytes, str]) -> None:
        """Write entries, all or none; they are durable when it returns.

        Args:
            entries: In order.
            texts: Long texts that the entries name by their digests; those that are there already are left out.

        Raises:
            JournalError: The disk is full, or the file cannot be written, or was deleted or replaced; nothing was
                written.
        """
        if self._lock is None or not self._lock.held:
            raise JournalError(
                "this process is a fork of the process that opened it, and only that process may write. Open an SDK "
                "of its own in each process, with its own journal",
                file=str(self.path),
            )
        self._check_in_place(self._lock)
        rows = []
        for number, entry in enumerate(entries, self._number + 1):
            body = encode(entry.body) if entry.text is None else entry.text
            rows.append((number, entry.entity_id, entry.kind, body, _sum(number, entry.entity_id, entry.kind, body)))
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
        self._lock.set_mark(self._number)

    @property
    def last(self) -> int:
        """The number of the last entry; 0 if there is none."""
        return int(self._number)

    def read(self, after: int = 0, *, entity_ids: Collection[int] | None = None) -> tuple[list[Entry], str | None]:
        """Everything that can be read, in order, and what is wrong; None when nothing is.

        Bodies come with their texts in place of the digests.

        Args:
            after: The number of an entry; it and those before it are left out.
            entity_ids: Only the entries about these, from the first on; None for all.
        """
        entries: list[Entry] = []
        damages: list[str] = []
        texts = _Texts(self._db)
        expected = after + 1
        if entity_ids is None:
            query, given = "SELECT * FROM entries WHERE number > ?", [str(after)]
        else:
            query = "SELECT * FROM entries WHERE subject IN (SELECT value FROM json_each(?))"
            given = [json.dumps([*entity_ids])]
        try:
            for number, entity_id, kind, body, checksum in self._db.execute(f"{query} ORDER BY number", given):
                if (entity_ids is None and number != expected) or checksum != _sum(number, entity_id, kind, body):
                    damages.append(f"entry {expected if entity_ids is None else number} is damaged or missing")
                else:
                    try:
                        entries.append(Entry(entity_id, kind, _with_texts(json.loads(body), texts)))
                    except (LookupError, TypeError, ValueError, RecursionError):
                        damages.append(f"a text of entry {number} is damaged or missing")
                expected = number + 1
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            damages.append(f"it cannot be read to its end ({error})")
        if expected <= self._number and entity_ids is None:
            damages.append(f"entries are missing after entry {expected - 1}")
        return entries, damages[0] if damages else None

    @property
    def is_searchable(self) -> bool:
        """Whether it has search tables, so that none have to be made for a search.

        Raises:
            JournalError: It cannot be read.
        """
        with self._named():
            return is_searchable(self._db)

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Let everything that is read inside be of the same moment."""
        with self._named():
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def search(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What a function of the search tables (`search.py`) finds.

        Raises:
            JournalError: They cannot be read; `BadJournal` if they are damaged.
        """
        with self._named():
            if not is_searchable(self._db):  # its last owner was an earlier version, or could not make the tables
                (last,) = self._db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
                if self._searched != last:
                    make_temporary(self._db)
                    self._searched = last
            return query(self._db)

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        with suppress(sqlite3.Error):
            self._db.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

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
            raise BadJournal("this is not a journal of qcaas_sdk; use another path", file=str(self.path))
        if version > FORMAT:
            raise JournalError(
                f"it was written by a newer version (format {version}, known here {FORMAT}): upgrade qcaas-sdk",
                file=str(self.path),
            )
        if not read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")

    def _check_in_place(self, lock: JournalLock) -> None:
        """What is written to a file that has lost its name is lost with this process."""
        lock.check_in_place()
        if self._log is not None and not is_in_place(self._log_path, self._log):
            raise JournalError(
                f"its log {self._log_path.name} was deleted or replaced while it is open; nothing was written, and "
                "nothing that depends on it was sent. Close the SDK, which puts the log's entries into the journal, "
                "and open it again",
                file=str(self.path),
            )

    def _check_mark(self) -> None:
        if self._lock is not None and (mark := self._lock.mark()) > self._number:
            raise BadJournal(
                f"it ends with entry {self._number}, but {mark} entries were written: the end is missing",
                file=str(self.path),
            )

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise JournalError(
                f"{error}; nothing was written, and nothing that depends on it was sent", file=str(self.path)
            ) from error
        except JournalError:  # one of them is a ValueError
            raise
        except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
            raise BadJournal(f"it is damaged or not a journal ({error})", file=str(self.path)) from None


def digest_of(text: str) -> bytes:
    """Replaces a long text in an entry."""
    return blake2b(text.encode(), digest_size=16).digest()


class _Texts(dict[str, str]):
    """The texts of a journal by their digests, each read when it is first needed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._db = db

    def __missing__(self, digest: str) -> str:
        row = self._db.execute("SELECT text FROM texts WHERE digest = ?", (bytes.fromhex(digest),)).fetchone()
        if row is None or not isinstance(row[0], str) or digest_of(row[0]).hex() != digest:
            raise KeyError(digest)
        self[digest] = row[0]
        return self[digest]


def _with_texts(body: Any, texts: Mapping[str, str]) -> Any:
    """The body with each `{"text": digest}` replaced by the text."""
    if not isinstance(body, dict):
        raise TypeError("an entry's body is an object")
    return {
        key: texts[value["text"]] if isinstance(value, dict) and value.keys() == {"text"} else value
        for key, value in body.items()
    }


encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode
"""An entry's body, as in the file."""


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")  # what was damaged shows in the checksum


def _sum(number: int, entity_id: int, kind: str, body: str) -> int:
    return zlib.crc32(f"{number} {entity_id} {kind} {body}".encode())
