"""`lifecycle_machine`: a Hypothesis state machine made from a statechart.

Its rules are the chart's triggers, and whatever else can be done with the thing; its invariants are the chart's own,
and those that hold for every chart. It knows nothing of jobs: `cloud_subjects` brings those.
"""

import asyncio
import inspect
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from qcaas_sdk.errors import IllegalTransition
from qcaas_sdk.statechart import Chart, Transition
from qcaas_sdk.statechart.machine import InvariantBroken
from qcaas_sdk.testing.stateful.chart_strategies import entered
from qcaas_sdk.testing.stateful.failure_report import FailureReport
from qcaas_sdk.testing.stateful.replay import wait_a_little
from qcaas_sdk.testing.stateful.subject import Subject
from qcaas_sdk.testing.time import virtual_runner

T = TypeVar("T")

MAX_CROSSING_S = 60.0
"""Virtual seconds after which nothing is on its way any more; no strategy draws a slower request."""

MAX_TURNS = 30
"""Iterations of the event loop after which an await may be cancelled, at most."""


@frozen
class Cancellation:
    """When a caller is cancelled.

    Attributes:
        turns: Iterations of the event loop.
        seconds: Virtual seconds before those.
    """

    turns: int
    seconds: float


ModelFactory: TypeAlias = Callable[..., "Subject | Awaitable[Subject]"]


