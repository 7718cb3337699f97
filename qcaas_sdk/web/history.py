"""How many jobs were in each state over time, in a fixed number of steps."""

from collections.abc import Sequence

from qcaas_sdk._record import JobState
from qcaas_sdk.web.rows import PLACE_OF, STATES

MAX_STEPS = 240
FIRST_WIDTH_S = 0.25


class CountsOverTime:
    """Counts of states over time. When it is full, two steps become one.

    A job is in no state before it is submitted, because a journal does not say when it was made.
    """

    def __init__(self) -> None:
        self._begin: float | None = None
        self._width = FIRST_WIDTH_S
        self._changes: list[list[int]] = []

    def moved(self, source: JobState, target: JobState, at: float) -> None:
        """Count a transition at a moment, in seconds since 1970."""
        if self._begin is None:
            self._begin = at
        step = max(0, int((at - self._begin) / self._width))  # an earlier one that is read later counts as the first
        while step >= MAX_STEPS:
            self._halve()
            step = max(0, int((at - self._begin) / self._width))
        while len(self._changes) <= step:
            self._changes.append([0] * len(STATES))
        if source is not JobState.CREATED:
            self._changes[step][PLACE_OF[source]] -= 1
        if target is not JobState.CREATED:
            self._changes[step][PLACE_OF[target]] += 1

    def document(self, now: float, *, living: bool) -> dict[str, object]:
        """The counts at the end of each step, for the page.

        Args:
            now: Seconds since 1970.
            living: Whether jobs are on their way, so that the time since the last transition counts too.
        """
        if self._begin is None:
            return {"begin": None, "width": self._width, "counts": []}
        counts, sums = [], [0] * len(STATES)
        for changes in self._changes:
            sums = [one + other for one, other in zip(sums, changes, strict=True)]
            counts.append(sums)
        if living and now > self._begin:
            missing = min(MAX_STEPS, int((now - self._begin) / self._width) + 1) - len(counts)
            counts += [sums] * missing
        return {"begin": round(self._begin * 1000), "width": self._width, "counts": _transposed(counts)}

    def _halve(self) -> None:
        pairs = zip(self._changes[::2], [*self._changes[1::2], [0] * len(STATES)], strict=False)
        self._changes = [[one + other for one, other in zip(*pair, strict=True)] for pair in pairs]
        self._width *= 2


def _transposed(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    return [list(state) for state in zip(*counts, strict=True)]
