"""What a process says of its service, beside its journal, so that `qcaas watch` tells a silent one from a quiet one.

The journal says nothing about it, because nothing happens to the jobs. The mark is a small file of its own.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qcaas_sdk._base.text import cut

ENDING = "-service"
SIZE = 4096
"""Bytes of a mark."""

MAX_SAID = 500
"""Characters that are kept of what is said: at most 6 bytes each, in JSON."""

EVERY_S = 2.0
"""Seconds between two marks."""

MAX_AGE = timedelta(seconds=5 * EVERY_S)
"""An older mark is of a process that has ended, or hangs."""


def write_mark(journal: Path, said: str) -> None:
    """Write what is to be said of the service now; empty text if it answers."""
    mark = json.dumps({"at": datetime.now(UTC).isoformat(), "said": cut(said, MAX_SAID)}).encode().ljust(SIZE)
    with suppress(OSError), _path(journal).open("r+b" if _path(journal).exists() else "wb") as file:
        file.write(mark)  # over the last one: some file systems write a file that was emptied to the disk at once


def remove_mark(journal: Path) -> None:
    """Say nothing any more."""
    with suppress(OSError):
        _path(journal).unlink(missing_ok=True)


def read_mark(journal: Path, now: datetime) -> str | None:
    """What a process says of its service; empty text if it answers, None if no process says anything."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        mark = json.loads(_path(journal).read_text("utf-8"))
        if abs(now - datetime.fromisoformat(mark["at"])) <= MAX_AGE:
            return str(mark["said"])
    return None


def _path(journal: Path) -> Path:
    return journal.with_name(journal.name + ENDING)
