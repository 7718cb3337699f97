"""Why a task fails: a code, and a message for the author of the program."""

from enum import IntEnum


class TaskErrorCode(IntEnum):
    """The error codes of the embedded service. Those of the cloud are not published."""

    SYNTAX = 101
    UNSUPPORTED_LANGUAGE = 102
    NO_MEASUREMENT = 103
    UNSUPPORTED_INSTRUCTION = 104
    TOO_MANY_QUBITS = 201
    TOO_MUCH_MEMORY = 202
    TOO_MANY_SHOTS = 203
    TOO_SLOW = 204
    BAD_CONFIG = 301
    INTERNAL = 500


class TaskError(Exception):
    """The task ends in FAILED.

    Attributes:
        code: What kind of failure it is.
    """

    def __init__(self, code: TaskErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
