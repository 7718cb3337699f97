"""What a job and a composition of jobs have in common."""

from typing import Protocol

from qcaas_sdk.outputs import JobOutput, JobOutputProxy


class JobLike(Protocol):
    """Something that can be run to its end: a `Job` or a `CompositeJob`."""

    @property
    def completed(self) -> bool:
        """Whether it ended with a result."""
        ...

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """What came of the last run."""
        ...

    async def execute(self, *, timeout_s: float | None = None) -> JobOutputProxy[JobOutput]:
        """Run it to its end."""
        ...

    async def cancel(self) -> object:
        """Ask for an early end."""
        ...

    async def cancel_if_active(self) -> object:
        """Ask for an early end if it is under way."""
        ...
