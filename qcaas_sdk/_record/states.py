"""The states of a job."""

from enum import StrEnum


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


ENDED = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED})
ACTIVE = frozenset({JobState.SUBMITTED, JobState.RUNNING})
