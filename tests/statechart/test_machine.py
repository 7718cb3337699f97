"""The machine: one transition at a time, nothing cancelled but by its own caller, every illegal trigger refused."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._base.transition_scope import current_transition
from qcaas_sdk.errors import BadStatechart, IllegalTransition
from qcaas_sdk.statechart import Callbacks, Machine, Transition, TransitionLock, parse_chart, place
from qcaas_sdk.statechart.engine import engine_of
from qcaas_sdk.statechart.machine import InvariantBroken
from tests.statechart.charts import LAMP

CHART = parse_chart(LAMP, file="lamp.yaml")


@define(eq=False)
class Lamp:
    """A model as small as the machine allows."""

    state: str = "dark"
    lock: TransitionLock | None = None
    current_gone: bool = False
    count: int = 0
    mourned: int = 0
    transitions: list[Transition[str]] = field(factory=list)

    def on_transition(self, transition: Transition[str]) -> None:
        self.transitions.append(transition)


async def no_effect(_: Lamp) -> bool:
    return False


def count(lamp: Lamp, _: bool | None) -> None:
    lamp.count += 1


def mourn(lamp: Lamp, _: bool | None) -> None:
    lamp.mourned += 1


def lamp_callbacks(effect: Callable[[Lamp], Awaitable[bool]] = no_effect, **replaced: Any) -> Callbacks[Lamp, bool]:
    callbacks: dict[str, dict[str, Any]] = {
        "effects": {"try_current": effect},
        "guards": {"filament_gone": lambda lamp, gone: bool(gone)},
        "actions": {"count": count, "mourn": mourn},
        "invariants": {"counts_never_fall": lambda lamp: lamp.count >= 0},
    }
    for kind, changes in replaced.items():
        callbacks[kind] = {name: call for name, call in (callbacks[kind] | changes).items() if call is not None}
    return Callbacks(**callbacks)


def machine(effect: Callable[[Lamp], Awaitable[bool]] = no_effect, **options: Any) -> Machine[Lamp, bool]:
    return Machine(CHART, lamp_callbacks(effect), **options)


# Binding names.


@pytest.mark.parametrize(
    ("kind", "one", "name"),
    [("effects", "effect", "try_current"), ("guards", "guard", "filament_gone"), ("actions", "action", "mourn")],
)
def test_a_callback_the_registry_lacks_is_refused_with_its_line(kind: str, one: str, name: str) -> None:
    with pytest.raises(BadStatechart, match=rf"lamp\.yaml:\d+: the {one} '{name}' is not known"):
        Machine(CHART, lamp_callbacks(**{kind: {name: None}}))


def test_a_typo_in_a_callback_names_the_one_that_was_meant() -> None:
    chart = parse_chart(LAMP.replace("guard: filament_gone", "guard: filament_gonne"), file="lamp.yaml")
    with pytest.raises(BadStatechart, match="did you mean 'filament_gone'"):
        Machine(chart, lamp_callbacks())


def test_a_callback_that_the_chart_never_names_is_refused() -> None:
    with pytest.raises(BadStatechart, match="the registry has the guard 'idle', but the chart does not use it"):
        Machine(CHART, lamp_callbacks(guards={"idle": lambda lamp, _: True}))


def test_a_name_is_never_looked_up_on_the_model_or_as_an_import() -> None:
    chart = parse_chart(LAMP.replace("effect: try_current", "effect: os_system").replace("os_system", "moved"))
    with pytest.raises(BadStatechart, match="the effect 'moved' is not known"):
        Machine(chart, lamp_callbacks())


# One transition.


async def test_effect_guard_action_and_move_happen_in_that_order() -> None:
    seen: list[str] = []

    async def effect(lamp: Lamp) -> bool:
        seen.append(f"effect in {lamp.state}, scope {current_transition()}")
        return True

    lamp = Lamp()
    callbacks = lamp_callbacks(
        effect,
        guards={"filament_gone": lambda lamp, gone: seen.append(f"guard told {gone}") or gone},
        actions={"mourn": lambda lamp, gone: seen.append(f"action in {lamp.state}")},
    )
    await Machine(CHART, callbacks).fire(lamp, "press")
    assert seen == ["effect in dark, scope lamp.press", "guard told True", "action in dark"]
    assert lamp.state == "broken"
    assert current_transition() is None


async def test_the_effect_runs_once_however_many_choices_there_are() -> None:
    runs = 0

    async def effect(_: Lamp) -> bool:
        nonlocal runs
        runs += 1
        return False

    await machine(effect).fire(Lamp(), "press")
    assert runs == 1


async def test_a_move_is_told_with_its_reason_and_a_stay_is_not() -> None:
    lamp, m = Lamp(), machine()
    await m.fire(lamp, "look")
    assert lamp.transitions == []
    await m.fire(lamp, "press")
    (move,) = lamp.transitions
    assert (move.source, move.target, move.trigger, move.reason) == ("dark", "lit", "press", "It shines.")
    assert move.at.tzinfo is not None


async def test_an_illegal_trigger_raises_and_nothing_has_happened() -> None:
    lamp = Lamp()
    with pytest.raises(IllegalTransition, match="legal there: press, look") as caught:
        await machine().fire(lamp, "replace")
    assert (caught.value.state, caught.value.trigger, caught.value.legal) == ("dark", "replace", ("press", "look"))
    assert (lamp.state, lamp.transitions, lamp.count) == ("dark", [], 0)


async def test_an_unknown_trigger_is_illegal_too() -> None:
    with pytest.raises(IllegalTransition):
        await machine().fire(Lamp(), "kick")


async def test_try_fire_answers_whether_the_trigger_was_legal() -> None:
    lamp, m = Lamp(), machine()
    assert await m.try_fire(lamp, "press") is True
    assert await m.try_fire(lamp, "replace") is False
    assert lamp.state == "lit"


async def test_where_no_guard_holds_the_trigger_is_illegal() -> None:
    text = LAMP.replace(
        "  - trigger: look",
        "  - trigger: dust\n    source: dark\n    guard: filament_gone\n    summary: D.\n  - trigger: look",
    )
    with pytest.raises(IllegalTransition, match="no guard of it holds"):
        await Machine(parse_chart(text), lamp_callbacks()).fire(Lamp(), "dust")


@pytest.mark.parametrize("part", ["effect", "guard", "action"])
async def test_a_callback_that_raises_leavesstate_and_lock_as_they_were(part: str) -> None:
    def boom(*_: object) -> bool:
        raise RuntimeError("boom")

    async def effect(_: Lamp) -> bool:
        return boom() if part == "effect" else False

    callbacks = lamp_callbacks(
        effect,
        guards={"filament_gone": boom} if part == "guard" else {},
        actions={"count": boom} if part == "action" else {},
    )
    lamp, m = Lamp(), Machine(CHART, callbacks)
    with pytest.raises(RuntimeError, match="boom"):
        await m.fire(lamp, "press")
    assert (lamp.state, lamp.transitions, lamp.lock) == ("dark", [], None)
    await m.fire(lamp, "look")


async def test_a_broken_invariant_is_reported_in_development_mode_alone() -> None:
    callbacks = lamp_callbacks(invariants={"counts_never_fall": lambda lamp: lamp.count == 0})
    await Machine(CHART, callbacks, check_invariants=False).fire(Lamp(), "press")
    with pytest.raises(InvariantBroken, match="counts_never_fall does not hold"):
        await Machine(CHART, callbacks, check_invariants=True).fire(Lamp(), "press")


def test_an_effectless_trigger_can_be_fired_without_an_event_loop() -> None:
    lamp, m = Lamp(state="broken"), machine()
    m.fire_now(lamp, "replace")
    assert lamp.state == "dark"
    with pytest.raises(IllegalTransition):
        m.fire_now(lamp, "press")
    assert lamp.state == "dark"


# Many at once.


async def test_a_second_trigger_waits_for_the_first_and_cancels_nothing() -> None:
    gate = asyncio.Event()

    async def effect(_: Lamp) -> bool:
        await gate.wait()
        return False

    lamp, m = Lamp(), machine(effect)
    first = asyncio.create_task(m.fire(lamp, "press"))
    await asyncio.sleep(0)
    second = asyncio.create_task(m.try_fire(lamp, "press"))
    await asyncio.sleep(0)
    assert lamp.state == "dark"
    gate.set()
    await first
    assert await second is True, "the second press switched it off again"
    assert [move.target for move in lamp.transitions] == ["lit", "dark"]
    assert lamp.lock is None


async def test_a_trigger_from_inside_a_transition_of_the_same_model_is_refused() -> None:
    async def effect(lamp: Lamp) -> bool:
        await m.fire(lamp, "look")
        return False

    lamp = Lamp()
    m = machine(effect)
    async with asyncio.timeout(5):
        with pytest.raises(IllegalTransition, match="from inside a transition of the same model"):
            await m.fire(lamp, "press")
    assert (lamp.state, lamp.lock) == ("dark", None)


async def test_a_timeout_around_a_transition_is_the_callers_to_see() -> None:
    async def effect(_: Lamp) -> bool:
        await asyncio.Event().wait()
        return False

    lamp, m = Lamp(), machine(effect)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await m.fire(lamp, "press")
    assert (lamp.state, lamp.lock) == ("dark", None)
    with pytest.raises(IllegalTransition):
        await m.fire(lamp, "replace")


@given(st.data())
def test_models_of_one_machine_never_disturb_each_other(data: st.DataObject) -> None:
    """Any number of models, callers and cancellations: states stay legal, locks end free, actions count moves."""
    lamps = [Lamp() for _ in range(data.draw(st.integers(1, 4)))]
    plan = data.draw(
        st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from(CHART.triggers), st.integers(0, 3), st.booleans()),
            max_size=24,
        )
    )
    running: set[int] = set()

    async def effect(lamp: Lamp) -> bool:
        assert id(lamp) not in running, "two transitions of one model at once"
        running.add(id(lamp))
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            return lamp.count % 5 == 4
        finally:
            running.remove(id(lamp))

    async def scenario() -> None:
        m = machine(effect, check_invariants=True)
        tasks = []
        for which, trigger, pauses, give_up in plan:
            task = asyncio.create_task(m.try_fire(lamps[which % len(lamps)], trigger))
            tasks.append(task)
            for _ in range(pauses):
                await asyncio.sleep(0)
            if give_up:
                task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(a, bool | asyncio.CancelledError) for a in answers)

    asyncio.run(scenario())
    for lamp in lamps:
        assert lamp.lock is None
        at = "dark"
        for move in lamp.transitions:
            assert move.source == at
            assert any(
                target == move.target for s, t, c, target in CHART.arrows() if s == at and t.trigger == move.trigger
            )
            at = move.target
        assert lamp.state == at
        assert lamp.count == sum(move.trigger == "press" and move.target != "dark" for move in lamp.transitions)


@pytest.mark.slow
async def test_ten_thousand_models_overlap_without_damage() -> None:
    async def effect(_: Lamp) -> bool:
        await asyncio.sleep(0)
        return False

    lamps, m = [Lamp() for _ in range(10_000)], machine(effect)
    await asyncio.gather(*(m.fire(lamp, "press") for lamp in lamps))
    assert {lamp.state for lamp in lamps} == {"lit"}
    assert {lamp.count for lamp in lamps} == {1}


def test_the_machine_keeps_nothing_of_its_models() -> None:
    async def scenario() -> None:
        m, lamp = machine(), Lamp()
        await m.fire(lamp, "press")
        gc.collect()
        assert sys.getrefcount(lamp) == 2, "this variable, and the argument of getrefcount"

    asyncio.run(scenario())


def test_a_model_is_placed_without_a_move() -> None:
    lamp = Lamp()
    for state in CHART.states:
        place(lamp, state.name)
        assert lamp.state == state.name
    assert lamp.transitions == []
    assert lamp.count == 0


def test_a_model_is_placed_only_where_the_chart_has_astate() -> None:
    m, lamp = machine(), Lamp()
    place(lamp, "LIT")
    with pytest.raises(ValueError, match=r"has no state 'LIT'; it has: dark, lit"):
        m.legal(lamp)


async def test_a_model_is_not_placed_while_it_moves() -> None:
    go = asyncio.Event()

    async def effect(_: Lamp) -> bool:
        await go.wait()
        return False

    m, lamp = machine(effect), Lamp()
    moving = asyncio.create_task(m.fire(lamp, "press"))
    await asyncio.sleep(0)
    with pytest.raises(IllegalTransition, match="place"):
        place(lamp, "dark")
    go.set()
    await moving
    assert lamp.state == "lit"


async def test_machines_of_one_chart_share_an_engine_and_each_calls_its_own_callbacks() -> None:
    def note(calls: list[str]) -> Callable[[Lamp], Awaitable[bool]]:
        async def effect(_: Lamp) -> bool:
            calls.append("effect")
            return False

        return effect

    ours: list[str] = []
    theirs: list[str] = []
    one, other = machine(note(ours)), machine(note(theirs))
    await other.fire(Lamp(), "press")
    assert (ours, theirs) == ([], ["effect"])
    await one.fire(Lamp(), "press")
    assert (ours, theirs) == (["effect"], ["effect"])
    assert engine_of(CHART, str) is engine_of(CHART, str)
