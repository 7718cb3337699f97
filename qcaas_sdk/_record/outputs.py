"""The outputs of runs: results and errors."""

from collections.abc import Mapping
from datetime import datetime
from reprlib import Repr
from sys import intern
from typing import Any, ClassVar

from attrs import field, frozen

from qcaas_sdk._base.text import one_line
from qcaas_sdk._programs.config import Config
from qcaas_sdk._programs.parameter_values import Value

Diagnostics = Mapping[str, Any]
"""A JSON object as the server sent it (timings, metrics, metadata): its fields are the server's to choose."""

_SHORT_PROGRAM, _SHORT = Repr(), Repr()
"""The `repr` of an output is short: a notebook writes it into its file. Bitstrings stay whole."""
_SHORT_PROGRAM.maxstring = 80
_SHORT.maxstring, _SHORT.maxdict, _SHORT.maxlist, _SHORT.maxlong = 400, 16, 8, 400


def shared(value: Any) -> Any:
    """A copy of a JSON value that shares equal texts with all others.

    A server repeats names and configurations for every task; ten thousand jobs keep one copy of each.
    """
    if type(value) is str:
        return intern(value)
    if type(value) is dict:
        return {
            intern(name): intern(member) if type(member) is str else shared(member) for name, member in value.items()
        }
    if type(value) is list:
        return [shared(member) for member in value]
    return value


@frozen(kw_only=True, eq=False, repr=False)  # those that are made have both
class OutputRecord:
    """What is common to the result and the error of a run.

    Two outputs are equal if run and content are equal; the time of arrival does not matter.

    Attributes:
        qpu_id: The QPU of the run.
        task_id: The server's id of the run; None if the program was refused before it had one.
        program: The program text that ran.
        received: When this SDK received it, in UTC; None if no run has ended.
        compiler_config: The configuration of the run; None means the default.
        timings: The server's time stamps of the run, or None.
        metrics: The server's execution metrics, or None.
        metadata: The server's metadata of the task, or None.
        parameters: The values of the program's parameters, if it had any.
    """

    qpu_id: str
    task_id: str | None
    program: str = field(repr=_SHORT_PROGRAM.repr)
    received: datetime | None = field(eq=False)
    compiler_config: Config | None = field(default=None, eq=False, repr=False)
    timings: Diagnostics | None = field(default=None, eq=False, repr=False)
    metrics: Diagnostics | None = field(default=None, eq=False, repr=False)
    metadata: Diagnostics | None = field(default=None, eq=False, repr=False)
    parameters: Mapping[str, Value] | None = field(default=None, eq=False, repr=False)

    is_error: ClassVar[bool] = False


@frozen(kw_only=True)
class ResultRecord(OutputRecord):
    """A run that completed.

    Attributes:
        data: register → bitstring → count for counts; for other result formats, the data as the server sent it. The
            leftmost character of a bitstring is bit 0 of the register.
    """

    data: Any = field(repr=_SHORT.repr)


@frozen(kw_only=True)
class ErrorRecord(OutputRecord):
    """A run that failed.

    Attributes:
        error_code: The server's code, or the HTTP status of a refused submission; None if there is none.
        error_message: The server's message.
    """

    error_code: int | None
    error_message: str = field(repr=_SHORT.repr)
    is_error = True

    @property
    def short(self) -> str:
        """Code and message in one line of printable text."""
        return one_line(f"({self.error_code}) {self.error_message}")
