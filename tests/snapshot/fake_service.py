"""A small service over the REST contract, driven move by move by a test, with faults at will."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

import httpx
from attrs import define, field

from qcaas_sdk._base.transition_scope import current_transition

QPU = "qpu:fake:1"
URL = "https://cloud.example.org"

FAULTS = (
    "drop before",
    "drop after",
    "500 before",
    "502 after",
    "429",
    "429 later",
    "html",
    "truncated",
    "refuse connection",
)


@define
class FakeTask:
    """A task as the service knows it."""

    status: str = "CREATED"
    submissions: int = 0
    executions: int = 0


@define
class FakeService:
    """Reservation, submission, status and cancellation; what happens to a task is the test's to say."""

    second_submission: int = 200
    tasks: dict[str, FakeTask] = field(factory=dict)
    faults: deque[str] = field(factory=deque)
    outside: list[str] = field(factory=list)
    repeated: list[str] = field(factory=list)
    on_submit: Callable[[FakeTask], None] = lambda task: None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        speaks_of_tasks = path.startswith("/tasks")
        if speaks_of_tasks and current_transition() is None:
            self.outside.append(f"{request.method} {path}")
        fault = self.faults.popleft() if speaks_of_tasks and self.faults else None
        match fault:
            case "refuse connection":
                raise httpx.ConnectError("refused")
            case "drop before":
                raise httpx.ReadError("dropped")
            case "500 before":
                return httpx.Response(500)
            case "429":
                return httpx.Response(429)
            case "429 later":
                return httpx.Response(429, headers={"Retry-After": "3"})
        answer = self._answer(request)
        match fault:
            case "drop after":
                raise httpx.ReadError("dropped")
            case "502 after":
                return httpx.Response(502)
            case "html":
                return httpx.Response(200, html="<h1>one moment</h1>")
            case "truncated":
                return httpx.Response(200, content=answer.content[: len(answer.content) // 2])
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body: Any = json.loads(request.content) if request.content else None
        match request.method, request.url.path.strip("/").split("/"):
            case "GET", ["admin", "version"]:
                return httpx.Response(200, json={"version": "3"})
            case "GET", ["admin", "qpu"]:
                return httpx.Response(200, json={"items": [{"id": QPU, "url": URL, "active": True}]})
            case "POST", ["tasks"]:
                ids = [f"task-{len(self.tasks) + n + 1}" for n in range(body["task_count"])]
                self.tasks.update((id_, FakeTask()) for id_ in ids)
                return httpx.Response(200, json=ids)
            case "POST", ["tasks", "submit"]:
                return self._submit(body["tasks"])
            case "GET", ["tasks", id_, "status"]:
                return httpx.Response(200, json={"status": self.tasks[id_].status})
            case "GET", ["tasks", id_, "all_info"]:
                return httpx.Response(200, json=self._info(self.tasks[id_]))
            case "POST", ["tasks", "cancel_many"]:
                for id_ in body["tasks"]:
                    self.end(self.tasks[id_], "CANCELLED")
                return httpx.Response(200, json="OK")
        return httpx.Response(404)

    def _submit(self, orders: list[dict[str, Any]]) -> httpx.Response:
        for order in orders:
            task = self.tasks[order["task_id"]]
            if task.status != "CREATED":
                self.repeated.append(order["task_id"])
                if self.second_submission != 200:
                    return httpx.Response(self.second_submission, json={"detail": "already submitted"})
                continue
            if "REFUSE" in order["program"]:
                return httpx.Response(400, json={"response": {"errors": ["not that one"]}})
            task.status, task.submissions = "SUBMITTED", task.submissions + 1
            self.on_submit(task)
        return httpx.Response(200, json=[{"task_id": order["task_id"]} for order in orders])

    @staticmethod
    def _info(task: FakeTask) -> dict[str, Any]:
        results = {"c": {"00": 5, "11": 5}} if task.status in {"COMPLETED", "DONE"} else None
        error = {"error_code": 7, "error_message": "bad luck"} if task.status == "FAILED" else None
        return {"status": task.status, "results": results, "task_error": error, "timings": None}

    def end(self, task: FakeTask, status: str) -> None:
        """Move a task, if it is there and has not ended."""
        if task.status in {"SUBMITTED", "RUNNING", "TRANSMOGRIFIED"} or (
            status == "CANCELLED" and task.status == "CREATED"
        ):
            task.executions += status in {"COMPLETED", "FAILED"}
            task.status = status
