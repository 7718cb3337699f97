"""When a request is sent again: how long to try, how long to pause, and which errors are final."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import field, frozen
from attrs.validators import gt

from qcaas_sdk.errors import BadAnswer, TransportError


@frozen
class RetryPolicy:
    """The limits of one request with all its attempts.

    Attributes:
        total_s: Seconds for attempts, pauses and waiting for a free connection.
        read_timeout_s: Seconds without data from the server until an attempt fails.
        connect_timeout_s: Seconds until an attempt to connect fails.
        first_backoff_s: The longest pause before the second attempt, in seconds; doubled for each further attempt.
        max_backoff_s: The limit for these pauses, in seconds.
        max_bad_answers: The most attempts if each answer breaks the contract.
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
        """Whether a failed request may be sent again, if there is time.

        Args:
            error: The error of the last attempt.
            attempts: How many attempts there were.
            idempotent: Whether the request may be sent twice.
        """
        if not error.temporary or (error.may_have_arrived and not idempotent):
            return False
        return not isinstance(error, BadAnswer) or attempts < self.max_bad_answers


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds in a `Retry-After` header; None if there is none, or it is not valid.

    Args:
        headers: The headers of the answer. `Retry-After` is seconds or a date (RFC 9110, section 10.2.3); a date is
            compared with the server's clock if the answer has a `Date`.
        now: The local time, in UTC.
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
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # slow to import

    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
