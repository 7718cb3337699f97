"""A journal in which 10,000 jobs end at an exact rate: `python -m bench._ending JOURNAL JOBS PER_SECOND`.

It prints `ready` when all jobs are submitted, begins when it reads a line, and prints the seconds that it took.
"""

import sys
import time
from pathlib import Path

from tests.web.campaign import Campaign

EVERY_S = 0.1
"""As often as a journal is committed."""


def main() -> None:
    path, jobs, per_second = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with Campaign(path) as campaign:
        campaign.made(range(jobs))
        campaign.submitted(range(jobs))
        campaign.write()
        print("ready", flush=True)
        sys.stdin.readline()
        begin, done = time.monotonic(), 0
        while done < jobs:
            now = time.monotonic() - begin
            target = min(jobs, int(now * per_second))
            campaign.completed(range(done, target), now)
            campaign.write()
            done = target
            time.sleep(EVERY_S)
        print(time.monotonic() - begin)


if __name__ == "__main__":
    main()
