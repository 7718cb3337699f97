"""Just enough of a service, in any loop, which can hold its answers back."""

import json
import threading
from typing import Any
from uuid import uuid4

import httpx


class Service:
    """A service whose tasks end when they are released.

    Attributes:
        seen: The paths of all requests.
        asked: Set once a status was asked for.
    """

    def __init__(self, *, released: bool = True) -> None:
        self.seen: list[str] = []
        self.asked = threading.Event()
        self._released = released

    def release(self) -> None:
        self._released = True

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def options(self) -> dict[str, Any]:
        return {
            "url": "https://cloud.example.org",
            "authentication_token": "token",
            "default_qpu_id": "q",
            "http_transport": self.transport,
        }

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.seen.append(path)
        if path == "/admin/version":
            return httpx.Response(200, json={"version": "1"})
        if path == "/admin/qpu":
            qpu = {"id": "q", "name": "q", "url": "https://cloud.example.org", "active": True, "feature_set": "{}"}
            return httpx.Response(200, json={"items": [qpu], "total": 1})
        if path == "/tasks":
            count = json.loads(request.content)["task_count"]
            return httpx.Response(200, json=[str(uuid4()) for _ in range(count)])
        if path == "/tasks/submit":
            tasks = json.loads(request.content)["tasks"]
            return httpx.Response(200, json=[{"task_id": task["task_id"]} for task in tasks])
        if path == "/tasks/cancel_many":
            return httpx.Response(200, json="OK")
        self.asked.set()
        if not self._released:
            return httpx.Response(200, json={"status": "RUNNING"})
        return httpx.Response(200, json={"status": "COMPLETED", "results": {"c": {"0": 1}}})
