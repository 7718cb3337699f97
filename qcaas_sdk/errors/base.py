"""The base of every error, and what the SDK itself cannot do."""

import warnings
from typing import Any

from qcaas_sdk._base.text import message, one_line


class QcaasError(Exception):
    """The base class: `except QcaasError` catches every error that this package raises on purpose.

    `str(error)` is one line of printable text. A very long one is cut in the middle. `args` and attributes hold the
    original text. Errors can be pickled and copied, as a process pool does; the `job` of a copy is None.
    """

    def __str__(self) -> str:  # another base class may write it otherwise: `KeyError` shows the `repr`
        return message(Exception.__str__(self))

    def __reduce__(self) -> tuple[Any, ...]:
        # Calling the class again does not work: most take more arguments than the message.
        state = {name: None if name == "job" else value for name, value in vars(self).items()}
        return _copied, (type(self), self.args), state


def _copied(kind: type[QcaasError], args: tuple[Any, ...]) -> QcaasError:
    error = kind.__new__(kind, *args)
    error.args = args  # OSError sets it in its own __init__
    return error


class SdkNotOpen(QcaasError):
    """The SDK was used before `open()` or after `close()`."""


class WrongEventLoop(QcaasError, RuntimeError):
    """The SDK was used in another event loop or thread than the one that opened it; nothing was done."""


class WrongProcess(QcaasError, RuntimeError):
    """The SDK was opened in another process, and this one is a fork of it; nothing was done."""


class MissingExtra(QcaasError, ImportError):
    """An optional part of the package is not installed.

    Attributes:
        extra: The name to put into `pip install "qcaas-sdk[extra]"`; empty if a plain dependency is too old.
    """

    def __init__(self, what: str, extra: str, *, install: str | None = None) -> None:
        self.extra = extra
        install = f'pip install "qcaas-sdk[{extra}]"' if install is None else install
        super().__init__(f"{what} needs packages that are not installed. Run: {install}")


class ServerWarning(UserWarning):
    """The server sent a warning, or something unexpected. `str(warning)` is one line of printable text."""

    def __str__(self) -> str:
        return one_line(super().__str__())


MAX_TOLD = 1000
"""Texts of warnings that are remembered, so that each is told once."""

_told: dict[Any, Any] = {}


def warn_of_server(text: str) -> None:
    """Give a `ServerWarning`. For other modules of this package.

    `warnings.warn` would remember every text, and many name a task.
    """
    if len(_told) > MAX_TOLD:
        _told.clear()
    warnings.warn_explicit(text, ServerWarning, "<qcaas_sdk>", 1, module="qcaas_sdk", registry=_told)
