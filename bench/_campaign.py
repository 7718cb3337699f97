"""One campaign in a process of its own: `python _campaign.py CLIENT URL JOBS`; prints its figures as JSON.

Clients: `ours`, `journaled` (ours with a journal), `published` (OQC's own SDK; run by the interpreter of its
environment) and `bare` (an httpx loop of as many requests as ours sends, eight at a time). `watched` and `dashboard`
keep their journal in ./campaign.db, print the URL of their page if they serve one, and begin when they read a line.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

QPU = "qpu:bench:1"
PROGRAM = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'


async def ours(url: str, jobs: int, journal: Path | None = None) -> None:
    from qcaas_sdk import OqcSdk

    async with OqcSdk(url, "token", default_qpu_id=QPU, journal=journal) as sdk:
        composite = sdk.create_job(program=[PROGRAM] * jobs)
        begin()
        await composite.execute()
        assert composite.completed
        found = {job.task_id: job.transitions[-1].at.timestamp() for job in composite.leaves()}
        finish(found, None)


async def journaled(url: str, jobs: int) -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:  # on the disk of the project: /tmp may be memory
        await ours(url, jobs, Path(folder) / "campaign.db")


async def watched(url: str, jobs: int, *, page: bool = False) -> None:
    from qcaas_sdk import OqcSdk

    async with OqcSdk(url, "token", default_qpu_id=QPU, journal="campaign.db") as sdk:
        composite = sdk.create_job(program=[PROGRAM] * jobs)
        print(sdk.dashboard().url if page else "ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        begin()
        await composite.execute()
        assert composite.completed
        finish({}, None)


async def dashboard(url: str, jobs: int) -> None:
    await watched(url, jobs, page=True)


async def published(url: str, jobs: int) -> None:
    os.environ["OQC_SDK_MAX_BROADCAST_JOBS"] = "100000"
    from oqc_qcaas_sdk import OqcSdk

    async with OqcSdk(url=url, authentication_token="token", default_qpu_id=QPU) as sdk:
        composite = sdk.create_job(program=[PROGRAM] * jobs)
        begin()
        await composite.execute(timeout_s=None)
        assert len(composite.completed_jobs) == jobs
        found = {str(job.task_id).replace("-", ""): job.result.received.timestamp() for job in composite.jobs}
        finish(found, None)


async def bare(url: str, requests: int) -> None:
    import httpx

    async with httpx.AsyncClient(headers={"Authentication-Token": "token"}) as client:
        body = {"tasks": [{"program": PROGRAM, "config": "{}", "qpu_id": QPU}]}
        (task,) = (await client.post(f"{url}/tasks/submit", json=body)).json()
        left = iter(range(requests))

        async def worker() -> None:
            for _ in left:
                (await client.get(f"{url}/tasks/{task['task_id']}/all_info")).json()

        begin()
        await asyncio.gather(*(worker() for _ in range(8)))
        finish({}, requests)


def begin() -> None:
    global started, cpu
    started, cpu = time.time(), time.process_time()


def finish(found: dict[str, float], requests: int | None) -> None:
    figures["cpu_s"] = time.process_time() - cpu
    figures["wall_s"] = time.time() - started
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures["requests"] = requests
    figures["found"] = found


started = cpu = 0.0
figures: dict[str, object] = {}

if __name__ == "__main__":
    _, client, url, number = sys.argv
    clients = {"ours": ours, "journaled": journaled, "published": published, "bare": bare}
    clients |= {"watched": watched, "dashboard": dashboard}
    asyncio.run(clients[client](url, int(number)))
    found = figures.pop("found")
    lags = []
    for task, moment in found.items():
        with urllib.request.urlopen(f"{url}/tasks/{task}/all_info") as answer:
            lags.append(max(0.0, moment - json.load(answer)["ended"]))
    lags.sort()
    figures["lag_median_s"] = lags[len(lags) // 2] if lags else None
    figures["lag_p95_s"] = lags[int(0.95 * (len(lags) - 1))] if lags else None
    print(json.dumps(figures))
