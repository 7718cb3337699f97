"""Superstates and choice points, and every mistake of a chart at once, each where it is."""

import pickle

import pytest

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart import parse_chart, shipped_chart
from tests.statechart.charts import LAMP

KETTLE = """\
name: kettle
summary: It heats water.
initial: cold
reset: refill
states:
  - {name: cold, summary: It is off.}
  - name: on
    summary: It is switched on.
    states:
      - {name: warm, summary: It heats.}
      - {name: hot, summary: It boils.}
  - name: over
    summary: It does nothing more.
    final: true
    states:
      - {name: done, summary: The water has boiled.}
      - {name: broken, summary: It is broken.}
choices:
  - name: reading
    summary: What the thermometer says.
    branches:
      - {guard: is_broken, target: broken, action: mourn, summary: It is broken.}
      - {guard: is_boiling, target: hot, summary: It boils.}
transitions:
  - {trigger: press, source: cold, target: warm, summary: Switch it on.}
  - trigger: look
    source: on
    summary: Look at the thermometer.
    effect: measure
    choice: reading
    summaries: {is_boiling: At last.}
    choices: [{action: note, summary: Nothing new.}]
  - {trigger: press, source: on, target: done, summary: Switch it off.}
  - {trigger: refill, source: over, target: cold, summary: Fill it again.}
"""


def test_superstates_and_choice_points_are_kept_as_written() -> None:
    chart = parse_chart(KETTLE)
    assert [(one.name, one.final) for one in chart.superstates] == [("on", False), ("over", True)]
    assert [(state.name, state.parent) for state in chart.states] == [
        ("cold", None), ("warm", "on"), ("hot", "on"), ("done", "over"), ("broken", "over"),
    ]  # fmt: skip
    assert (chart.within("on"), chart.within("hot"), chart.final_states) == (
        ("warm", "hot"),
        ("hot",),
        {"done", "broken"},
    )
    look = next(rule for rule in chart.rules if rule.trigger == "look")
    assert (look.sources, look.choice, len(look.choices)) == (("on",), "reading", 1)
    assert [point.name for point in chart.choices] == ["reading"]


def test_the_flat_table_has_states_and_joined_lists_only() -> None:
    chart = parse_chart(KETTLE)
    look = chart.transition("hot", "look")
    assert look is not None
    assert look is chart.transition("warm", "look")
    assert (look.sources, look.choice) == (("warm", "hot"), None)
    assert [(one.guard, one.target, one.actions, one.summary) for one in look.choices] == [
        ("is_broken", "broken", ("mourn",), "It is broken."),
        ("is_boiling", "hot", (), "At last."),
        (None, None, ("note",), "Nothing new."),
    ]
    assert chart.legal("warm") == ("press", "look")
    assert chart.legal("broken") == ("refill",)


def test_the_shipped_charts_have_the_superstates_that_the_package_asks_for() -> None:
    for name in ("job", "composite_job"):
        chart = shipped_chart(name)
        assert chart.within("active") == ("submitted", "running")
        assert set(chart.within("ended")) == chart.final_states == {"completed", "failed", "cancelled"}


