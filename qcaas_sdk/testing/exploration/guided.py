"""Where all schedules are too many: random ones with a promise, and ones that lead to something new."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from qcaas_sdk.testing.exploration.bounds import Bounds, Schedule
from qcaas_sdk.testing.exploration.run import Run
from qcaas_sdk.testing.exploration.trail import Candidate, Trail

FRESH = 0.2
"""The share of guided runs that begin anew."""


class Random:
    """Probabilistic concurrency testing (PCT).

    Each task has a random priority, and the ready one with the highest priority runs. At d-1 random steps the one
    that would run falls to a priority below all of these: the i-th of them to the i-th lowest, whichever comes first.
    """

    def __init__(self, bounds: Bounds, bug_depth: int, seed: int) -> None:
        """Nothing is run yet."""
        self._bounds = bounds
        self._depth = bug_depth
        self._rng = random.Random(seed)  # noqa: S311  # a test, not a secret
        self._tasks = self._steps = 1
        self.complete = False
        self.pruned = 0
        self.begun_anew = False
        self.coverage: Counter[object] = Counter()

    def trails(self) -> Iterator[Trail]:
        """As `Search`; without an end."""
        while True:
            changes = {self._rng.randint(1, self._steps): -1.0 - place for place in range(self._depth - 1)}
            yield _PriorityTrail(self._bounds, self._rng, changes)

    def learn(self, run: Run) -> None:
        """Note how many tasks and steps there are."""
        trail = run.trail
        assert isinstance(trail, _PriorityTrail)
        self._tasks = max(self._tasks, len(trail.priorities))
        self._steps = max(self._steps, run.steps)

    @property
    def guarantee(self) -> str:
        """The promise, in words."""
        chance = 1.0 / (self._tasks * self._steps ** (self._depth - 1))
        return (
            f"a bug of depth {self._depth} is found by each run with probability at least {chance:.2g} "
            f"(n = {self._tasks} tasks, k = {self._steps} steps)"
        )


class _PriorityTrail(Trail):
    """Runs the ready callback of the task with the highest priority."""

    wants_every_step = True

    def __init__(self, bounds: Bounds, rng: random.Random, changes: dict[int, float]) -> None:
        super().__init__(bounds)
        self._rng = rng
        self._changes = changes
        self._number = 0
        self.priorities: dict[object, float] = {}

    def step(self, ready: Sequence[Candidate], cancels: Sequence[int]) -> int:
        if not self.may("cancellations"):
            cancels = ()
        if cancels and self._rng.random() < 1.0 / 16.0:
            return self._take(len(ready) + self._rng.randrange(len(cancels)), len(ready) + len(cancels), len(ready))
        best = max(range(len(ready)), key=lambda number: self._priority(ready[number]))
        self._number += 1
        if (low := self._changes.get(self._number)) is not None:
            self.priorities[ready[best].lineage] = low
            best = max(range(len(ready)), key=lambda number: self._priority(ready[number]))
        return self._take(best, len(ready) + len(cancels), len(ready))

    def _priority(self, step: Candidate) -> float:
        return self.priorities.setdefault(step.lineage, self._rng.random())

    def _take(self, option: int, options: int, orders: int) -> int:
        if options > 1:
            self.options.append(options)
            self.chosen.append(option)
        if option >= orders:
            self._spend("cancellations")
        return option

    def _free(self, options: int) -> int:
        return self._rng.randrange(options) if self._rng.random() < 0.25 else 0


class Guided:
    """Changes schedules that have led to something new."""

    guarantee = ""

    def __init__(self, bounds: Bounds, seed: int) -> None:
        """Nothing is run yet."""
        self._bounds = bounds
        self._rng = random.Random(seed)  # noqa: S311  # a test, not a secret
        self._corpus: list[Schedule] = [{}]
        self._new = False
        self._last = 20
        self.complete = False
        self.pruned = 0
        self.begun_anew = False
        self.coverage: Counter[object] = Counter()

    def see(self, world: object) -> None:
        """Take note of the state of the world, after a step."""
        state = world.state()  # type: ignore[attr-defined]  # a World
        if state not in self.coverage:
            self._new = True
        self.coverage[state] += 1

    def trails(self) -> Iterator[Trail]:
        """As `Search`; without an end."""
        while True:
            self._new = False
            schedule = dict(self._rng.choice(self._corpus)) if self._rng.random() > FRESH else {}
            for _ in range(self._rng.randint(1, 3)):
                number = self._rng.randrange(self._last)
                if schedule.pop(number, None) is None:
                    schedule[number] = self._rng.randint(1, 4)
            yield _BendingTrail(self._bounds, schedule)

    def learn(self, run: Run) -> None:
        """Keep the schedule, if it has led to something new."""
        self._last = max(self._last, len(run.trail.chosen))
        if self._new:
            self._corpus.append(run.trail.schedule)


class _BendingTrail(Trail):
    """Takes another option where the given one is not there."""

    def _decide(self, options: int) -> int:
        number = len(self.chosen)
        if options > 1 and self._given.get(number, 0) >= options:
            self._given = {**self._given, number: self._given[number] % options}
        return super()._decide(options)
