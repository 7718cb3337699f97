"""Faults that an embedded service injects on request, for tests and demos.

A `LocalFault` says what goes wrong and for which requests. `LocalSettings.faults` holds several; each request gets
the first one that strikes it. `LocalSettings.seed` makes the random ones repeatable.
"""

from collections.abc import Iterable
from enum import StrEnum

from attrs import field, frozen

from qcaas_sdk._guards import arguments


class ConnectionDropped(ConnectionResetError):
    """The injected fault closes the connection. In process there is no socket, so the caller of the app gets this."""


class FaultKind(StrEnum):
    """What can go wrong with one request."""

    DROP_BEFORE = "drop before"
    """The connection closes, and the server has not acted."""
    DROP_AFTER = "drop after"
    """The server acts, then the connection closes without a response."""
    STATUS = "status"
    """An error status with a JSON body; the server has not acted."""
    HTML = "html"
    """An HTML error page, as proxies send it; the server has not acted."""
    TRUNCATED = "truncated"
    """The server acts, and half of its JSON response arrives."""
    SLOW = "slow"
    """The server acts and responds, but late."""


def _kind(kind: FaultKind | str) -> FaultKind:
    return arguments.member(kind, "kind", FaultKind)


def _nth(nth: int | Iterable[int] | None) -> tuple[int, ...] | None:
    if nth is None:
        return None
    numbers = (nth,) if isinstance(nth, int) else arguments.each(nth, "nth", int)
    return tuple(arguments.whole(number, "nth", least=0, most=2**63 - 1) for number in numbers)


@frozen
class LocalFault:
    """A fault of some requests.

    Attributes:
        kind: What happens.
        on: A part of `"METHOD /path"` that the request must contain; empty for every request.
        nth: Which of the matching requests have the fault, counted from 0: a number or several; None for all of them.
        probability: The probability for a matching request, from 0 to 1.
        status: The HTTP status of `STATUS` and `HTML`.
        retry_after_s: Seconds for a `Retry-After` header with `STATUS`; None for no header.
        delay_s: Seconds that `SLOW` adds.
    """

    kind: FaultKind = field(converter=_kind)
    on: str = ""
    nth: tuple[int, ...] | None = field(default=None, converter=_nth)
    probability: float = 1.0
    status: int = 503
    retry_after_s: float | None = None
    delay_s: float = 1.0

    def __attrs_post_init__(self) -> None:
        arguments.text(self.on, "on", empty=True)
        if arguments.seconds(self.probability, "probability") > 1:
            raise arguments.wrong("probability", "a number from 0 to 1", self.probability)
        arguments.whole(self.status, "status", least=100, most=599)
        arguments.seconds_or_none(self.retry_after_s, "retry_after_s")
        arguments.seconds(self.delay_s, "delay_s")
