"""Every set of faults at full size: `python -m tests.soak.faults [JOBS]` (300 if left out)."""

import itertools
import sys
import time

from qcaas_sdk.testing import run_virtual
from tests.support.faults import FAULTS, SECOND_SUBMISSIONS, cloud_with
from tests.test_faults import check, composite, single_jobs


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for api, faults, second, limit in itertools.product(("v3", "v4"), FAULTS, SECOND_SUBMISSIONS, (None, 50)):
        for way in (single_jobs, composite):
            begin = time.perf_counter()
            cloud = cloud_with(faults, second, seed=7, rate_limit=limit, api=api)
            check(cloud, run_virtual(way(cloud, jobs)))
            print(
                f"{api} {faults:20} second submission: {second:12} rate limit: {limit or '-':>4} {way.__name__:12} "
                f"{jobs} results, {len(cloud.ledger.executions)} runs, {len(cloud.ledger.requests())} requests, "
                f"{cloud.now:.0f} virtual s ({time.perf_counter() - begin:.1f} s)",
                flush=True,
            )


if __name__ == "__main__":
    main()
