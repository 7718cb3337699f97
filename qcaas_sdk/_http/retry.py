"""When a request is sent again: how long to try, how long to pause, and what never helps."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from attrs import field, frozen
from attrs.validators import gt

from qcaas_sdk.errors import BadAnswer, TransportError


@frozen
class RetryPolicy:
    """The limits of one request, over all its attempts.

    Attributes:
        total_s: Seconds over everything: attempts, pauses, waiting for a free place.
        read_timeout_s: Seconds without a byte from the server until an attempt is given up.
        connect_timeout_s: Seconds until an attempt to connect is given up.
        first_backoff_s: Seconds to pause at most before the second attempt; doubled with each further one.
        max_backoff_s: Seconds that no such pause exceeds.
        max_bad_answers: Attempts, if each is answered with something that is not the service's: noise passes.
    """

    total_s: float = field(default=120.0, validator=gt(0.0))
    read_timeout_s: float = field(default=30.0, validator=gt(0.0))
    connect_timeout_s: float = field(default=5.0, validator=gt(0.0))
    first_backoff_s: float = field(default=0.1, validator=gt(0.0))
    max_backoff_s: float = field(default=10.0, validator=gt(0.0))
    max_bad_answers: int = field(default=5, validator=gt(0))

    def backoff(self, attempt: int, rng: random.Random) -> float:
        """Seconds to pause before attempt number `attempt` (2 and on): exponential, with full jitter.

        Full jitter spreads clients best after a common failure (M. Brooker, "Exponential Backoff And Jitter",
        AWS Architecture Blog, 2015).
        """
        longest = self.first_backoff_s * 2.0 ** min(attempt - 2, 64)
        return rng.uniform(0.0, min(longest, self.max_backoff_s))

    def allows_another(self, error: TransportError, attempts: int, *, idempotent: bool) -> bool:
        """Whether a request that has failed so may be sent once more, if there is time.

        Args:
            error: What became of the last attempt.
            attempts: How many there were.
            idempotent: Whether the server may get it twice.
        """
        if not error.temporary or (error.may_have_arrived and not idempotent):
            return False
        return not isinstance(error, BadAnswer) or attempts < self.max_bad_answers


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for; None when there is none, or it cannot be understood.

    Args:
        headers: The answer's. A `Retry-After` is seconds, or a date (RFC 9110, section 10.2.3), which is read by the
            server's own clock where the answer carries it.
        now: The time of day here, in UTC.
    """
    asked = headers.get("retry-after")
    if asked is None:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        date = _date(asked)
        if date is None:
            return None
        seconds = (date - (_date(headers.get("date", "")) or now)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
