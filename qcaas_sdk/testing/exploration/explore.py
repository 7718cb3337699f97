"""`explore`: run a scenario under every schedule."""

from collections.abc import Callable

from attrs import evolve

from qcaas_sdk.testing.exploration.bounds import Bounds, Schedule, schedule_of, text_of
from qcaas_sdk.testing.exploration.guided import Guided, Random
from qcaas_sdk.testing.exploration.reduction import Reduction
from qcaas_sdk.testing.exploration.report import Exploration, ScheduleFailed
from qcaas_sdk.testing.exploration.run import Run, Scenario, run_once
from qcaas_sdk.testing.exploration.search import DepthFirst, Search
from qcaas_sdk.testing.exploration.shrink import shrunk
from qcaas_sdk.testing.exploration.trail import NotDeterministic, Trail

DEFAULT = Bounds()


class Explore:
    """Explores scenarios: async functions that it runs again and again, each time under another schedule."""

    def __call__(
        self,
        scenario: Scenario,
        bounds: Bounds = DEFAULT,
        *,
        world: Callable[[], object] | None = None,
        reduce: bool = True,
        stop: bool = True,
    ) -> Exploration:
        """Run a scenario under every schedule within bounds.

        Args:
            scenario: An async function. It gets the world, if there is one; what it returns is an outcome.
            bounds: The limits of the exploration.
            world: Makes a new world for each run (see `World`).
            reduce: Whether to leave out schedules that differ only in the order of independent steps. That needs
                bounds that limit neither deviations nor depth, because those count such orders.
            stop: Whether to stop at the first failure and raise it. Otherwise it is kept in the report.

        Returns:
            How many schedules were run, whether these are all, and their outcomes.

        Raises:
            ScheduleFailed: Under some schedule, the scenario raises an error, has a deadlock, or never ends. The
                schedule was run again to be sure, and shrunk.
            NotDeterministic: One schedule gives two different runs.
        """
        whole = bounds.deviations is None and bounds.depth is None
        search: Search = Reduction(bounds) if reduce and whole else DepthFirst(bounds)
        return self._explore(scenario, bounds, world, search, stop, None)

    def at_random(
        self,
        scenario: Scenario,
        bounds: Bounds = DEFAULT,
        *,
        world: Callable[[], object] | None = None,
        bug_depth: int = 3,
        seed: int = 0,
        stop: bool = True,
    ) -> Exploration:
        """Run a scenario under random schedules that find a bug with a known probability.

        The method is probabilistic concurrency testing.

        Each run finds a bug that needs `bug_depth` ordering constraints with probability at least 1/(n·k^(d-1)), for
        n tasks and k steps (Burckhardt and others, 2010). The report says n, k and this probability.

        Args:
            scenario: As for `explore`.
            bounds: As for `explore`; `schedules` says how many runs.
            world: As for `explore`.
            bug_depth: d: how many pairs of steps must be in the wrong order at once; 1 for many deadlocks.
            seed: Of the random numbers.
            stop: As for `explore`.

        Raises:
            ScheduleFailed: As `explore`.
        """
        bounds = evolve(bounds, deviations=None, depth=None)  # a priority is no deviation
        return self._explore(scenario, bounds, world, Random(bounds, bug_depth, seed), stop, None)

    def guided(
        self,
        scenario: Scenario,
        bounds: Bounds = DEFAULT,
        *,
        world: Callable[[], object],
        seed: int = 0,
        stop: bool = True,
    ) -> Exploration:
        """Run a scenario under schedules that lead to states of the world that were not seen yet.

        Args:
            scenario: As for `explore`.
            bounds: As for `explore`; `schedules` says how many runs.
            world: As for `explore`; its `state()` says what counts as a state.
            seed: Of the random numbers.
            stop: As for `explore`.

        Raises:
            ScheduleFailed: As `explore`.
        """
        search = Guided(bounds, seed)
        return self._explore(scenario, bounds, world, search, stop, search.see)

    def replay(
        self,
        schedule: str,
        scenario: Scenario,
        bounds: Bounds = DEFAULT,
        *,
        world: Callable[[], object] | None = None,
    ) -> object:
        """Run a scenario once, under the schedule of a failure.

        Args:
            schedule: The schedule, as the failure tells it.
            scenario: As for `explore`.
            bounds: As for `explore`: the same.
            world: As for `explore`.

        Returns:
            The outcome.

        Raises:
            ScheduleFailed: It fails.
            ValueError: The text is not a schedule, or belongs to another program or other bounds.
        """
        given = schedule_of(schedule)
        try:
            run = run_once(scenario, world, bounds, Trail(bounds, given), keep_log=True)
        except NotDeterministic as error:
            raise _misfit(error.number) from None
        if run.error is not None:
            raise _failure(run, scenario, bounds, 1) from run.error
        if missing := given.keys() - run.trail.schedule.keys():
            raise _misfit(min(missing))
        return run.outcome

    @staticmethod
    def _explore(
        scenario: Scenario,
        bounds: Bounds,
        world: Callable[[], object] | None,
        search: Search,
        stop: bool,
        see: Callable[[object], None] | None,
    ) -> Exploration:
        found = Exploration(bounds)

        def again(schedule: Schedule) -> Run:
            return run_once(scenario, world, bounds, Trail(bounds, schedule), keep_log=True)

        runs = 0
        for trail in search.trails():
            if runs >= bounds.schedules:
                break
            run = run_once(scenario, world, bounds, trail, watch=see)
            runs += not run.pruned
            if not run.pruned:
                found.add(run)
            if run.error is not None and found.failure is None:
                # An error that does not come again is none of the schedule's: it is not reported as one.
                confirmed = again(run.trail.schedule)
                if confirmed.error is None or confirmed.signature != run.signature:
                    raise Irreproducible(run, confirmed)
                failure = _failure(shrunk(confirmed, again), scenario, bounds, found.schedules)
                if stop:
                    raise failure from failure.error
                found.failure = failure
            search.learn(run)
            if search.begun_anew:
                found.rehearsed += found.schedules
                found.schedules = 0
                found.outcomes.clear()
        found.pruned, found.complete = search.pruned, search.complete
        found.guarantee = search.guarantee
        found.coverage = search.coverage
        return found


class Irreproducible(RuntimeError):
    """A failure that does not happen again under the same schedule: the program is not deterministic."""

    def __init__(self, run: Run, confirmed: Run) -> None:
        super().__init__(
            f"the schedule {text_of(run.trail.schedule)!r} has failed with {run.error!r}, and when it was run again "
            f"{'nothing failed' if confirmed.error is None else f'with {confirmed.error!r}'}: the program is not "
            "deterministic. Look for random numbers, the time of day, sets whose order matters, and state that is "
            "left over from the run before"
        )


def _misfit(number: int) -> ValueError:
    return ValueError(
        f"the schedule does not fit: decision {number} has no such option. It belongs to another program, or to "
        "this one before it was changed, or to other bounds"
    )


def _failure(run: Run, scenario: Scenario, bounds: Bounds, found_after: int) -> ScheduleFailed:
    name = getattr(scenario, "__qualname__", repr(scenario))
    return ScheduleFailed(run.trail.schedule, run, name, bounds, found_after)


explore = Explore()
"""Explores scenarios; see `Explore`."""
