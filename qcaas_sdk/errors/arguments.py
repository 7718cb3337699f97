"""Errors about what you passed: programs, configurations, QPUs, copies."""

from qcaas_sdk.errors.base import QcaasError


class InvalidArgument(QcaasError, ValueError, TypeError):
    """An argument has the wrong type or is out of range; nothing was done.

    Attributes:
        argument: The name of the argument, for example `timeout_s`.
    """

    def __init__(self, message: str, *, argument: str) -> None:
        super().__init__(message)
        self.argument = argument


class InvalidProgram(QcaasError, ValueError):
    """The program cannot be submitted: it is empty, or a circuit that cannot be converted to OpenQASM."""


class MalformedProgram(InvalidProgram):
    """The program is not valid OpenQASM, or uses a register that it does not declare.

    Attributes:
        line: The line, counted from 1; None if it is not known.
        column: The column, counted from 1; None if it is not known.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, *, language: str, line: int | None, column: int | None) -> None:
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(
            f"the program is not valid {language}: {where}{reason}. To send it anyway, use create_job(check=False)"
        )
        self.line = line
        self.column = column
        self.reason = reason


class UnsupportedProgram(InvalidProgram, TypeError):
    """The program is not text, a path or a circuit of a supported package."""


class TooManyShots(QcaasError, ValueError):
    """A job has more shots than its QPU allows.

    Attributes:
        shots: The shots of the job.
        limit: The most that the QPU allows.
    """

    def __init__(self, message: str, *, shots: int, limit: int) -> None:
        super().__init__(message)
        self.shots = shots
        self.limit = limit


class TooManyQubits(QcaasError, ValueError):
    """A program uses more qubits than its QPU has.

    Attributes:
        qubits: How many it uses, at least.
        limit: How many the QPU has.
    """

    def __init__(self, message: str, *, qubits: int, limit: int) -> None:
        super().__init__(message)
        self.qubits = qubits
        self.limit = limit


class NotConnected(QcaasError, ValueError):
    """A gate couples two qubits that are not connected on the QPU, and the configuration switches routing off.

    Attributes:
        pair: The two qubits, numbered in the order in which the program declares them.
    """

    def __init__(self, message: str, *, pair: tuple[int, int]) -> None:
        super().__init__(message)
        self.pair = pair


class ContradictoryConfig(QcaasError, ValueError):
    """An argument of `create_job` and `config` set the same thing to different values.

    Attributes:
        argument: The name of the argument, for example `shots`.
        given: Its value.
        configured: The value in the configuration.
    """

    def __init__(self, argument: str, given: str, configured: str) -> None:
        super().__init__(
            f"you passed {argument}={given} and a config with {configured}: leave one out, or make them equal"
        )
        self.argument = argument
        self.given = given
        self.configured = configured


class CannotBeCopied(QcaasError, TypeError):
    """A job, a composite or an SDK was copied or pickled; each of them can exist only once."""


class UnknownQpu(QcaasError, LookupError):
    """This account has no QPU with that id."""


class InactiveQpu(UnknownQpu):
    """The QPU is known to the service, but it is not active now."""
