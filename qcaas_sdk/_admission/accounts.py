"""Which runs are under way, and what the limits that count them say. Pure counting: it neither waits nor sends."""

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from attrs import frozen

from qcaas_sdk._admission.scope import Scope
from qcaas_sdk._record import ChildRecord, CompositeRecord, JobRecord, JobState, Limits, StateRecord, Usage


@frozen
class UnderWay:
    """A run under way.

    Attributes:
        qpu_id: Where it runs.
        before: What the job had used before it.
    """

    qpu_id: str
    before: Usage


class Accounts:
    """The counts of an SDK and of its composites.

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
