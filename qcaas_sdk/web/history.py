"""How many jobs were in each state over time, in a fixed number of steps."""

from collections.abc import Iterator, Sequence

from qcaas_sdk._base.task_timings import ServiceTimes
from qcaas_sdk._record import JobRecord, JobState, JobTransition, states_in
from qcaas_sdk.diagrams.service_clock import least_ahead
from qcaas_sdk.web.rows import PLACE_OF, STATES

MAX_STEPS = 240
"""Once there are more, each becomes twice as long."""
FIRST_WIDTH_S = 0.25
"""Seconds of a step at first."""


class CountsOverTime:
    """Counts of states over time. When it is full, two steps become one.

    A job is in no state before it is submitted, because a journal does not say when it was made.

    Attributes:
        ended: How many runs have ended.
        by_service: Of how many of them the service has given times, which then count.
    """

    def __init__(self) -> None:
        self.ended = self.by_service = 0
        self._begin: float | None = None
        self._width = FIRST_WIDTH_S
        self._changes: list[list[int]] = []

    def ran(self, transitions: Sequence[JobTransition], times: ServiceTimes | None) -> None:
        """Count a run that has ended, by the service's times if there are some. Its transitions are counted already.

        Args:
            transitions: The transitions of the run.
            times: The service's times.
        """
        self.ended += 1
        first, last = transitions[0], transitions[-1]
        if times is None or first.source is not JobState.CREATED:
            return
        self.by_service += 1
        times = times.moved(-least_ahead(times, first.at.timestamp(), last.at.timestamp()))
        for one in transitions:
            self.moved(one.target, one.source, one.at.timestamp())
        self.moved(JobState.CREATED, JobState.SUBMITTED, times.submitted)
        before = JobState.SUBMITTED
        if times.running is not None:
            self.moved(before, JobState.RUNNING, times.running)
            before = JobState.RUNNING
        self.moved(before, last.target, times.ended)

    def moved(self, source: JobState, target: JobState, at: float) -> None:
        """Count a transition at a moment, in seconds since 1970."""
        if self._begin is None:
            self._begin = at
        step = max(0, int((at - self._begin) / self._width))  # an earlier one that is read later counts as the first
        while step >= MAX_STEPS:
            self._halve()
            step = max(0, int((at - self._begin) / self._width))
        while len(self._changes) <= step:
            self._changes.append([0] * len(STATES))
        if source is not JobState.CREATED:
            self._changes[step][PLACE_OF[source]] -= 1
        if target is not JobState.CREATED:
            self._changes[step][PLACE_OF[target]] += 1

    def document(self, now: float, *, living: bool) -> dict[str, object]:
        """The counts at the end of each step, for the page.

        Args:
            now: Seconds since 1970.
            living: Whether jobs are on their way, so that the time since the last transition counts too.
        """
        clocks = {"ended": self.ended, "by_service": self.by_service}
        if self._begin is None:
            return {"begin": None, "width": self._width, "counts": [], **clocks}
        counts, sums = [], [0] * len(STATES)
        for changes in self._changes:
            sums = [one + other for one, other in zip(sums, changes, strict=True)]
            counts.append(sums)
        if living and now > self._begin:
            missing = min(MAX_STEPS, int((now - self._begin) / self._width) + 1) - len(counts)
            counts += [sums] * missing
        return {"begin": round(self._begin * 1000), "width": self._width, "counts": _transposed(counts), **clocks}

    def _halve(self) -> None:
        pairs = zip(self._changes[::2], [*self._changes[1::2], [0] * len(STATES)], strict=False)
        self._changes = [[one + other for one, other in zip(*pair, strict=True)] for pair in pairs]
        self._width *= 2


def runs_since(record: JobRecord, seen: int) -> Iterator[tuple[Sequence[JobTransition], ServiceTimes | None]]:
    """The runs of a job that have ended after its first transitions, each with the service's times.

    Args:
        record: The job.
        seen: How many transitions are not new.
    """
    known, begin = iter(record.service_times), 0
    for place, transition in enumerate(record.transitions):
        if transition.source in states_in("ended"):
            begin = place + 1
        if transition.target in states_in("ended"):
            times = next(known)
            if place >= seen:
                yield record.transitions[begin : place + 1], times


def _transposed(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    return [list(state) for state in zip(*counts, strict=True)]
