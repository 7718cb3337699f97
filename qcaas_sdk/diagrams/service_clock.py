"""The service's own times in a timeline: its clock is aligned with yours, because the two need not agree.

The service has a submission before the SDK knows that it has, and it ends a task before the SDK knows that. Of the
runs of a QPU, the one whose answer came soonest says best how far its clock is ahead. Only differences of the
service's times matter, so a wrong zone or date changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from attrs import define, field, frozen

from qcaas_sdk._base.task_timings import ServiceTimes
from qcaas_sdk._base.text import counted, duration
from qcaas_sdk.diagrams.history import StateHistory, StateSpan

MAX_ANSWER_S = 300.0
"""Times of two runs that differ by more than an answer can take do not come from one right clock."""
ROUNDING_S = 0.001
"""The service's times may be rounded to milliseconds."""
TOLD_S = 1.0
"""A smaller difference of clocks is not worth a word."""


@frozen
class _Run:
    """A run that has ended, with the service's times.

    Attributes:
        history: The index of its history.
        first: The index of its first span there.
        last: The index of the span of its end.
        times: The service's times.
        least: The least that the service's clock is ahead, in seconds.
        most: The most that it can be ahead.
    """

    history: int
    first: int
    last: int
    times: ServiceTimes
    least: float
    most: float


@define
class ServiceClock:
    """Histories by the service's times where they are known.

    Attributes:
        spans: The spans of each history: those of runs with usable times by the service's clock.
        used: How many runs have usable times.
        unusable: How many runs have times that do not fit what the SDK has seen.
        ended: How many runs have ended.
        ahead: By how many seconds the service's clock seems ahead, for each run that is used.
    """

    spans: list[tuple[StateSpan, ...]]
    used: int = 0
    unusable: int = 0
    ended: int = 0
    ahead: list[float] = field(factory=list)

    def told(self, *, thick: bool) -> str:
        """Whose clock a timeline goes by, in a few sentences.

        Args:
            thick: Whether the service's times are drawn thick and the SDK's are drawn thin.
        """
        unusable = f" The service's times of {counted(self.unusable, 'run')} do not fit, and are not used."
        parts = [unusable if self.unusable else ""]
        if not self.used:
            return "Times by your clock: when the SDK saw a change." + parts[0]
        known = f"{self.used:,} of {counted(self.ended, 'ended run')}"
        if thick:
            parts.insert(0, f"Thick: the service's clock ({known}). Thin: when the SDK saw it, by your clock.")
        else:
            parts.insert(0, f"Times by the service's clock for {known}, else by yours.")
        least, most = min(self.ahead), max(self.ahead)
        if most - least < TOLD_S <= abs(most):
            way = "ahead of" if most > 0 else "behind"
            parts.append(f" Its clock seems {duration(abs(most))} {way} yours: its times are moved to fit.")
        elif max(-least, most) >= TOLD_S:
            parts.append(
                f" Its clocks seem up to {duration(max(-least, most))} off yours: its times are moved to fit."
            )
        return "".join(parts)


def by_service_clock(histories: Sequence[StateHistory]) -> ServiceClock:
    """Histories with the service's times in them."""
    clock = ServiceClock([history.spans for history in histories])
    groups = defaultdict[str, list[_Run]](list)
    for place, history in enumerate(histories):
        clock.ended += len(history.service)
        for run in _runs(place, history):
            groups[run.times.qpu_id].append(run)
    moved = dict[int, list[tuple[_Run, ServiceTimes]]]()
    for runs in groups.values():
        usual = median(run.least for run in runs) + MAX_ANSWER_S
        common = max(run.least for run in runs if run.least <= usual)
        for run in runs:
            ahead = min(common if run.least <= common <= run.least + MAX_ANSWER_S else run.least, run.most)
            if ahead < run.least - ROUNDING_S:
                clock.unusable += 1
                continue
            clock.used += 1
            clock.ahead.append(ahead)
            moved.setdefault(run.history, []).append((run, run.times.moved(-ahead)))
    for place, found in moved.items():
        clock.spans[place] = _replaced(histories[place], found)
    return clock


def least_ahead(times: ServiceTimes, noted: float | None, ended: float) -> float:
    """The least that the service's clock is ahead of yours, in seconds; the most likely if a run is all there is.

    Args:
        times: The service's times of a run.
        noted: When the SDK knew that the service had it, if that is known.
        ended: When the SDK knew that it had ended.
    """
    at_the_end = times.ended - ended
    return at_the_end if noted is None else max(at_the_end, times.submitted - noted)


def _runs(place: int, history: StateHistory) -> Iterator[_Run]:
    """The runs of a history for which the service has given times."""
    finals, spans, first, ended = history.chart.final_states, history.spans, 0, 0
    for last, span in enumerate(spans):
        if span.state not in finals:
            continue
        times = history.service[ended] if ended < len(history.service) else None
        ended += 1
        if times is not None and span.begin_s is not None and first < last:
            noted, began = spans[first + 1].begin_s, spans[first].begin_s
            known = spans[first].state == history.chart.initial
            least, most = least_ahead(times, noted if known else None, span.begin_s), float("inf")
            if known and began is not None and history.transitions[first].trigger == "submit":
                most = (times.submitted if times.created is None else times.created) - began
            yield _Run(place, first, last, times, least, most)
        first = last + 1


def _replaced(history: StateHistory, found: Sequence[tuple[_Run, ServiceTimes]]) -> tuple[StateSpan, ...]:
    spans, done = list[StateSpan](), 0
    for run, times in found:
        before, end = history.spans[run.first], history.spans[run.last]
        spans += history.spans[done : run.first]
        if before.state == history.chart.initial:
            began = None if before.begin_s is None else min(before.begin_s, times.submitted)
            spans.append(before._replace(begin_s=began, end_s=times.submitted))
        spans.append(StateSpan("submitted", times.submitted, times.submitted + times.waited_s, True, True))
        if times.running is not None:
            spans.append(StateSpan("running", times.running, times.ended, True, True))
        spans.append(end._replace(begin_s=times.ended, by_service=True))
        done = run.last + 1
    return (*spans, *history.spans[done:])
