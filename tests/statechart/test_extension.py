"""Charts that extend another: guards, places, automatic and delayed transitions, and what the loader refuses."""

# ruff: noqa: E501  # one mistake a line

from typing import Any

import pytest
from attrs import define, evolve, field

from qcaas_sdk.errors import BadStatechart, IllegalTransition
from qcaas_sdk.statechart import (
    Callbacks,
    Chart,
    Machine,
    Transition,
    TransitionLock,
    TransitionRule,
    load_chart,
    parse_chart,
)

CAREFUL = """\
name: careful
summary: A job that is approved before it is submitted, and that runs again after some errors.
version: 3
extends: job
states:
  - {name: waiting, summary: It waits for an approval., within: created}
  - {name: cooling, summary: It pauses before it runs again., within: failed}
guards:
  - {trigger: submit, guard: approved, summary: It is approved.}
transitions:
  - {trigger: ask, source: created, target: waiting, summary: Ask for an approval.}
  - {always: true, source: created, when: is_costly, target: waiting, bound: 1, summary: It must be approved.}
  - {always: true, source: failed, when: may_repeat, target: cooling, bound: 2, summary: It may run again.}
  - {after: 5, source: cooling, trigger: reset, bound: 2, summary: The pause is over.}
"""


@define(eq=False)
class Job:
    state: str = "created"
    place: str = "created"
    pending: bool = False
    lock: TransitionLock | None = None
    true: set[str] = field(factory=set)
    answer: str | None = None
    done: list[str] = field(factory=list)

    def on_transition(self, transition: Transition[Any]) -> None:
        self.done.append(f"{transition.source} > {transition.target}")

    def on_step(self, transition: Transition[Any]) -> None:
        self.done.append(f"({transition.source} > {transition.target})")

    def on_settled(self) -> None:
        self.done.append("settled")


@define
class Memory:
    """Remembers in plain lists what a machine tells."""

    counts: dict[str, int] = field(factory=dict)
    delayed: list[tuple[TransitionRule, float]] = field(factory=list)

    def count(self, model: Job, rule: TransitionRule) -> int:
        return self.counts.get(rule.summary, 0)

    def happened(self, model: Job, rule: TransitionRule) -> None:
        self.counts[rule.summary] = self.count(model, rule) + 1

    def delay(self, model: Job, rule: TransitionRule, seconds: float) -> None:
        self.delayed.append((rule, seconds))

    def left(self, model: Job) -> None:
        self.delayed.clear()

    def waits(self, model: Job) -> bool:
        return bool(self.delayed)

    def passed(self) -> TransitionRule:
        """The delay of the only transition is over."""
        ((rule, _),) = self.delayed
        self.delayed.clear()
        return rule


def names_of(chart: Chart) -> Callbacks[Job, str]:
    """Effects return the model's answer; a guard holds if the model or the answer says so; actions do nothing."""

    async def effect(job: Job) -> str | None:
        return job.answer

    def guard(name: str) -> Any:
        return lambda job, answer: name == answer or name in job.true

    rules = chart.transitions
    guards = {c.guard for rule in rules for c in rule.choices if c.guard}
    guards |= {name for rule in (*rules, *chart.rules) for name in rule.when}
    return Callbacks(
        effects={rule.effect: effect for rule in rules if rule.effect},
        guards={name: guard(name) for name in guards},
        actions={action: lambda job, answer: None for rule in rules for c in rule.choices for action in c.actions},
        invariants={one.name: lambda job: True for one in chart.invariants},
    )


def made(text: str = CAREFUL) -> tuple[Machine[Job, str], Job, Memory]:
    chart, memory = parse_chart(text), Memory()
    return Machine(chart, names_of(chart), automation=memory), Job(), memory


def test_an_extension_is_its_base_and_more() -> None:
    chart = parse_chart(CAREFUL)
    assert (chart.extends, chart.version, chart.initial, chart.reset) == ("job", 3, "created", "reset")
    assert chart.base is not None
    assert chart.states[:6] == chart.base.states
    assert [(s.name, s.parent, s.shows_as, s.final) for s in chart.states[6:]] == [
        ("waiting", "created", "created", False),
        ("cooling", "failed", "failed", False),
    ]
    assert chart.within("created") == ("created", "waiting")
    assert chart.legal("waiting") == ("submit", "poll", "cancel", "abandon", "ask")
    assert chart.legal("cooling") == ("reset",)
    assert chart.triggers == (*chart.base.triggers, "ask"), "nobody fires what is automatic"
    assert chart.transition("waiting", "submit").when == ("approved",)  # type: ignore[union-attr]
    assert {state: len(rules) for state, rules in chart.automatic.items()} == {"created": 1, "failed": 1, "cooling": 1}  # fmt: skip


