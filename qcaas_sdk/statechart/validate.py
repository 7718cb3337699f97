"""Checks the meaning of a well-formed chart: names, reachability, reset. Finds every mistake.

The package `transitions` accepts a misspelt target, source or callback without an error, so this checks every name.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import Choice, ChoicePoint, State, Superstate, TransitionRule
from qcaas_sdk.statechart.problems import Problem, meant_by, raise_all, unknown
from qcaas_sdk.statechart.validate_automatic import check_automatic, check_circles, closure
from qcaas_sdk.statechart.validate_extension import check_extension
from qcaas_sdk.statechart.validate_join import check_join, named_twice

_ANY_SOURCE, _ANY_TARGET = "any source", "any target"
"""Stand for every state, where a name is not known and nothing like it was meant."""


def check_chart(chart: Chart) -> list[Problem]:
    """Everything that is wrong and can be seen without the callbacks."""
    problems = [*_unique(chart), *_initial(chart), *_names(chart)]
    if chart.base is not None and not problems:
        problems += check_extension(chart, chart.base)
        if problems:  # what follows would tell them once more
            return problems
    if chart.child is not None:
        problems += check_join(chart, chart.child)
    problems += _choice_points(chart)
    points: dict[str | None, ChoicePoint] = {point.name: point for point in reversed(chart.choices)}
    for rule in chart.rules:
        problems += _joined(chart, rule, points)
    problems += [*check_automatic(chart), *_ends(chart), *check_circles(chart)]
    twice = list(_declared_once(chart))
    names = {None, *(point.name for point in chart.choices), *(state.name for state in chart.states)}
    names |= {one.name for one in chart.superstates}
    leads = {*(rule.choice for rule in chart.rules), *(state.parent for state in chart.states)}
    if not twice and leads <= names:  # otherwise transitions are missing
        problems += _connected(chart)
    return [*problems, *twice]


def check_callbacks(chart: Chart, known: Mapping[str, Collection[str]]) -> None:
    """Check that chart and registry have the same callbacks.

    Args:
        chart: The chart.
        known: The names in the registry for each of "effect", "guard", "action" and "invariant".

    Raises:
        BadStatechart: Only one of the two has a name.
    """
    used: dict[str, set[str]] = {kind: set() for kind in known}
    problems = []
    for kind, name, line in _callbacks(chart):
        if name not in known[kind] and name not in used[kind]:
            problems.append(Problem(f"the {kind} {unknown(name, known[kind])}", line))
        used[kind].add(name)
    for kind, names in known.items():
        problems += [
            Problem(f"the registry has the {kind} {name!r}, but the chart does not use it")
            for name in sorted(set(names) - used[kind])
        ]
    raise_all(problems, chart.file)


def _callbacks(chart: Chart) -> Iterator[tuple[str, str, int]]:
    for rule in chart.rules:
        if rule.effect is not None:
            yield "effect", rule.effect, rule.line
        for guard in rule.when:
            yield "guard", guard, rule.line
    for added in chart.guards:
        yield "guard", added.guard, added.line
    lists = (*(point.branches for point in chart.choices), *(rule.choices for rule in chart.rules))
    for choice in (choice for choices in lists for choice in choices):
        if choice.guard is not None:
            yield "guard", choice.guard, choice.line
        for action in choice.actions:
            yield "action", action, choice.line
    for invariant in chart.invariants:
        yield "invariant", invariant.name, invariant.line


def _unique(chart: Chart) -> Iterator[Problem]:
    first: dict[str, State | Superstate] = {}
    every: list[State | Superstate] = [*chart.superstates, *chart.states]
    for one in sorted(every, key=lambda one: (_is_added(chart, one), one.line)):
        if one.name in first:
            where = "" if _is_added(chart, one) else f"; first in line {first[one.name].line}"
            yield Problem(f"the state {one.name!r} is defined twice{where}", one.line, "name", one.name)
        first.setdefault(one.name, one)
    seen: set[str] = set()
    for point in chart.choices:
        if point.name in seen:
            yield Problem(f"the choice point {point.name!r} is defined twice", point.line, "name", point.name)
        seen.add(point.name)
    conditions: set[str] = set()
    for condition in chart.invariants:
        if condition.name in conditions:
            message = f"the invariant {condition.name!r} is defined twice"
            yield Problem(message, condition.line, "name", condition.name)
        conditions.add(condition.name)


def _is_added(chart: Chart, one: State | Superstate) -> bool:
    base = chart.base
    return base is not None and one not in (base.states if isinstance(one, State) else base.superstates)


def _initial(chart: Chart) -> Iterator[Problem]:
    states = {state.name: state for state in chart.states}
    if chart.initial not in states:
        yield Problem(
            f"the initial state {_no_state(chart, chart.initial, states)}", key="initial", word=chart.initial
        )
    elif states[chart.initial].final:
        message = f"the initial state {chart.initial!r} must not be final"
        yield Problem(message, states[chart.initial].line, "name", chart.initial)
    if not chart.final_states:
        yield Problem("no state is final: mark at least one with 'final: true'", key="states")


def _no_state(chart: Chart, name: str, states: Iterable[str]) -> str:
    """Why a name is not that of a state that a model can be in."""
    if any(one.name == name for one in chart.superstates):
        inside = ", ".join(chart.within(name))
        return f"{name!r} is a superstate: name the state in it ({inside})"
    return unknown(name, states)


def _names(chart: Chart) -> Iterator[Problem]:
    states = dict.fromkeys(state.name for state in chart.states)
    places = states | dict.fromkeys(one.name for one in chart.superstates)
    points = dict.fromkeys(point.name for point in chart.choices)
    every: list[State | Superstate] = [*chart.superstates, *chart.states]
    for one in every:
        if one.parent is not None and one.parent not in places:
            yield Problem(f"the state around it, {unknown(one.parent, places)}", one.line, "within", one.parent)
    for rule in chart.rules:
        for source in rule.sources:
            if source not in places:
                yield Problem(f"the source {unknown(source, places)}", rule.line, "source", source)
        yield from named_twice(chart, rule.sources, rule.line, "source")
        if rule.choice is not None and rule.choice not in points:
            yield Problem(f"the choice point {unknown(rule.choice, points)}", rule.line, "choice", rule.choice)
    for choice in _all_choices(chart):
        if choice.target is not None and choice.target not in states:
            message = f"the target {_no_state(chart, choice.target, states)}"
            yield Problem(message, choice.line, "target", choice.target)
    if chart.reset is not None and chart.reset not in chart.triggers:
        yield Problem(f"the reset trigger {unknown(chart.reset, chart.triggers)}", key="reset", word=chart.reset)


def _all_choices(chart: Chart) -> Iterator[Choice]:
    for point in chart.choices:
        yield from point.branches
    for rule in chart.rules:
        yield from rule.choices


def _choice_points(chart: Chart) -> Iterator[Problem]:
    led_to = {rule.choice for rule in chart.rules}
    if not led_to <= {None, *(point.name for point in chart.choices)}:  # one is misspelt, and that is told already
        return
    for point in chart.choices:
        if point.name not in led_to:
            message = f"no transition leads to the choice point {point.name!r}"
            yield Problem(message, point.line, "name", point.name)
        seen: set[str | None] = {None}
        for branch in point.branches:
            if branch.guard is not None and branch.guard in seen:
                message = f"the choice point {point.name!r} uses the guard {branch.guard!r} twice"
                yield Problem(message, branch.line, "guard", branch.guard)
            seen.add(branch.guard)


def _joined(chart: Chart, rule: TransitionRule, points: Mapping[str | None, ChoicePoint]) -> Iterator[Problem]:
    """The choices of a rule after those of its choice point: in a useful order, and with a last branch."""
    choices = chart.joined(rule)
    for choice in choices[:-1]:
        if choice.guard is None:
            message = f"a choice of {rule.trigger!r} has no guard but is not the last: the choices after it are "
            yield Problem(f"{message}never taken", choice.line)
    point = points.get(rule.choice)
    shared = dict.fromkeys(branch.guard for branch in point.branches) if point else {}
    guards = [*shared, *(choice.guard for choice in rule.choices)]
    for guard in [guard for guard, number in Counter(guards).items() if guard is not None and number > 1]:
        yield Problem(f"{rule.trigger!r} uses the guard {guard!r} twice", rule.line, "guard", guard)
    if rule.choice is None:
        if rule.summaries:
            yield Problem("only a transition to a choice point has 'summaries': remove them", rule.line, "summaries")
        return
    if point is None:  # that is a mistake of its own
        return
    if choices and choices[-1].guard is not None:
        yield Problem(
            f"{rule.trigger!r} has no branch for what no guard of {rule.choice!r} covers: end its choices with one "
            "without a guard",
            rule.line,
            "choice",
            rule.choice,
        )
    known = [guard for guard in shared if guard is not None]
    for guard, _ in rule.summaries:
        if guard not in known:
            message = f"the choice point {rule.choice!r} has no such branch: the guard {unknown(guard, known)}"
            yield Problem(message, rule.line, guard)


def _declared_once(chart: Chart) -> Iterator[Problem]:
    first: dict[tuple[str, str], TransitionRule] = {}
    told = set()
    for rule in chart.transitions:
        for source in rule.sources:
            earlier = first.setdefault((source, rule.trigger), rule)
            if earlier is not rule and (rule.line, rule.trigger) not in told:
                told.add((rule.line, rule.trigger))
                yield Problem(
                    f"the trigger {rule.trigger!r} is declared twice for the state {source!r}, first in line "
                    f"{earlier.line}: put all outcomes into the 'choices' of one transition",
                    rule.line,
                )


def _ends(chart: Chart) -> Iterator[Problem]:
    """Only the reset leaves a final state; it has no other sources and no effect."""
    told = set()
    shown = {state.name: state.shows_as for state in chart.states}
    for source, rule, choice, _ in chart.arrows():
        is_reset = rule.trigger == chart.reset
        key = (rule.trigger, rule.line)
        if key in told or source not in shown:
            continue
        if chart.base is not None and not rule.automatic and rule.trigger in chart.base.triggers:
            continue  # that chart is checked already, and this one cannot add to its triggers
        if source in chart.final_states and not is_reset and not (rule.automatic and chart.extends):
            told.add(key)
            message = f"the state {source!r} is final, but {rule.trigger!r} leaves it; only the reset of the chart "
            yield Problem(f"{message}({chart.reset or 'it has none'}) may", rule.line, "source", source)
        if is_reset and (shown[source] not in chart.final_states or rule.effect):
            told.add(key)
            message = f"{rule.trigger!r} is the reset: its sources must be final states, and it must have no effect"
            yield Problem(message, choice.line or rule.line)


def _connected(chart: Chart) -> Iterator[Problem]:
    """States that cannot be reached or left. A misspelt name is taken for what was meant, and told elsewhere."""
    every = [state.name for state in chart.states]
    onward: dict[str, set[str]] = {name: set() for name in (*every, _ANY_SOURCE)}
    back: dict[str, set[str]] = {name: set() for name in (*every, _ANY_TARGET)}
    onward[_ANY_TARGET] = back[_ANY_SOURCE] = {*every}
    meant = {name: [name] for name in every}
    arrows = {(source, target) for source, _, _, target in chart.arrows()}
    for name in {chart.initial, *chain.from_iterable(arrows)} - meant.keys():
        meant[name] = _meant(chart, name, every)
    if not all(meant.values()):
        for name in every:
            onward[name].add(_ANY_SOURCE)
            back[name].add(_ANY_TARGET)
    for source, target in arrows:
        targets = meant[target] or [_ANY_TARGET]
        for one in meant[source] or [_ANY_SOURCE]:
            onward[one].update(targets)
            for other in targets:
                back[other].add(one)
    reached = closure(meant[chart.initial] or every, onward)
    ending = closure(chart.final_states or every, back)
    for state in chart.states:
        if state.name not in reached:
            message = f"the state {state.name!r} cannot be reached from {chart.initial!r}"
            yield Problem(message, state.line, "name", state.name)
        elif state.name not in ending:
            message = f"from the state {state.name!r} no final state can be reached"
            yield Problem(message, state.line, "name", state.name)


def _meant(chart: Chart, name: str, every: list[str]) -> list[str]:
    """The states that a name stands for that is not that of a state: those in the superstate; what was meant."""
    if any(one.name == name for one in chart.superstates):
        return list(chart.within(name))
    meant = meant_by(name, every)
    return [meant] if meant is not None else []
