"""One pace for all requests to a host, once it has asked for one."""

from collections import deque

from qcaas_sdk.clock import Clock

GENTLER = 0.7
"""What is left of the rate after a refusal."""
BOLDER = 0.5
"""Requests a second by which the rate grows in a second without refusals."""
LEAST_RATE = 5.0
"""Requests a second; a host that wants fewer says so with Retry-After."""
WINDOW_S = 1.0
"""Seconds over which the rate of proper answers is observed, and within which refusals count once."""


class Pace:
    """Nothing until a host answers 429 or sends Retry-After; from then on a common pause, and a rate that is learned.

    After a refusal every request waits, not only the refused one. Then requests leave evenly, somewhat slower than
    they were being answered when the refusal came, and slowly faster again: additive increase and multiplicative
    decrease (Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._not_before = 0.0
        self._rate: float | None = None
        self._rate_at = 0.0
        self._next = 0.0
        self._answered: deque[float] = deque(maxlen=512)

    async def turn(self) -> None:
        """Wait until a request may leave."""
        while (pause := self._take_place()) > 0.0:
            await self._clock.sleep(pause)

    def answered(self) -> None:
        """A request was answered properly."""
        self._answered.append(self._clock.monotonic())

    def pause(self, seconds: float) -> None:
        """Let nothing leave for that long: the host asked for it."""
        self._not_before = max(self._not_before, self._clock.monotonic() + seconds)

    def slow_down(self) -> None:
        """The host says that requests come too fast."""
        now = self._clock.monotonic()
        if self._rate is not None and now < self._rate_at + WINDOW_S:
            return  # an answer to the burst that has already been counted
        observed = max(LEAST_RATE, sum(moment > now - WINDOW_S for moment in self._answered) / WINDOW_S)
        self._rate = max(LEAST_RATE, GENTLER * (observed if self._rate is None else min(self._rate, observed)))
        self._rate_at = self._next = max(now, self._not_before)

    def _take_place(self) -> float:
        """Seconds to wait; 0 when the place is taken."""
        now = self._clock.monotonic()
        if now < self._not_before:
            return self._not_before - now
        if self._rate is None:
            return 0.0
        if now < self._next:
            return self._next - now
        grown = self._rate + BOLDER * max(0.0, now - self._rate_at)
        self._next = max(self._next, now - 1.0 / grown) + 1.0 / grown
        return 0.0
