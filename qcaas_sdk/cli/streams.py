"""stdin, stdout and stderr: they may be closed or full, or not support every character."""

import io
import os
import select
import sys
from errno import EBADF, EPIPE
from typing import Any, TextIO


class OutputLost(Exception):  # not an OSError: rich and click handle those with other exit codes
    """Stdout cannot be written to any more.

    Attributes:
        reason: Why.
        unread: Whether the reader has closed the pipe, as `head` does.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.reason = "it is closed" if error.errno == EBADF else error.strerror
        self.unread = error.errno == EPIPE


class _Results(io.FileIO):
    """Stdout: an error while writing ends the command."""

    def write(self, data: Any, /) -> int:
        try:
            while (written := super().write(data)) is None:  # a full pipe in non-blocking mode
                select.select([], [self], [])
        except OSError as error:
            raise OutputLost(error) from error
        return written


class _Remarks(io.FileIO):
    """Stderr: errors while writing are ignored, because there is no other place to report them."""

    def write(self, data: Any, /) -> int:
        try:
            while (written := super().write(data)) is None:  # as above
                select.select([], [self], [])
        except OSError:
            return memoryview(data).nbytes
        return written


def prepare() -> None:
    """Prepare the three streams for a command.

    A closed stream is replaced, so that no other file gets its descriptor; reading or writing it fails. A character
    that a stream cannot encode is written as an escape sequence.
    """
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    sys.stdout = _fit(sys.stdout, _Results(1, "w", closefd=False))
    sys.stderr = _fit(sys.stderr, _Remarks(2, "w", closefd=False), by_line=True)


def give_up_stdout() -> None:
    """Discard all further output, so that the interpreter does not fail on it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _fit(before: TextIO | None, raw: io.FileIO, *, by_line: bool = False) -> TextIO:
    if before is not None and sys.platform == "win32" and raw.isatty():
        return before  # the Windows console has its own interface and supports every character
    if before is not None:
        before.flush()
    encoding = before.encoding if before is not None else "utf-8"
    by_line = by_line or raw.isatty()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=by_line)
