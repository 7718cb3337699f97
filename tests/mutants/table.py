"""A bug in the flat table of a chart: it stays the same bug when the text of the chart is written anew."""

from typing import Any, TypeAlias

import attrs

from qcaas_sdk.statechart import Chart, Choice, TransitionRule

Edit: TypeAlias = dict[str, Any]
"""What is different. `of`: states and a trigger, or a rule of a join by its guard. `choice`: a guard, or `else`.

`set` has the new values. Without `set`, the choice, the rule or the transition is dropped.
"""


def edited(chart: Chart, edit: Edit) -> Chart:
    """The chart with a different table."""
    if chart.join:
        kept = [one for one in chart.join if one.guard != edit["of"]]
        assert len(kept) == len(chart.join) - 1, edit
        new = edit.get("set", {})
        changed = [attrs.evolve(one, **new) if one.guard == edit["of"] else one for one in chart.join]
        return attrs.evolve(chart, join=tuple(changed if new else kept))
    *states, trigger = edit["of"]
    table: list[TransitionRule] = []
    found = 0
    for rule in chart.transitions:
        for source in rule.sources:
            flat = attrs.evolve(rule, sources=(source,))
            if source in states and rule.trigger == trigger:
                found += 1
                table += _rule(flat, edit)
            else:
                table.append(flat)
    assert found == len(states), edit
    return attrs.evolve(chart, rules=tuple(table), choices=())


def _rule(rule: TransitionRule, edit: Edit) -> list[TransitionRule]:
    new = {key: tuple(value) if isinstance(value, list) else value for key, value in edit.get("set", {}).items()}
    if "choice" not in edit:
        return [attrs.evolve(rule, **new)] if new else []
    guard = None if edit["choice"] == "else" else edit["choice"]
    assert guard in {one.guard for one in rule.choices}, edit
    choices: list[Choice] = []
    for one in rule.choices:
        if one.guard != guard:
            choices.append(one)
        elif new:
            choices.append(attrs.evolve(one, **new))
    return [attrs.evolve(rule, choices=tuple(choices))]
