"""What runs use of a QPU: counted from what is known of them, nothing is estimated here."""

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from qcaas_sdk._base.task_timings import stamps
from qcaas_sdk._guards import arguments
from qcaas_sdk._record.run import Run

_BEFORE_IT_RUNS = frozenset({"created", "submitted", "queued"})
_CANCELLED = frozenset({"cancelled", "canceled"})
_ENDS = ("completed", "failed", "cancelled")


@frozen
class Usage:
    """What runs have used.

    A run counts from its submission. It does not count if the service refused it, or if it is known that it never
    ran: it expired, or was cancelled before it began.

    Attributes:
        runs: How many runs.
        shots: The shots that they asked for.
        qpu_seconds: Seconds that they ran, from the service's time stamps; only of `timed_runs` of them.
        timed_runs: How many of the runs have time stamps.
    """

    runs: int = 0
    shots: int = 0
    qpu_seconds: float = 0.0
    timed_runs: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.runs + other.runs,
            self.shots + other.shots,
            self.qpu_seconds + other.qpu_seconds,
            self.timed_runs + other.timed_runs,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        return self + Usage(-other.runs, -other.shots, -other.qpu_seconds, -other.timed_runs)

    def cost(self, *, per_run: float = 0.0, per_shot: float = 0.0, per_qpu_second: float = 0.0) -> float:
        """What it costs at your prices, in your currency.

        Raises:
            InvalidArgument: A price is not a finite number, 0 or more.
        """
        run, shot = arguments.price(per_run, "per_run"), arguments.price(per_shot, "per_shot")
        second = arguments.price(per_qpu_second, "per_qpu_second")
        return self.runs * run + self.shots * shot + self.qpu_seconds * second


NOTHING = Usage()


@frozen
class RunUsage:
    """What one run has used.

    Attributes:
        qpu_id: Where it ran.
        at: When it was submitted, if that is known.
        usage: What it has used.
    """

    qpu_id: str
    at: datetime | None
    usage: Usage


def usage_of(run: Run, shots: int) -> Usage:
    """What a run uses that was submitted."""
    seconds = qpu_seconds(run.timings)
    return Usage(1, shots) if seconds is None else Usage(1, shots, seconds, 1)


def qpu_seconds(timings: Mapping[str, object] | None) -> float | None:
    """How long a task ran, from the service's time stamps of its states; None if they do not say."""
    found = stamps(timings)
    end = next((found[name] for name in _ENDS if name in found), None)
    return None if end is None or "running" not in found else max(end - found["running"], 0.0)


def never_ran(run: Run) -> bool:
    """Whether it is known that a run which ended without a result never ran: refused, expired, cancelled in time."""
    end = (run.server_status or "created").lower()
    if end == "created":
        return True  # the service has never accepted it
    stamps = {name.lower() for name in run.timings or {}}
    if end == "expired":
        return "running" not in stamps
    return end in _CANCELLED and stamps - _BEFORE_IT_RUNS == {end}  # any other time stamp may be that of a run
