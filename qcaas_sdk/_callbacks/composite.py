"""The callbacks of `statecharts/composite_job.yaml`. Its rules need none: the machine evaluates them. No HTTP."""

from qcaas_sdk._record import CompositeRecord, JobState, join
from qcaas_sdk.statechart import Callbacks


def composite_callbacks() -> Callbacks[CompositeRecord, None]:
    """The registry for the chart `composite_job`."""
    return Callbacks(invariants={"state_is_the_join": state_is_the_join})


def state_is_the_join(composite: CompositeRecord) -> bool:
    """Invariant 7, checked on the children themselves."""
    counts = dict.fromkeys(JobState, 0)
    for child in composite.children:
        counts[child.counts_as] += 1
    return counts == composite.counts and composite.state is join(counts)
