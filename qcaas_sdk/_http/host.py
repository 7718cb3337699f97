"""What requests to one host have in common: their places, its rate limit, and its recent errors."""

import asyncio
from collections import deque

from attrs import define, field

from qcaas_sdk._http.rate_limiter import RateLimiter
from qcaas_sdk.errors import TransportError

MAX_KEPT = 1000
"""Errors that are counted."""

MAX_TEXT = 300
"""Characters of the last one."""


@define(eq=False, repr=False)
class ErrorLog:
    """The errors of one host since its last successful answer."""

    _moments: deque[tuple[float, int | None]] = field(factory=lambda: deque(maxlen=MAX_KEPT))
    _last: str = ""

    def add(self, moment: float, error: TransportError) -> None:
        """Note that an attempt failed."""
        self._moments.append((moment, error.status))
        self._last = str(error)

    def clear(self) -> None:
        """Note a successful answer."""
        if self._moments:
            self._moments.clear()

    def since(self, moment: float) -> str:
        """The errors in a row since that moment, as part of a sentence; empty if the last answer was successful."""
        statuses = [status for when, status in self._moments if when >= moment]
        if not statuses:
            return ""
        one = len(statuses) == 1
        status = statuses[0] if len({*statuses}) == 1 else None
        what = status or ("an error" if one else "errors")
        many = "last answer was" if one else f"last {len(statuses)} answers were"
        return f"the service's {many} {what}: {self._last[:MAX_TEXT]}"


@define(eq=False, repr=False)
class Host:
    """A host that requests go to.

    Attributes:
        places: As many as requests may be under way at once.
        limiter: Its rate limit.
        errors: Its errors since its last successful answer.
        known: Whether it has ever answered.
    """

    places: asyncio.Semaphore
    limiter: RateLimiter
    errors: ErrorLog = field(factory=ErrorLog)
    known: bool = False

    def succeeded(self) -> None:
        """Note a successful answer."""
        self.limiter.answered()
        self.errors.clear()

    def refused(self, status: int, retry_after_s: float | None) -> None:
        """Note an answer that may ask for fewer requests.

        Args:
            status: The HTTP status.
            retry_after_s: What its `Retry-After` says, in seconds; None if it has none.
        """
        if status == 429:
            self.limiter.slow_down(retry_after_s)
        elif status == 503 and retry_after_s is not None:
            self.limiter.pause(retry_after_s)
