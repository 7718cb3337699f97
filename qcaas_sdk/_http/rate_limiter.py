"""One rate limit for all requests to a host, from the moment that the host asks for one."""

import math
from collections import deque

from qcaas_sdk._base.clock import Clock

GENTLER = 0.8
"""What is left of the rate after a refusal."""
FINDING = 0.1
"""Requests a second that each proper answer adds while the first guess at the rate is being corrected."""
BOLDER = 0.5
"""Requests a second that a second of proper answers adds after that."""
MIN_RATE = 0.5
"""Requests a second; a host that wants fewer says so with Retry-After."""
WINDOW_S = 1.0
"""Seconds over which the rate of proper answers is observed, and within which refusals count once."""
FIRST_PAUSE_S = 0.5
"""Seconds of silence after a refusal that names none; doubled while no proper answer comes in between."""
MAX_PAUSE_S = 300.0
"""Seconds; whatever a host asks for, it is asked again after that."""


class RateLimiter:
    """Nothing until a host answers 429 or sends Retry-After; from then on a common pause, and a rate that is learned.

    After a refusal every request waits, not only the refused one. Then requests leave evenly, somewhat slower than
    they were being answered when the refusal came, and slowly faster again: additive increase and multiplicative
    decrease (Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989). The
    rate grows with proper answers, not with time, so that silence earns nothing.
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
        """Wait until a request may leave.

        Args:
            latest: The monotonic moment after which it need not leave any more.

        Returns:
            0 when it may leave now; the seconds it would have to wait when that is beyond `latest`.
        """
        while (pause := self._take_place()) > 0.0:
            if self._clock.monotonic() + pause >= latest:
                return pause
            await self._clock.sleep(pause)
        return 0.0

    def answered(self) -> None:
        """A request was answered properly."""
        self._next_pause = FIRST_PAUSE_S
        if self._rate is None:
            self._answered.append(self._clock.monotonic())
        else:
            self._rate += FINDING if self._finding else BOLDER / max(self._rate, 1.0)

    def pause(self, seconds: float) -> None:
        """Let nothing leave for that long: the host asked for it."""
        self._not_before = max(self._not_before, self._clock.monotonic() + min(seconds, MAX_PAUSE_S))

    def slow_down(self, asked_s: float | None = None) -> None:
        """The host says that requests come too fast.

        Args:
            asked_s: Seconds that it asks everybody to wait; None when it does not say.
        """
        now = self._clock.monotonic()
        if asked_s is not None:
            self.pause(asked_s)
        if now < self._counted_until:
            return  # an answer to the burst that has already been counted
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
        """Seconds to wait; 0 when the place is taken."""
        now = self._clock.monotonic()
        if now < self._not_before:
            return self._not_before - now
        if self._rate is None:
            return 0.0
        if now < self._next:
            return self._next - now
        self._next = max(self._next, now - 1.0 / self._rate) + 1.0 / self._rate
        return 0.0
