"""From the arguments of `OqcSdk.find` to the filter of a journal's search tables."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from qcaas_sdk import _journal
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.labels import UserMetadata, metadata_or_none
from qcaas_sdk._record import JobState

States = JobState | str | Collection[JobState | str]
"""One state of a job, or several; as words in any case."""

Moment = datetime | date | timedelta | str
"""A moment, or how long ago it was; without a time zone it is local time."""


def job_filter(
    *,
    now: datetime,
    tag: str | None = None,
    state: States | None = None,
    qpu_id: str | None = None,
    name: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    user_metadata: UserMetadata | None = None,
    limit: int | None = None,
) -> "_journal.JobFilter":
    """The filter of these arguments; None stands for all.

    Raises:
        InvalidArgument: One of them is not valid.
    """
    return _journal.JobFilter(
        tag=arguments.tag_or_none(tag),
        states=None if state is None else _states(state),
        qpu_id=None if qpu_id is None else arguments.text(qpu_id, "qpu_id"),
        name=None if name is None else arguments.text(name, "name"),
        since=None if since is None else _moment(since, "since", now),
        until=None if until is None else _moment(until, "until", now),
        user_metadata=metadata_or_none(user_metadata) or {},
        limit=None if limit is None else arguments.whole(limit, "limit", least=0),
    )


def _states(given: States) -> tuple[JobState, ...]:
    try:
        words = (given,) if isinstance(given, str) else tuple(given)
    except Exception:  # it cannot be iterated; a value of the user's own may do anything
        raise arguments.wrong("state", "a state, or several", given) from None
    return tuple(JobState(_state(word)) for word in words)


def _state(word: Any) -> str:
    known = isinstance(word, str) and word.upper() in {*JobState}
    return arguments.one_of(word.upper() if known else word, "state", [*JobState])


def _moment(given: Any, argument: str, now: datetime) -> datetime:
    try:
        if isinstance(given, timedelta):
            return now - given
        if isinstance(given, str):
            given = datetime.fromisoformat(given)
        elif isinstance(given, date) and not isinstance(given, datetime):
            given = datetime(given.year, given.month, given.day)  # a day here
        if isinstance(given, datetime):
            return given.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise arguments.wrong(argument, "a datetime, a timedelta (that long ago), or text like 2026-01-31T12:00", given)