class LifecycleMachine(RuleBasedStateMachine):
    """Tests one subject after another; made by `lifecycle_machine`.

    Most examples of Hypothesis are small variations of the example before, in the same world. So one example makes
    several subjects, each in a new world.
    """

    chart: Chart
    factory: ModelFactory

    def __init__(self) -> None:
        super().__init__()
        self.runner = virtual_runner()
        self.subject: Subject | None = None
        self.report = FailureReport("model")

    # Steps.

    def begin(self, *world: object) -> None:
        """Make the first subject of an example."""
        self._begin(*world)

    def begin_anew(self, *world: object) -> None:
        """Let the subject finish and make another one, as if it were the first: time begins at zero again."""
        self._rest()
        self._close()
        self.runner = virtual_runner()
        random.seed(0)  # as Hypothesis does before each example
        self._begin(*world)

    def _begin(self, *world: object) -> None:
        factory = type(self).factory
        made = factory(*world)
        subject = self.subject = self._run(made) if inspect.isawaitable(made) else made
        imports, prelude = list(subject.imports), list(subject.prelude)
        if not prelude:
            wait = "await " if inspect.isawaitable(made) else ""
            imports.append(f"from {factory.__module__} import {factory.__name__}")
            prelude += [
                f"subject = {wait}{factory.__name__}({', '.join(map(repr, world))})",
                f"{subject.name} = subject.model",
            ]
        self.report = FailureReport(subject.name, imports, prelude)
        self._happened()

    def fire(self, trigger: str, cancellation: Cancellation | None) -> None:
        """Fire one trigger; cancel it if there is a `cancellation`."""
        subject = self._subject
        before, transitions, requests = subject.state, self._transitions(), self._requests()
        transition = self.chart.transition(before, trigger)
        self.report.step(self._given_up(f"subject.fire({trigger!r})", cancellation))
        error = self._do(lambda: subject.fire(trigger), cancellation)
        if transition is None:
            if not isinstance(error, IllegalTransition | asyncio.CancelledError):
                raise InvariantBroken(f"{trigger!r} is illegal in {before!r}, but {error or 'it was taken'!r}")
            if subject.state != before or self._transitions() != transitions or self._requests() != requests:
                raise InvariantBroken(f"{trigger!r} is illegal in {before!r}, but something has happened")
            return
        targets = entered(self.chart, {before} | {choice.target or before for choice in transition.choices})
        if isinstance(error, IllegalTransition) and transition.choices[-1].guard is None and not transition.when:
            raise InvariantBroken(f"{trigger!r} is legal in {before!r}, but was refused: {error}")
        if subject.state not in targets:
            raise InvariantBroken(f"{trigger!r} led from {before!r} to {subject.state!r}; the chart knows {targets}")
        if error is not None and subject.state not in entered(self.chart, {before}):
            raise InvariantBroken(f"{trigger!r} raised {error!r}, and changed the state all the same")
        if error is None and trigger in subject.after:
            self._in_loop(subject.after[trigger])

    def use(self, verbs: Sequence[str], cancellation: Cancellation | None) -> None:
        """Run calls and triggers concurrently; cancel them together if there is a `cancellation`."""
        subject = self._subject
        calls = [self._call(verb) for verb in verbs]
        written = [verb if verb in subject.verbs else f"subject.fire({verb!r})" for verb in verbs]
        line = written[0] if len(written) == 1 else f"side_by_side({', '.join(written)})"
        self.report.step(self._given_up(line, cancellation))

        async def side_by_side() -> None:
            ends = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
            for end in ends:
                if isinstance(end, BaseException):
                    raise end

        undisturbed = self._do(side_by_side, cancellation) is None
        if undisturbed and len(verbs) == 1 and verbs[0] in subject.after:
            self._in_loop(subject.after[verbs[0]])

    def pass_time(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.report.step(f"await asyncio.sleep({seconds!r})")
        self._run(asyncio.sleep(seconds))
        self._happened()

    # What must hold.

    @invariant()
    def nothing_is_broken(self) -> None:
        """Check the invariants of the chart, of the subject, and of every lifecycle."""
        if self.subject is not None:
            self._in_loop(partial(self.subject.check, self.chart))

    def teardown(self) -> None:
        """Let the subject finish. A failing example is shown as a script and as a diagram."""
        error = sys.exc_info()[1]
        try:
            if error is None:
                self._rest()
        except BaseException as broken:
            error = broken
            raise
        finally:
            traceback = None if error is None else error.__traceback__
            if isinstance(error, Exception):
                error.add_note(str(self.report))
            self._close()
            if error is not None:
                error.__traceback__ = traceback  # asyncio can clear it while the loop is closed

    def _rest(self) -> None:
        if self.subject is None:
            return
        if self.subject.ledger is not None:  # what is on its way arrives
            self.pass_time(MAX_CROSSING_S)
            self.nothing_is_broken()
        self.report.step("await subject.come_to_rest()")
        self._run(self.subject.come_to_rest())
        self._happened()
        self.nothing_is_broken()

    def _close(self) -> None:
        subject, self.subject = self.subject, None
        try:
            if subject is not None and subject.close is not None:
                self._run(subject.close())
        finally:
            self.runner.close()

    # How.

    def _run(self, work: Awaitable[T]) -> T:
        return self.runner.get_loop().run_until_complete(work)  # Runner.run sets a signal handler at every call

    def _call(self, verb: str) -> Callable[[], Awaitable[object]]:
        subject = self._subject
        return subject.verbs.get(verb) or partial(subject.fire, verb)

    @property
    def _subject(self) -> Subject:
        assert self.subject is not None
        return self.subject

    def _do(self, call: Callable[[], Awaitable[object]], cancellation: Cancellation | None) -> BaseException | None:
        """Run to the end, or give the await up after so many turns; the error that was to be expected."""

        async def driven() -> BaseException | None:
            task = asyncio.ensure_future(call())
            if cancellation is not None:
                await wait_a_little(task, cancellation.turns, cancellation.seconds)
                task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                if cancellation is None:
                    raise InvariantBroken("a call ended as cancelled, although nothing cancelled it") from error
                return error
            except self._subject.expected as error:
                self.report.raised(error)
                return error
            return None

        try:
            return self._run(driven())
        finally:
            self._happened()

    def _in_loop(self, question: Callable[[], None]) -> None:
        """The service uses the time of the running loop."""

        async def ask() -> None:
            question()

        self._run(ask())

    def _happened(self) -> None:
        self.report.happened(self._subject.ledger, self._transitions())

    def _transitions(self) -> list[Transition[Any]]:
        transitions = self._subject.transitions
        return [] if transitions is None else list(transitions())

    def _requests(self) -> int:
        ledger = self._subject.ledger
        return 0 if ledger is None else len(ledger.requests())

    @staticmethod
    def _given_up(call: str, cancellation: Cancellation | None) -> str:
        if cancellation is None:
            return f"await {call}"
        return f"await given_up({call}, turns={cancellation.turns}, seconds={cancellation.seconds})"


def lifecycle_machine(
    chart: Chart,
    model_factory: ModelFactory,
    worlds: st.SearchStrategy[Any] | None = None,
    *,
    verbs: Sequence[str] = (),
    openings: Sequence[str] = (),
) -> type[LifecycleMachine]:
    """A Hypothesis state machine that fires every trigger of a chart on a model, in every order.

    The triggers are legal or not, run one after the other or concurrently, and are awaited to the end or cancelled
    halfway. One rule lets the subject finish and begins with a fresh one. `TestMine = lifecycle_machine(CHART,
    factory).TestCase` makes it a test.

    Args:
        chart: The chart; its triggers become rules, its invariants are checked after every step.
        model_factory: Makes a fresh `Subject`, in the virtual loop, perhaps several in one example; it may be a
            coroutine function.
        worlds: A strategy for the arguments of `model_factory`; None to call it without arguments.
        verbs: The names of the calls in the subject's `verbs`.
        openings: Calls or triggers; most subjects begin with one of them.
    """
    cancellation = st.none() | st.builds(
        Cancellation, turns=st.integers(0, MAX_TURNS), seconds=st.sampled_from([0.0, 0.002, 0.01, 0.018, 0.5])
    )
    everything = st.sampled_from([*verbs, *chart.triggers])
    seconds = st.sampled_from([0.01, 0.3, 2.0, 60.0])

    def start(self: LifecycleMachine, opening: str | None, cancellation: Cancellation | None, **world: Any) -> None:
        self.begin(*world.values())
        if opening is not None:
            self.use([opening], cancellation)

    def start_anew(
        self: LifecycleMachine, opening: str | None, cancellation: Cancellation | None, **world: Any
    ) -> None:
        self.begin_anew(*world.values())
        if opening is not None:
            self.use([opening], cancellation)

    def use_one(self: LifecycleMachine, verb: str, cancellation: Cancellation | None) -> None:
        self.use([verb], cancellation)

    def use_side_by_side(self: LifecycleMachine, verbs: list[str], cancellation: Cancellation | None) -> None:
        self.use(verbs, cancellation)

    def let_time_pass(self: LifecycleMachine, seconds: float) -> None:
        self.pass_time(seconds)

    def come_back_later(self: LifecycleMachine, seconds: float, verb: str) -> None:
        self.pass_time(seconds)
        self.use([verb], None)

    members: dict[str, Any] = {"chart": chart, "factory": staticmethod(model_factory)}
    given: dict[str, st.SearchStrategy[Any]] = {
        "opening": st.sampled_from([None, *openings, *openings]),
        "cancellation": cancellation,
    }
    if worlds is not None:
        given["world"] = worlds
    members["start"] = initialize(**given)(start)  # type: ignore[call-overload]  # its named arguments are not among them
    members["start_anew"] = rule(**given)(start_anew)  # type: ignore[call-overload]  # as above
    for trigger in chart.triggers:
        members[f"fire_{trigger}"] = rule(cancellation=cancellation)(_firing(trigger))
    if verbs:
        members["use_one"] = rule(verb=st.sampled_from(list(verbs)), cancellation=cancellation)(use_one)
    members["use_side_by_side"] = rule(verbs=st.lists(everything, min_size=2, max_size=4), cancellation=cancellation)(
        use_side_by_side
    )
    members["let_time_pass"] = rule(seconds=seconds)(let_time_pass)
    members["come_back_later"] = rule(seconds=seconds, verb=everything)(come_back_later)
    name = "".join(word.title() for word in chart.name.split("_"))
    return cast("type[LifecycleMachine]", type(f"{name}Lifecycle", (LifecycleMachine,), members))


def _firing(trigger: str) -> Callable[[LifecycleMachine, Cancellation | None], None]:
    def fire(self: LifecycleMachine, cancellation: Cancellation | None) -> None:
        self.fire(trigger, cancellation)

    fire.__name__ = f"fire_{trigger}"
    return fire
