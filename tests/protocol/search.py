"""Explores the model completely: every state that can be reached within the bounds, breadth first."""

from collections import deque
from collections.abc import Iterable, Set
from itertools import product

from attrs import frozen

from qcaas_sdk.statechart import Chart
from tests.protocol.client import Client
from tests.protocol.rules import CAN_BE_CANCELLED, CAN_END, CAN_RUN_AGAIN, broken
from tests.protocol.steps import CALM, Step, steps
from tests.protocol.world import Bounds, World, first


@frozen
class Counterexample:
    """A shortest way to a state that breaks a rule.

    Attributes:
        rule: The rule.
        good: Whether the service accepts the program.
        reserved_can_be_cancelled: Whether the service cancels an id under which nothing was submitted.
        steps: The way from a new job.
        world: The state.
    """

    rule: str
    good: bool
    reserved_can_be_cancelled: bool
    steps: tuple[Step, ...]
    world: World


@frozen
class Explored:
    """What a complete exploration has found.

    Attributes:
        states: How many states there are.
        steps: How many steps lead from one to another.
        depth: The most steps that a shortest way to a state has.
        counterexamples: One for each rule that is broken somewhere, the shortest.
    """

    states: int
    steps: int
    depth: int
    counterexamples: tuple[Counterexample, ...]


QPU = frozenset({"start", "end"})
"""What the QPU does."""


class Space:
    """The states that can be reached from a new job, and how."""

    def __init__(self, chart: Chart, begin: World, bounds: Bounds, *, stop_at_broken: bool) -> None:
        self._client = client = Client(chart)
        self.begin = begin
        self.came: dict[World, tuple[World, Step] | None] = {begin: None}
        self.before: dict[World, list[tuple[World, str]]] = {}  # calm steps, and the call that begins it
        self.edges = 0
        self.depth = 0
        self.broken: dict[str, World] = {}
        level, queue = {begin: 0}, deque([begin])
        while queue:
            world = queue.popleft()
            for rule in broken(world):
                self.broken.setdefault(rule, world)
            if stop_at_broken and self.broken:
                return
            for step, after in steps(world, client, bounds):
                self.edges += 1
                if after not in self.came:
                    self.came[after] = (world, step)
                    level[after] = self.depth = level[world] + 1
                    queue.append(after)
                if step.kind in CALM and after is not world:
                    call = step.what if step.kind == "call" else step.kind if step.kind in QPU else ""
                    self.before.setdefault(after, []).append((world, call))
        self._look_for_dead_ends(bounds.runs)

    def _look_for_dead_ends(self, runs: int) -> None:
        """What must stay possible by calm steps alone."""
        alive = [world for world in self.came if world.alive]
        ended = [world for world in alive if world.known.state in self._client.ends]
        self._leads(CAN_END, self.came, ended, {"submit", "poll", *QPU})
        cancelled = [world for world in ended if world.known.state == "cancelled" and not world.given_up]
        cancellable = [
            world
            for world in alive
            if world.call is None
            and world.known.state not in self._client.ends
            and all(task.status in {"reserved", "queued"} for task in world.tasks if task.run == world.known.run)
        ]
        self._leads(CAN_BE_CANCELLED, cancellable, cancelled, {"cancel", "poll"})
        again = [world for world in alive if world.known.state == self._client.initial and not world.output]
        for run in range(1, runs):
            before = [world for world in ended if world.known.run == run and world.call is None]
            self._leads(CAN_RUN_AGAIN, before, [w for w in again if w.known.run == run + 1], {self._client.reset})

    def _leads(self, rule: str, sources: Iterable[World], goals: Iterable[World], calls: Set[str]) -> None:
        """Look for a source from which no goal can be reached with these calls."""
        reached = set(goals)
        queue = deque(reached)
        while queue:
            for world, call in self.before.get(queue.popleft(), ()):
                if world not in reached and (not call or call in calls):
                    reached.add(world)
                    queue.append(world)
        if (stuck := next((world for world in sources if world not in reached), None)) is not None:
            self.broken.setdefault(rule, stuck)

    def way_to(self, world: World) -> tuple[Step, ...]:
        """A shortest way."""
        way: list[Step] = []
        while (came := self.came[world]) is not None:
            world, step = came
            way.append(step)
        return tuple(reversed(way))


def explored(chart: Chart, bounds: Bounds, *, stop_at_broken: bool = False) -> Explored:
    """Explore a chart of a job with every kind of service and program.

    Args:
        chart: The chart.
        bounds: How much may happen.
        stop_at_broken: Whether to stop at the first rule that is broken; then the numbers are not those of all.
    """
    states = edges = depth = 0
    found: dict[str, Counterexample] = {}
    for good, cancellable in product((True, False), repeat=2):
        space = Space(chart, first(good, cancellable, bounds, chart.initial), bounds, stop_at_broken=stop_at_broken)
        states, edges, depth = states + len(space.came), edges + space.edges, max(depth, space.depth)
        for rule, world in space.broken.items():
            way = space.way_to(world)
            if rule not in found or len(way) < len(found[rule].steps):
                found[rule] = Counterexample(rule, good, cancellable, way, world)
    return Explored(states, edges, depth, tuple(found.values()))
