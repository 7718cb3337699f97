"""Why a task fails, in the service's terms: a code and a message for the person who wrote the program."""

from enum import IntEnum


class TaskErrorCode(IntEnum):
    """The codes of the embedded service (the cloud has its own, which are not published)."""

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
