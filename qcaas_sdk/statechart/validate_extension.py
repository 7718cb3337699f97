"""Checks that an extension keeps what the chart that it extends promises (`docs/charts.md` lists the rules).

What a user sees is a state of the extended chart. It changes only by triggers of that chart, so its transitions and
invariants stay true.
"""

from collections.abc import Iterator

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import TransitionRule
from qcaas_sdk.statechart.problems import Problem, unknown


def check_extension(chart: Chart, base: Chart) -> list[Problem]:
    """What is wrong in a chart that extends `base`."""
    if base.join:
        message = f"the chart {base.name!r} cannot be extended: the children of a composite move it, by its join"
        return [Problem(message, key="extends", word=base.name)]
    problems = list(_states(chart, base))
    if any(problem.key in {"within", "shows_as"} for problem in problems):  # the others would tell them once more
        return problems
    return [*problems, *_transitions(chart, base), *_guards(chart, base), *_inherited(chart, base)]


def _states(chart: Chart, base: Chart) -> Iterator[Problem]:
    known = [state.name for state in base.states]
    places = [*known, *(one.name for one in base.superstates)]
    for superstate in chart.superstates[len(base.superstates) :]:
        yield Problem("an extension adds states, not superstates", superstate.line, "name", superstate.name)
    for state in chart.states[len(base.states) :]:
        if state.parent is not None and state.parent not in places:
            message = f"{state.name!r} is within {state.parent!r}, which {base.name!r} does not have: it has "
            yield Problem(message + ", ".join(places), state.line, "within", state.parent)
        elif state.shows_as == state.name:
            message = f"what does a user see while the job is in {state.name!r}? Write 'shows_as', with one of: "
            inside = known if state.parent is None else base.within(state.parent)
            yield Problem(message + ", ".join(inside), state.line, "name", state.name)
        elif state.shows_as not in known:
            yield Problem(f"the shown state {unknown(state.shows_as, known)}", state.line, "shows_as", state.shows_as)
        elif state.parent is not None and state.shows_as not in base.within(state.parent):
            message = (
                f"it is within {state.parent!r}, so it must show as one of: {', '.join(base.within(state.parent))}"
            )
            yield Problem(message, state.line, "shows_as", state.shows_as)
        if state.final:
            message = (
                "an extension adds no end: remove 'final', and fire the reset, or wait in a state that is not final"
            )
            yield Problem(message, state.line, "final")


def _transitions(chart: Chart, base: Chart) -> Iterator[Problem]:
    shown = _shown(chart)
    points = {point.name for point in base.choices}
    used = {action for _, _, choice, _ in base.arrows() for action in choice.actions}
    for rule in chart.rules[len(base.rules) :]:
        if rule.trigger in base.triggers and not rule.automatic:
            message = (
                f"the trigger {rule.trigger!r} belongs to the chart {base.name!r}: add a guard, or another trigger"
            )
            yield Problem(message, rule.line, "trigger", rule.trigger)
        if rule.effect is not None:
            message = f"an extension has no effects: only the triggers of {base.name!r} send requests"
            yield Problem(message, rule.line, "effect", rule.effect)
        for choice in rule.choices if rule.choice in points else chart.joined(rule):
            for action in used.intersection(choice.actions):
                message = f"the action {action!r} belongs to the transitions of {base.name!r}"
                yield Problem(message, choice.line, "action", action)
        yield from _moves(chart, rule, shown)


def _moves(chart: Chart, rule: TransitionRule, shown: dict[str, str]) -> Iterator[Problem]:
    for source in {state for name in rule.sources for state in chart.within(name)}:
        for choice in chart.joined(rule):
            if choice.target is not None and shown[choice.target] != shown[source]:
                yield Problem(
                    f"it would change what a user sees from {shown[source]!r} to {shown[choice.target]!r}: only a "
                    f"trigger of the extended chart may; fire one instead of a target of its own",
                    choice.line if choice in rule.choices else rule.line,
                    "target",
                    choice.target,
                )
                return


def _guards(chart: Chart, base: Chart) -> Iterator[Problem]:
    places = [*_shown(chart), *(one.name for one in chart.superstates)]
    for number, added in enumerate(chart.guards[len(base.guards) :], len(base.guards)):
        asked = {(one.guard, one.trigger, one.sources) for one in chart.guards[:number]}
        if (added.guard, added.trigger, added.sources) in asked:
            message = f"the guard {added.guard!r} is added to {added.trigger!r} twice"
            yield Problem(message, added.line, "guard", added.guard)
        if added.trigger not in base.triggers:
            yield Problem(
                f"the trigger {unknown(added.trigger, base.triggers)}", added.line, "trigger", added.trigger
            )
            continue
        wrong = [name for name in added.sources if name not in places]
        for name in wrong:
            yield Problem(f"the source {unknown(name, places)}", added.line, "source", name)
        if wrong:
            continue
        if {state.name for state in base.states if base.transition(state.name, added.trigger)} != {base.initial}:
            message = (
                f"a guard can only hold back what begins a run: a trigger that is legal in {base.initial!r} alone"
            )
            yield Problem(message, added.line, "trigger", added.trigger)
        sources = {state for name in added.sources or places for state in chart.within(name)}
        if not any(chart.transition(state, added.trigger) for state in sources):
            message = f"{added.trigger!r} is legal in none of these states, so the guard is never asked"
            yield Problem(message, added.line, "source")


def _inherited(chart: Chart, base: Chart) -> Iterator[Problem]:
    """An added state can be left by what leads out of the state that it shows as."""
    for state in chart.states[len(base.states) :]:
        missing = [one for one in base.legal(state.shows_as) if chart.transition(state.name, one) is None]
        if missing:
            message = (
                f"{state.name!r} shows as {state.shows_as!r}, where {', '.join(missing)} can be fired, and here not"
            )
            yield Problem(f"{message}: write 'within: {state.shows_as}'", state.line, "name", state.name)


def _shown(chart: Chart) -> dict[str, str]:
    return {state.name: state.shows_as for state in chart.states}
