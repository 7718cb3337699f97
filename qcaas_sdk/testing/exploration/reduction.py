"""Fewer runs, the same outcomes: dynamic partial-order reduction with source sets and sleep sets.

Two runs that differ only in the order of independent steps are equivalent, and one of them is enough. Which steps are
independent is known once they have run: each says what it has touched. After each run, for every pair of steps that
conflict and could have run the other way round, the other way is planned (Flanagan and Godefroid, 2005; source sets:
Abdulla, Aronis, Jonsson and Sagonas, 2014). Sleep sets (Godefroid, 1996) keep steps from being tried again where they
would lead to what was seen.

What a step touches may depend on what ran before it, and counts as all that it was ever seen to touch. If that grows
during the search, the search begins anew with what it has learned, until nothing grows.

Each callback is a process with one step. A step happens after the one that has made it, after those before it that
it conflicts with, and after all that ran before virtual time last passed: time passes only when nothing is ready.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import define, field

from qcaas_sdk.testing.exploration.bounds import Bounds
from qcaas_sdk.testing.exploration.run import Run
from qcaas_sdk.testing.exploration.trail import EVERYTHING, Candidate, Footprint, NotDeterministic, Pruned, Trail


@define(eq=False)
class _Node:
    """A decision of the current run, and what is planned and done there.

    Attributes:
        options: How many options it has.
        option: The one taken.
        ids: The ids of its options, if it is about the next step; empty for another decision.
        planned: The ids to be tried; those tried are among them.
        tried: What the steps touched that were tried here, by their ids.
        asleep: The steps that need not be tried here, with what they touch.
    """

    options: int
    option: int
    ids: tuple[int, ...] = ()
    planned: set[int] = field(factory=set)
    tried: dict[int, Footprint] = field(factory=dict)
    asleep: dict[int, Footprint] = field(factory=dict)

    def go_on(self) -> bool:
        """Turn to the next option that is left; False if none is."""
        if not self.ids:
            self.option += 1
            return self.option < self.options
        done = self.ids[self.option]
        self.asleep[done] = self.tried.get(done, EVERYTHING)
        for number, one in enumerate(self.ids):
            if one in self.planned and one not in self.asleep:
                self.option = number
                return True
        return False


@define(eq=False)
class _Event:
    """A step of the current run.

    Attributes:
        id: Its id.
        made_by: The id of the step that made it.
        footprint: What it touched.
        node: The decision that led to it; None if it never ran, because another step has cancelled it.
        barrier: The number of steps that had run when virtual time last passed.
        before: The steps that happen before it, as bits.
    """

    id: int
    made_by: int
    footprint: Footprint
    node: _Node | None
    barrier: int
    before: int = 0


class Reduction:
    """Runs at least one of each class of equivalent runs."""

    guarantee = ""

    def __init__(self, bounds: Bounds) -> None:
        """Nothing is run yet.

        Args:
            bounds: The bounds; they limit neither deviations nor depth.
        """
        self._bounds = bounds
        self.complete = False
        self.pruned = 0
        self.coverage: Counter[object] = Counter()
        self.begun_anew = False
        self._nodes: list[_Node] = []
        self._known: dict[int, Footprint] = {}
        self._grown = False
        self._more = True

    def trails(self) -> Iterator[Trail]:
        """As `Search`."""
        while self._more:
            yield _ReducingTrail(self._bounds, self._nodes, self._known)
        self.complete = True

    def learn(self, run: Run) -> None:
        """Plan the other way round for every race of this run, then go back to the last decision with a plan left."""
        trail = run.trail
        assert isinstance(trail, _ReducingTrail)
        self.pruned += run.pruned
        self._grown = self._grown or trail.grown
        for event in trail.events:
            if event.node is not None:
                event.footprint = self._known[event.id]
        _plan_races(trail.events)
        while self._nodes and not self._nodes[-1].go_on():
            self._nodes.pop()
        self.begun_anew = not self._nodes and self._grown
        self._more = bool(self._nodes) or self.begun_anew
        if self.begun_anew:
            self._grown, self.pruned = False, 0


def _plan_races(events: Sequence[_Event]) -> None:
    """For each pair of steps that conflict, and that nothing else orders, plan the other order."""
    number_of: dict[int, int] = {}
    for number, event in enumerate(events):
        before = (1 << event.barrier) - 1
        if (maker := number_of.get(event.made_by)) is not None:
            before |= events[maker].before | 1 << maker
        races = []
        left = ((1 << number) - 1) & ~before  # the latest first
        while left:
            other = left.bit_length() - 1
            earlier = events[other]
            left ^= 1 << other
            if earlier.node is not None and earlier.footprint.conflicts(event.footprint):
                races.append(other)
                before |= earlier.before | 1 << other
                left &= ~earlier.before
        event.before = before
        for other in races:
            _plan(events, other, number)
        number_of[event.id] = number


def _plan(events: Sequence[_Event], earlier: int, later: int) -> None:
    """Have what leads to the later of two racing steps tried before the earlier one."""
    node = events[earlier].node
    assert node is not None
    free = [
        n for n in range(earlier + 1, later) if events[n].node is not None and not events[n].before >> earlier & 1
    ]
    bits = sum(1 << n for n in free)
    firsts = {events[n].id for n in free if not events[n].before & bits}
    if not any(_orders(events, n, later) for n in free):
        firsts.add(events[later].id)
    there = [one for one in node.ids if one in firsts]
    if not there:
        node.planned.update(node.ids)
    elif not node.planned.intersection(there):
        node.planned.add(there[0])


def _orders(events: Sequence[_Event], earlier: int, later: int) -> bool:
    """Whether one step has to come before another, for its own sake."""
    one, other = events[earlier], events[later]
    return one.id == other.made_by or one.footprint.conflicts(other.footprint)


class _ReducingTrail(Trail):
    """Takes what is planned; after that, always the first step that is not asleep."""

    wants_every_step = True
    wants_footprints = True

    def __init__(self, bounds: Bounds, nodes: list[_Node], known: dict[int, Footprint]) -> None:
        super().__init__(bounds)
        self.events: list[_Event] = []
        self.grown = False
        self._nodes = nodes
        self._known = known
        self._at = 0
        self._asleep: dict[int, Footprint] = {}
        self._barrier = 0
        self._node: _Node | None = None

    def step(self, ready: Sequence[Candidate], cancels: Sequence[int]) -> int:
        if not self.may("cancellations"):
            cancels = ()
        ids = (*(step.id for step in ready), *cancels)
        if self._at == len(self._nodes):
            awake = [number for number, one in enumerate(ids) if one not in self._asleep]
            if not awake:
                raise Pruned
            planned = {ids[awake[0]], *cancels}
            self._nodes.append(_Node(len(ids), awake[0], ids, planned, asleep=self._asleep))
        node = self._node = self._visit(len(ids))
        self._asleep = dict(node.asleep)
        if node.option >= len(ready):
            self._spend("cancellations")
        return node.option

    def choose(self, what: str, options: int) -> int:
        if options <= 1 or not self.may(what):
            return 0
        if self._at == len(self._nodes):
            self._nodes.append(_Node(options, 0))
        option = self._visit(options).option
        if option > 0:
            self._spend(what)
        return option

    def ran(self, step: Candidate, footprint: Footprint) -> None:
        node = self._node
        assert node is not None
        self.events.append(_Event(step.id, step.made_by, footprint, node, self._barrier))
        if (known := self._known.get(step.id)) is None:
            self._known[step.id] = footprint
        elif known.keys is not None and footprint.keys != known.keys:
            footprint = known.join(footprint)
            self.grown = self.grown or footprint.keys != known.keys
            self._known[step.id] = footprint
        else:
            footprint = known
        node.tried[step.id] = footprint
        self._asleep = {one: held for one, held in self._asleep.items() if not held.conflicts(footprint)}

    def cancelled(self, step: Candidate, footprint: Footprint) -> None:
        self.events.append(_Event(step.id, step.made_by, footprint, None, self._barrier))

    def time_passed(self) -> None:
        self._barrier = len(self.events)

    def _visit(self, options: int) -> _Node:
        node = self._nodes[self._at]
        self._at += 1
        if node.options != options and self.broken is None:
            self.broken = NotDeterministic(len(self.chosen), options, node.option)
        if options > 1:  # as in a plain trail, so that the schedule means the same there
            self.options.append(options)
            self.chosen.append(node.option)
        return node
