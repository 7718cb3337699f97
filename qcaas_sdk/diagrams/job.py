"""The picture of a job: its chart, with its current state and which way it came."""

from typing import TYPE_CHECKING

import attrs

from qcaas_sdk.diagrams.chart import Detail, picture_of
from qcaas_sdk.diagrams.diagram import Diagram
from qcaas_sdk.diagrams.drawable import DrawnChart, DrawnJob
from qcaas_sdk.diagrams.history import StateHistory, history_of
from qcaas_sdk.diagrams.picture import Box, Mark, Picture
from qcaas_sdk.diagrams.timeline import Timeline
from qcaas_sdk.diagrams.words import duration

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock

MAX_STEPS = 3
"""Steps of a path that are listed one by one; more are counted."""


def job_diagram(record: DrawnJob, chart: "DrawnChart", clock: "Clock") -> Diagram:
    """A job's chart, with its current state, which way it came, and how long each state lasted.

    Args:
        record: The record of the job.
        chart: Its chart.
        clock: The clock of its machine.
    """
    return Diagram(chart, picture_of_one(history_of(record, chart, clock)))


def job_timeline(record: DrawnJob, chart: "DrawnChart", clock: "Clock") -> Timeline:
    """The states of a job over time; as `job_diagram`."""
    history = history_of(record, chart, clock)
    return Timeline(f"{history.name}: {history.now.state}", chart, [history])


def picture_of_one(history: StateHistory) -> Picture:
    """A chart with the history of one record in it: each state's visits and times, and the steps of its path."""
    plain = picture_of(history.chart, Detail.TRIGGERS)
    steps: dict[tuple[str, str], list[int]] = {}
    triggers: dict[tuple[str, str], list[str]] = {}
    for step, (path, transition) in enumerate(zip(history.paths, history.transitions, strict=True), 1):
        steps.setdefault(path, []).append(step)
        if transition.trigger not in triggers.setdefault(path, []):
            triggers[path].append(transition.trigger)
    last = history.paths[-1] if history.paths else None
    arrows = []
    for arrow in plain.arrows:
        path = (arrow.source, arrow.target)
        if path in steps:
            lines = (f"{_steps(steps[path])}: {', '.join(triggers[path])}",)
            arrows.append(attrs.evolve(arrow, lines=lines, mark=Mark.HERE if path == last else Mark.BEEN))
        else:
            arrows.append(attrs.evolve(arrow, lines=(), mark=Mark.AWAY))
    run = f", run {history.runs}" if history.runs > 1 else ""
    return attrs.evolve(
        plain,
        title=f"{history.name}: {history.now.state}{run}",
        boxes=tuple(_visited(box, history) for box in plain.boxes),
        arrows=tuple(arrows),
        legend=("1, 2, …: the steps of its way", "dark: where it is", "pale: where it was", "no number: never gone"),
    )


def _visited(box: Box, history: StateHistory) -> Box:
    spans = [span for span in history.spans if span.state == box.name]
    if not spans:
        return attrs.evolve(box, mark=Mark.AWAY)
    lengths = [span.length_s for span in spans if span.length_s is not None]
    notes = []
    if history.now.state == box.name and not box.final:
        here = history.now.length_s
        notes.append("here now" if here is None else f"here for {duration(here)}")
    elif history.now.state == box.name:
        notes.append("here now")
    if len(spans) > 1:
        notes.append(f"{len(spans)} ×" + (f", {duration(sum(lengths))} in all" if lengths and not box.final else ""))
    elif lengths and spans[0].left and not box.final:
        notes.append(f"for {duration(lengths[0])}")
    return attrs.evolve(box, mark=Mark.HERE if history.now.state == box.name else Mark.BEEN, notes=tuple(notes))


def _steps(steps: list[int]) -> str:
    if len(steps) <= MAX_STEPS:
        return ", ".join(map(str, steps))
    return f"{len(steps)} ×, last {steps[-1]}"
