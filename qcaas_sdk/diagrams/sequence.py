"""The life of one job as a sequence diagram: transitions, the service's own times, and the requests behind them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from qcaas_sdk._base.request_log import RequestEntry
from qcaas_sdk._base.text import counted, duration
from qcaas_sdk.diagrams.drawable import DrawnJob
from qcaas_sdk.diagrams.history import StateHistory, StateSpan, history_of
from qcaas_sdk.diagrams.looks import looks_of
from qcaas_sdk.diagrams.sequence_diagram import SequenceDiagram
from qcaas_sdk.diagrams.sequence_picture import Arrow, Message, Note, SequencePicture
from qcaas_sdk.diagrams.service_clock import by_service_clock

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

YOU, SDK, SIGN_IN, SERVICE = "you", "SDK", "sign-in", "service"
BY_YOU = frozenset({"submit", "cancel", "abandon", "reset"})
"""Triggers that only a call of yours fires, unless the chart goes on by itself."""
MAX_ITEMS = 200
"""The most messages and notes of a diagram, the last ones."""
MAX_ID = 12
"""Characters of a task's id; of a longer one, the last four are shown."""
MAX_ALIKE = 2
"""Requests in a row that are alike; more are counted."""


@frozen
class _Event:
    """What happens at one moment.

    Attributes:
        at: The moment, in seconds of the monotonic clock.
        order: Where it stands among others at that moment.
        item: What it is.
        alike: The same text for requests that are alike; empty for other things.
    """

    at: float
    order: tuple[int, int, int]
    item: Message | Note
    alike: str = ""


def sequence_of(
    record: DrawnJob,
    chart: "DrawnChart",
    clock: "Clock",
    requests: Iterable[RequestEntry] | None,
    name: str | None = None,
) -> SequenceDiagram:
    """The life of a job as a sequence diagram.

    Args:
        record: The record of the job.
        chart: Its chart.
        clock: The clock of its machine.
        requests: The requests that were recorded; None if none were.
        name: Its name in pictures; by default its tag or its task ID.
    """
    history = history_of(record, chart, clock, name)
    service = by_service_clock([history])
    qpu = f"QPU {record.qpu_id}"
    own = _of_the_job(record, history, requests or ())
    events = [
        *_transitions(history, service.spans[0], own, by_itself=record.policy is not None),
        *(event for entry in own for event in _request(entry, record.task_ids)),
    ]
    events += [
        _Event(span.begin_s, (0, 0, 0), Note(over=qpu, text=span.state, colour=looks_of(chart)[span.state].colour))
        for span in service.spans[0]
        if span.by_service and span.begin_s is not None
    ]
    events.sort(key=lambda event: (event.at, event.order))
    zero = events[0].at if events else 0.0
    items = [*_folded(events, zero)]
    left_out = len(items) - MAX_ITEMS
    if left_out > 0:
        items = [Note(over=SDK, text=f"{left_out:,} messages and notes before this"), *items[-MAX_ITEMS:]]
    used = {
        name for item in items for name in ([item.over] if isinstance(item, Note) else [item.source, item.target])
    }
    return SequenceDiagram(
        SequencePicture(
            title=f"{history.name}: {history.told}",
            summary=f"What happened to {history.name}, in order; it is {history.told}.",
            participants=tuple(name for name in (YOU, SDK, SIGN_IN, SERVICE, qpu) if name in used or name == SDK),
            items=tuple(items),
            legend=tuple(_legend(requests is not None, service.used > 0, record.foreign)),
        )
    )


def _of_the_job(record: DrawnJob, history: StateHistory, requests: Iterable[RequestEntry]) -> list[RequestEntry]:
    """The requests about a job, and the sign-ins while it lived."""
    ids, entries = set(record.task_ids), [*requests]
    about = [entry for entry in entries if not ids.isdisjoint(entry.about)]
    moments = [span.begin_s for span in history.spans if span.begin_s is not None]
    moments += [entry.begin_s for entry in about]
    if not moments:
        return []
    begin, end = min(moments), max(moments)
    chosen = [entry for entry in entries if entry.sign_in and begin <= entry.begin_s <= end]
    return sorted([*about, *chosen], key=lambda entry: entry.begin_s)


def _legend(recorded: bool, timed: bool, foreign: int) -> Iterator[str]:
    yield "Times since the first line, by your clock."
    if timed:
        yield "The QPU's notes are the service's own times, aligned with your clock."
    if not recorded:
        yield "Requests were not recorded."
    elif foreign:
        yield "Requests of other processes were not recorded."


