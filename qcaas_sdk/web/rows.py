"""One job as a row of the table."""

from datetime import datetime

from attrs import define, field

from qcaas_sdk._base.text import one_line
from qcaas_sdk._record import NOTHING, JobRecord, JobState, Usage, states_in

MAX_TEXT = 300
"""Characters of a text in a row. The view of one job has all of it."""

STATES = [*JobState]
PLACE_OF = {state: place for place, state in enumerate(STATES)}

Cells = list[int | float | str | None]
"""A row as the page gets it: a list, because names would be most of it.

number, state, name, tag, QPU, task, begin, end, runs, error, note. Times are in milliseconds since 1970.
"""


@define(eq=False)
class Row:
    """A job as the page shows it.

    Attributes:
        number: Its number.
        version: The version of the board in which it changed last.
        label: What a person calls it.
        note: What the page last did with it and how that went, if not well.
        state: Its state.
        qpu_id: Its QPU.
        seen: How many of its transitions are counted already.
        outputs: How many of its outputs are.
        usage: What of its usage is.
        cells: The row as the page gets it.
    """

    number: int
    version: int = 0
    label: str = ""
    note: str = ""
    state: JobState = JobState.CREATED
    qpu_id: str = ""
    seen: int = 0
    outputs: int = 0
    usage: Usage = NOTHING
    cells: Cells = field(factory=list)

    def fill(self, record: JobRecord) -> None:
        """Take over what is known of the job."""
        self.state, self.qpu_id = record.state, record.qpu_id
        begin, end = bounds(record)
        error = record.error
        self.cells = [
            self.number,
            PLACE_OF[record.state],
            _short(record.name or self.label),
            _short(record.tag or ""),
            _short(record.qpu_id),
            record.task_id or "",
            begin,
            end,
            len(record.history),
            "" if error is None else _short(error.short),
            self.note or _condition(record),
        ]


def bounds(record: JobRecord) -> tuple[int | None, int | None]:
    """When the current run was submitted and when it ended, in milliseconds since 1970."""
    begin = end = None
    transitions = record.transitions
    for transition in reversed(transitions):
        if transition.target in states_in("ended") and end is None:
            end = milliseconds(transition.at)
        elif transition.source is JobState.CREATED:
            begin = milliseconds(transition.at)
            break
        elif transition.target is JobState.CREATED:
            break
    if transitions and transitions[-1].source is JobState.CREATED and end is not None:
        begin = end  # it was refused
    return begin, end


def milliseconds(at: datetime) -> int:
    """A moment in milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def _condition(record: JobRecord) -> str:
    """What a person should know about a job that has not ended, beside its state."""
    if record.ended:
        return ""
    if record.cancellation_waits:
        return "cancelled; an earlier submission may still arrive"
    if record.run.in_doubt:
        return "the submission is not confirmed yet"
    if record.run.cancel_asked:
        return "cancellation requested"
    if record.policy is not None and record.place != record.state.lower():
        return f"in its chart: {one_line(record.place)}"
    return ""


def _short(text: str) -> str:
    return one_line(text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…")
