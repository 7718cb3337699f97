"""Calls without `async` beside the same calls with it: median µs of each, their difference and ratio, and CPU.

Both call a service in the same process, which answers at once, and take turns. Each line is one call: the job that is
submitted was made before. On a busy machine, a call that hands its work to another thread may wait until it gets a
core again, up to some milliseconds: then look at the CPU.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from qcaas_sdk import OqcSdk

PROGRAM = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'
ROUNDS, CALLS = 10, 100


def service(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path == "/admin/version":
        return httpx.Response(200, json={"version": "1"})
    if path == "/admin/qpu":
        qpu = {"id": "q", "name": "q", "url": "https://cloud.example.org", "active": True, "feature_set": "{}"}
        return httpx.Response(200, json={"items": [qpu], "total": 1})
    if path == "/tasks":
        return httpx.Response(200, json=[str(uuid4()) for _ in range(json.loads(request.content)["task_count"])])
    if path == "/tasks/submit":
        return httpx.Response(
            200, json=[{"task_id": task["task_id"]} for task in json.loads(request.content)["tasks"]]
        )
    return httpx.Response(200, json={"status": "RUNNING"})


def options() -> dict[str, Any]:
    return {
        "url": "https://cloud.example.org",
        "authentication_token": "token",
        "default_qpu_id": "q",
        "http_transport": httpx.MockTransport(service),
    }


Calls = dict[str, Callable[[], Callable[[], Any]]]
"""By name: what prepares a call."""


def calls_of(sdk: Any, job: Any) -> Calls:
    return {
        "job.state": lambda: lambda: job.state,
        "job.outputs": lambda: lambda: job.outputs,
        "sdk.create_job(…)": lambda: lambda: sdk.create_job(program=PROGRAM, check=False),
        "job.refresh()": lambda: job.refresh,
        "job.submit()": lambda: sdk.create_job(program=PROGRAM, check=False).submit,
        "sdk.list_qpus()": lambda: sdk.list_qpus,
    }


Taken = list[tuple[float, float]]
"""Of each call: seconds, and seconds of CPU."""


def now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(begin: tuple[float, float]) -> tuple[float, float]:
    end = now()
    return end[0] - begin[0], end[1] - begin[1]


async def with_async(prepared: Callable[[], Callable[[], Any]]) -> Taken:
    taken = []
    for _ in range(CALLS):
        call = prepared()
        begin = now()
        given = call()
        if asyncio.iscoroutine(given):
            await given
        taken.append(since(begin))
    return taken


def without(prepared: Callable[[], Callable[[], Any]]) -> Taken:
    taken = []
    for _ in range(CALLS):
        call = prepared()
        begin = now()
        call()
        taken.append(since(begin))
    return taken


def main() -> None:
    print(f"median of {ROUNDS * CALLS} calls, µs{'CPU':>36}")
    print(f"{'':<20}" + f"{'async':>10}{'sync':>10}{'more':>10}{'ratio':>8}" * 2)
    with asyncio.Runner() as runner, OqcSdk.sync(**options()) as sync:
        sdk = runner.run(OqcSdk(**options()).open())
        job = sdk.create_job(program=PROGRAM)
        runner.run(job.submit())
        theirs, ours = calls_of(sdk, job), calls_of(sync, sync.create_job(program=PROGRAM).submit())
        for name in theirs:
            awaited: Taken = []
            plain: Taken = []
            for _ in range(ROUNDS):
                awaited += runner.run(with_async(theirs[name]))
                plain += without(ours[name])
            line = f"{name:<20}"
            for which in (0, 1):
                a, b = (statistics.median(one[which] for one in taken) * 1e6 for taken in (awaited, plain))
                line += f"{a:>10.1f}{b:>10.1f}{b - a:>10.1f}{b / a:>8.2f}"
            print(line)
        runner.run(sdk.close())


if __name__ == "__main__":
    main()
