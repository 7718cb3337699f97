"""What the ends of a QPU's tasks so far say about the next end. Knows no jobs and no requests, only moments."""

import math
from collections import deque

from attrs import define, field

REMEMBERED_ENDS = 16
"""Enough for a steady mean, few enough to follow a QPU that changes."""
OUTLIER_FACTOR = 3.0
"""A task that takes so many times longer than usual is ignored once: an access window was closed, perhaps."""
MARGIN = 0.1
"""How long after its expected end a task is asked about, as a share of its length: tasks vary by about that."""
MAX_MARGIN_S = 0.2
"""A person does not notice a shorter delay."""
EARLY_SHARE = 0.0005
"""Share of the expected length of a task that questions before its end may take; there is always one."""
FIRST_CORRECTION = 1 / 8
"""By how much of the margin the first answer at the expected moment corrects the expectation."""


@define(eq=False, repr=False)
class CompletionEstimator:
    """When tasks end, one after the other. All moments are seconds of one clock that never goes back.

    A check finds that some tasks have ended, but not when. So the end of the last one is estimated: as expected, but
    within what the checks allow. An end that was found where it was expected is taken to have been slightly earlier,
    twice as much so the next time, until a check comes too early: that one shows where the end really is.

    Attributes:
        end: When the last task that has ended did so, as far as can be told.
        length: Seconds that a task takes, as far as is known.
    """

    end: float = 0.0
    length: float | None = None
    _running_at: float = 0.0
    _seen_running_s: float = 0.0
    _total: int = 0
    _was_outlier: bool = False
    _correction: float = FIRST_CORRECTION
    _ends: deque[tuple[float, int]] = field(factory=lambda: deque(maxlen=REMEMBERED_ENDS))

    def begin(self, moment: float) -> None:
        """Start over: there was a time without checks, or nothing could run. The length stays as an expectation."""
        self.end = self._running_at = moment
        self._ends.clear()
        self._ends.append((moment, self._total))

    @property
    def margin(self) -> float:
        """Seconds after an expected end when it is time to ask."""
        return _margin(self.length or 0.0)

    def early_check(self, now: float, round_trip_s: float) -> float | None:
        """The next moment at which to ask about a first task before its expected end; None if there is none left.

        Tasks may have become much shorter: one slow task says little about the next ones. So the moments lie evenly,
        in orders of magnitude, between what was last seen to be too early and the expected end. One is enough after a
        few tasks to find their length; where questions are cheap there are more, and no end is noticed very late.

        Args:
            now: The moment.
            round_trip_s: Seconds that a question takes; nothing can be noticed faster.
        """
        length = self.length or 0.0
        too_early_s = self._seen_running_s if self._seen_running_s < length / 2 else 0.0
        too_early_s = max(too_early_s, round_trip_s)
        affordable = EARLY_SHARE * length / round_trip_s
        ratio = max(length / too_early_s, 1.0)
        checks = max(1, int(min(affordable, math.log2(ratio) - 1)))
        moments = (self.end + too_early_s * ratio ** (number / (checks + 1)) for number in range(1, checks + 1))
        return next((moment for moment in moments if moment - round_trip_s > now), None)

    def expected(self, now: float) -> int:
        """How many tasks should have ended since the last one that is known to have; at least one."""
        return max(1, int((now - self.end) / self.length)) if self.length else 1

    def checked(self, now: float, ended: int, *, another_runs: bool) -> None:
        """Learn from a check.

        Args:
            now: The moment.
            ended: How many tasks were found ended, in order.
            another_runs: Whether the next task was seen not to have ended.
        """
        if ended:
            self._learn(now, ended, another_runs)
        if another_runs:
            self._running_at = now

    def _learn(self, now: float, ended: int, another_runs: bool) -> None:
        earliest, end = self._running_at, now
        self._seen_running_s = earliest - self.end
        if self.length is not None:
            expected = self.end + ended * self.length
            checked_early = earliest > expected - 2 * self.margin
            if another_runs:
                earliest = max(earliest, now - self.length)
            end = min(max(expected - self._correction * self.margin, earliest), now)
            self._correction = FIRST_CORRECTION if checked_early else 2 * self._correction
        elif earliest > self.end:
            # Rather too early than too late: a question too early shows that, and costs little. The next check comes
            # a margin later: just before the middle of what is possible, if that is known well enough.
            length = earliest - self.end
            check_s = min(0.45 * (now - earliest), max(MARGIN * length, MAX_MARGIN_S))
            end = earliest + max(check_s - _margin(length), 0.0)
        gap = (end - self.end) / ended
        if self.length is not None and gap > OUTLIER_FACTOR * self.length:
            self._ends.clear()
            if self._was_outlier:  # twice in a row: tasks take that long now
                self._ends.append((self.end, self._total))
            self._was_outlier = not self._was_outlier
        else:
            self._was_outlier = False
        self._total += ended
        self._ends.append((end, self._total))
        first, before = self._ends[0]
        if self._total > before:
            self.length = (end - first) / (self._total - before)
        self.end = self._running_at = end


def _margin(length: float) -> float:
    return min(MARGIN * length, MAX_MARGIN_S)
