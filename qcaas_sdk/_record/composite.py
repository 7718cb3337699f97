"""Everything that is known of a composite: its children, and how many of them are in which state."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Union

from attrs import define, evolve, field

from qcaas_sdk._base.text import one_line
from qcaas_sdk._record.limits import UNLIMITED, Limits
from qcaas_sdk._record.record import JobRecord
from qcaas_sdk._record.stateful import StateRecord
from qcaas_sdk._record.states import JobState
from qcaas_sdk.statechart import Join, place, shipped_chart

ChildRecord = Union[JobRecord, "CompositeRecord"]


def join(counts: Mapping[JobState, int]) -> JobState:
    """The state of a composite whose children are in these states, by the rules of its chart.

    Args:
        counts: How many children are in each state.
    """
    return _rules().state(counts)


@cache
def _rules() -> Join[JobState]:
    return Join.of(shipped_chart("composite_job"), JobState.of)


@define(eq=False, repr=False, kw_only=True)
class CompositeRecord(StateRecord):
    """Everything that is known of a composite.

    Attributes:
        name: What the user calls it, as that of a job.
        children: Its children, in the order in which they were added.
        counts: How many of them count as each state.
        counted: What each child counts as.
        followers: Called when children are added.
        limits: The limits of its jobs.
    """

    name: str | None = None
    children: list[ChildRecord] = field(factory=list, init=False)
    counts: dict[JobState, int] = field(factory=lambda: dict.fromkeys(JobState, 0), init=False)
    counted: dict[ChildRecord, JobState] = field(factory=dict, init=False)
    followers: tuple[Callable[[], None], ...] = field(default=(), init=False)
    limits: Limits = UNLIMITED

    @classmethod
    def of(cls, children: Iterable[ChildRecord], limits: Limits = UNLIMITED) -> "CompositeRecord":
        """A composite of these children, in the join of their states."""
        composite = cls(limits=limits)
        composite.add(children)
        place(composite, join(composite.counts))
        return composite

    def add(self, children: Iterable[ChildRecord]) -> None:
        """Add children; the caller then updates the state."""
        for child in children:
            self.children.append(child)
            child.parents = (*child.parents, self)
            self.counted[child] = child.counts_as
            self.counts[child.counts_as] += 1

    def on_child_change(self, child: ChildRecord) -> None:
        """Count a child that has changed; the caller then updates the state."""
        self.counts[self.counted[child]] -= 1
        self.counted[child] = child.counts_as
        self.counts[child.counts_as] += 1

    def leaves(self) -> Iterator[JobRecord]:
        """All jobs, including those in child composites, in order."""
        for child in self.children:
            if isinstance(child, CompositeRecord):
                yield from child.leaves()
            else:
                yield child

    def composites(self) -> Iterator["CompositeRecord"]:
        """It and all composites in it, each before those in it."""
        yield self
        for child in self.children:
            if isinstance(child, CompositeRecord):
                yield from child.composites()

    @property
    def limits_left(self) -> Limits:
        """Its limits, for another process that gets its jobs: they come there as if they had used nothing."""
        jobs = dict.fromkeys(self.leaves()) if self.limits.budget is not None else {}
        return evolve(self.limits, spent=sum((job.used_elsewhere for job in jobs), self.limits.spent))

    def __repr__(self) -> str:
        counts = ", ".join(f"{state.lower()}={count}" for state, count in self.counts.items() if count)
        named = "" if self.name is None else one_line(f"name={self.name!r}, ")
        return f"CompositeJob({named}jobs={len(self.children)}, state={self.state}{', ' if counts else ''}{counts})"