BROKEN = {
    "a target that is a superstate": (
        "target: warm",
        "target: on",
        "the target 'on' is a superstate: name the state in it (warm, hot)",
    ),
    "an initial superstate": ("initial: cold", "initial: on", "the initial state 'on' is a superstate"),
    "a misspelt superstate": ("source: over", "source: ovr", "'ovr' is not known; did you mean 'over'?"),
    "a misspelt choice point": ("choice: reading", "choice: readin", "did you mean 'reading'?"),
    "a joined list without a last branch": (
        "    choices: [{action: note, summary: Nothing new.}]\n",
        "",
        "'look' has no branch for what no guard of 'reading' covers",
    ),
    "a tail after the last branch": (
        "guard: is_boiling, target: hot",
        "target: hot",
        "has no guard but is not the last",
    ),
    "a summary for a branch that is not there": (
        "summaries: {is_boiling:",
        "summaries: {is_boilng:",
        "did you mean 'is_boiling'?",
    ),
    "a guard in both lists": (
        "choices: [{action: note, ",
        "choices: [{guard: is_broken, summary: X.}, {action: note, ",
        "'look' uses the guard 'is_broken' twice",
    ),
    "a trigger declared for a superstate and a state in it": (
        "  - {trigger: press, source: on, target: done, summary: Switch it off.}",
        "  - {trigger: press, source: on, target: done, summary: S.}\n  - {trigger: press, source: hot, summary: S.}",
        "the trigger 'press' is declared twice for the state 'hot'",
    ),
    "a state that is a superstate too": (
        "{name: hot, summary: It boils.}",
        "{name: hot, summary: S.}\n      - {name: on, summary: S.}",
        "the state 'on' is defined twice",
    ),
    "a choice point that nothing leads to": (
        "choices:\n  - name: reading",
        "choices:\n  - {name: spare, summary: S., branches: [{summary: S.}]}\n  - name: reading",
        "no transition leads to the choice point 'spare'",
    ),
    "words of an extension": (
        "name: hot, ",
        "name: hot, shows_as: cold, ",
        "only a state that an extension adds has",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_is_told_with_line_and_column(case: str) -> None:
    old, new, message = BROKEN[case]
    assert old in KETTLE
    with pytest.raises(BadStatechart) as caught:
        parse_chart(KETTLE.replace(old, new, 1), file="kettle.yaml")
    assert message in str(caught.value)
    assert caught.value.line
    assert caught.value.column
    assert str(caught.value).startswith(f"kettle.yaml:{caught.value.line}:{caught.value.column}: ")


TEN_MISTAKES = """\
name: lamp
summary: A lamp with ten mistakes.
initial: darc
reset: replaice
states:
  - name: dark
    summary: It gives no light.
  - name: lit
    sumary: It gives light.
  - name: dark
    summary: It is defined twice.
  - name: broken
    summary: It will never give light again.
    final: true
choices:
  - name: never
    summary: Nothing leads here.
    branches: [{summary: S.}]
transitions:
  - trigger: press
    source: drak
    summary: Switch it on.
    choices:
      - {guard: gone, target: brokn, summary: It broke.}
      - {target: lit, summary: It shines.}
      - {guard: gone, summary: Never taken.}
  - trigger: press
    source: lit
    target: broken
    always: true
    summary: Nobody knows how often.
  - {trigger: look, source: broken, target: dark, summary: It leads out of an end.}
"""


def test_every_mistake_of_a_chart_is_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(BadStatechart) as caught:
        parse_chart(TEN_MISTAKES, file="lamp.yaml")
    error = caught.value
    told = [str(problem) for problem in error.problems]
    places = [(problem.line, problem.column) for problem in error.problems]
    assert places == sorted(places)
    expected = [
        "lamp.yaml:3:10: the initial state 'darc' is not known; did you mean 'dark'?",
        "lamp.yaml:4:8: the reset trigger 'replaice' is not known",
        "lamp.yaml:9:5: states[1] has the unknown key 'sumary'; did you mean 'summary'?",
        "lamp.yaml:10:11: the state 'dark' is defined twice",
        "lamp.yaml:16:11: no transition leads to the choice point 'never'",
        "lamp.yaml:21:13: the source 'drak' is not known; did you mean 'dark'?",
        "lamp.yaml:24:31: the target 'brokn' is not known; did you mean 'broken'?",
        "lamp.yaml:25:9: a choice of 'press' has no guard but is not the last",
        "'press' uses the guard 'gone' twice",
        "is automatic and has no 'bound'",
        "lamp.yaml:32:29: the state 'broken' is final, but 'look' leaves it",
    ]
    for message in expected:
        assert any(message in line for line in told), (message, told)
    assert str(error) == f"{told[0]} (and {len(told) - 1} more in this file)"


def test_an_error_of_many_problems_can_be_pickled() -> None:
    with pytest.raises(BadStatechart) as caught:
        parse_chart(LAMP.replace("target: lit", "target: litt").replace("source: lit", "source: litt"), file="a.yaml")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert [str(one) for one in copy.problems] == [str(one) for one in caught.value.problems]
    assert len(copy.problems) == 2