async def test_an_added_guard_is_asked_before_the_effect() -> None:
    machine, job, _ = made()
    with pytest.raises(IllegalTransition, match="no guard of it holds"):
        await machine.fire(job, "submit")
    assert job.done == []
    job.true.add("approved")
    await machine.fire(job, "submit")
    assert (job.state, job.place) == ("submitted", "submitted")


async def test_a_place_within_a_state_shows_as_that_state() -> None:
    machine, job, _ = made()
    await machine.fire(job, "ask")
    assert (job.state, job.place) == ("created", "waiting")
    assert job.done == ["(created > waiting)"]
    job.answer = "never_arrives"
    await machine.fire(job, "cancel")
    assert (job.state, job.place) == ("cancelled", "cancelled")


async def test_an_automatic_transition_happens_on_entry_and_a_delayed_one_when_it_is_due() -> None:
    machine, job, memory = made()
    job.true |= {"approved", "may_repeat"}
    job.answer = "submission_refused"
    for again in (1, 2):
        await machine.fire(job, "submit")
        assert (job.state, job.place) == ("failed", "cooling")
        assert not machine.ended(job)
        assert [seconds for _, seconds in memory.delayed] == [5]
        assert await machine.due(job, rule := memory.passed())
        assert (job.state, job.place, memory.delayed) == ("created", "created", [])
        assert not await machine.due(job, rule), "it has left the state"
        assert memory.counts["It may run again."] == again
    await machine.fire(job, "submit")
    assert (job.state, job.place, memory.delayed) == ("failed", "failed", []), "the bound is reached"
    assert machine.ended(job)


async def test_an_end_from_which_something_is_pending_has_not_ended() -> None:
    text = CAREFUL.replace("{always: true, source: failed, when: may_repeat, target: cooling,", "{after: 7, source: failed, when: may_repeat, trigger: reset,")  # fmt: skip
    text = text.replace("  - {name: cooling, summary: It pauses before it runs again., within: failed}\n", "")
    text = text.replace(
        "  - {after: 5, source: cooling, trigger: reset, bound: 2, summary: The pause is over.}\n", ""
    )
    machine, job, memory = made(text)
    job.true |= {"approved", "may_repeat"}
    job.answer = "submission_refused"
    await machine.fire(job, "submit")
    assert (job.place, [seconds for _, seconds in memory.delayed]) == ("failed", [7])
    assert not machine.ended(job)
    job.true.discard("may_repeat")
    assert not machine.ended(job), "nobody has asked the guard yet"
    assert not await machine.due(job, memory.passed()), "its guard is asked again"
    machine.settle(job)
    assert machine.ended(job)
    assert job.done[-1] == "settled"


async def test_a_delay_that_is_over_and_changes_nothing_is_due_again_only_after_another_entry() -> None:
    text = CAREFUL.replace(
        "after: 5, source: cooling, trigger: reset, bound: 2,",
        "after: 5, source: created, when: approved, trigger: submit, bound: 9,",
    )
    machine, job, memory = made(text)
    job.true.add("approved")
    machine.begin(job)
    job.answer = "cancellation_waits"
    assert await machine.due(job, memory.passed())
    assert (job.place, memory.delayed) == ("created", []), "it has stayed"
    job.answer = "submission_refused"
    await machine.fire(job, "submit")
    await machine.fire(job, "reset")
    assert [seconds for _, seconds in memory.delayed] == [5]


async def test_what_begins_without_a_transition_is_due_at_once() -> None:
    machine, job, memory = made()
    job.true.add("is_costly")
    machine.begin(job)
    assert [seconds for _, seconds in memory.delayed] == [0]
    assert await machine.due(job, memory.passed())
    assert job.place == "waiting"
    assert memory.counts == {"It must be approved.": 1}


def test_a_machine_without_memory_takes_no_automatic_transitions() -> None:
    chart = parse_chart(CAREFUL)
    with pytest.raises(BadStatechart, match="pass the machine an `automation`"):
        Machine(chart, names_of(chart))


