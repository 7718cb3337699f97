"""What the loader refuses in charts of every kind, and that each mistake is told once, where it is."""

import pytest

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart import parse_chart
from tests.statechart.charts import LAMP
from tests.statechart.test_extension import CAREFUL
from tests.statechart.test_join import TEAM
from tests.statechart.test_language import KETTLE

BROKEN = {
    "a state within an added one": (
        CAREFUL,
        "within: failed",
        "within: waiting, shows_as: created",
        "which 'job' does not have",
    ),
    "a state within itself": (
        CAREFUL,
        "within: failed",
        "within: cooling, shows_as: failed",
        "which 'job' does not have",
    ),
    "a guard twice": (
        CAREFUL,
        "guards:\n",
        "guards:\n  - {trigger: submit, guard: approved, summary: It is approved.}\n",
        "the guard 'approved' is added to 'submit' twice",
    ),
    "a composite": (CAREFUL, "extends: job", "extends: composite_job", "the children of a composite move it"),
    "an added state that nothing leads to": (
        CAREFUL,
        "states:\n",
        "states:\n  - {name: lost, summary: S., within: created}\n",
        "'lost' cannot be reached",
    ),
    "a trigger that is nowhere": (CAREFUL, "trigger: reset, bound", "trigger: rest, bound", "did you mean 'reset'?"),
    "a trigger that is elsewhere": (
        CAREFUL,
        "trigger: reset, bound",
        "trigger: submit, bound",
        "it fires 'submit', which is not legal in 'cooling' (legal there: reset)",
    ),
    "a bound of what you fire": (
        LAMP,
        "    summary: Switch it off.",
        "    summary: S.\n    bound: 3",
        "'press' happens as often as it is fired",
    ),
    "an automatic stay": (
        LAMP,
        "    summary: Switch it off.",
        "    summary: S.\n  - {always: true, source: lit, bound: 1, summary: S.}",
        "it never leaves 'lit'",
    ),
    "an invariant twice": (
        LAMP,
        "invariants:\n",
        "invariants:\n  - {name: counts_never_fall, summary: S.}\n",
        "the invariant 'counts_never_fall' is defined twice",
    ),
    "a state named beside its superstate": (
        KETTLE,
        "source: on\n",
        "source: [on, warm]\n",
        "'on' stands for 'warm' too",
    ),
    "a guard twice in a choice point": (
        KETTLE,
        "guard: is_boiling",
        "guard: is_broken",
        "the choice point 'reading' uses the guard 'is_broken' twice",
    ),
    "no end within an end": (KETTLE, "boiled.}", "boiled., final: false}", "'done' is within 'over', so it is final"),
    "a join without a reset": (TEAM, "reset: again\n", "", "a child can run again, or be added"),
    "a child's state named beside its superstate": (
        TEAM,
        "any: active",
        "any: [active, running]",
        "'active' stands for 'running' too",
    ),
    "children of an unknown chart": (TEAM, "children: job", "children: jop", "did you mean 'job'?"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_mistake_is_told_at_its_line_and_column(case: str) -> None:
    text, old, new, message = BROKEN[case]
    assert old in text
    with pytest.raises(BadStatechart) as caught:
        parse_chart(text.replace(old, new, 1), file="broken.yaml")
    (told,) = [one for one in caught.value.problems if message in str(one)]
    assert told.line
    assert told.column


def test_a_mistake_is_told_once_and_not_by_what_follows_from_it() -> None:
    for old, new in (("within: failed", "within: faild"), ("within: created", "shows_as: creatd")):
        with pytest.raises(BadStatechart) as caught:
            parse_chart(CAREFUL.replace(old, new, 1))
        assert len(caught.value.problems) == 1


def test_every_circle_is_told_with_its_way() -> None:
    extra = "  - {always: true, source: %s, target: %s, bound: 1, summary: S.}\n"
    text = CAREFUL + extra % ("waiting", "created") + extra % ("cooling", "failed")
    with pytest.raises(BadStatechart) as caught:
        parse_chart(text)
    told = " ".join(map(str, caught.value.problems))
    assert "(created -> waiting -> created)" in told
    assert "(failed -> cooling -> failed)" in told
