"""Jobs that race for a budget; may be killed at any moment, and goes on when it is started again.

python -m tests.soak.racing URL JOURNAL JOBS RUNS
"""

import asyncio
import sys

from qcaas_sdk import Budget, BudgetExceeded, Job, OqcSdk, QcaasError
from tests.soak.campaign import QPU, programs


async def main(url: str, journal: str, jobs: int, runs: int) -> None:
    async with OqcSdk(url, "token", default_qpu_id=QPU, journal=journal, budget=Budget(runs=runs)) as sdk:
        found = [job for job in sdk.recover(all=True) if isinstance(job, Job)]
        known = {job.program for job in found}
        found += [sdk.create_job(program=program) for program in programs(jobs) if program not in known]
        print("begun", flush=True)
        while True:
            ends = await asyncio.gather(*(job.wait() for job in found), return_exceptions=True)
            for end in ends:
                if not isinstance(end, Job | QcaasError):
                    raise end
            if all(isinstance(end, Job | BudgetExceeded) for end in ends):
                return


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
