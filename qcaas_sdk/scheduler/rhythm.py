"""What the ends of a QPU's tasks so far tell about the next one. Knows neither jobs nor questions, only moments."""

from collections import deque

from attrs import define, field

REMEMBERED = 16
"""Ends from which the length of a task is learned."""
TOO_LONG = 3.0
"""A task that took so many times longer than usual is left out once: a window was closed, perhaps."""
MARGIN = 0.1
"""How long after its expected end a task is looked at, as a share of its length."""
LONGEST_MARGIN_S = 0.2
EARLIER = 1 / 8
"""By how much of the margin the first look that comes at the expected moment corrects the expectation."""


@define
class Rhythm:
    """When tasks end, one after the other; all moments are seconds of one clock that never goes back.

    A look finds that some tasks have ended, but not when. So the end of the last one is estimated: as expected, but
    within what the looks allow. An end that was found where it was expected is taken to have been slightly earlier,
    twice as much so the next time, until a look comes too early: that one shows where the end really is.

    Attributes:
        end: When the last task that has ended did so, as far as can be told.
        length: Seconds that a task takes, as far as is known.
    """

    end: float = 0.0
    length: float | None = None
    _running_at: float = 0.0
    _total: int = 0
    _was_too_long: bool = False
    _correction: float = EARLIER
    _ends: deque[tuple[float, int]] = field(factory=lambda: deque(maxlen=REMEMBERED))

    def begin(self, now: float) -> None:
        """Nobody has looked for a while, or nothing could run: what follows says nothing about what was before."""
        self.end = self._running_at = now
        self._ends.clear()
        self._ends.append((now, self._total))

    @property
    def margin(self) -> float:
        """Seconds after an expected end when it is time to look."""
        return min(MARGIN * (self.length or 0.0), LONGEST_MARGIN_S)

    def expected(self, now: float) -> int:
        """How many tasks should have ended since the last one that is known to have; at least one."""
        return max(1, int((now - self.end) / self.length)) if self.length else 1

    def looked(self, now: float, ended: int, *, another_runs: bool) -> None:
        """Take in what a look has found.

        Args:
            now: The moment.
            ended: How many tasks were found ended, in order.
            another_runs: Whether the one behind them was seen not to have ended.
        """
        if ended:
            self._learn(now, ended, another_runs)
        if another_runs:
            self._running_at = now

    def _learn(self, now: float, ended: int, another_runs: bool) -> None:
        earliest, end = self._running_at, now
        if self.length is not None:
            expected = self.end + ended * self.length
            looked_early = earliest > expected - 2 * self.margin
            if another_runs:
                earliest = max(earliest, now - self.length)
            end = min(max(expected - self._correction * self.margin, earliest), now)
            self._correction = EARLIER if looked_early else 2 * self._correction
        elif earliest > self.end:
            end = earliest  # rather too early: the next look is soon repeated if it is
        gap = (end - self.end) / ended
        if self.length is not None and gap > TOO_LONG * self.length:
            self._ends.clear()
            if self._was_too_long:  # twice in a row: that is how long they take now
                self._ends.append((self.end, self._total))
            self._was_too_long = not self._was_too_long
        else:
            self._was_too_long = False
        self._total += ended
        self.end = self._running_at = end
        self._ends.append((end, self._total))
        first, before = self._ends[0]
        if self._total > before:
            self.length = (end - first) / (self._total - before)
