"""The picture of a job: its chart, with its current state, the way that it took, and how long it stayed.

The layout is the same whatever the job has done, so you can compare two pictures of one chart.
"""

from typing import TYPE_CHECKING

import attrs

from qcaas_sdk._base.text import duration
from qcaas_sdk.diagrams.diagram import Diagram
from qcaas_sdk.diagrams.drawable import DrawnJob, DrawnTransition
from qcaas_sdk.diagrams.full import Bundle, bundles, full
from qcaas_sdk.diagrams.history import StateHistory, history_of
from qcaas_sdk.diagrams.looks import Look, looks_of
from qcaas_sdk.diagrams.picture import Arrow, Mark, Node, Picture
from qcaas_sdk.diagrams.timeline import Timeline

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

MAX_STEPS = 3
"""Maximum number of steps that an arrow lists; more are counted."""

_STEPS = "10, 11, 12"
_STAY = ("here for 10 min 00 s", "10 ×, 10 min 00 s in all")
"""The widest texts that space is kept for."""


def job_diagram(record: DrawnJob, chart: "DrawnChart", clock: "Clock") -> Diagram:
    """A job's chart, with its current state, its path, and the time in each state.

    Args:
        record: The record of the job.
        chart: Its chart.
        clock: The clock of its machine.
    """
    return Diagram(chart, picture_of_one(history_of(record, chart, clock)))


def job_timeline(record: DrawnJob, chart: "DrawnChart", clock: "Clock") -> Timeline:
    """The states of a job over time; as `job_diagram`."""
    history = history_of(record, chart, clock)
    return Timeline(f"{history.name}: {history.told}", chart, [history])


def picture_of_one(history: StateHistory) -> Picture:
    """A chart with the history of one record: the visits and times of each state, and the steps of the path."""
    chart = history.chart
    plain, looks = full(chart), looks_of(chart)
    ways = [one for one in bundles(chart) if one.target is not None]
    steps: dict[int, list[tuple[int, str, str]]] = {place: [] for place in range(len(ways))}
    for step, transition in enumerate(history.transitions, 1):
        for place in _taken(chart, ways, transition):
            steps[place].append((step, transition.source.lower(), transition.trigger))
    run = f", run {history.runs}" if history.runs > 1 else ""
    return attrs.evolve(
        plain,
        title=f"{history.name}: {history.told}{run}",
        summary=_told(history),
        nodes=tuple(_visited(node, history, looks.get(node.name)) for node in plain.nodes),
        regions=tuple(attrs.evolve(region, lines=()) for region in plain.regions),
        arrows=tuple(
            _followed(arrow, way, steps[place], len(history.transitions), chart)
            for place, (arrow, way) in enumerate(zip(plain.arrows, ways, strict=True))
        ),
        legend=("The numbers are the steps in their order. Grey: not taken.",),
    )


def _taken(chart: "DrawnChart", ways: list[Bundle], transition: DrawnTransition) -> list[int]:
    """The arrows of a transition: one, or two with a choice point between them."""
    source, target = transition.source.lower(), transition.target.lower()
    around = [name for name in _names(chart) if source in chart.within(name)]

    def find(sources: list[str], target: str, trigger: str) -> list[int]:
        fitting = (
            place
            for place, way in enumerate(ways)
            if way.target == target and set(sources) & set(way.sources) and trigger in way.triggers
        )
        return [*fitting][:1]

    for rule in chart.rules:
        if rule.trigger == transition.trigger and rule.choice is not None and set(rule.sources) & set(around):
            (point,) = [one for one in chart.choices if one.name == rule.choice]
            own = [one for one in rule.choices if one.target == target]
            shared = [one for one in point.branches if one.target == target]
            if shared and not any(one.summary == transition.reason for one in own):
                return [*find(around, point.name, rule.trigger), *find([point.name], target, "")]
    return find(around, target, transition.trigger)


def _names(chart: "DrawnChart") -> list[str]:
    return [one.name for one in (*chart.states, *chart.superstates)]


def _followed(arrow: Arrow, way: Bundle, steps: list[tuple[int, str, str]], last: int, chart: "DrawnChart") -> Arrow:
    room = (", ".join(filter(None, way.triggers)), _STEPS) if any(way.triggers) else (_STEPS,)
    if not steps:
        return attrs.evolve(arrow, lines=(), room=room, mark=Mark.AWAY)
    triggers = ", ".join(dict.fromkeys(trigger for _, _, trigger in steps))
    numbers = _steps([step for step, _, _ in steps])
    from_states = {source for _, source, _ in steps}
    known = {name: set(chart.within(name)) for name in _names(chart)}
    unused = tuple(name for name in arrow.sources if name in known and not known[name] & from_states)
    return attrs.evolve(
        arrow,
        lines=(triggers, numbers) if any(way.triggers) else (numbers,),
        room=room,
        mark=Mark.HERE if steps[-1][0] == last else Mark.BEEN,
        unused=unused,
    )


def _visited(node: Node, history: StateHistory, look: Look | None) -> Node:
    if look is None:  # a choice point
        return attrs.evolve(node, lines=(), room=())
    spans = [span for span in history.spans if span.state == node.name]
    here, elsewhere = history.place == node.name, history.place != history.now.state
    room = ("10 × in all",) if node.final else _STAY
    if here and elsewhere:  # only where it is now is known of a state that an extension adds
        shown = looks_of(history.chart)[history.now.state]
        return attrs.evolve(node, lines=("here now",), room=room, mark=Mark.HERE, colour=shown.colour)
    if not spans:
        return attrs.evolve(node, lines=(), room=room, mark=Mark.AWAY, sign=look.sign)
    lengths = [span.length_s for span in spans if span.length_s is not None]
    lines = []
    if here and not node.final:
        length = history.now.length_s
        lines.append("here now" if length is None else f"here for {duration(length)}")
    elif here:
        lines.append("here now")
    if len(spans) > 1:
        total = f", {duration(sum(lengths))} in all" if lengths and not node.final else ""
        lines.append(f"{len(spans)} ×{total}")
    elif lengths and spans[0].left and not node.final:
        lines.append(f"for {duration(lengths[0])}")
    if node.final:
        lines = ["; ".join(lines)] if lines else []
    return attrs.evolve(
        node, lines=tuple(lines), room=room, mark=Mark.HERE if here else Mark.BEEN, colour=look.colour, sign=look.sign
    )


def _told(history: StateHistory) -> str:
    steps = [
        f"{step}. {one.source.lower()} to {one.target.lower()} by {one.trigger}"
        for step, one in enumerate(history.transitions, 1)
    ]
    shown = steps if len(steps) <= 2 * MAX_STEPS else ["…", *steps[-2 * MAX_STEPS :]]
    return f"{history.name} is {history.told}. Steps: {'; '.join(shown) or 'none'}."


def _steps(steps: list[int]) -> str:
    if len(steps) <= MAX_STEPS:
        return ", ".join(map(str, steps))
    return f"{len(steps)} ×"
