"""The contract's calls about QPUs: status, calibration, access windows, wait estimates."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

from attrs import frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk._http import HttpClient, RetryPolicy
from qcaas_sdk._service.lenient import warn_of
from qcaas_sdk._service.qpus import QpuRegistry
from qcaas_sdk._service.wire import bad_answer, read, read_kept, read_kept_list, read_key, read_time
from qcaas_sdk.errors import BadAnswer

_POLICY_FOR_FORECASTS = RetryPolicy(total_s=10.0)
"""A forecast only saves polls, so it is not worth a long wait."""


@frozen
class Forecast:
    """What the service expects of a QPU's queue.

    Attributes:
        opens_in_s: Seconds until the next access window begins; 0 if one is open or the service names none.
        free_in_s: Seconds until the QPU has served its current queue; None if the service does not say.
    """

    opens_in_s: float
    free_in_s: float | None


class Monitoring:
    """The contract's calls about QPUs."""

    def __init__(self, transport: HttpClient, registry: QpuRegistry) -> None:
        self._transport = transport
        self._registry = registry

    async def statuses(self, qpu_id: str | None) -> list[dict[str, Any]]:
        """The system status of one QPU, or of all.

        Raises:
            UnknownQpu: There is no such QPU.
            BadAnswer: The answer is not a list.
        """
        ids = [qpu_id] if qpu_id is not None else self._registry.active
        addresses = dict.fromkeys([await self._registry.address(id_) for id_ in ids])
        answers = await asyncio.gather(
            *(self._transport.request("GET", f"{base}/monitoring/statuses") for base in addresses)
        )
        return [entry for answer in answers for entry in read_kept_list(answer, "a list of statuses")]

    async def calibration(self, qpu_id: str, day: date | str | None) -> dict[str, Any]:
        """A QPU's calibration, the latest or that of a day.

        Raises:
            InvalidArgument: `day` is not a date.
            UnknownQpu: There is no such QPU.
        """
        params = {"qpu_id": qpu_id}
        if day is not None:
            params["date"] = _day(day)
        base = await self._registry.address(qpu_id)
        answer = await self._transport.request("GET", f"{base}/monitoring/calibrations", params=params)
        return read_kept(answer, f"a calibration of {qpu_id}")

    async def next_window(self, qpu_id: str) -> datetime | None:
        """When the QPU's next access window begins, in UTC; None if none is planned.

        Raises:
            UnknownQpu: There is no such QPU.
            BadAnswer: The answer has no time.
        """
        base = await self._registry.address(qpu_id)
        answer = await self._transport.request("GET", f"{base}/windows/next")
        what = f"the next window of {qpu_id}"
        window = read(answer or {}, dict[str, Any], what).get("next_window")
        if not window:
            return None
        return _utc(read_key(window, "starting", str, what), what)

    async def forecast(self, qpu_id: str) -> Forecast:
        """How long the QPU's queue will take. It uses the service's clock only, so the local clock may be wrong.

        Raises:
            UnknownQpu: There is no such QPU.
            QcaasError: There was no usable answer in time.
        """
        base = await self._registry.address(qpu_id)
        what = f"the wait estimate of {qpu_id}"
        answer = await self._transport.request(
            "POST", f"{base}/monitoring/qpu_wait_time", json={"targets": [qpu_id]}, policy=_POLICY_FOR_FORECASTS
        )
        listed = read_kept_list(read_key(answer, "qpu_wait_times", list[Any], what), what)
        said = next((entry for entry in listed if entry.get("qpu_id") == qpu_id), None)
        if said is None:
            raise bad_answer(what, "this QPU is missing")
        now = _utc(said.get("timestamp"), what)

        def seconds_until(moment: object) -> float:
            return (_utc(moment, what) - now).total_seconds()

        odd: list[str] = []
        windows: list[tuple[float, float]] = []
        for place, window in enumerate(_listed(said.get("windows"), odd)):
            try:
                windows.append((seconds_until(window.get("start_time")), seconds_until(window.get("end_time"))))
            except (AttributeError, BadAnswer):
                odd.append(f"windows[{place}]")
        free_in_s = None
        if (free := said.get("estimated_availability_time")) is not None:
            try:
                free_in_s = max(seconds_until(free), 0.0)
            except BadAnswer:
                odd.append("estimated_availability_time")
        warn_of(odd, what)
        return Forecast(
            opens_in_s=min((max(start, 0.0) for start, end in windows if end > 0.0), default=0.0),
            free_in_s=free_in_s,
        )


def _listed(value: object, odd: list[str]) -> list[Any]:
    if isinstance(value, list):
        return value
    if value is not None:
        odd.append("windows")
    return []


def _utc(text: object, what: str) -> datetime:
    moment = read_time(text, what)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:  # on the first or the last possible day
        raise bad_answer(what, f"{text!r} is not a valid time") from error


def _day(day: date | str) -> str:
    if isinstance(day, datetime):
        return day.date().isoformat()
    if isinstance(day, date):
        return day.isoformat()
    try:
        return datetime.strptime(day, "%Y-%m-%d").date().isoformat()  # a day has no time zone
    except (ValueError, TypeError):
        raise arguments.wrong("date_filter", "a date, or text as YYYY-MM-DD", day) from None
