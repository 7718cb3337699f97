"""A small, fast server of the REST contract on loopback, in a process of its own: one QPU, a queue, a service time.

python -m bench._server SERVICE_SECONDS      prints its port, then serves until its stdin closes
"""

import asyncio
import json
import sys
import time
from itertools import count

QPU = "qpu:bench:1"
RESULTS = {"c": {"00": 489, "11": 511}}


class Service:
    """A queue served in order, one task after the other; computed when somebody asks."""

    def __init__(self, service_s: float) -> None:
        self.service_s = service_s
        self.ends: dict[str, float] = {}
        self.free_at = 0.0
        self.ids = count(1)
        self.requests = 0
        self.url = ""

    def answer(self, method: str, path: str, body: bytes) -> object:
        self.requests += 1
        path = path.split("?", maxsplit=1)[0]
        parts = path.strip("/").split("/")
        match method, parts:
            case "GET", ["admin", "version"]:
                return {"version": "3"}
            case "GET", ["admin", "qpu"]:
                return {"items": [{"id": QPU, "url": self.url, "active": True, "feature_set": "{}"}], "total": 1}
            case "POST", ["tasks"]:
                # The published SDK reads ids as UUIDs.
                return [f"{next(self.ids):032x}" for _ in range(json.loads(body)["task_count"])]
            case "POST", ["tasks", "submit"]:
                return [{"task_id": self.submit(task.get("task_id"))} for task in json.loads(body)["tasks"]]
            case "GET", ["tasks", id_, "status"]:
                return {"status": self.status(id_)}
            case "GET", ["tasks", id_, "all_info"]:
                status = self.status(id_)
                results = RESULTS if status == "COMPLETED" else None
                return {
                    "id": id_,
                    "status": status,
                    "results": results,
                    "task_error": None,
                    "ended": self.ends[self.key(id_)],
                }
            case "GET", ["bench"]:
                return {"requests": self.requests}
        return None

    @staticmethod
    def key(id_: str) -> str:
        return id_.replace("-", "")

    def submit(self, id_: str | None) -> str:
        id_ = id_ or f"{next(self.ids):032x}"
        self.free_at = max(self.free_at, time.time()) + self.service_s
        self.ends[self.key(id_)] = self.free_at
        return id_

    def status(self, id_: str) -> str:
        left = self.ends[self.key(id_)] - time.time()
        return "COMPLETED" if left <= 0 else "RUNNING" if left <= self.service_s else "SUBMITTED"


class Connection(asyncio.Protocol):
    """HTTP/1.1, as much of it as our clients speak."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).split(b"\r\n")
            length = next((int(line[15:]) for line in head if line[:15].lower() == b"content-length:"), 0)
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            method, path, _ = head[0].decode().split(" ")
            text = json.dumps(self.service.answer(method, path, body)).encode()
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(text), text)
            )


async def main() -> None:
    service = Service(float(sys.argv[1]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    service.url = f"http://127.0.0.1:{port}"
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
