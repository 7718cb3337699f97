"""The shipped charts allow exactly what they allowed before they had superstates, choice points and rules.

`data/flat_*.json` is the flat table of each as the first version of the language wrote it.
"""

import json
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk._callbacks import JobEffects
from qcaas_sdk._callbacks.answers import NeverArrives, Rejected
from qcaas_sdk._record import JobRecord, JobRequest, JobState, join
from qcaas_sdk._service import TaskReport, TaskStatus
from qcaas_sdk.statechart import Chart, shipped_chart
from tests.callbacks.fakes import FakeTasks, NoPause

DATA = Path(__file__).parent / "data"

Choices = list[tuple[str | None, str | None, tuple[str, ...]]]


def before(name: str) -> dict[tuple[str, str], tuple[str | None, Choices]]:
    rows = json.loads((DATA / f"flat_{name}.json").read_text(encoding="utf-8"))
    return {
        (row["state"], row["trigger"]): (
            row["effect"],
            [(guard, target, tuple(actions)) for guard, target, actions in row["choices"]],
        )
        for row in rows
    }


def now(chart: Chart) -> dict[tuple[str, str], tuple[str | None, Choices]]:
    return {
        (source, rule.trigger): (rule.effect, [(one.guard, one.target, one.actions) for one in rule.choices])
        for rule in chart.transitions
        for source in rule.sources
    }


def outcome(state: str, choices: Choices, holds: Callable[[str], bool]) -> tuple[str, tuple[str, ...]] | None:
    """Where the first choice whose guard holds leads, and what it does; None if there is none."""
    for guard, target, actions in choices:
        if guard is None or holds(guard):
            return target or state, actions
    return None


ANSWERS: list[Any] = [
    None,
    Rejected(400, "bad program"),
    NeverArrives(),
    *(TaskReport(status.value) for status in TaskStatus if status is not TaskStatus.UNKNOWN),
    TaskReport("TRANSMOGRIFIED"),
]


def records() -> Iterator[JobRecord]:
    """Jobs for which the guards that look at the job answer in every way."""
    for flags in range(16):
        record = JobRecord(request=JobRequest("OPENQASM 2.0;", "qpu:1"))
        run = record.run
        run.in_doubt, run.cancel_asked, run.lost, run.unreadable = (bool(flags >> bit & 1) for bit in range(4))
        yield record


def test_each_state_and_trigger_of_a_job_is_legal_as_before_with_the_same_effect() -> None:
    old, new = before("job"), now(shipped_chart("job"))
    assert {pair: effect for pair, (effect, _) in new.items()} == {pair: effect for pair, (effect, _) in old.items()}


@pytest.mark.parametrize("pair", before("job"), ids="-".join)
def test_each_answer_leads_a_job_where_it_led_before(pair: tuple[str, str]) -> None:
    effects = JobEffects(FakeTasks(), NoPause(), None)  # type: ignore[arg-type]  # only its guards are used
    guards = effects.callbacks().guards
    (_, old), (_, new) = before("job")[pair], now(shipped_chart("job"))[pair]
    compared = 0
    for record in records():
        for answer in ANSWERS:

            def holds(guard: str, record: JobRecord = record, answer: Any = answer) -> bool:
                return guards[guard](record, answer)

            assert outcome(pair[0], new, holds) == outcome(pair[0], old, holds), (answer, record)
            compared += 1
    assert compared == 16 * len(ANSWERS)


@pytest.mark.parametrize("pair", before("job"), ids="-".join)
def test_each_guard_alone_and_no_guard_lead_a_job_where_they_led_before(pair: tuple[str, str]) -> None:
    (_, old), (_, new) = before("job")[pair], now(shipped_chart("job"))[pair]
    known = {guard for _, choices in before("job").values() for guard, _, _ in choices if guard is not None}
    for only in (set(), *({guard} for guard in known)):
        assert outcome(pair[0], new, only.__contains__) == outcome(pair[0], old, only.__contains__), only
    both = {"task_running", "task_active"}  # a task that runs is active
    assert outcome(pair[0], new, both.__contains__) == outcome(pair[0], old, both.__contains__)


GUARDS_BEFORE: dict[str, Callable[[list[str]], bool]] = {
    "all_are_created": lambda children: all(child == "created" for child in children),
    "all_ended_some_failed": lambda children: _all_ended(children) and "failed" in children,
    "all_ended_some_cancelled": lambda children: _all_ended(children) and "cancelled" in children,
    "all_completed": lambda children: all(child == "completed" for child in children),
    "some_have_begun": lambda children: any(child not in {"created", "submitted"} for child in children),
}


def _all_ended(children: list[str]) -> bool:
    return bool(children) and all(child in {"completed", "failed", "cancelled"} for child in children)


def test_every_combination_of_up_to_six_children_joins_as_before() -> None:
    chart = shipped_chart("composite_job")
    states = [state.name for state in chart.states]
    old = before("composite_job")
    assert set(now(chart)) == set(old)
    compared = 0
    for size in range(7):
        for children in map(list, combinations_with_replacement(states, size)):
            counts = {JobState.of(state): children.count(state) for state in states}
            for (state, _), (effect, choices) in old.items():
                assert effect is None
                led = outcome(state, choices, lambda guard, now=children: GUARDS_BEFORE[guard](now))
                assert led == (join(counts).lower(), ()), (children, state)
                compared += 1
    assert compared == 924 * len(old)
