"""The service's own times of a task. Every field of `timings` is the service's to choose, so nothing here raises."""

from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import frozen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUBMITTED = ("submitted", "queued")
_RUNNING = ("running", "in_progress")
_ENDS = ("completed", "succeeded", "done", "failed", "error", "cancelled", "canceled", "expired")


def stamps(timings: Mapping[str, object] | None) -> dict[str, float]:
    """The time stamps that can be read, in seconds since 1970, by their names in lower case.

    A time without a zone counts as UTC.
    """
    found = {}
    for name, value in (timings or {}).items():
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
                aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
                found[name.lower()] = (aware - _EPOCH).total_seconds()
            except (ValueError, OverflowError):
                continue
    return found


@frozen
class ServiceTimes:
    """When a task was in which state, by the service's clock.

    Attributes:
        qpu_id: The QPU, because each may have its own clock.
        created: When its id was reserved, in seconds; None if that is not known.
        submitted: When it was submitted, in seconds.
        running: When it began to run, in seconds; None if it never ran.
        ended: When it ended, in seconds.
    """

    qpu_id: str
    created: float | None
    submitted: float
    running: float | None
    ended: float

    @property
    def waited_s(self) -> float:
        """How many seconds it waited."""
        return (self.ended if self.running is None else self.running) - self.submitted

    @property
    def ran_s(self) -> float | None:
        """How many seconds it ran; None if it never ran."""
        return None if self.running is None else self.ended - self.running

    def moved(self, by: float) -> "ServiceTimes":
        """The same times, some seconds later."""
        created = None if self.created is None else self.created + by
        running = None if self.running is None else self.running + by
        return ServiceTimes(self.qpu_id, created, self.submitted + by, running, self.ended + by)


def service_times(qpu_id: str, timings: Mapping[str, object] | None, *, ran: bool) -> ServiceTimes | None:
    """The service's times of a task that has ended; None if they are missing or out of order.

    Args:
        qpu_id: Its QPU.
        timings: What the service sent.
        ran: Whether it certainly ran; then a time is needed at which it began to run.
    """
    found = stamps(timings)
    created, submitted, running, ended = (
        _first(found, names) for names in (("created",), _SUBMITTED, _RUNNING, _ENDS)
    )
    if submitted is None or ended is None or (ran and running is None):
        return None
    known = [moment for moment in (created, submitted, running, ended) if moment is not None]
    return ServiceTimes(qpu_id, created, submitted, running, ended) if known == sorted(known) else None


def _first(found: Mapping[str, float], names: tuple[str, ...]) -> float | None:
    return next((found[name] for name in names if name in found), None)
