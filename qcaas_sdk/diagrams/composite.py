"""The picture of a composite: one region with the chart of its children, and the rules for its own state."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from qcaas_sdk._base.text import counted
from qcaas_sdk.diagrams.diagram import Diagram
from qcaas_sdk.diagrams.drawable import DrawnComposite
from qcaas_sdk.diagrams.drawable_chart import DrawnChart, DrawnJoinRule
from qcaas_sdk.diagrams.history import history_of
from qcaas_sdk.diagrams.looks import looks_of
from qcaas_sdk.diagrams.overview import overview
from qcaas_sdk.diagrams.picture import Mark, Node, Picture, Region, Table
from qcaas_sdk.diagrams.timeline import Timeline

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock

_ROOM = ("10,000 of 10,000", "100 %")
"""The widest text that space is kept for."""


def composite_diagram(composite: DrawnComposite, chart: "DrawnChart") -> Diagram:
    """The chart of its jobs with how many are in each state, and the rule that makes its state.

    Args:
        composite: The record of the composite.
        chart: The chart of the composite.
    """
    jobs = list(composite.leaves())
    counts = Counter(job.state.lower() for job in jobs)
    return Diagram(chart, picture_of_many(_title(composite, len(jobs)), composite.state.lower(), chart, counts))


def composite_timeline(composite: DrawnComposite, chart: "DrawnChart", clock: "Clock") -> Timeline:
    """The states of its jobs over time: a row each, or for many how many are in which state.

    Args:
        composite: The record of the composite.
        chart: The chart of the composite.
        clock: The clock of their machine.
    """
    jobs = enumerate(composite.leaves())
    child = chart.child or chart
    histories = [history_of(job, child, clock, job.tag or f"job {place}") for place, job in jobs]
    return Timeline(_title(composite, len(histories)), child, histories)


def composed(chart: "DrawnChart") -> Picture:
    """The picture of the chart of a composite: the chart of its children, and the rules."""
    child = chart.child or chart
    inner = overview(child)
    outer = Region(name=f"each child: {child.name}")
    written = "; ".join(f"{condition(rule)}: {rule.state}" for rule in chart.join)
    return attrs.evolve(
        inner,
        title=f"{chart.name}: {chart.summary}",
        summary=f"{chart.summary} Rules: {written}. Each child: {inner.summary}",
        nodes=tuple(attrs.evolve(node, parent=node.parent or outer.name) for node in inner.nodes),
        regions=(outer, *(attrs.evolve(region, parent=region.parent or outer.name) for region in inner.regions)),
        table=Table(
            title="The state of the composite is that of the first rule that is true:",
            rows=(("rule", "state"), *((condition(rule), rule.state) for rule in chart.join)),
        ),
    )


def picture_of_many(title: str, state: str, chart: "DrawnChart", counts: Mapping[str, int]) -> Picture:
    """A composite with its children: how many are in each state.

    Args:
        title: The title of the picture.
        state: The state of the composite.
        chart: The chart of the composite.
        counts: The number of children in each state, by name.
    """
    plain = composed(chart)
    looks, total = looks_of(chart.child or chart), sum(counts.values())
    marked = [place for place, rule in enumerate(chart.join, 1) if rule.state == state]
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"
    outer = attrs.evolve(plain.regions[0], lines=(counted(total, "job"),))
    table = plain.table and attrs.evolve(plain.table, marked=marked[0] if marked else None)
    return attrs.evolve(
        plain,
        title=title,
        summary=f"{title}. Jobs in each state: {told}.",
        nodes=tuple(_counted(node, counts.get(node.name, 0), total, looks[node.name].colour) for node in plain.nodes),
        regions=(outer, *plain.regions[1:]),
        table=table,
    )


def condition(rule: DrawnJoinRule) -> str:
    """What a join rule asks of the children, in words."""
    parts = [
        f"{words} {' or '.join(names)}"
        for words, names in (("all are", rule.all), ("at least one is", rule.any), ("none is", rule.none))
        if names
    ]
    return ", ".join(parts) or "otherwise"


def _title(composite: DrawnComposite, jobs: int) -> str:
    return f"{counted(jobs, 'job')}: {composite.state.lower()}"


def _counted(node: Node, count: int, total: int, colour: str) -> Node:
    share = count / total if total else 0.0
    lines = (f"{count:,} of {total:,}", _percent(share))
    mark = Mark.BEEN if count else Mark.AWAY
    return attrs.evolve(node, lines=lines, room=_ROOM, mark=mark, colour=colour, share=share)


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"
