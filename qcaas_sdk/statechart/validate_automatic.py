"""Checks what happens without a trigger: bounds, the triggers that are fired, circles."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import TransitionRule
from qcaas_sdk.statechart.problems import Problem, unknown


def check_automatic(chart: Chart) -> Iterator[Problem]:
    """What is wrong in the automatic and delayed transitions of a chart, one by one."""
    for rule in chart.rules:
        if not rule.automatic:
            if rule.bound is not None:
                message = f"{rule.trigger!r} happens as often as it is fired: remove 'bound', or write 'always' or "
                yield Problem(f"{message}'after'", rule.line, "bound")
            continue
        if rule.bound is None:
            yield Problem("an automatic transition has no 'bound': write how often it can happen", rule.line)
        if rule.fires and rule.trigger not in chart.triggers:
            message = f"the trigger that it fires, {unknown(rule.trigger, chart.triggers)}"
            yield Problem(message, rule.line, "trigger", rule.trigger)
    yield from _fired(chart)
    yield from _leads_nowhere(chart)


def check_circles(chart: Chart) -> Iterator[Problem]:
    """Automatic transitions that lead back to where they began, without a delay or an event between them."""
    onward: dict[str, set[str]] = {state.name: set() for state in chart.states}
    automatic = ((state, rule) for state in onward for rule in chart.automatic.get(state, ()))
    rules = [(state, rule) for state, rule in automatic if rule.always]
    for state, rule in rules:
        onward[state] |= _targets(chart, state, rule) & onward.keys()
    told: set[str] = set()
    for state, rule in rules:
        if state not in told and state in closure(onward[state], onward):
            way = _way_back(state, onward)
            told |= set(way)
            message = f"automatic transitions lead in a circle ({' -> '.join(way)})"
            yield Problem(f"{message}: put a delay or a trigger between them", rule.line)


def closure(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    """Everything that can be reached from `start`, with `start` itself."""
    seen = set(start)
    todo = list(seen)
    while todo:
        new = edges[todo.pop()] - seen
        seen |= new
        todo.extend(new)
    return seen


def _fired(chart: Chart) -> Iterator[Problem]:
    """Triggers that are there, but not in the state from which they are fired."""
    places = {*(one.name for one in chart.states), *(one.name for one in chart.superstates)}
    triggers = {*chart.triggers}
    sound = {state.name for state in chart.states if state.parent is None or state.parent in places}
    for state, rules in chart.automatic.items():
        for rule in rules:
            known = rule.fires and state in sound and rule.trigger in triggers
            if known and chart.transition(state, rule.trigger) is None:
                legal = chart.legal(state)
                message = f"it fires {rule.trigger!r}, which is not legal in {state!r} (legal there: "
                yield Problem(f"{message}{', '.join(legal) or 'nothing'})", rule.line, "trigger", rule.trigger)


def _leads_nowhere(chart: Chart) -> Iterator[Problem]:
    for state, rules in chart.automatic.items():
        for rule in rules:
            if not rule.fires and not _targets(chart, state, rule):
                message = f"it never leaves {state!r}, so nothing happens by itself: give it another target"
                yield Problem(message, rule.line, "target", state)


def _targets(chart: Chart, state: str, rule: TransitionRule) -> set[str]:
    """The other states to which an automatic transition of a state leads."""
    declared = chart.transition(state, rule.trigger)
    choices = declared.choices if declared is not None else ()
    return {choice.target for choice in choices if choice.target is not None} - {state}


def _way_back(start: str, onward: Mapping[str, set[str]]) -> list[str]:
    """A shortest way from a state back to it; there is one."""
    came: dict[str, str] = {}
    todo = deque([start])
    while start not in came:
        state = todo.popleft()
        for target in sorted(onward[state] - came.keys()):
            came[target] = state
            todo.append(target)
    way = [start]
    while len(way) == 1 or way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
