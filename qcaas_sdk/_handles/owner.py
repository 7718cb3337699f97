"""What jobs and composites have from the SDK that they belong to."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from qcaas_sdk._base.request_log import RequestLog
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._record import ChildRecord, CompositeRecord, JobRecord, JobRequest, Limits
from qcaas_sdk.statechart import Machine


class Scheduler(Protocol):
    """Decides when a job is polled."""

    @property
    def is_open(self) -> bool:
        """Whether its SDK is open, and works in this event loop or thread."""
        ...

    async def until_ended(self, job: JobRecord, poll: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Call `poll` from time to time until the current run of the job has ended.

        Raises:
            QcaasError: A poll failed, and retries did not help; the job keeps its state.
        """
        ...

    def on_close(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when the scheduler is closed; returns a function that undoes that."""
        ...

    def recent_errors(self, qpu_id: str, since: float) -> str:
        """The service's errors since a moment, if it has answered with errors only, as part of a sentence."""
        ...


class Owner(Protocol):
    """What makes the jobs and composites of one SDK. Jobs belong to one SDK if their owners are equal.

    Attributes:
        scheduler: Decides when jobs are polled.
        requests: The requests that were sent, if they are recorded.
    """

    scheduler: Scheduler
    requests: RequestLog

    @property
    def composite_machine(self) -> Machine[CompositeRecord, None]:
        """The machine that moves composites."""
        ...

    def machine_of(self, job: JobRecord) -> Machine[JobRecord, Any]:
        """The machine that moves a job: that of the chart that it runs on."""
        ...

    def resume(self, job: JobRecord) -> None:
        """Go on with what the chart of a job does by itself.

        Raises:
            SdkNotOpen: The SDK is not open.
        """
        ...

    def next_run(self, job: JobRecord, request: JobRequest) -> AbstractContextManager[None]:
        """For the reset and the submission of a job that has ended: what refuses them refuses them here.

        Raises:
            SdkNotOpen: The SDK is not open.
            BudgetExceeded: A budget has no room for another run.
            NoPlace: No place for it can become free.
        """
        ...

    async def estimate(self, job: JobRecord) -> WaitEstimate:
        """When the service expects the run of a job to start.

        Raises:
            QcaasError: There was no usable answer, or the service has no estimates.
        """
        ...

    def forget_due(self, job: JobRecord) -> None:
        """Drop the delayed transitions of a job."""
        ...

    def composite_record(self, *, limits: Limits) -> CompositeRecord:
        """The record of a new composite with these limits.

        Raises:
            SdkNotOpen: The SDK is not open.
        """
        ...

    def joined(self, composite: CompositeRecord, children: Sequence[ChildRecord]) -> None:
        """Tell the limits of children that were added to a composite."""
        ...

    def register(self, child: Any) -> None:
        """Tell observers and the journal of a job or composite that was made or loaded."""
        ...
