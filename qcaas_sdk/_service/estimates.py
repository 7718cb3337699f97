"""Reads what a service says about its queue: lenient, because only people read it."""

from datetime import UTC, datetime
from typing import Any

from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._service.lenient import warn_of
from qcaas_sdk._service.wire import bad_answer, read_time
from qcaas_sdk.errors import BadAnswer


def read_estimate(
    said: dict[str, Any], what: str, qpu_id: str, task_id: str | None, starts: str, before: str
) -> WaitEstimate:
    """An estimate; what is not valid in it is left out, with a warning.

    Args:
        said: What the service says.
        what: What it is, for messages.
        qpu_id: The QPU.
        task_id: The task, if it is about one.
        starts: The name of the time when the task starts.
        before: The name of the number of tasks before it.
    """
    odd: list[str] = []

    def moment(name: str) -> datetime | None:
        if said.get(name) is None:
            return None
        try:
            return utc(said[name], what)
        except BadAnswer:
            odd.append(name)
            return None

    at, start, tasks = moment("timestamp"), moment(starts), said.get(before)
    if tasks is not None and (type(tasks) is not int or tasks < 0):
        odd.append(before)
        tasks = None
    warn_of(odd, what)
    starts_in_s = None if at is None or start is None else max((start - at).total_seconds(), 0.0)
    return WaitEstimate(qpu_id, task_id, starts_in_s, tasks, at, details=said)


def utc(text: object, what: str) -> datetime:
    """A time stamp in UTC; one without a time zone is in UTC.

    Raises:
        BadAnswer: It is not a time stamp.
    """
    moment = read_time(text, what)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:  # on the first or the last possible day
        raise bad_answer(what, f"{text!r} is not a valid time") from error
