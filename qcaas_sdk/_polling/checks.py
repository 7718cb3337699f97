"""The questions of one check: first at the head of the queue, then behind it."""

from typing import Generic

from attrs import define

from qcaas_sdk._polling.decisions import J

MAX_SKIPPED = 7
"""Checks in a row without a question whether tasks have become shorter or order is not kept."""
MAX_UNCHECKED_S = 10.0
"""Seconds without such a question."""


@define(eq=False, repr=False)
class Suspicion:
    """Whether to ask where nothing should have ended: always while that finds something, else ever more rarely."""

    _skip: int = 0
    _skipped: int = 0
    _checked_at: float = 0.0

    def is_due(self, now: float) -> bool:
        """Whether to ask now; a no is counted."""
        if self._skipped >= self._skip or now - self._checked_at >= MAX_UNCHECKED_S:
            return True
        self._skipped += 1
        return False

    def checked(self, now: float, found: int) -> None:
        """A question was asked, and so many jobs had ended."""
        self._skip = 0 if found else min(2 * self._skip + 1, MAX_SKIPPED)
        self._skipped, self._checked_at = 0, now


@define(eq=False, repr=False)
class HeadCheck:
    """Asks from the head on until a job is met that has not ended."""

    begun_at: float
    expected: int
    ended: int = 0
    extra: int = 1
    another_runs: bool = False

    @property
    def found_all_expected(self) -> bool:
        """Whether as many have ended as should have."""
        return self.ended >= self.expected


@define(eq=False, repr=False)
class Probe(Generic[J]):
    """Asks about jobs behind the head, and about more while that finds ends."""

    width: int
    near_the_head: list[J] | None
    """The jobs just behind the head, in order; None for a sample of all."""
    asked: int = 0
    ended: int = 0
    found_none: bool = False
