"""The states of a job."""

from enum import StrEnum
from functools import cache

from qcaas_sdk.statechart import shipped_chart


class JobState(StrEnum):
    """The states of `statecharts/job.yaml`."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @classmethod
    def of(cls, name: str) -> "JobState":
        """The state that the chart calls `name`."""
        return cls(name.upper())


@cache
def states_in(superstate: str) -> frozenset[JobState]:
    """The states in a superstate of the chart: `active` or `ended`. The chart is read at the first call."""
    return frozenset(map(JobState.of, shipped_chart("job").within(superstate)))
