"""Errors in a program, with their place and the construct that they are about."""

from typing import TYPE_CHECKING

from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

if TYPE_CHECKING:
    from openqasm3 import ast


class ProgramError(TaskError):
    """A program that is wrong, or that this QPU cannot run.

    Attributes:
        line: From 1; None if the place is not known.
        column: From 0, as the parsers count.
        construct: The part of the language that it is about, such as `for`; None for no part in particular.
    """

    def __init__(
        self,
        message: str,
        at: "ast.QASMNode | tuple[int, int] | None" = None,
        *,
        construct: str | None = None,
        code: TaskErrorCode = TaskErrorCode.SYNTAX,
    ) -> None:
        place = _place(at)
        self.line: int | None = None if place is None else place[0]
        self.column: int | None = None if place is None else place[1]
        self.construct = construct
        where = "" if place is None else f"line {place[0]}, column {place[1]}: "
        super().__init__(code, f"{where}{message}")


class Unsupported(ProgramError):
    """A correct program that this QPU does not support."""

    def __init__(self, message: str, at: "ast.QASMNode | tuple[int, int] | None", construct: str) -> None:
        super().__init__(message, at, construct=construct, code=TaskErrorCode.UNSUPPORTED_INSTRUCTION)


class TooLarge(ProgramError):
    """A program that becomes too large when its loops and gates are expanded."""

    def __init__(self, what: str, limit: int, at: "ast.QASMNode | None") -> None:
        super().__init__(
            f"the program is larger than {limit:,} {what} after expansion of its loops and gates: that is the limit "
            "of this QPU",
            at,
            construct=what,
            code=TaskErrorCode.TOO_SLOW,
        )


class NeedsOutcome(Exception):
    """The program needs the value of a measurement, in a way that a circuit cannot express.

    Attributes:
        at: Where.
    """

    def __init__(self, at: "ast.QASMNode | None" = None) -> None:
        super().__init__("the outcome of a measurement is needed")
        self.at = at


def _place(at: "ast.QASMNode | tuple[int, int] | None") -> tuple[int, int] | None:
    if isinstance(at, tuple):
        return at
    if at is None or at.span is None:
        return None
    return at.span.start_line, at.span.start_column
