"""What counts against the limits of an SDK and of its composites, and the refusal of a run that exceeds a budget.

Pure counting: it neither waits nor sends.
"""

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from attrs import define, field, frozen

from qcaas_sdk._handles.errors import BudgetExceeded
from qcaas_sdk._record import (
    NOTHING,
    ChildRecord,
    CompositeRecord,
    JobRecord,
    JobState,
    Limits,
    StateRecord,
    Usage,
)

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


@frozen
class UnderWay:
    """A run under way.

    Attributes:
        qpu_id: Where it runs.
        before: What the job had used before it.
    """

    qpu_id: str
    before: Usage


class Scopes:
    """The counts of an SDK and of its composites, each in a scope of its own.

    Attributes:
        runs: The runs under way that a limit counts.
        kept: The shares of jobs that have begun another run, but have no place for it yet.
    """

    def __init__(self, limits: Limits) -> None:
        """No run is under way.

        Args:
            limits: The limits of the SDK.
        """
        self.runs: dict[JobRecord, UnderWay] = {}
        self.kept: dict[JobRecord, Usage] = {}
        self._sdk = Scope(limits, "the SDK")
        self._composites: WeakKeyDictionary[CompositeRecord, Scope] = WeakKeyDictionary()

    def of(self, job: JobRecord) -> list[Scope]:
        """The scopes that count a job: of the SDK and of the composites that it is in, if they have limits."""
        scopes = [self._sdk] if self._sdk.limits else []
        scopes += [self._of_composite(one) for one in _composites_with(job) if one.limits]
        return scopes if len(scopes) < 2 else list(dict.fromkeys(scopes))

    def keep(self, job: JobRecord, shots: int) -> None:
        """Keep room for another run of a job until it begins, or `let_go`.

        Raises:
            BudgetExceeded: A budget has no room for it.
        """
        scopes = self.of(job)
        for scope in scopes:
            scope.check(job, shots)
        self.kept[job] = Usage(1, shots)
        for scope in scopes:
            scope.keep(job, self.kept[job])

    def let_go(self, job: JobRecord) -> None:
        """Keep no room for a run of a job any more."""
        if self.kept.pop(job, None) is not None:
            for scope in self.of(job):
                scope.let_go(job)

    def begin(self, job: JobRecord) -> None:
        """Count a run as under way; it may be in some of the counts already."""
        self.kept.pop(job, None)
        run = self.runs.setdefault(job, UnderWay(job.qpu_id, job.used))
        for scope in self.of(job):
            scope.begin(job, run.qpu_id, _expected(job))

    def end(self, job: JobRecord) -> None:
        """Count what a run has used that is over: nothing if it never ran."""
        run = self.runs[job]
        used = job.spent - run.before
        for scope in self.of(job):
            scope.end(job, run.qpu_id, used)
        del self.runs[job]

    def at(self, qpu_id: str) -> list[JobRecord]:
        """The jobs under way at a QPU."""
        return [job for job, run in self.runs.items() if run.qpu_id == qpu_id]

    def joined(self, composite: CompositeRecord, children: Iterable[ChildRecord]) -> list[JobRecord]:
        """Take note of children that were added to a composite; returns the jobs that a limit counts from now on."""
        limited, new = [one for one in _with_ancestors(composite) if one.limits], list(children)
        for one in limited:
            scope = self._composites.get(one)
            if scope is not None and not self.kept and all(_is_only_in(child, composite) for child in new):
                scope.spent = sum((child.spent for child in new if isinstance(child, JobRecord)), scope.spent)
            else:
                self._composites.pop(one, None)  # it is counted again when it is needed
        if not limited:
            return []
        return [job for child in new for job in ([child] if isinstance(child, JobRecord) else child.leaves())]

    def begin_anew(self, spent: Usage) -> None:
        """No run is under way, and so much was used before."""
        self.runs.clear()
        self.kept.clear()
        self._composites.clear()
        self._sdk = Scope(self._sdk.limits, self._sdk.name, spent)

    def _of_composite(self, composite: CompositeRecord) -> Scope:
        scope = self._composites.get(composite)
        if scope is None:
            scope = self._composites[composite] = Scope(composite.limits, "its composite", composite.limits.spent)
            for job in dict.fromkeys(composite.leaves()):
                if (share := self.kept.get(job)) is not None:
                    scope.keep(job, share)
                if (run := self.runs.get(job)) is None:
                    scope.spent += job.spent
                else:
                    scope.spent += run.before
                    scope.begin(job, run.qpu_id, _expected(job))
        return scope


def _expected(job: JobRecord) -> Usage:
    """What the run of a job that is under way is expected to use."""
    unsent = job.state is JobState.CREATED and not job.run.in_doubt
    return Usage(1, job.request.shots) if unsent else job.usage


def _with_ancestors(composite: CompositeRecord) -> Iterator[CompositeRecord]:
    """A composite and those that it is in."""
    yield composite
    yield from _composites_with(composite)


def _composites_with(child: StateRecord) -> Iterator[CompositeRecord]:
    """The composites that a job or composite is in, and those that they are in."""
    for parent in child.parents:
        if isinstance(parent, CompositeRecord):
            yield from _with_ancestors(parent)


def _is_only_in(child: StateRecord, composite: StateRecord) -> bool:
    """Whether a child is a job that is in no other composite, so that it is counted only once."""
    return isinstance(child, JobRecord) and child.parents == (composite,)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
