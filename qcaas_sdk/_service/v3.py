"""Version 3 of the contract: a hub, and a URL for each QPU."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._http import HttpClient, JsonValue, RetryPolicy
from qcaas_sdk._service.dialect import Forecast
from qcaas_sdk._service.estimates import read_estimate, utc
from qcaas_sdk._service.lenient import warn_of
from qcaas_sdk._service.qpu_list import QpuList, read_qpus
from qcaas_sdk._service.wire import (
    TaskReport,
    bad_answer,
    read,
    read_features,
    read_kept,
    read_kept_list,
    read_key,
    read_report,
)
from qcaas_sdk.errors import BadAnswer

_POLICY_FOR_FORECASTS = RetryPolicy(total_s=10.0)
"""A forecast only saves polls, so it is not worth a long wait."""


class V3:
    """Version 3. See `Dialect` for its methods."""

    name = "v3"
    address = None
    lists_features = True

    def __init__(self, transport: HttpClient) -> None:
        self._transport = transport

    async def version(self, policy: RetryPolicy) -> str:
        """`GET /admin/version`."""
        answer = await self._transport.request("GET", "/admin/version", authenticate=False, policy=policy)
        return read_key(answer, "version", str, f"the version of a QCaaS server (at {self._transport.base_url})")

    async def qpus(self, policy: RetryPolicy | None) -> QpuList:
        """`GET /admin/qpu`."""
        answer = await self._transport.request("GET", "/admin/qpu", params={"per_page": "1000"}, policy=policy)
        return read_qpus(answer)

    async def features(self, qpu_id: str, policy: RetryPolicy | None = None) -> dict[str, Any]:
        """`GET /admin/qpu/{qpu_id}`."""
        answer = await self._transport.request("GET", f"/admin/qpu/{quote(qpu_id, safe='')}", policy=policy)
        if not isinstance(answer, dict) or "feature_set" not in answer:
            raise bad_answer(f"a description of {qpu_id}", "'feature_set' is missing")
        return read_features(answer["feature_set"], qpu_id)

    async def statuses(self, addresses: dict[str, str]) -> list[dict[str, Any]]:
        """`GET /monitoring/statuses`, once per URL."""
        answers = await asyncio.gather(
            *(
                self._transport.request("GET", f"{base}/monitoring/statuses")
                for base in dict.fromkeys(addresses.values())
            )
        )
        return [entry for answer in answers for entry in read_kept_list(answer, "a list of statuses")]

    async def calibration(self, qpu_id: str, address: str, day: date | None) -> dict[str, Any]:
        """`GET /monitoring/calibrations`."""
        params = {"qpu_id": qpu_id} | ({} if day is None else {"date": day.isoformat()})
        answer = await self._transport.request("GET", f"{address}/monitoring/calibrations", params=params)
        return read_kept(answer, f"a calibration of {qpu_id}")

    async def next_window(self, qpu_id: str, address: str) -> datetime | None:
        """`GET /windows/next`."""
        answer = await self._transport.request("GET", f"{address}/windows/next")
        what = f"the next window of {qpu_id}"
        window = read(answer or {}, dict[str, Any], what).get("next_window")
        if not window:
            return None
        return utc(read_key(window, "starting", str, what), what)

    async def forecast(self, qpu_id: str, address: str) -> Forecast:
        """`POST /monitoring/qpu_wait_time`. It uses the service's clock only, so the local clock may be wrong."""
        what = f"the wait estimate of {qpu_id}"
        return _read_forecast(await self._qpu_wait_time(qpu_id, address, what, _POLICY_FOR_FORECASTS), what)

    async def wait_time(self, qpu_id: str, address: str) -> WaitEstimate:
        """`POST /monitoring/qpu_wait_time`."""
        what = f"the wait estimate of {qpu_id}"
        said = await self._qpu_wait_time(qpu_id, address, what, None)
        return read_estimate(said, what, qpu_id, None, "estimated_availability_time", "tasks_in_queue")

    async def task_wait_time(self, qpu_id: str, task_id: str, address: str) -> WaitEstimate:
        """`POST /monitoring/task_wait_time`."""
        what = f"the wait estimate of task {task_id}"
        answer = await self._transport.request(
            "POST", f"{address}/monitoring/task_wait_time", json={"task_ids": [task_id], "qpu_id": qpu_id}
        )
        said = _about(answer, "task_wait_times", "task_id", task_id, what)
        return read_estimate(said, what, qpu_id, task_id, "estimated_start_time", "position_in_queue")

    async def _qpu_wait_time(
        self, qpu_id: str, address: str, what: str, policy: RetryPolicy | None
    ) -> dict[str, Any]:
        answer = await self._transport.request(
            "POST", f"{address}/monitoring/qpu_wait_time", json={"targets": [qpu_id]}, policy=policy
        )
        return _about(answer, "qpu_wait_times", "qpu_id", qpu_id, what)

    def reservation_size(self, qpu_id: str, tag: str | None) -> int:
        """A request names their number only."""
        return 0

    async def reserve(
        self, qpu_id: str, address: str, count: int, tag: str | None, about: Collection[str]
    ) -> Sequence[str]:
        """`POST /tasks` with a number of ids."""
        answer = await self._transport.request(
            "POST", f"{address}/tasks", json={"qpu_id": qpu_id, "task_count": count, "tag": tag}, about=about
        )
        return read(answer, list[str], "a list of reserved task ids")

    def report(self, answer: object, task_id: str) -> TaskReport:
        """As it is."""
        return read_report(answer, task_id)


def _about(answer: JsonValue, key: str, name: str, wanted: str, what: str) -> dict[str, Any]:
    """The entry about one QPU or task."""
    for entry in read_kept_list(read_key(answer, key, list[Any], what), what):
        if entry.get(name) == wanted:
            return entry
    raise bad_answer(what, f"{wanted} is missing")


def _read_forecast(said: dict[str, Any], what: str) -> Forecast:
    now = utc(said.get("timestamp"), what)

    def seconds_until(moment: object) -> float:
        return (utc(moment, what) - now).total_seconds()

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