BROKEN = {
    "a state that shows as nothing": (", within: created}", "}", "what does a user see"),
    "a state that shows as another": ("within: created}", "shows_as: creatd}", "did you mean 'created'?"),
    "a state that shows as what it is not within": (
        "within: created}",
        "within: active, shows_as: created}",
        "it is within 'active', so it must show as one of: submitted, running",
    ),
    "an end of its own": ("within: created}", "within: created, final: true}", "an extension adds no end"),
    "a state in which a shown trigger is missing": (
        "{trigger: ask, source: created, target: waiting",
        "{trigger: park, source: submitted, target: parked, summary: Park.}\n  - {trigger: ask, source: created, target: waiting",
        "'parked' shows as 'submitted', where poll, cancel, abandon can be fired, and here not: write 'within: submitted'",
    ),
    "an end that the reset cannot leave": ("within: failed}", "shows_as: failed}", "write 'within: failed'"),
    "a change of the shown state": ("target: waiting, summary: Ask", "target: submitted, summary: Ask", "it would change what a user sees"),
    "a trigger of the base": ("{trigger: ask, source: created", "{trigger: submit, source: created", "the trigger 'submit' belongs to the chart 'job'"),
    "an effect": ("target: waiting, summary: Ask", "effect: submit_task, target: waiting, summary: Ask", "an extension has no effects"),
    "an action of the base": ("target: waiting, summary: Ask", "action: keep_result, target: waiting, summary: Ask", "belongs to the transitions of 'job'"),
    "an initial state": ("extends: job", "extends: job\ninitial: created", "remove 'initial'"),
    "a guard before what must always be possible": ("trigger: submit, guard", "trigger: cancel, guard", "a guard can only hold back"),
    "a guard before an unknown trigger": ("trigger: submit, guard", "trigger: submitt, guard", "did you mean 'submit'?"),
    "no bound": (" bound: 1,", "", "is automatic and has no 'bound'"),
    "no seconds": ("after: 5", "after: 0", "after must be bigger than 0"),
    "a trigger that is not there": ("trigger: reset, bound", "trigger: rest, bound", "did you mean 'reset'?"),
    "a circle": (
        "  - {after: 5,",
        "  - {always: true, source: waiting, target: created, bound: 1, summary: Back.}\n  - {after: 5,",
        "automatic transitions lead in a circle",
    ),
    "an unknown base": ("extends: job", "extends: jobb", "the chart 'jobb' cannot be loaded"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_would_break_the_bases_word_is_refused(case: str) -> None:
    old, new, message = BROKEN[case]
    assert old in CAREFUL
    text = CAREFUL.replace(old, new, 1)
    if "parked" in new:
        text = text.replace("guards:", "  - {name: parked, summary: It is parked., shows_as: submitted}\nguards:", 1)
    with pytest.raises(BadStatechart) as caught:
        parse_chart(text, file="careful.yaml")
    assert any(message in str(one) for one in caught.value.problems), caught.value.problems
    assert caught.value.line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: waiting,", "name: failed,"),
        ("target: waiting, summary: Ask", "choice: answer, choices: [{summary: S.}], summary: Ask"),
    ],
    ids=["a state that the base has", "a choice point of the base"],
)
def test_a_mistake_is_told_where_it_is_and_not_where_the_base_is_written(old: str, new: str) -> None:
    text = CAREFUL.replace(old, new, 1)
    with pytest.raises(BadStatechart) as caught:
        parse_chart(text)
    assert all(1 <= (one.line or 0) <= len(text.splitlines()) for one in caught.value.problems)


def test_a_state_within_a_superstate_can_show_as_one_of_it() -> None:
    with pytest.raises(BadStatechart, match="Write 'shows_as', with one of: completed, failed, cancelled "):
        parse_chart(CAREFUL.replace("within: failed", "within: ended"))


async def test_a_guard_that_raises_does_not_hide_the_transition_before_it() -> None:
    machine, job, _ = made()

    def raises(job: Job, answer: str | None) -> bool:
        raise ValueError("may_repeat")

    chart = parse_chart(CAREFUL)
    callbacks = names_of(chart)
    machine = Machine(
        chart, evolve(callbacks, guards={**callbacks.guards, "may_repeat": raises}), automation=Memory()
    )
    job.true.add("approved")
    job.answer = "submission_refused"
    with pytest.raises(ValueError, match="may_repeat"):
        await machine.fire(job, "submit")
    assert job.state == "failed"
    assert job.done[-1] == "created > failed"
    assert machine.ended(job)


def test_a_chart_cannot_be_built_on_itself(tmp_path: Any) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.yaml").write_text(CAREFUL.replace("extends: job", f"extends: {other}"), encoding="utf-8")
    with pytest.raises(BadStatechart, match="it is built on itself"):
        load_chart(tmp_path / "one.yaml")


def test_a_chart_beside_it_is_extended(tmp_path: Any) -> None:
    (tmp_path / "careful.yaml").write_text(CAREFUL, encoding="utf-8")
    (tmp_path / "more.yaml").write_text(
        "name: more\nsummary: S.\nextends: careful\ntransitions:\n"
        "  - {trigger: forget, source: waiting, target: created, summary: No approval is needed.}\n",
        encoding="utf-8",
    )
    chart = load_chart(tmp_path / "more.yaml")
    assert chart.legal("waiting")[-1] == "forget"
    assert chart.transition("created", "submit").when == ("approved",)  # type: ignore[union-attr]
