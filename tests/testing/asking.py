"""A bare client of a simulated cloud: every call of the contract in one line, from inside a transition."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from attrs import define

from qcaas_sdk._base.transition_scope import running_transition
from qcaas_sdk.testing import SimulatedCloud

QPU = "qpu:sim:1"


@define
class Asking:
    cloud: SimulatedCloud
    http: httpx.AsyncClient
    url: str
    token: str

    async def send(self, method: str, path: str, json: object = None, **options: Any) -> httpx.Response:
        headers = options.pop("headers", {"Authentication-Token": self.token})
        with running_transition("test.ask"):
            return await self.http.request(method, self.url + path, json=json, headers=headers, **options)

    async def ask(self, method: str, path: str, json: object = None, **options: Any) -> Any:
        answer = await self.send(method, path, json, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def reserve(self, count: int = 1, qpu_id: str = QPU) -> list[str]:
        ids: list[str] = await self.ask("POST", "/tasks", {"qpu_id": qpu_id, "task_count": count, "tag": None})
        return ids

    async def submit(self, programs: dict[str, str], qpu_id: str = QPU) -> httpx.Response:
        tasks = [{"task_id": i, "program": p, "qpu_id": qpu_id, "config": "{}"} for i, p in programs.items()]
        return await self.send("POST", "/tasks/submit", {"tasks": tasks})

    async def run(self, *programs: str, qpu_id: str = QPU) -> list[str]:
        """Reserve and submit."""
        ids = await self.reserve(len(programs), qpu_id)
        assert (await self.submit(dict(zip(ids, programs, strict=True)), qpu_id)).status_code == 200
        return ids

    async def status(self, task_id: str) -> str:
        word: str = (await self.ask("GET", f"/tasks/{task_id}/status"))["status"]
        return word

    async def info(self, task_id: str) -> dict[str, Any]:
        info: dict[str, Any] = await self.ask("GET", f"/tasks/{task_id}/all_info")
        return info

    async def cancel(self, *task_ids: str) -> httpx.Response:
        return await self.send("POST", "/tasks/cancel_many", {"tasks": list(task_ids)})


@asynccontextmanager
async def asking(
    cloud: SimulatedCloud, *, url: str | None = None, timeout: float | None = 30
) -> AsyncIterator[Asking]:
    async with httpx.AsyncClient(transport=cloud.transport, timeout=timeout) as http:
        yield Asking(cloud, http, url or cloud.url, cloud.token)
