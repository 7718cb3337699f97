"""Whole lives of one job a second: the explorer beside the kit's own runner, in turns. CPU time, best of several."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

from qcaas_sdk.testing import Bounds, Constant, SimulatedCloud, SimulatedQpu, explore, run_virtual, sdk_on

LIVES = 50
ROUNDS = 5
Life = Callable[[], Coroutine[Any, Any, object]]


def life(service_s: float) -> Life:
    async def run() -> int:
        cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(service_s))])
        async with sdk_on(cloud) as sdk:
            await sdk.create_job(program="OPENQASM 2.0;").execute()
        return len(cloud.ledger.requests())

    return run


async def nothing() -> None:
    pass


def seconds(run: Callable[[], object]) -> float:
    begin = time.process_time()
    for _ in range(LIVES):
        run()
    return (time.process_time() - begin) / LIVES


def main() -> None:
    only = Bounds(schedules=1)
    for name, scenario in (("nothing", nothing), ("a job of 0 s", life(0.0)), ("a job of 1 s", life(1.0))):
        kit, explored = [], []
        for _ in range(ROUNDS):
            kit.append(seconds(lambda: run_virtual(scenario())))  # noqa: B023  # called at once
            explored.append(seconds(lambda: explore(scenario, only, reduce=False)))  # noqa: B023  # called at once
        told = run_virtual(scenario())
        print(
            f"{name:14} requests {told or 0:3}   kit {1.0 / min(kit):7.0f}/s   "
            f"explorer {1.0 / min(explored):7.0f}/s   ratio {min(kit) / min(explored):.2f}"
        )


if __name__ == "__main__":
    main()
