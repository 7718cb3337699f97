"""The counts of an SDK or of a composite: what its jobs have used, and which runs are under way."""

from collections.abc import Iterable

from attrs import define, field

from qcaas_sdk._handles.errors import BudgetExceeded
from qcaas_sdk._record import NOTHING, JobRecord, Limits, Usage

Runs = dict[JobRecord, Usage]


@define(eq=False)
class Scope:
    """Counts against limits. A run is under way from just before its submission until it is known to be over.

    Attributes:
        limits: The limits.
        name: What has them, for messages: "the SDK" or "its composite".
        spent: What runs that are over have used.
    """

    limits: Limits
    name: str
    spent: Usage = NOTHING
    _runs: dict[str, Runs] = field(factory=dict, init=False)
    """The runs under way, by QPU, and what each is expected to use."""
    _promised: Usage = field(default=NOTHING, init=False)
    _kept: dict[JobRecord, Usage] = field(factory=dict, init=False)
    """The shares of jobs that have begun another run, but have no place for it yet."""
    _all_kept: Usage = field(default=NOTHING, init=False)

    def at(self, qpu_id: str) -> Iterable[JobRecord]:
        """The jobs under way at a QPU."""
        return self._runs.get(qpu_id, {})

    def is_full(self, qpu_id: str) -> bool:
        """Whether no more tasks may be sent to a QPU now."""
        limit = self.limits.max_in_flight
        return limit is not None and len(self._runs.get(qpu_id, ())) >= limit

    def check(self, job: JobRecord, shots: int) -> None:
        """Check that the budget has room for a run of a job; a share that is kept for it is room.

        Raises:
            BudgetExceeded: It has not.
        """
        budget = self.limits.budget
        if budget is None:
            return
        used = self.spent + self._promised + self._all_kept - self._kept.get(job, NOTHING)
        if budget.runs is not None and used.runs + 1 > budget.runs:
            raise self._exceeded(job, "runs", used.runs, budget.runs, "")
        if budget.shots is not None and used.shots + shots > budget.shots:
            raise self._exceeded(job, "shots", used.shots, budget.shots, f", and it needs {shots:,} more")
        if budget.qpu_seconds is not None and (seconds := self._expected_seconds()) >= budget.qpu_seconds:
            raise self._exceeded(job, "qpu_seconds", seconds, budget.qpu_seconds, "")

    def _expected_seconds(self) -> float:
        """What was reported, and for each run under way the mean of what was reported."""
        spent = self.spent
        mean = spent.qpu_seconds / spent.timed_runs if spent.timed_runs else 0.0
        return spent.qpu_seconds + mean * self._promised.runs

    def keep(self, job: JobRecord, share: Usage) -> None:
        """Keep room for a run until it begins, or `let_go`."""
        self.let_go(job)
        self._kept[job] = share
        self._all_kept += share

    def let_go(self, job: JobRecord) -> None:
        """Keep no room for a run of a job any more."""
        if (share := self._kept.pop(job, None)) is not None:
            self._all_kept -= share

    def begin(self, job: JobRecord, qpu_id: str, expected: Usage) -> None:
        """Count a run as under way, unless it is already counted."""
        self.let_go(job)
        runs = self._runs.setdefault(qpu_id, {})
        if job in runs:
            return
        runs[job] = expected
        self._promised += Usage(expected.runs, expected.shots)

    def end(self, job: JobRecord, qpu_id: str, used: Usage) -> None:
        """Count what a run has used that is over: nothing if it never ran."""
        expected = self._runs.get(qpu_id, {}).pop(job, None)
        if expected is not None:
            self._promised += Usage(-expected.runs, -expected.shots)
            self.spent += used

    def _exceeded(self, job: JobRecord, limit: str, used: float, most: float, wanted: str) -> BudgetExceeded:
        assert self.limits.budget is not None
        unit = {"qpu_seconds": "QPU seconds"}.get(limit, limit)
        return BudgetExceeded(
            f"{job!r} is not submitted: of the budget of {self.name}, {_number(used)} of {_number(most)} {unit} are "
            f"used or under way{wanted}. Give a larger budget, or wait until runs that are in doubt are settled",
            budget=self.limits.budget,
            limit=limit,
            used=used,
        )


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
