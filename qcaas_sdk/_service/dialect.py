"""What differs between the versions of the REST contract."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._http import RetryPolicy
from qcaas_sdk._service.qpu_list import QpuList
from qcaas_sdk._service.wire import TaskReport


class Forecast(NamedTuple):
    """What the service expects of a QPU's queue.

    Attributes:
        opens_in_s: Seconds until the next access window begins; 0 if one is open or the service names none.
        free_in_s: Seconds until the QPU has served its current queue; None if the service does not say.
    """

    opens_in_s: float
    free_in_s: float | None


class Dialect(Protocol):
    """One version of the contract: the calls that the versions spell differently. All others are the same.

    `address` is the URL of a QPU.
    """

    @property
    def name(self) -> str:
        """The version: "v3" or "v4"."""
        ...

    @property
    def address(self) -> str | None:
        """The URL of all QPUs; None if each has its own."""
        ...

    async def version(self, policy: RetryPolicy) -> str:
        """The server's own version; sent without a credential.

        Raises:
            BadAnswer: The answer has no version.
            RequestRefused: There is no such call.
        """
        ...

    async def qpus(self, policy: RetryPolicy | None) -> QpuList:
        """The QPUs of the account.

        Raises:
            BadAnswer: The answer is not a list of QPUs.
        """
        ...

    @property
    def lists_features(self) -> bool:
        """Whether the list of QPUs has their features."""
        ...

    async def features(self, qpu_id: str, policy: RetryPolicy | None = None) -> dict[str, Any]:
        """The features of a QPU.

        Raises:
            BadAnswer: The answer has no features.
        """
        ...

    async def statuses(self, addresses: dict[str, str]) -> list[dict[str, Any]]:
        """The status of some QPUs, given by id and URL."""
        ...

    async def calibration(self, qpu_id: str, address: str, day: date | None) -> dict[str, Any]:
        """A QPU's calibration, the latest or that of a day.

        Raises:
            NotInThisApi: This version has none of a day.
        """
        ...

    async def next_window(self, qpu_id: str, address: str) -> datetime | None:
        """When the next access window begins.

        Raises:
            NotInThisApi: This version has no windows.
        """
        ...

    async def forecast(self, qpu_id: str, address: str) -> Forecast:
        """How long the QPU's queue will take."""
        ...

    async def wait_time(self, qpu_id: str, address: str) -> WaitEstimate:
        """When a task that is submitted now starts.

        Raises:
            NotInThisApi: This version has no estimates.
            BadAnswer: The answer is not about this QPU.
        """
        ...

    async def task_wait_time(self, qpu_id: str, task_id: str, address: str) -> WaitEstimate:
        """When a task starts.

        Raises:
            NotInThisApi: This version has no estimates.
            BadAnswer: The answer is not about this task.
        """
        ...

    def reservation_size(self, qpu_id: str, tag: str | None) -> int:
        """Bytes that each id adds to a reservation."""
        ...

    async def reserve(
        self, qpu_id: str, address: str, count: int, tag: str | None, about: Collection[str]
    ) -> Sequence[str]:
        """Reserve ids.

        Args:
            qpu_id: The QPU.
            address: Its URL.
            count: How many.
            tag: The user's label.
            about: For the log of requests: the caller puts the ids there once they are known.

        Raises:
            BadAnswer: The answer is not a list of texts.
        """
        ...

    def report(self, answer: object, task_id: str) -> TaskReport:
        """The status of a task, from the answer to `all_info` or `status`."""
        ...
