"""The rules by which the states of children make that of a composite: what is refused, and what they cost."""

from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart import Callbacks, Join, Machine, Transition, TransitionLock, parse_chart, shipped_chart

TEAM = """\
name: team
summary: Jobs that are watched together.
initial: idle
reset: again
children: job
states:
  - {name: idle, summary: Nothing runs.}
  - {name: busy, summary: Something runs.}
  - {name: done, summary: Nothing is left to do., final: true}
join:
  - {any: active, state: busy, summary: One is active.}
  - {all: ended, none: failed, state: done, summary: "All have ended, and none has failed."}
  - {state: idle, summary: The rest.}
"""
STATES = ["created", "submitted", "running", "completed", "failed", "cancelled"]


@given(st.lists(st.sampled_from(STATES), max_size=6))
def test_the_first_rule_that_is_true_of_the_children_counts(children: list[str]) -> None:
    chart = parse_chart(TEAM)
    counts = {state: children.count(state) for state in STATES}
    if not children:
        expected = "idle"
    elif {"submitted", "running"} & set(children):
        expected = "busy"
    elif set(children) <= {"completed", "cancelled"}:
        expected = "done"
    else:
        expected = "idle"
    assert Join.of(chart, str).state(counts) == expected


class Counted(dict[str, int]):
    """Counters that note how often they are read."""

    reads = 0

    def __getitem__(self, key: str) -> int:
        Counted.reads += 1
        return super().__getitem__(key)


@define(eq=False)
class Team:
    counts: Counted = field(factory=lambda: Counted(dict.fromkeys(STATES, 0)))
    state: str = "idle"
    lock: TransitionLock | None = None
    seen: list[tuple[str, str, str]] = field(factory=list)

    def on_transition(self, transition: Transition[Any]) -> None:
        self.seen.append((transition.source, transition.trigger, transition.target))


def test_the_machine_follows_the_counters_by_join_and_reset() -> None:
    machine: Machine[Team, None] = Machine(parse_chart(TEAM), Callbacks())
    team = Team()
    for state in ("running", "completed", "running"):
        team.counts.update(dict.fromkeys(STATES, 0))
        team.counts[state] = 2
        machine.follow(team)
        machine.follow(team)
    assert team.seen == [("idle", "join", "busy"), ("busy", "join", "done"), ("done", "again", "busy")]


def test_a_childs_event_reads_as_many_counters_for_ten_thousand_children_as_for_ten() -> None:
    machine: Machine[Team, None] = Machine(parse_chart(TEAM), Callbacks())
    reads = []
    for number in (10, 10_000):
        team = Team()
        team.counts["completed"] = number
        Counted.reads = 0
        machine.follow(team)
        assert team.state == "done"
        reads.append(Counted.reads)
    assert reads[0] == reads[1] > 0


BROKEN = {
    "an unknown state of a child": (
        "any: active",
        "any: actve",
        "of the children's chart 'job', the state 'actve' is not known; did you mean 'active'?",
    ),
    "an unknown state of its own": ("state: busy, ", "state: bussy, ", "'bussy' is not known; did you mean 'busy'?"),
    "a rule after one that is always true": ("any: active, ", "", "no combination of children reaches the rule"),
    "a rule that contradicts itself": (
        "{all: ended, none: failed,",
        "{all: ended, any: created,",
        "no combination of children reaches the rule for 'done'",
    ),
    "a combination that no rule covers": (
        "  - {state: idle, summary: The rest.}",
        "  - {all: created, state: idle, summary: Created.}",
        "no rule covers children that are failed: end the join with a rule without a condition",
    ),
    "transitions of its own": (
        "join:\n",
        "transitions: [{trigger: go, source: idle, summary: Go.}]\njoin:\n",
        "the children of a composite move it, by its 'join': remove 'transitions'",
    ),
    "an unknown chart": ("children: job", "children: jop", "the chart 'jop' cannot be loaded"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_join_is_refused_where_it_is_broken(case: str) -> None:
    old, new, message = BROKEN[case]
    assert old in TEAM
    with pytest.raises(BadStatechart) as caught:
        parse_chart(TEAM.replace(old, new), file="team.yaml")
    assert message in str(caught.value)
    assert caught.value.line
    assert caught.value.column


def test_the_join_of_a_composite_is_written_once() -> None:
    chart = shipped_chart("composite_job")
    assert chart.child is shipped_chart("job")
    assert not chart.rules
    join, reset = chart.transitions
    assert join.choices == reset.choices
    assert [choice.guard for choice in join.choices] == [
        "all_created",
        "all_ended_any_failed",
        "all_ended_any_cancelled",
        "all_completed",
        "any_running_or_ended",
        None,
    ]
