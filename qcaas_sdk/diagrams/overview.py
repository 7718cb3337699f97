"""The overview of a chart: its states, and the main path through them, from left to right.

Each state has one arrow that leads to it: from the last state before it that can lead there, by the first trigger
that does. If all states of a superstate can lead there, the arrow starts at the superstate. What leads back (the
reset, automatic transitions) is added; their guards and bounds are in the full picture.
"""

from typing import TYPE_CHECKING

from qcaas_sdk.diagrams.full import called, described, fired, region_of, wrapped
from qcaas_sdk.diagrams.picture import Arrow, Node, Picture, Region

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart


MAX_ACROSS = 5
"""A longer road would be wider than a page: it is drawn from top to bottom."""


def overview(chart: "DrawnChart") -> Picture:
    """The overview of a chart."""
    road = _road(chart)
    return Picture(
        title=f"{chart.name}: {chart.summary}",
        summary=described(chart),
        initial=chart.initial,
        nodes=tuple(
            Node(name=state.name, parent=region_of(chart, state), final=state.final, hint=state.summary)
            for state in chart.states
        ),
        regions=tuple(
            Region(name=region.name, parent=region.parent, hint=region.summary) for region in chart.superstates
        ),
        arrows=(*road, *_back(chart)),
        across=_length(chart, road) <= MAX_ACROSS,
    )


def _road(chart: "DrawnChart") -> list[Arrow]:
    """One way to each state; those that leave the same state by the same trigger share a tail."""
    place = {state.name: number for number, state in enumerate(chart.states)}
    triggers = _triggers(chart)
    targets: dict[tuple[str, str], list[str]] = {}
    for state in chart.states:
        before = [source for source, target in triggers if target == state.name and place[source] < place[target]]
        if state.name == chart.initial or not before:
            continue
        living = [source for source in before if source not in chart.final_states]
        source = max(living or before, key=place.__getitem__)
        trigger = triggers[source, state.name][0]
        targets.setdefault((_widest(chart, source, state.name, trigger), trigger), []).append(state.name)
    return [
        Arrow(sources=(source,), targets=tuple(found), lines=(trigger,))
        for (source, trigger), found in targets.items()
    ]


def _length(chart: "DrawnChart", road: list[Arrow]) -> int:
    """The number of states on the longest way."""
    far = dict.fromkeys((state.name for state in chart.states), 1)
    for arrow in road:  # in the order of the chart, so what leads to a source comes before it
        before = max(far[state] for source in arrow.sources for state in chart.within(source))
        far |= {target: max(far[target], before + 1) for target in arrow.targets}
    return max(far.values())


def _back(chart: "DrawnChart") -> list[Arrow]:
    """The reset and what happens without a trigger."""
    place = {state.name: number for number, state in enumerate(chart.states)}
    arrows = []
    for rule in chart.rules:
        if rule.fires and rule.after_s is None:  # the trigger has its own arrow
            continue
        if rule.automatic or rule.trigger == chart.reset:
            done = fired(chart, rule) if rule.fires else [rule]
            for target in dict.fromkeys(branch.target for one in done for branch in one.choices if branch.target):
                first = min(place[state] for source in rule.sources for state in chart.within(source))
                if rule.automatic or place[target] <= first:
                    arrows.append(
                        Arrow(
                            sources=rule.sources, targets=(target,), lines=tuple(wrapped((called(rule, short=True),)))
                        )
                    )
    return arrows


def _triggers(chart: "DrawnChart") -> dict[tuple[str, str], list[str]]:
    """The triggers from each state to each other one, in the order of the chart."""
    found: dict[tuple[str, str], list[str]] = {}
    for source, rule, _, target in chart.arrows():
        if source != target and not rule.automatic:
            found.setdefault((source, target), []).append(rule.trigger)
    return found


def _widest(chart: "DrawnChart", source: str, target: str, trigger: str) -> str:
    """The largest superstate around the source of which every state leads to the target by this trigger."""
    ways = {(one, way.trigger, there) for one, way, _, there in chart.arrows()}
    parents = {one.name: one.parent for one in (*chart.states, *chart.superstates)}
    widest, around = source, parents[source]
    while around is not None:
        inner = chart.within(around)
        if target in inner or any((one, trigger, target) not in ways for one in inner):
            break
        widest, around = around, parents[around]
    return widest
