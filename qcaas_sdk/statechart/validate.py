"""Checks a well-formed chart: names, reachability, reset.

The package `transitions` accepts a misspelt target, source or callback without an error, so this checks every name.
Each error names the line, what is wrong and the known names.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart.chart import Chart, State, TransitionRule


def check_chart(chart: Chart) -> None:
    """Check everything that does not need the callbacks.

    Raises:
        BadStatechart: The first error.
    """
    states = _unique_states(chart)
    if chart.initial not in states:
        raise _bad(chart, None, f"the initial state {_unknown(chart.initial, states)}")
    if not chart.final_states:
        raise _bad(chart, None, "no state is final: mark at least one with 'final: true'")
    if chart.initial in chart.final_states:
        raise _bad(chart, states[chart.initial].line, f"the initial state {chart.initial!r} must not be final")
    _names_of_transitions(chart, states)
    _declared_once(chart)
    for transition in chart.transitions:
        _choices(chart, transition)
    _ends(chart)
    _connected(chart, states)


def check_callbacks(chart: Chart, known: Mapping[str, Collection[str]]) -> None:
    """Check that chart and registry have the same callbacks.

    Args:
        chart: The chart.
        known: The names in the registry for each of "effect", "guard", "action" and "invariant".

    Raises:
        BadStatechart: Only one of the two has a name.
    """
    used: dict[str, set[str]] = {kind: set() for kind in known}
    for kind, name, line in _callbacks(chart):
        used[kind].add(name)
        if name not in known[kind]:
            raise _bad(chart, line, f"the {kind} {_unknown(name, known[kind])}")
    for kind, names in known.items():
        if unused := sorted(set(names) - used[kind]):
            raise _bad(chart, None, f"the registry has the {kind} {unused[0]!r}, but the chart does not use it")


def _callbacks(chart: Chart) -> Iterable[tuple[str, str, int]]:
    for transition in chart.transitions:
        if transition.effect is not None:
            yield "effect", transition.effect, transition.line
        for choice in transition.choices:
            if choice.guard is not None:
                yield "guard", choice.guard, choice.line
            for action in choice.actions:
                yield "action", action, choice.line
    for invariant in chart.invariants:
        yield "invariant", invariant.name, invariant.line


def _unique_states(chart: Chart) -> dict[str, State]:
    states: dict[str, State] = {}
    for state in chart.states:
        if first := states.get(state.name):
            raise _bad(chart, state.line, f"the state {state.name!r} is defined twice; first in line {first.line}")
        states[state.name] = state
    return states


def _names_of_transitions(chart: Chart, states: Collection[str]) -> None:
    for transition in chart.transitions:
        for source in transition.sources:
            if source not in states:
                raise _bad(chart, transition.line, f"the source {_unknown(source, states)}")
        for choice in transition.choices:
            if choice.target is not None and choice.target not in states:
                raise _bad(chart, choice.line, f"the target {_unknown(choice.target, states)}")
    if chart.reset is not None and chart.reset not in chart.triggers:
        raise _bad(chart, None, f"the reset trigger {_unknown(chart.reset, chart.triggers)}")


def _declared_once(chart: Chart) -> None:
    first: dict[tuple[str, str], TransitionRule] = {}
    for transition in chart.transitions:
        for source in transition.sources:
            earlier = first.setdefault((source, transition.trigger), transition)
            if earlier is not transition:
                raise _bad(
                    chart,
                    transition.line,
                    f"the trigger {transition.trigger!r} is declared twice for the state {source!r}, first in line "
                    f"{earlier.line}: put all outcomes into the 'choices' of one transition",
                )


def _choices(chart: Chart, transition: TransitionRule) -> None:
    *guarded, _last = transition.choices
    for choice in guarded:
        if choice.guard is None:
            raise _bad(
                chart,
                choice.line,
                f"a choice of {transition.trigger!r} has no guard but is not the last: the choices after it are "
                "never taken",
            )
    guards = [choice.guard for choice in transition.choices if choice.guard is not None]
    if twice := next((guard for guard in guards if guards.count(guard) > 1), None):
        raise _bad(chart, transition.line, f"{transition.trigger!r} uses the guard {twice!r} twice")


def _ends(chart: Chart) -> None:
    """Only the reset leaves a final state; it has no other sources and no effect."""
    for source, transition, choice, _ in chart.arrows():
        is_reset = transition.trigger == chart.reset
        if source in chart.final_states and not is_reset:
            raise _bad(
                chart,
                transition.line,
                f"the state {source!r} is final, but {transition.trigger!r} leaves it; only the reset of the chart "
                f"({chart.reset or 'it has none'}) may",
            )
        if is_reset and (source not in chart.final_states or transition.effect):
            raise _bad(
                chart,
                choice.line or transition.line,
                f"{transition.trigger!r} is the reset: its sources must be final states, and it must have no effect",
            )


def _connected(chart: Chart, states: Mapping[str, State]) -> None:
    onward: dict[str, set[str]] = {name: set() for name in states}
    back: dict[str, set[str]] = {name: set() for name in states}
    for source, _, _, target in chart.arrows():
        onward[source].add(target)
        back[target].add(source)
    reached = _closure({chart.initial}, onward)
    ending = _closure(set(chart.final_states), back)
    for state in chart.states:
        if state.name not in reached:
            raise _bad(chart, state.line, f"the state {state.name!r} cannot be reached from {chart.initial!r}")
        if state.name not in ending:
            raise _bad(chart, state.line, f"from the state {state.name!r} no final state can be reached")


def _closure(start: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    seen, todo = set(start), list(start)
    while todo:
        new = edges[todo.pop()] - seen
        seen |= new
        todo.extend(new)
    return seen


def _unknown(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{name!r} is not known{hint} (known: {', '.join(names) or 'none'})"


def _bad(chart: Chart, line: int | None, message: str) -> BadStatechart:
    return BadStatechart(message, file=chart.file, line=line or None)
