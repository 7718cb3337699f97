"""The contract's calls about QPUs: status, calibration, access windows, wait estimates."""

from datetime import date, datetime
from typing import Any

from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._guards import arguments
from qcaas_sdk._service.dialect import Forecast
from qcaas_sdk._service.qpus import QpuRegistry


class Monitoring:
    """The contract's calls about QPUs."""

    def __init__(self, registry: QpuRegistry) -> None:
        self._registry = registry

    async def statuses(self, qpu_id: str | None) -> list[dict[str, Any]]:
        """The system status of one QPU, or of all.

        Raises:
            UnknownQpu: There is no such QPU.
            BadAnswer: The answer has no status.
        """
        ids = [qpu_id] if qpu_id is not None else self._registry.active
        addresses = {id_: await self._registry.address(id_) for id_ in ids}
        return await self._registry.dialect.statuses(addresses)

    async def calibration(self, qpu_id: str, day: date | str | None) -> dict[str, Any]:
        """A QPU's calibration, the latest or that of a day.

        Raises:
            InvalidArgument: `day` is not a date.
            NotInThisApi: The service has no calibrations by date.
            UnknownQpu: There is no such QPU.
        """
        wanted = None if day is None else _day(day)
        address = await self._registry.address(qpu_id)
        return await self._registry.dialect.calibration(qpu_id, address, wanted)

    async def next_window(self, qpu_id: str) -> datetime | None:
        """When the QPU's next access window begins, in UTC; None if none is planned.

        Raises:
            NotInThisApi: The service has no windows.
            UnknownQpu: There is no such QPU.
            BadAnswer: The answer has no time.
        """
        address = await self._registry.address(qpu_id)
        return await self._registry.dialect.next_window(qpu_id, address)

    async def forecast(self, qpu_id: str) -> Forecast:
        """How long the QPU's queue will take.

        Raises:
            UnknownQpu: There is no such QPU.
            QcaasError: There was no usable answer in time.
        """
        address = await self._registry.address(qpu_id)
        return await self._registry.dialect.forecast(qpu_id, address)

    async def wait_time(self, qpu_id: str) -> WaitEstimate:
        """When a task that is submitted now starts.

        Raises:
            UnknownQpu: There is no such QPU.
            NotInThisApi: The service has no estimates.
            BadAnswer: The answer is not about this QPU.
        """
        address = await self._registry.address(qpu_id)
        return await self._registry.dialect.wait_time(qpu_id, address)

    async def task_wait_time(self, qpu_id: str, task_id: str) -> WaitEstimate:
        """When a task starts.

        Raises:
            UnknownQpu: There is no such QPU.
            NotInThisApi: The service has no estimates.
            BadAnswer: The answer is not about this task.
        """
        address = await self._registry.address(qpu_id)
        return await self._registry.dialect.task_wait_time(qpu_id, task_id, address)


def _day(day: date | str) -> date:
    if isinstance(day, datetime):
        return day.date()
    if isinstance(day, date):
        return day
    try:
        return datetime.strptime(day, "%Y-%m-%d").date()  # a day has no time zone
    except (ValueError, TypeError):
        raise arguments.wrong("date_filter", "a date, or text as YYYY-MM-DD", day) from None
