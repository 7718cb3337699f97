"""Questions about QPUs rather than tasks: status, calibration, windows."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

from qcaas_sdk.gateway.directory import Directory
from qcaas_sdk.gateway.wire import read, read_key, read_time
from qcaas_sdk.transport import Transport


class Monitoring:
    """The part of the contract that speaks of QPUs."""

    def __init__(self, transport: Transport, directory: Directory) -> None:
        self._transport = transport
        self._directory = directory

    async def statuses(self, qpu_id: str | None) -> list[dict[str, Any]]:
        """What the service reports of one QPU's system, or of all.

        Raises:
            UnknownQpu: There is no such QPU.
            BadAnswer: The answer is no list.
        """
        ids = [qpu_id] if qpu_id is not None else self._directory.active
        addresses = dict.fromkeys([await self._directory.address(id_) for id_ in ids])
        answers = await asyncio.gather(
            *(self._transport.request("GET", f"{base}/monitoring/statuses") for base in addresses)
        )
        return [entry for answer in answers for entry in read(answer, list[dict[str, Any]], "a list of statuses")]

    async def calibration(self, qpu_id: str, day: date | str | None) -> dict[str, Any]:
        """A QPU's calibration, the latest or that of a day.

        Raises:
            ValueError: `day` is text, but not YYYY-MM-DD.
            UnknownQpu: There is no such QPU.
        """
        params = {"qpu_id": qpu_id}
        if day is not None:
            params["date"] = _day(day)
        base = await self._directory.address(qpu_id)
        answer = await self._transport.request("GET", f"{base}/monitoring/calibrations", params=params)
        return read(answer, dict[str, Any], f"a calibration of {qpu_id}")

    async def next_window(self, qpu_id: str) -> datetime | None:
        """When the QPU's next access window begins, in UTC; None when none is planned.

        Raises:
            UnknownQpu: There is no such QPU.
            BadAnswer: The answer names no time.
        """
        base = await self._directory.address(qpu_id)
        answer = await self._transport.request("GET", f"{base}/windows/next")
        what = f"the next window of {qpu_id}"
        window = read(answer or {}, dict[str, Any], what).get("next_window")
        if not window:
            return None
        starting = read_time(read_key(window, "starting", str, what), what)
        return starting.astimezone(UTC) if starting.tzinfo else starting.replace(tzinfo=UTC)


def _day(day: date | str) -> str:
    if isinstance(day, datetime):
        return day.date().isoformat()
    if isinstance(day, date):
        return day.isoformat()
    try:
        return datetime.strptime(day, "%Y-%m-%d").date().isoformat()  # a day has no zone
    except ValueError as error:
        raise ValueError(f"a day is a date or text as YYYY-MM-DD, not {day!r}") from error
