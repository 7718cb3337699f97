"""What a service says about its queue."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen


@frozen
class WaitEstimate:
    """When the service expects a task to start. It is the service's own figure, and not a promise.

    Attributes:
        qpu_id: The QPU.
        task_id: The task; None for a task that would be submitted now.
        starts_in_s: Seconds until it starts, by the service's clock; None if the service does not say, for example
            because the task runs already.
        tasks_before: How many tasks the service has before it; None if it does not say.
        at: The service's time of this estimate, in UTC; None if it does not say.
        details: All that the service said.
    """

    qpu_id: str
    task_id: str | None
    starts_in_s: float | None
    tasks_before: int | None
    at: datetime | None
    details: Mapping[str, Any] = field(repr=False)
