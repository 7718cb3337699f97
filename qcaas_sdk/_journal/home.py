"""The name under which a journal is opened.

SQLite keeps its write-ahead log next to the name under which the file was opened. If a file has several names (hard
links), it is always opened under the same one, which is stored in the table `home`.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from qcaas_sdk._journal.lock import check_free
from qcaas_sdk.errors import JournalError

TABLE = "home (path BLOB NOT NULL)"
"""The table; a journal of an earlier version may not have it."""


def home_of(path: Path, *, read_only: bool) -> Path:
    """The name under which the file is opened: resolved, and the same as last time if it has several.

    Raises:
        JournalInUse: This process owns it already.
        JournalError: The path cannot be that of a journal.
    """
    try:
        name = path.resolve()
        if not name.parent.is_dir() or name.is_dir() or (read_only and not name.exists()):
            raise JournalError("there is no such file, and it cannot be created there", file=str(path))
        if name.exists() and not name.is_file():
            raise JournalError("this is not a regular file", file=str(path))
        if not read_only:
            check_free(name, str(path))
        return name if not name.exists() or name.stat().st_nlink == 1 else _last_time(name)
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a null character
        raise JournalError(f"the path cannot be used ({error})", file=str(path)) from error


def _last_time(name: Path) -> Path:
    try:
        with closing(sqlite3.connect(f"{name.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            (home,) = db.execute("SELECT path FROM home").fetchone()
        last_time = Path(os.fsdecode(home))
        return last_time if last_time.samefile(name) else name
    except (sqlite3.Error, OSError, TypeError, ValueError):  # it has none, or that one is gone
        return name


def set_home(db: sqlite3.Connection, name: Path) -> None:
    """Write down under which name it is open now; in the file itself, not in the log that the name leads to."""
    here = os.fsencode(name)
    db.execute(f"CREATE TABLE IF NOT EXISTS {TABLE}")
    if db.execute("SELECT path FROM home").fetchall() != [(here,)]:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM home")
        db.execute("INSERT INTO home VALUES (?)", (here,))
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint")
