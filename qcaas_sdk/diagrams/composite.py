"""The picture of many jobs: their chart, with how many are in each state."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from qcaas_sdk.diagrams.chart import Detail, picture_of
from qcaas_sdk.diagrams.diagram import Diagram
from qcaas_sdk.diagrams.drawable import DrawnChart, DrawnComposite
from qcaas_sdk.diagrams.history import history_of
from qcaas_sdk.diagrams.picture import Box, Mark, Picture
from qcaas_sdk.diagrams.timeline import Timeline

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock

BAR_WIDTH = 16


def composite_diagram(composite: DrawnComposite, chart: "DrawnChart") -> Diagram:
    """The chart of its jobs, with how many are in each state, and how many took each path.

    Args:
        composite: The record of the composite.
        chart: The chart of its jobs.
    """
    jobs = list(composite.leaves())
    counts = Counter(job.state.lower() for job in jobs)
    paths = Counter((one.source, one.target) for job in jobs for one in job.transitions)
    named = {(source.lower(), target.lower()): times for (source, target), times in paths.items()}
    return Diagram(chart, picture_of_many(_title(composite, len(jobs)), chart, counts, named))


def composite_timeline(composite: DrawnComposite, chart: "DrawnChart", clock: "Clock") -> Timeline:
    """The states of its jobs over time: a row each, or for many how many are in which state.

    Args:
        composite: The record of the composite.
        chart: The chart of its jobs.
        clock: The clock of their machine.
    """
    jobs = enumerate(composite.leaves(), 1)
    histories = [history_of(job, chart, clock, job.tag or f"job {place}") for place, job in jobs]
    return Timeline(_title(composite, len(histories)), chart, histories)


def _title(composite: DrawnComposite, jobs: int) -> str:
    return f"{jobs:,} {'job' if jobs == 1 else 'jobs'}: {composite.state.lower()}"


def picture_of_many(
    title: str, chart: "DrawnChart", counts: Mapping[str, int], paths: Mapping[tuple[str, str], int]
) -> Picture:
    """A chart with many models in it: how many are in each state, and how often each path was taken.

    Args:
        title: What people call them together.
        chart: The chart of each.
        counts: How many are in each state, by its name.
        paths: How often they went from one state to another.
    """
    plain = picture_of(chart, Detail.TRIGGERS)
    total = sum(counts.values())
    arrows = []
    for arrow in plain.arrows:
        times = paths.get((arrow.source, arrow.target), 0)
        lines, mark = ((f"{times:,} ×",), Mark.BEEN) if times else ((), Mark.AWAY)
        arrows.append(attrs.evolve(arrow, lines=lines, mark=mark))
    return attrs.evolve(
        plain,
        title=title,
        boxes=tuple(_counted(box, counts.get(box.name, 0), total) for box in plain.boxes),
        arrows=tuple(arrows),
        legend=("dark: where some are", "n ×: how often a way was gone"),
    )


def _counted(box: Box, count: int, total: int) -> Box:
    share = count / total if total else 0.0
    filled = min(BAR_WIDTH, max(1, round(share * BAR_WIDTH))) if count else 0
    notes = (f"{count:,} of {total:,} ({_percent(share)})", "▰" * filled + "▱" * (BAR_WIDTH - filled))
    return attrs.evolve(box, summary="", notes=notes, mark=Mark.HERE if count else Mark.AWAY)


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"
