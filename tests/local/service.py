"""A client's few words for an embedded service, for the tests of this folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from attrs import define, field

from qcaas_sdk.local import DEFAULT_QPU_ID, LocalCloud, LocalSettings
from qcaas_sdk.local.service.asgi import AsgiApp

ENDS = {"COMPLETED", "FAILED", "CANCELLED", "EXPIRED"}

BELL = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0];
cx q[0], q[1];
measure q -> c;
"""


def slow_program(nonce: int = 0) -> str:
    """Minutes of work for the simulator: almost every shot is a branch of its own, with 20 qubits."""
    measured = " ".join(f"measure q[{bit}] -> c[{bit}];" for bit in range(12))
    return f"""OPENQASM 2.0; // {nonce}
include "qelib1.inc";
qreg q[20];
creg c[20];
h q;
t q;
{measured}
if (c == 1) h q[1];
h q;
measure q -> c;
"""


@define
class VirtualClock:
    """Time that passes only when nobody has anything else to do."""

    now: float = 0.0
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    slept: list[float] = field(factory=list)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return self.start + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@define
class Service:
    """An embedded service and a client of it."""

    cloud: LocalCloud
    http: httpx.AsyncClient

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def reserve(self, count: int = 1, qpu_id: str = DEFAULT_QPU_ID) -> list[str]:
        answer = await self.post("/tasks", {"qpu_id": qpu_id, "task_count": count, "tag": None})
        assert answer.status_code == 200, answer.text
        ids: list[str] = answer.json()
        return ids

    async def submit(self, *programs: str, qpu_id: str = DEFAULT_QPU_ID, **fields: object) -> list[str]:
        tasks = [{"program": program, "qpu_id": qpu_id, **fields} for program in programs]
        answer = await self.post("/tasks/submit", {"tasks": tasks})
        assert answer.status_code == 200, answer.text
        return [entry["task_id"] for entry in answer.json()]

    async def status(self, task_id: str) -> str:
        word: str = (await self.get(f"/tasks/{task_id}/status"))["status"]
        return word

    async def until(self, task_id: str, *statuses: str) -> str:
        """Wait for a status; a test that waits half a minute has failed."""
        for _ in range(6000):
            if (status := await self.status(task_id)) in statuses:
                return status
            await asyncio.sleep(0.005)
        raise AssertionError(f"the task is still {status}, and not {' or '.join(statuses)}")

    async def run(self, program: str, *, qpu_id: str = DEFAULT_QPU_ID, config: str | None = None) -> dict[str, Any]:
        """Submit one program and give everything that is known of it at its end."""
        (task_id,) = await self.submit(program, qpu_id=qpu_id, config=config)
        await self.until(task_id, *ENDS)
        info: dict[str, Any] = await self.get(f"/tasks/{task_id}/all_info")
        return info


@asynccontextmanager
async def service(
    settings: LocalSettings | None = None, *, clock: VirtualClock | None = None, token: str = "a-token"
) -> AsyncIterator[Service]:
    async with LocalCloud(settings, clock=clock) as cloud, client(cloud.app, token) as http:
        yield Service(cloud, http)


def client(app: AsgiApp, token: str = "a-token") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://qpu.test:1234",
        headers={"Authentication-Token": token} if token else {},
    )
