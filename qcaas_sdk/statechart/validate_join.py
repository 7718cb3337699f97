"""Checks the rules by which the states of children make that of a composite.

A rule asks only which states have children, so that every combination can be tried: there are 63 for six states.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.join import JoinCondition
from qcaas_sdk.statechart.problems import Problem, unknown

MAX_STATES = 12
"""Above this many states of the children that rules tell apart, combinations of more than three are not tried."""


def check_join(chart: Chart, child: Chart) -> list[Problem]:
    """What is wrong in the join of a chart whose children run `child`."""
    problems = [*_reset(chart), *_names(chart, child)]
    return problems or list(_combinations(chart, child))


def _reset(chart: Chart) -> Iterator[Problem]:
    if chart.reset is None and chart.final_states:
        message = "a child can run again, or be added, when all have ended: name the trigger that leaves the end"
        yield Problem(f"{message}, for example 'reset: reset'", key="join")


def named_twice(chart: Chart, names: Sequence[str], line: int, key: str) -> Iterator[Problem]:
    """Names of a list that a superstate in it stands for already; the line and the key are those of the list."""
    if len(names) < 2:
        return
    around = {one.name: one.parent for one in chart.superstates}
    inside = around | {one.name: one.parent for one in chart.states}
    for name in names:
        if (outer := inside.get(name)) in around and outer in names:
            yield Problem(f"{outer!r} stands for {name!r} too: remove {name!r}", line, key, name)


def _names(chart: Chart, child: Chart) -> Iterator[Problem]:
    own = [state.name for state in chart.states]
    known = [*(state.name for state in child.states), *(one.name for one in child.superstates)]
    for rule in chart.join:
        if rule.state not in own:
            yield Problem(f"the state {unknown(rule.state, own)}", rule.line, "state", rule.state)
        for key, names in (("all", rule.all), ("any", rule.any), ("none", rule.none)):
            for name in names:
                if name not in known:
                    message = f"of the children's chart {child.name!r}, the state {unknown(name, known)}"
                    yield Problem(message, rule.line, key, name)
            yield from named_twice(child, names, rule.line, key)


def _combinations(chart: Chart, child: Chart) -> Iterator[Problem]:
    rules = [(rule, JoinCondition.of(rule, child, str)) for rule in chart.join]
    asked = [frozenset(names) for _, one in rules for names in (one.outside, one.inside)]
    # States that no rule tells apart are tried as one.
    alike = {tuple(one.name in names for names in asked): one.name for one in reversed(child.states)}
    states = [one.name for one in child.states if one.name in alike.values()]
    every = dict.fromkeys((one.name for one in child.states), 0)
    taken: set[int] = set()
    uncovered: tuple[str, ...] | None = None
    most = len(states) if len(states) <= MAX_STATES else 3
    for combination in (some for size in range(1, most + 1) for some in combinations(states, size)):
        counts = every | dict.fromkeys(combination, 1)
        first = next((n for n, (_, condition) in enumerate(rules) if condition.holds(counts)), None)
        if first is not None:
            taken.add(first)
        elif uncovered is None:
            uncovered = combination
    for number, (rule, _) in enumerate(rules):
        if number not in taken:
            message = (
                f"no combination of children reaches the rule for {rule.state!r}: an earlier rule is always true"
            )
            yield Problem(f"{message} first, or its conditions contradict each other", rule.line, "state", rule.state)
    if uncovered is not None:
        message = f"no rule covers children that are {', '.join(uncovered)}: end the join with a rule without a "
        yield Problem(f"{message}condition", key="join")
