"""A rate limit for all requests to a host, once the host asks for one."""

import math
from collections import deque

from qcaas_sdk._base.clock import Clock

GENTLER = 0.8
"""The share of the rate that remains after a 429."""
FINDING = 0.1
"""Requests per second that each successful answer adds while the first estimate of the rate is corrected."""
BOLDER = 0.5
"""Requests per second that one second of successful answers adds after that."""
MIN_RATE = 0.5
"""Requests per second; a host that accepts fewer sends Retry-After."""
WINDOW_S = 1.0
"""Seconds over which the rate of successful answers is measured, and within which several 429 count as one."""
FIRST_PAUSE_S = 0.5
"""Seconds to pause after a 429 without Retry-After; doubled until there is a successful answer."""
MAX_PAUSE_S = 300.0
"""The longest pause in seconds, even if a host asks for more."""


class RateLimiter:
    """No limit until a host answers 429 or sends Retry-After; then a common pause and a rate that adapts.

    After a 429 every request waits, not only the refused one. Then requests are sent evenly, a little slower than
    they were answered before the 429, and slowly faster again: additive increase and multiplicative decrease (Chiu
    and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989). The rate grows with
    successful answers, not with time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._not_before = 0.0
        self._rate: float | None = None
        self._finding = True
        self._counted_until = -math.inf
        self._next = 0.0
        self._next_pause = FIRST_PAUSE_S
        self._answered: deque[float] = deque(maxlen=2048)

    async def acquire(self, latest: float = math.inf) -> float:
        """Wait until a request may be sent.

        Args:
            latest: The latest moment at which it may be sent, in seconds of the monotonic clock.

        Returns:
            0 if it may be sent now; the seconds that it would have to wait if that is after `latest`.
        """
        while (pause := self._take_place()) > 0.0:
            if self._clock.monotonic() + pause >= latest:
                return pause
            await self._clock.sleep(pause)
        return 0.0

    def answered(self) -> None:
        """Note a successful answer."""
        self._next_pause = FIRST_PAUSE_S
        if self._rate is None:
            self._answered.append(self._clock.monotonic())
        else:
            self._rate += FINDING if self._finding else BOLDER / max(self._rate, 1.0)

    def pause(self, seconds: float) -> None:
        """Send nothing for that long, because the host asked for it."""
        self._not_before = max(self._not_before, self._clock.monotonic() + min(seconds, MAX_PAUSE_S))

    def slow_down(self, asked_s: float | None = None) -> None:
        """Note that the host has answered 429.

        Args:
            asked_s: Seconds to wait (Retry-After); None if the host does not say.
        """
        now = self._clock.monotonic()
        if asked_s is not None:
            self.pause(asked_s)
        if now < self._counted_until:
            return  # it belongs to the burst that was already counted
        if asked_s is None:
            self.pause(self._next_pause)
            self._next_pause *= 2.0
        if self._rate is None:
            observed = sum(moment > now - WINDOW_S for moment in self._answered) / WINDOW_S
            self._answered.clear()
        else:
            observed, self._finding = self._rate, False
        self._rate = max(MIN_RATE, GENTLER * observed)
        self._next = max(now, self._not_before)
        self._counted_until = self._next + min(WINDOW_S, 2.0 / self._rate)

    def _take_place(self) -> float:
        """Seconds to wait; 0 if the request may be sent now."""
        now = self._clock.monotonic()
        if now < self._not_before:
            return self._not_before - now
        if self._rate is None:
            return 0.0
        if now < self._next:
            return self._next - now
        self._next = max(self._next, now - 1.0 / self._rate) + 1.0 / self._rate
        return 0.0
