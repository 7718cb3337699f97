"""How long to try, and how long to pause between attempts."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from attrs import field, frozen
from attrs.validators import gt

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0


@frozen
class Patience:
    """The limits of one request, over all its attempts.

    Attributes:
        total_s: Seconds over everything: attempts, pauses, waiting for a free place.
        answer_s: Seconds without a byte from the server until an attempt is given up.
        connect_s: Seconds until an attempt to connect is given up.
    """

    total_s: float = field(default=120.0, validator=gt(0.0))
    answer_s: float = field(default=30.0, validator=gt(0.0))
    connect_s: float = field(default=5.0, validator=gt(0.0))


def pause_before(attempt: int, dice: random.Random) -> float:
    """Seconds to pause before attempt number `attempt` (2 and on): exponential, with full jitter.

    Full jitter spreads clients best after a common failure (M. Brooker, "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015).
    """
    return dice.uniform(0.0, min(FIRST_PAUSE_S * math.pow(2.0, attempt - 2), LONGEST_PAUSE_S))


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
