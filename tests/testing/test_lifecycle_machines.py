"""A lifecycle machine for a chart of a user's own: it finds what is wrong there, shrinks it and tells it."""

import asyncio
import sys
from collections.abc import Callable
from traceback import walk_tb
from typing import Any

import pytest
from attrs import define, field
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from qcaas_sdk.statechart import Callbacks, Machine, Transition, TransitionLock, parse_chart
from qcaas_sdk.testing import InvariantBroken, Subject, lifecycle_machine
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

TUNING = parse_chart(
    """
name: tuning
summary: A calibration that is tried until it is good enough.
initial: waiting
reset: again
states:
  - name: waiting
    summary: Nothing measured yet.
  - name: measured
    summary: There is a figure.
  - name: good
    summary: Good enough.
    final: true
transitions:
  - trigger: measure
    source: [waiting, measured]
    summary: Measure once.
    effect: run_sequence
    choices:
      - guard: small
        target: good
        action: note
        summary: Small enough.
      - target: measured
        action: note
        summary: Once more.
  - trigger: again
    source: good
    target: waiting
    action: forget
    summary: Start over.
invariants:
  - name: tries_are_counted
    summary: A figure is there if and only if it was tried.
"""
)


@define(eq=False)
class Tuning:
    """What is tuned."""

    tries: int = 0
    figure: float | None = None
    transitions: list[Transition[str]] = field(factory=list)
    state: str = "waiting"
    lock: TransitionLock | None = None

    def on_transition(self, transition: Transition[str]) -> None:
        self.transitions.append(transition)


async def run_sequence(tuning: Tuning) -> float:
    await asyncio.sleep(0.01)
    return 0.1 / (tuning.tries + 1)


def note(tuning: Tuning, figure: float | None) -> None:
    tuning.figure, tuning.tries = figure, tuning.tries + 1


def forget(tuning: Tuning, _: float | None) -> None:
    tuning.figure, tuning.tries = None, 0


def forget_half(tuning: Tuning, _: float | None) -> None:
    tuning.figure = None


async def count_too_early(tuning: Tuning) -> float:
    tuning.tries += 1
    await asyncio.sleep(0.01)
    tuning.tries -= 1
    return 0.1


def on_machine(**other: Any) -> Subject:
    machine: Machine[Tuning, float] = Machine(
        TUNING,
        Callbacks(
            effects={"run_sequence": other.get("effect", run_sequence)},
            guards={"small": lambda _, figure: figure is not None and figure < 0.04},
            actions={"note": note, "forget": other.get("forget", forget)},
            invariants={"tries_are_counted": lambda tuning: (tuning.figure is None) == (tuning.tries == 0)},
        ),
    )
    tuning = Tuning()
    return Subject(machine, tuning, name="tuning", transitions=lambda: tuning.transitions)


def fresh() -> Subject:
    return on_machine()


async def forgetful() -> Subject:
    return on_machine(forget=forget_half)


def hasty() -> Subject:
    return on_machine(effect=count_too_early)


TestTuning = lifecycle_machine(TUNING, fresh).TestCase
TestTuning.settings = settings(max_examples=scaled(50), deadline=None)


def failure_of(factory: Callable[[], Any]) -> InvariantBroken:
    quick = settings(
        max_examples=300,
        phases=[Phase.generate, Phase.shrink],
        derandomize=True,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
    )
    with pytest.raises(InvariantBroken) as caught:
        run_state_machine_as_test(lifecycle_machine(TUNING, factory), settings=quick)
    return caught.value


def script_of(error: InvariantBroken) -> str:
    (story,) = (note for note in error.__notes__ if note.startswith("As a script"))
    return story.removeprefix("As a script:").partition("As a diagram")[0].strip()


def test_a_wrong_action_is_found_by_the_charts_invariant_and_shrunk_to_the_shortest_way_there() -> None:
    error = failure_of(forgetful)
    assert str(error).endswith("tries_are_counted does not hold")
    script = script_of(error)
    assert (script.count("'measure'"), script.count("'again'")) == (3, 1)


def test_an_example_can_make_several_subjects_each_as_if_it_were_the_first() -> None:
    made: list[Subject] = []
    begun: list[float] = []
    told: list[str] = []

    async def counted() -> Subject:
        subject = fresh()
        number = len(made)

        async def rest() -> None:
            told.append(f"{number} rests")

        async def close() -> None:
            told.append(f"{number} is closed")

        subject.rest, subject.close = rest, close
        made.append(subject)
        begun.append(asyncio.get_running_loop().time())
        return subject

    machine = lifecycle_machine(TUNING, counted)()
    machine.begin()
    machine.fire("measure", None)
    machine.begin_anew()
    machine.pass_time(1.0)
    machine.teardown()
    assert begun == [0.0, 0.0]
    assert [len(subject.model.transitions) for subject in made] == [1, 0]
    assert told == ["0 rests", "0 is closed", "1 rests", "1 is closed"]
    assert "measure" not in machine.report.script(), "the script shows the last one"


def test_its_script_makes_the_model_anew_and_fails_in_the_same_way() -> None:
    script = script_of(failure_of(forgetful))
    assert "from tests.testing.test_lifecycle_machines import forgetful" in script
    assert "    subject = await forgetful()\n    tuning = subject.model\n" in script
    with pytest.raises(InvariantBroken, match="tries_are_counted does not hold"):
        exec(script, {})
    exec(script.replace("await forgetful", "fresh").replace("forgetful", "fresh"), {})


def test_an_effect_that_is_not_safe_when_its_await_is_given_up_is_found() -> None:
    error = failure_of(hasty)
    assert str(error).endswith("tries_are_counted does not hold")
    assert script_of(error).count("given_up(subject.fire('measure'), turns=") == 1


def test_a_failure_keeps_its_traceback_when_its_loop_is_closed() -> None:
    async def forgetful_loop() -> Subject:
        subject = on_machine(forget=forget_half)

        async def close() -> None:
            error = sys.exc_info()[1]
            if error is not None:
                error.__traceback__ = None  # as asyncio does with an error of a future that is asked twice

        subject.close = close
        return subject

    frames = [frame.f_code.co_name for frame, _ in walk_tb(failure_of(forgetful_loop).__traceback__)]
    assert "nothing_is_broken" in frames


def test_a_failure_is_told_as_a_diagram_of_moves() -> None:
    (story,) = (note for note in failure_of(forgetful).__notes__ if note.startswith("As a script"))
    diagram = [line.strip() for line in story.partition("As a diagram (Mermaid):")[2].strip().splitlines()]
    assert diagram[:3] == ["sequenceDiagram", "participant you", "participant tuning"]
    assert "Note over tuning: measured → good (Small enough.)" in diagram
    assert not any("service" in line for line in diagram), "it has none"
