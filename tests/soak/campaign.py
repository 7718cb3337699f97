"""A campaign that may be killed at any moment and goes on when it is started again.

python -m tests.soak.campaign URL JOURNAL JOBS
"""

import asyncio
import sys

from qcaas_sdk import OqcSdk

QPU = "qpu:bench:1"


async def main(url: str, journal: str, jobs: int) -> None:
    async with OqcSdk(url, "token", default_qpu_id=QPU, journal=journal) as sdk:
        unfinished = sdk.recover() if sdk.recover(all=True) else [sdk.create_job(program=programs(jobs))]
        for job in unfinished:
            await job.wait()


def programs(number: int) -> list[str]:
    return [f"OPENQASM 2.0; // program {n}" for n in range(number)]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
