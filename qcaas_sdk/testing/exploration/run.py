"""One run of a scenario, under the decisions of a trail."""

import inspect
import random
import re
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from attrs import define, field

from qcaas_sdk.testing.exploration.bounds import Bounds
from qcaas_sdk.testing.exploration.loop import Died, ExploredLoop
from qcaas_sdk.testing.exploration.trail import NotDeterministic, Pruned, Trail

Scenario: TypeAlias = Callable[..., Coroutine[Any, Any, object]]
"""An async function; it gets the world, if there is one."""


class World(Protocol):
    """What is still there after the process dies: a service, a disk, a network. Each run makes a new one.

    You can leave out each method.
    """

    def died(self) -> None:
        """The process has died: drop what was only in its memory."""
        ...

    async def recover(self) -> object:
        """What another process does after that; what it returns is the outcome of the run."""
        ...

    def check(self) -> None:
        """Raise an error if something is wrong at the end."""
        ...

    def state(self) -> object:
        """What `explore.guided` counts as a state of the world: a hashable value."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


_NAMES = re.compile(r"[:/\d]")
"""Where a message begins to name what is another one in each run: files, numbers."""


class _Misused(TypeError):
    """What was given is not what it has to be; no schedule fails."""


@runtime_checkable
class _Recovers(Protocol):
    def recover(self) -> Coroutine[Any, Any, object]: ...


@define(eq=False)
class Run:
    """What came of one run.

    Attributes:
        trail: Its decisions.
        outcome: What the scenario has returned.
        error: What went wrong; None if nothing did.
        log: What ran, if it was written down.
        steps: How many steps it had.
        pruned: Whether it was given up because it is like another one.
    """

    trail: Trail
    outcome: object = None
    error: BaseException | None = None
    log: list[str] = field(factory=list)
    steps: int = 0
    pruned: bool = False

    @property
    def signature(self) -> tuple[str, str]:
        """What kind of failure it is: two failures with one signature count as the same."""
        return type(self.error).__name__, _NAMES.split(str(self.error).partition("\n")[0])[0][:60]


def run_once(
    scenario: Scenario,
    make_world: Callable[[], object] | None,
    bounds: Bounds,
    trail: Trail,
    *,
    keep_log: bool = False,
    watch: Callable[[object], None] | None = None,
) -> Run:
    """Run a scenario once.

    Args:
        scenario: The scenario.
        make_world: Makes its world; None for none.
        bounds: The bounds.
        trail: Makes the decisions.
        keep_log: Whether to write down what runs.
        watch: Called with the world after each step.

    Raises:
        NotDeterministic: The given decisions do not fit.
        TypeError: The scenario is not an async function.
    """
    if not callable(scenario):
        raise TypeError(f"a scenario is an async function, not {scenario!r}: give the function, do not call it")
    before = random.getstate()
    random.seed(0)
    # It has no sockets, pipes, signals and subprocesses: AbstractEventLoop raises NotImplementedError there.
    loop = ExploredLoop(trail, max_steps=bounds.steps, keep_log=keep_log)  # type: ignore[abstract]
    run = Run(trail)
    world = None
    try:
        world = None if make_world is None else make_world()
        if watch is not None and world is not None:
            if not hasattr(world, "state"):
                raise _Misused(f"a guided search asks the world for its state(), and {type(world).__name__} has none")
            loop.after_step = lambda: watch(world)
        run.outcome = _to_the_end(scenario, world, loop, make_world is not None)
        if (check := getattr(world, "check", None)) is not None:
            check()
    except Pruned:
        run.pruned = True
    except (NotDeterministic, _Misused, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a cancelled main task, too
        run.error = error
    finally:
        run.log = loop.log or []
        run.steps = loop.steps
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loop.bury()
        if (close := getattr(world, "close", None)) is not None:
            close()
        random.setstate(before)
    if trail.broken is not None:
        raise trail.broken
    return run


def _to_the_end(scenario: Scenario, world: object, loop: ExploredLoop, has_world: bool) -> object:
    """The scenario's outcome, or that of the last recovery."""
    work = scenario(world) if has_world else scenario()
    if not inspect.iscoroutine(work):
        raise _Misused(f"a scenario is an async function, not {scenario!r}")
    while True:
        try:
            return loop.run(cast("Coroutine[Any, Any, object]", work))
        except Died:
            if (died := getattr(world, "died", None)) is not None:
                died()
            if not isinstance(world, _Recovers):
                return "died"
            work = world.recover()
