"""Many jobs on the simulated cloud, in virtual time: CPU a job at 10,000 and at 50,000, and what a job keeps.

Each size runs in a process of its own, three times in turns, and the lowest CPU counts. A further process counts
memory with `tracemalloc`: what is freed when the finished composite and its jobs are dropped.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
import tracemalloc

SIZES = (10_000, 50_000)
ROUNDS = 3
PROGRAM = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'


def campaign(jobs: int, *, memory: bool) -> dict[str, float]:
    from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, run_virtual, sdk_on

    async def scenario() -> dict[str, float]:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("q", service_time=Constant(0.02))])
        async with sdk_on(cloud) as sdk:
            composite = sdk.create_job(program=[PROGRAM])  # what is loaded once is loaded
            await composite.execute()
            if memory:
                gc.collect()
                tracemalloc.start()
            begin = time.process_time()
            composite = sdk.create_job(program=[PROGRAM] * jobs)
            await composite.execute()
            seconds = time.process_time() - begin
            assert composite.completed
            assert len(composite) == jobs
            if not memory:
                return {"cpu_s": seconds}
            await asyncio.sleep(0)  # until then the loop refers to what has just ended
            gc.collect()
            full = tracemalloc.get_traced_memory()[0]
            del composite
            gc.collect()
            return {"bytes_a_job": (full - tracemalloc.get_traced_memory()[0]) / jobs}

    return run_virtual(scenario())


def process(jobs: int, *, memory: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.memory", str(jobs), *(["memory"] if memory else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    if sys.argv[1:]:
        print(json.dumps(campaign(int(sys.argv[1]), memory="memory" in sys.argv)))
        return
    rounds = [{jobs: process(jobs, memory=False)["cpu_s"] / jobs for jobs in SIZES} for _ in range(ROUNDS)]
    small, large = (min(figures[jobs] for figures in rounds) for jobs in SIZES)
    print(f"CPU a job: {1e3 * small:.3f} ms at {SIZES[0]:,}, {1e3 * large:.3f} ms at {SIZES[1]:,}")
    print(f"CPU a job at {SIZES[1]:,} / at {SIZES[0]:,}: {large / small:.2f}")
    print(f"kept a job at {SIZES[1]:,}: {process(SIZES[1], memory=True)['bytes_a_job']:,.0f} bytes")


if __name__ == "__main__":
    main()
