"""The decisions of one run: the first ones are given, the others are the first option each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from qcaas_sdk.testing.exploration.bounds import Bounds, Schedule


class Candidate(Protocol):
    """A callback that can run next.

    Attributes:
        id: The same in every run in which the same step makes it.
        made_by: The id of the step that has made it.
    """

    id: int
    made_by: int

    @property
    def lineage(self) -> object:
        """The task that it lets go on, or itself."""
        ...


class Pruned(BaseException):
    """Every continuation of this run is equivalent to one that was explored already."""


class NotDeterministic(RuntimeError):
    """The same decisions led to a different run.

    Attributes:
        number: The first decision that differs.
    """

    def __init__(self, number: int, options: int, option: int) -> None:
        super().__init__(
            f"the program is not deterministic: decision {number} has {options} options now, and option {option} was "
            "taken before. Look for sets whose order matters, random numbers, ids and the time of day, and for state "
            "that is left over from the run before"
        )
        self.number = number


class Trail:
    """Makes the decisions of one run, and keeps them.

    Attributes:
        options: How many options each decision had.
        chosen: Which one was taken.
        labels: What the decisions were about, one line each for those that are not the first option.
        wants_every_step: Whether it is asked even where there is only one option.
        wants_footprints: Whether it is told what each step has touched.
        cut: Whether the bound on the depth was reached.
        broken: What is wrong with the run, if it is not the one that the given decisions had led to before.
    """

    wants_every_step = False
    wants_footprints = False

    def __init__(self, bounds: Bounds, given: Schedule | Sequence[int] = ()) -> None:
        """Nothing is decided yet.

        Args:
            bounds: The bounds.
            given: The options to take: a list for the first decisions, or a schedule.
        """
        self._bounds = bounds
        self._given: Schedule = given if isinstance(given, Mapping) else dict(enumerate(given))
        self._last = max(self._given, default=-1)
        self._left = {what: bounds.limit(what) for what in ("deviations", "cancellations", "faults", "crashes")}
        self._depth = float("inf") if bounds.depth is None else bounds.depth
        self.options: list[int] = []
        self.chosen: list[int] = []
        self.labels: dict[int, str] = {}
        self.cut = False
        self.broken: NotDeterministic | None = None

    def may(self, what: str) -> bool:
        """Whether something may still happen in this run: its bound is not reached."""
        return self._left.get(what, 1) > 0

    def step(self, ready: Sequence[Candidate], cancels: Sequence[int]) -> int:
        """Which callback runs next, or after those, which task is cancelled.

        Args:
            ready: The callbacks that can run, in asyncio's order.
            cancels: The tasks that can be cancelled here, by ids.
        """
        if not self.may("cancellations"):
            cancels = ()
        orders = len(ready) if self.may("deviations") else 1
        option = self._decide(orders + len(cancels))
        if option >= orders:
            self._spend("cancellations")
            return len(ready) + option - orders
        if option > 0:
            self._spend("deviations")
        return option

    def choose(self, what: str, options: int) -> int:
        """Which of some options comes true; all but the first count as one of `what`."""
        option = self._decide(options if self.may(what) else 1)
        if option > 0:
            self._spend(what)
        return option

    def ran(self, step: Candidate, footprint: "Footprint") -> None:
        """Take note of what a step has touched."""

    def cancelled(self, step: Candidate, footprint: "Footprint") -> None:
        """Take note that a step will not run, because another one has cancelled it."""

    def time_passed(self) -> None:
        """Take note that virtual time has passed: nothing was ready."""

    def note(self, text: Callable[[], str]) -> None:
        """Say what the last decision was about, if it was not the first option."""
        if self.chosen and self.chosen[-1] > 0:
            self.labels.setdefault(len(self.chosen) - 1, text())

    @property
    def schedule(self) -> Schedule:
        """The decisions so far."""
        return {number: option for number, option in enumerate(self.chosen) if option > 0}

    def _decide(self, options: int) -> int:
        if options <= 1:
            return 0
        number = len(self.chosen)
        if number >= self._depth:
            self.cut = True
            return 0
        option = self._given.get(number, 0) if number <= self._last else self._free(options)
        if option >= options:
            self.broken = self.broken or NotDeterministic(number, options, option)
            return 0
        self.options.append(options)
        self.chosen.append(option)
        return option

    def _free(self, options: int) -> int:
        """The option of a decision that is not given."""
        return 0

    def _spend(self, what: str) -> None:
        if what in self._left:
            self._left[what] -= 1


class Footprint:
    """What a step has touched: `None` for everything, or keys with whether they were written."""

    __slots__ = ("keys",)

    def __init__(self, keys: "dict[object, bool] | None" = None) -> None:
        self.keys = keys

    def conflicts(self, other: "Footprint") -> bool:
        """Whether the order of two steps can matter, as far as is known."""
        if self.keys is None or other.keys is None:
            return True
        mine, theirs = (self.keys, other.keys) if len(self.keys) <= len(other.keys) else (other.keys, self.keys)
        return any(key in theirs and (written or theirs[key]) for key, written in mine.items())

    def join(self, other: "Footprint") -> "Footprint":
        """What either has touched."""
        if self.keys is None or other.keys is None:
            return EVERYTHING
        return Footprint(
            {key: self.keys.get(key, False) or other.keys.get(key, False) for key in {**self.keys, **other.keys}}
        )


EVERYTHING = Footprint(None)
