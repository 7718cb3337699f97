"""What is shown: a job as a card, a composite as the chart of its jobs with their numbers."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

import attrs

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._handles.progress import Progress
from qcaas_sdk._record import CompositeRecord, JobRecord, JobState, StateRecord, states_in
from qcaas_sdk.diagrams.browser_drawing import drawing
from qcaas_sdk.diagrams.card import card
from qcaas_sdk.diagrams.composite import composite_diagram, condition, picture_of_many
from qcaas_sdk.diagrams.diagram import MimeBundle
from qcaas_sdk.statechart import Chart

Document = dict[str, Any]
"""A JSON object."""


class Subject(Protocol):
    """A job or a composite."""

    @property
    def root(self) -> StateRecord:
        """Its record."""
        ...

    def still(self) -> MimeBundle:
        """Its picture of this moment, by media type."""
        ...

    def constant(self) -> Document:
        """What a widget needs to draw it, once."""
        ...

    def moving(self) -> Document:
        """What a widget shows of it now. Its size does not depend on the number of jobs."""
        ...

    def last(self, still: MimeBundle) -> Document:
        """The same with the still picture of this moment."""
        ...

    def entered(self, state: JobState) -> None:
        """Note that one of its jobs has entered a state."""
        ...


class OneJob:
    """A job."""

    def __init__(self, record: JobRecord, chart: Chart, clock: Clock) -> None:
        self.root = record
        self._chart = chart
        self._clock = clock

    def still(self) -> MimeBundle:
        """Its card."""
        shown = card(self.root, self._chart, self._clock)
        return {"text/plain": repr(self.root), "text/html": shown.html(), "image/svg+xml": shown.svg}

    def constant(self) -> Document:
        """Nothing."""
        return {}

    def moving(self) -> Document:
        """Its card, and when it entered its state, in milliseconds since 1970."""
        shown = card(self.root, self._chart, self._clock, moving=True)
        transitions = self.root.transitions
        since = round(transitions[-1].at.timestamp() * 1000) if transitions else None
        return {**attrs.asdict(shown), "since": since, "over": False}

    def last(self, still: MimeBundle) -> Document:
        """Its card."""
        return {**attrs.asdict(card(self.root, self._chart, self._clock)), "since": None, "over": True}

    def entered(self, state: JobState) -> None:
        """Nothing."""


class ManyJobs:
    """A composite."""

    def __init__(self, record: CompositeRecord, chart: Chart) -> None:
        self.root = record
        self._chart = chart
        self._progress = Progress([*record.leaves()])
        self._entered: Counter[JobState] = Counter()

    def still(self) -> MimeBundle:
        """The chart of its jobs with their numbers, and the rules for its own state."""
        return {**composite_diagram(self.root, self._chart)._repr_mimebundle_(), "text/plain": repr(self.root)}

    def constant(self) -> Document:
        """The states, the rules for its own, and its chart for a wide and a narrow cell; None without Graphviz."""
        picture, ends = picture_of_many("", "", self._chart, {}), states_in("ended")
        return {
            "states": [{"name": state.value, "final": state in ends} for state in JobState],
            "chart": drawing(picture),
            "tall_chart": drawing(attrs.evolve(picture, across=False)),
            "rules": [[condition(rule), rule.state] for rule in self._chart.join],
        }

    def moving(self) -> Document:
        """How many jobs are in each state, how many have entered it so far, and how fast they end."""
        progress = self._progress
        progress.jobs = [*self.root.leaves()]
        counts = dict(progress.lines())
        return {
            "told": self.root.state.lower(),
            "pace": progress.summary(),
            "counts": [counts.get(state, 0) for state in JobState],
            "entered": [self._entered[state] for state in JobState],
            "over": False,
        }

    def last(self, still: MimeBundle) -> Document:
        """The same, and the still picture."""
        alt = composite_diagram(self.root, self._chart).picture.summary
        return {**self.moving(), "over": True, "svg": still.get("image/svg+xml", ""), "alt": alt}

    def entered(self, state: JobState) -> None:
        """Count it."""
        self._entered[state] += 1


def records_of(root: StateRecord) -> Iterator[StateRecord]:
    """A record and all records in it."""
    yield root
    if isinstance(root, CompositeRecord):
        for child in root.children:
            yield from records_of(child)
