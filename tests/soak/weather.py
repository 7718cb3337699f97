"""Every weather at full size: `python -m tests.soak.weather [JOBS]` (300 if left out)."""

import itertools
import sys
import time

from qcaas_sdk.testing import run_virtual
from tests.support.weather import SECOND_SUBMISSIONS, WEATHER, cloud_in
from tests.test_weather import check, composite, single_jobs


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for weather, second, limit in itertools.product(WEATHER, SECOND_SUBMISSIONS, (None, 50)):
        for way in (single_jobs, composite):
            begin = time.perf_counter()
            cloud = cloud_in(weather, second, seed=7, rate_limit=limit)
            check(cloud, run_virtual(way(cloud, jobs)))
            print(
                f"{weather:20} second submission: {second:12} rate limit: {limit or '-':>4} {way.__name__:12} "
                f"{jobs} results, {len(cloud.ledger.executions)} runs, {len(cloud.ledger.requests())} requests, "
                f"{cloud.now:.0f} virtual s ({time.perf_counter() - begin:.1f} s)",
                flush=True,
            )


if __name__ == "__main__":
    main()
