"""Which runs to make: all of them, one after the other, depth first."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from qcaas_sdk.testing.exploration.bounds import Bounds
from qcaas_sdk.testing.exploration.run import Run
from qcaas_sdk.testing.exploration.trail import Trail


class Search(Protocol):
    """Plans runs.

    Attributes:
        complete: Whether all has been run that there is within the bounds.
        pruned: Runs that were given up, because they are like others.
        begun_anew: Whether the runs so far are not to count, after `learn`.
        coverage: The states of the world that were seen.
    """

    complete: bool
    pruned: int
    begun_anew: bool
    coverage: Counter[object]

    @property
    def guarantee(self) -> str:
        """What it promises, in words; empty for nothing."""
        ...

    def trails(self) -> Iterator[Trail]:
        """The trail of each run; `learn` is called before the next one is asked for."""
        ...

    def learn(self, run: Run) -> None:
        """Take note of what came of a run."""
        ...


class DepthFirst:
    """Every sequence of decisions within the bounds, once."""

    guarantee = ""

    def __init__(self, bounds: Bounds) -> None:
        """Nothing is run yet."""
        self._bounds = bounds
        self._prefix: list[int] | None = []
        self.complete = False
        self._cut = False
        self.pruned = 0
        self.begun_anew = False
        self.coverage: Counter[object] = Counter()

    def trails(self) -> Iterator[Trail]:
        """As `Search`."""
        while self._prefix is not None:
            yield Trail(self._bounds, self._prefix)
        self.complete = not self._cut

    def learn(self, run: Run) -> None:
        """Go back to the last decision that has an option left."""
        self._cut = self._cut or run.trail.cut
        options, chosen = run.trail.options, run.trail.chosen
        number = len(chosen) - 1
        while number >= 0 and chosen[number] + 1 >= options[number]:
            number -= 1
        self._prefix = None if number < 0 else [*chosen[:number], chosen[number] + 1]
