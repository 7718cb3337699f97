"""One composite, as the page shows it: its chart with the number of jobs in each state, and its timeline."""

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.text import counted, one_line
from qcaas_sdk._record import JobRecord, JobState, states_in
from qcaas_sdk.diagrams.browser_drawing import Document, drawing
from qcaas_sdk.diagrams.composite import picture_of_many
from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.web.history import CountsOverTime, runs_since
from qcaas_sdk.web.rows import STATES

MAX_LISTED = 200
"""Composites that the page lists, the latest ones."""


@frozen
class Composite:
    """A composite and its jobs.

    Attributes:
        number: Its number, as the page counts.
        name: What a person calls it; empty for nothing.
        state: Its state.
        jobs: All its jobs, also those of composites in it.
    """

    number: int
    name: str
    state: JobState
    jobs: Sequence[JobRecord]


def listed(composites: Sequence[tuple[int, str, int]]) -> list[Document]:
    """The composites, for a list of links.

    Args:
        composites: Number, name and how many children it has, of each.
    """
    return [
        {"number": number, "name": one_line(name), "children": children}
        for number, name, children in composites[-MAX_LISTED:]
    ]


def composite_details(composite: Composite, clock: Clock) -> Document:
    """A composite with its chart, its counts and its timeline."""
    counts = Counter(job.state for job in composite.jobs)
    title = composite.name or f"composite {composite.number}"
    by_name = {state.lower(): count for state, count in counts.items()}
    chart = shipped_chart("composite_job")
    named = f"{title}, {counted(len(composite.jobs), 'job')}: {composite.state.lower()}"
    living = any(job.state not in states_in("ended") for job in composite.jobs)
    return {
        "number": composite.number,
        "name": one_line(composite.name),
        "state": composite.state.value,
        "jobs": len(composite.jobs),
        "counts": [counts[state] for state in STATES],
        "chart": drawing(picture_of_many(named, composite.state.lower(), chart, by_name)),
        "history": _history(composite.jobs).document(clock.wall().timestamp(), living=living),
    }


def _history(jobs: Sequence[JobRecord]) -> CountsOverTime:
    """The states of jobs over time."""
    history = CountsOverTime()
    moves = sorted((one.at.timestamp(), one.source, one.target) for job in jobs for one in job.transitions)
    for at, source, target in moves:
        history.moved(source, target, at)
    for job in jobs:
        for transitions, times in runs_since(job, 0):
            history.ran(transitions, times)
    return history