def _transitions(
    history: StateHistory, spans: Sequence[StateSpan], requests: Sequence[RequestEntry], *, by_itself: bool
) -> Iterator[_Event]:
    """The transitions, and the calls of yours before them.

    Args:
        history: The history of the job.
        spans: The same by the service's times where they are known.
        requests: The requests about the job.
        by_itself: Whether its chart may go on by itself; then nobody knows what you called.
    """
    looks, before = looks_of(history.chart), float("-inf")
    landed = [span.begin_s for span in spans if span.by_service and span.state == "submitted"]
    for number, (span, transition) in enumerate(zip(history.spans[1:], history.transitions, strict=True)):
        at, trigger = span.begin_s or 0.0, transition.trigger
        if trigger in BY_YOU and not by_itself:
            begins = (one.begin_s for one in requests if _is_sent_by(trigger, one) and before <= one.begin_s <= at)
            sent, call = min(begins, default=None), Message(source=YOU, target=SDK, text=trigger)
            there = [one for one in landed if trigger == "submit" and one is not None and before < one <= at]
            if sent is not None:
                yield _Event(sent, (3, number, 0), call)
            else:  # at the latest before what it led to
                yield _Event(min([at, *there]), (-1, number, 0) if there else (2, number, 0), call)
        reason = transition.reason.rstrip(".")
        told = f"{transition.source.lower()} → {transition.target.lower()} by {trigger}: {reason}"
        yield _Event(at, (2, number, 1), Note(over=SDK, text=told, colour=looks[span.state].colour))
        before = at


def _is_sent_by(trigger: str, entry: RequestEntry) -> bool:
    """Whether a call of yours may have sent a request: what is polled is not sent by it."""
    if entry.path.endswith("/tasks/cancel_many"):
        return trigger == "cancel"
    return trigger == "submit" and entry.method == "POST"


def _request(entry: RequestEntry, ids: Iterable[str]) -> Iterator[_Event]:
    other, path = SIGN_IN if entry.sign_in else SERVICE, entry.path
    for task_id in ids:
        path = path.replace(task_id, _short(task_id))
    attempt = f", attempt {entry.attempt}" if entry.attempt > 1 else ""
    together = f", with {counted(len(entry.about) - 1, 'other task')}" if len(entry.about) > 1 else ""
    asked = f"{entry.method} {path}{together}{attempt}"
    alike = f"{asked} {entry.status}"
    yield _Event(entry.begin_s, (4, 0, 0), Message(source=SDK, target=other, text=asked), alike)
    if entry.end_s is None:
        yield _Event(entry.begin_s, (4, 0, 0), Note(over=SDK, text="no answer yet"))
        return
    rank = (1, 0, 0) if entry.end_s > entry.begin_s else (4, 0, 0)  # an answer comes after its request
    arrow = Arrow.LOST if entry.status is None else Arrow.ANSWER
    silent = "no answer" if entry.may_have_arrived else "not delivered"
    told = f"{entry.status or silent}, {duration(entry.end_s - entry.begin_s)}"
    yield _Event(entry.end_s, rank, Message(source=other, target=SDK, text=told, arrow=arrow), alike)
    if entry.status is None and entry.may_have_arrived and entry.method == "POST" and not entry.sign_in:
        yield _Event(entry.end_s, rank, Note(over=SDK, text="in doubt: the service may have acted on it"))


def _short(task_id: str) -> str:
    return task_id if len(task_id) <= MAX_ID else f"…{task_id[-4:]}"


def _folded(events: Sequence[_Event], zero: float) -> Iterator[Message | Note]:
    """The items with their times. Of many requests in a row that are alike, the first and their number."""
    for alike, group in groupby(events, key=lambda event: event.alike):
        run = [*group]
        if not alike:
            yield from (_timed(event, zero) for event in run)
            continue
        begin = int(_is_answer(run[0].item))  # of a request before
        end = len(run) if _is_answer(run[-1].item) else len(run) - 1
        in_turn = all(
            _is_answer(event.item) == bool((place - begin) % 2) for place, event in enumerate(run[begin:end], begin)
        )
        left_out = end - begin - 2 if in_turn and end - begin > 2 * MAX_ALIKE else 0
        for place, event in enumerate(run):
            if not begin + 2 <= place < begin + 2 + left_out:
                yield _timed(event, zero)
            elif place == begin + 2:
                last = duration(run[end - 1].at - zero)
                yield Note(over=SDK, text=f"and {left_out // 2:,} more like this, the last answered at +{last}")


def _is_answer(item: Message | Note) -> bool:
    return isinstance(item, Message) and item.arrow is not Arrow.REQUEST


def _timed(event: _Event, zero: float) -> Message | Note:
    item = event.item
    return item if _is_answer(item) else attrs.evolve(item, when=f"+{duration(max(0.0, event.at - zero))}")
