"""stdin, stdout and stderr of a command: they may be closed or full, and may not know every character."""

import io
import os
import select
import sys
from errno import EBADF, EPIPE
from typing import Any, TextIO


class OutputLost(Exception):  # no OSError: what handles those (rich, typer) has other exit codes
    """Stdout takes no more.

    Attributes:
        reason: Why.
        unread: Whether a reader has closed the pipe, as `head` does when it has enough.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.reason = "it is closed" if error.errno == EBADF else error.strerror
        self.unread = error.errno == EPIPE


class _Results(io.FileIO):
    """Stdout: a command whose results cannot be written has not done its work."""

    def write(self, data: Any, /) -> int:
        try:
            while (written := super().write(data)) is None:  # a pipe that is full, and does not block
                select.select([], [self], [])
        except OSError as error:
            raise OutputLost(error) from error
        return written


class _Remarks(io.FileIO):
    """Stderr: nothing depends on a remark, and there is no other place to say that it cannot be written."""

    def write(self, data: Any, /) -> int:
        try:
            while (written := super().write(data)) is None:  # as above
                select.select([], [self], [])
        except OSError:
            return memoryview(data).nbytes
        return written


def prepare() -> None:
    """Make the three streams fit for a command.

    Those that are closed are opened, so that no file of ours gets their numbers; reading or writing them fails. A
    character that a stream cannot encode is written as an escape.
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
    """Let what is still to be written go nowhere, so that the interpreter does not stumble over it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _fit(before: TextIO | None, raw: io.FileIO, *, by_line: bool = False) -> TextIO:
    if before is not None and sys.platform == "win32" and raw.isatty():
        return before  # its console has an interface of its own, and takes every character
    if before is not None:
        before.flush()
    encoding = before.encoding if before is not None else "utf-8"
    by_line = by_line or raw.isatty()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=by_line)
