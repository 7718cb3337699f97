"""Version 4 of the contract: an API gateway, one URL for everything."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._http import HttpClient, JsonValue, RetryPolicy, encode
from qcaas_sdk._service.dialect import Forecast
from qcaas_sdk._service.qpu_list import QpuList, read_qpus
from qcaas_sdk._service.wire import TaskReport, read_features, read_kept, read_kept_list, read_key, read_report
from qcaas_sdk.errors import NotInThisApi, RequestRefused

_METADATA = ("id", "qpu_id", "tag", "config", "created_at")


class V4:
    """Version 4. See `Dialect` for its methods.

    Attributes:
        address: The gateway's URL.
    """

    name = "v4"
    lists_features = False

    def __init__(self, transport: HttpClient) -> None:
        self._transport = transport
        self.address = transport.base_url

    async def version(self, policy: RetryPolicy) -> str:
        """`GET /healthz`."""
        answer = await self._transport.request("GET", "/healthz", authenticate=False, policy=policy)
        return read_key(answer, "version", str, f"the version of a QCaaS gateway (at {self._transport.base_url})")

    async def qpus(self, policy: RetryPolicy | None) -> QpuList:
        """`GET /qpus`."""
        answer = await self._transport.request("GET", "/qpus", policy=policy)
        return read_qpus(answer, self.address)

    async def features(self, qpu_id: str, policy: RetryPolicy | None = None) -> dict[str, Any]:
        """`GET /qpus/{qpu_id}/features`."""
        answer = await self._transport.request("GET", f"{_place(qpu_id)}/features", policy=policy)
        return read_features(read_key(answer, "data", dict[str, Any], f"the features of {qpu_id}"), qpu_id)

    async def statuses(self, addresses: dict[str, str]) -> list[dict[str, Any]]:
        """`GET /qpus/{qpu_id}/status`, once per QPU."""
        answers = await asyncio.gather(
            *(self._transport.request("GET", f"{_place(qpu_id)}/status") for qpu_id in addresses)
        )
        return [
            {"qpu_id": qpu_id} | entry
            for qpu_id, answer in zip(addresses, answers, strict=True)
            for entry in read_kept_list(answer if isinstance(answer, list) else [answer], f"the status of {qpu_id}")
        ]

    async def calibration(self, qpu_id: str, address: str, day: date | None) -> dict[str, Any]:
        """`GET /qpus/{qpu_id}/benchmarks`, or `…/benchmarks/search` for a day."""
        what = f"a calibration of {qpu_id}"
        place = f"{_place(qpu_id)}/benchmarks"
        if day is None:
            answer = await self._transport.request("GET", place)
        else:
            answer = await self._search(place, day)
        return read_kept(read_key(answer, "data", dict[str, Any], what), what)

    async def _search(self, place: str, day: date) -> JsonValue:
        span = {"start_date": f"{day.isoformat()}T00:00:00", "end_date": f"{day.isoformat()}T23:59:59"}
        try:
            return await self._transport.request("GET", f"{place}/search", params=span)
        except RequestRefused as error:
            if error.status != 501:
                raise
            raise NotInThisApi(
                "the API v4 of this service does not have calibrations by date yet: leave date_filter out to get the "
                "latest calibration",
                api=self.name,
            ) from error

    async def next_window(self, qpu_id: str, address: str) -> datetime | None:
        """There are no windows."""
        raise NotInThisApi(
            "the API v4 has no access windows: `await sdk.get_system_status(qpu_id)` says whether a QPU is available "
            "now, and a job that you submit waits at the service until its QPU is",
            api=self.name,
        )

    async def forecast(self, qpu_id: str, address: str) -> Forecast:
        """There are no estimates: nothing is sent."""
        return Forecast(opens_in_s=0.0, free_in_s=None)

    async def wait_time(self, qpu_id: str, address: str) -> WaitEstimate:
        """There are no estimates."""
        raise self._no_estimates()

    async def task_wait_time(self, qpu_id: str, task_id: str, address: str) -> WaitEstimate:
        """There are no estimates."""
        raise self._no_estimates()

    def _no_estimates(self) -> NotInThisApi:
        return NotInThisApi(
            "the API v4 has no estimates of waiting times: `await sdk.get_system_status(qpu_id)` says whether a QPU "
            "is available now, and `job.timeline()` how long earlier jobs have waited",
            api=self.name,
        )

    def reservation_size(self, qpu_id: str, tag: str | None) -> int:
        """A request has an entry for each."""
        return len(encode({"qpu_id": qpu_id, "tag": tag})) + 1

    async def reserve(
        self, qpu_id: str, address: str, count: int, tag: str | None, about: Collection[str]
    ) -> Sequence[str]:
        """`POST /tasks` with an entry for each id."""
        entry: JsonValue = {"qpu_id": qpu_id, "tag": tag}
        answer = await self._transport.request("POST", "/tasks", json={"tasks": [entry] * count}, about=about)
        return read_key(answer, "tasks", list[str], "a list of reserved task ids")

    def report(self, answer: object, task_id: str) -> TaskReport:
        """With the metadata that stand at the top level of the answer."""
        if isinstance(answer, dict) and not answer.get("metadata"):
            metadata = {name: answer[name] for name in _METADATA if name in answer}
            answer = answer | {"metadata": metadata or None}
        return read_report(answer, task_id)


def _place(qpu_id: str) -> str:
    return f"/qpus/{quote(qpu_id, safe='')}"
