"""When a QPU can be used: open intervals of virtual time."""

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

from attrs import field, frozen

from qcaas_sdk.testing.concise_repr import ConciseRepr

Interval = tuple[float, float]


def _intervals(windows: Sequence[Sequence[float]]) -> tuple[Interval, ...]:
    return tuple((float(start), float(end)) for start, end in windows)


@frozen(repr=False)
class Windows(ConciseRepr):
    """Access windows: intervals of virtual seconds, in order and without overlap; none means "always open"."""

    intervals: tuple[Interval, ...] = field(default=(), converter=_intervals)
    _starts: tuple[float, ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        bounds = [bound for interval in self.intervals for bound in interval]
        if any(start >= end for start, end in self.intervals) or bounds != sorted(bounds):
            raise ValueError(
                f"windows are pairs (start, end) of virtual seconds, start before end, in order and without overlap; "
                f"not {self.intervals}"
            )
        object.__setattr__(self, "_starts", tuple(start for start, _ in self.intervals))

    def next_open(self, moment: float) -> float:
        """The first moment, from this one on, at which it is open; infinity when it never opens again."""
        if not self.intervals:
            return moment
        index = bisect_right(self._starts, moment) - 1
        if index >= 0 and moment < self.intervals[index][1]:
            return moment
        return self._starts[index + 1] if index + 1 < len(self._starts) else inf

    def next_start(self, moment: float) -> float | None:
        """When the next window after this moment begins; None when there is none."""
        index = bisect_right(self._starts, moment)
        return self._starts[index] if index < len(self._starts) else None

    def stretches(self, moment: float, work_s: float) -> list[Interval]:
        """The stretches of open time that some work takes which begins as soon as it is open, from a moment on.

        A window that closes interrupts it, the next one continues it. Where the windows do not suffice, the last
        stretch ends at infinity.
        """
        found: list[Interval] = []
        while True:
            start = self.next_open(moment)
            if start == inf:
                return [*found, (inf, inf)]
            end = start + work_s
            closes = self._close_of(start)
            if end <= closes:
                return [*found, (start, end)]
            found.append((start, closes))
            work_s -= closes - start
            moment = closes

    def _close_of(self, moment: float) -> float:
        return self.intervals[bisect_right(self._starts, moment) - 1][1] if self.intervals else inf
