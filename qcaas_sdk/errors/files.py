"""Errors of files: journals, snapshots and charts."""

from collections.abc import Mapping, Sequence
from typing import Any

from qcaas_sdk.errors.base import QcaasError


class JournalError(QcaasError):
    """The journal cannot be used; nothing that depends on it was sent.

    Attributes:
        file: Its path.
    """

    def __init__(self, message: str, *, file: str) -> None:
        super().__init__(f"the journal {file}: {message}")
        self.file = file


class JournalInUse(JournalError):
    """Another SDK, in this process or another, has the journal open."""


class BadJournal(JournalError, ValueError):
    """The journal is damaged, or is not a journal.

    Attributes:
        readable: Snapshots of the jobs and composites that could still be read, up to the damage. They may be out of
            date: ask the service about their tasks before you submit anything again.
    """

    def __init__(self, message: str, *, file: str, readable: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message, file=file)
        self.readable = tuple(readable)


class BadSnapshot(QcaasError, ValueError):
    """The snapshot is damaged, inconsistent, not a snapshot, or written by a newer version; nothing was loaded.

    Attributes:
        file: The path of the file, or a name for a snapshot that was passed as a dict.
        where: The place in it, for example `jobs[3].state` or `line 2, column 7`; empty for the whole snapshot.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, *, file: str, where: str = "") -> None:
        super().__init__(f"{file}: {where}: {reason}" if where else f"{file}: {reason}")
        self.file = file
        self.where = where
        self.reason = reason


class BadStatechart(QcaasError, ValueError):
    """A chart file is wrong.

    Attributes:
        file: The path of the chart, or a name for a chart that was passed as text.
        line: The line, counted from 1; None for the whole file.
        column: The column, counted from 1; None for the whole line.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None, column: int | None = None) -> None:
        where = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self._problems: tuple[BadStatechart, ...] = ()

    @property
    def problems(self) -> "tuple[BadStatechart, ...]":
        """Everything that is wrong in the file, in its order; this error is the first."""
        return self._problems or (self,)

    @classmethod
    def of(cls, problems: "Sequence[BadStatechart]") -> "BadStatechart":
        """The first of several errors in one file, with all of them."""
        first = problems[0]
        more = len(problems) - 1
        error = cls("", file=first.file, line=first.line, column=first.column)
        error.args = (first.args[0] + (f" (and {more} more in this file)" if more else ""),)
        error._problems = tuple(problems)
        return error
