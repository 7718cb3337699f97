"""A service on loopback that drops answers, and remembers what it has run.

python -m tests.soak.server SERVICE_SECONDS DROP_SHARE SEED     prints its port, serves until its stdin closes
"""

import asyncio
import json
import random
import sys
from collections import Counter

from bench._server import Connection, Service


class Remembering(Service):
    """Runs a task once, whatever is submitted again under its id; remembers which programs ran."""

    def __init__(self, service_s: float, drop_share: float, seed: int) -> None:
        super().__init__(service_s)
        self.drop_share = drop_share
        self.rng = random.Random(seed)
        self.reserved: set[str] = set()
        self.runs: Counter[str] = Counter()

    def answer(self, method: str, path: str, body: bytes) -> object:
        if (method, path) == ("GET", "/runs"):
            return dict(self.runs)
        if (method, path) == ("POST", "/tasks/submit"):
            tasks = json.loads(body)["tasks"]
            self.requests += 1
            for task in tasks:
                assert task["task_id"] in self.reserved
                if task["task_id"] not in self.ends:
                    self.submit(task["task_id"])
                    self.runs[task["program"]] += 1
            return [{"task_id": task["task_id"]} for task in tasks]
        answer = super().answer(method, path, body)
        if (method, path) == ("POST", "/tasks"):
            assert isinstance(answer, list)
            self.reserved.update(answer)
        return answer

    def status(self, id_: str) -> str:
        return super().status(id_) if id_ in self.ends else "CREATED"


class Nowhere(asyncio.Transport):
    """Where lost answers go."""

    def write(self, data: object) -> None:
        pass


class DroppingConnection(Connection):
    """Sometimes hangs up instead of answering: half of the times before it has acted, half of them after."""

    service: Remembering

    def data_received(self, data: bytes) -> None:
        rng, share = self.service.rng, self.service.drop_share
        if b"/runs" not in data and rng.random() < share:
            transport = self.transport
            if rng.random() < 0.5:
                self.transport = Nowhere()
                super().data_received(data)  # acted upon, and the answer is lost on the way
            transport.abort()
            return
        super().data_received(data)


async def main() -> None:
    service_s, drop_share, seed = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    service = Remembering(service_s, drop_share, seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: DroppingConnection(service), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    service.url = f"http://127.0.0.1:{port}"
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
