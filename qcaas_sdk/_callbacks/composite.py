"""The callbacks of `statecharts/composite_job.yaml`: conditions on the counted children. No HTTP."""

from qcaas_sdk._record import ENDED, CompositeRecord, JobState, join
from qcaas_sdk.statechart import Callbacks


def composite_callbacks() -> Callbacks[CompositeRecord, None]:
    """The registry for the chart `composite_job`."""
    return Callbacks(
        guards={
            "all_are_created": all_are_created,
            "all_ended_some_failed": all_ended_some_failed,
            "all_ended_some_cancelled": all_ended_some_cancelled,
            "all_completed": all_completed,
            "some_have_begun": some_have_begun,
        },
        invariants={"state_is_the_join": state_is_the_join},
    )


def all_are_created(composite: CompositeRecord, _: None = None) -> bool:
    """No child is submitted."""
    return composite.counts[JobState.CREATED] == len(composite.children)


def all_ended_some_failed(composite: CompositeRecord, _: None = None) -> bool:
    """Every child has ended, and at least one has failed."""
    return _all_ended(composite) and composite.counts[JobState.FAILED] > 0


def all_ended_some_cancelled(composite: CompositeRecord, _: None = None) -> bool:
    """Every child has ended, and at least one was cancelled."""
    return _all_ended(composite) and composite.counts[JobState.CANCELLED] > 0


def all_completed(composite: CompositeRecord, _: None = None) -> bool:
    """Every child has a result."""
    return composite.counts[JobState.COMPLETED] == len(composite.children)


def some_have_begun(composite: CompositeRecord, _: None = None) -> bool:
    """At least one child is running or has ended."""
    counts = composite.counts
    return counts[JobState.CREATED] + counts[JobState.SUBMITTED] < len(composite.children)


def state_is_the_join(composite: CompositeRecord) -> bool:
    """Invariant 7, checked on the children themselves."""
    counts = dict.fromkeys(JobState, 0)
    for child in composite.children:
        counts[child.state] += 1
    return counts == composite.counts and composite.state is join(counts)


def _all_ended(composite: CompositeRecord) -> bool:
    return sum(composite.counts[state] for state in ENDED) == len(composite.children) > 0
