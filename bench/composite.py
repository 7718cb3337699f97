"""Composites against a loopback server: ours, the published SDK, and a bare httpx loop of as many requests.

Ratios are what counts on a shared machine. Up to 2,000 jobs the three take turns, three times, and the lowest CPU of
each counts: whatever else the machine does can only add to it. The published SDK is left out above 2,000 jobs (it
needs minutes there) unless `--all` is given.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.imports import published_python

HERE = Path(__file__).parent
SIZES = (1, 200, 1000, 2000, 5000, 10_000)
MAX_JOBS_FOR_PUBLISHED = 2000
ROUNDS = 3


@contextmanager
def server(service_s: float) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench._server", str(service_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parent,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.stdin.close()
    process.stdout.close()
    process.wait()


def requests_so_far(url: str) -> int:
    import urllib.request

    with urllib.request.urlopen(f"{url}/bench") as answer:
        return int(json.load(answer)["requests"])


def campaign(client: str, number: int, service_s: float) -> dict[str, Any]:
    python = published_python() if client == "published" else Path(sys.executable)
    with server(service_s) as url:
        done = subprocess.run(
            [python, HERE / "_campaign.py", client, url, str(number)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        figures: dict[str, Any] = json.loads(done.stdout)
        if figures["requests"] is None:  # the server has counted; the look-ups of the lags came after
            figures["requests"] = requests_so_far(url) - 1 - number
    return figures


def one_round(jobs: int, everything: bool) -> dict[str, dict[str, Any]]:
    own = campaign("ours", jobs, 0.0)
    figures = {"ours": own, "bare": campaign("bare", own["requests"], 0.0)}
    if jobs <= MAX_JOBS_FOR_PUBLISHED or everything:
        figures["published"] = campaign("published", jobs, 0.0)
    return figures


def cpu(figures: dict[str, Any]) -> float:
    return float(figures["cpu_s"])


def show(name: str, jobs: int, figures: dict[str, Any]) -> None:
    lag = (
        ""
        if figures["lag_p95_s"] is None
        else f"  lag {figures['lag_median_s']:6.3f} / {figures['lag_p95_s']:6.3f} s"
    )
    print(
        f"{jobs:>6} {name:<10} CPU {figures['cpu_s']:7.2f} s  wall {figures['wall_s']:7.2f} s  "
        f"{figures['requests'] / jobs:5.2f} requests a job  peak {figures['peak_mb']:5.0f} MB{lag}",
        flush=True,
    )


def main() -> None:
    everything = "--all" in sys.argv
    print("no service time: CPU and memory; lag is median / p95")
    per_job: dict[int, float] = {}
    for jobs in SIZES:
        rounds = [one_round(jobs, everything) for _ in range(ROUNDS if jobs <= MAX_JOBS_FOR_PUBLISHED else 1)]
        best = {client: min((figures[client] for figures in rounds), key=cpu) for client in rounds[0]}
        for client, figures in best.items():
            show(client, jobs, figures)
        ratios = [
            f"ours / {client} {cpu(best['ours']) / cpu(best[client]):.3f}" for client in best if client != "ours"
        ]
        print(f"{'':>6} CPU: {', '.join(ratios)}", flush=True)
        per_job[jobs] = cpu(best["ours"]) / jobs
    print(f"CPU a job at 10,000 / at 1,000: {per_job[10_000] / per_job[1000]:.2f}")
    print("1,000 tasks of 0.02 s in one queue (20 s is the ideal)")
    show("ours", 1000, campaign("ours", 1000, 0.02))


if __name__ == "__main__":
    main()
