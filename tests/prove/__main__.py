"""`python -m tests.prove [WORDS]`: explore every scenario within its bounds, and say how many schedules there are."""

import sys
import time

from qcaas_sdk.testing import Bounds, ScheduleFailed, explore
from tests.prove.scenarios import SCENARIOS


def words_of(bounds: Bounds) -> str:
    """The bounds that are not as ever."""
    names = ("deviations", "cancellations", "faults", "crashes")
    given = [f"{getattr(bounds, name)} {name}" for name in names if getattr(bounds, name) not in {None, 0}]
    return ", ".join(given) or "asyncio's own order"


def main(words: str) -> int:
    failed = 0
    print("| scenario | bounds | schedules | outcomes |\n|---|---|---:|---:|")
    for scenario in SCENARIOS:
        if words not in scenario.name:
            continue
        for bounds in scenario.bounds:
            begin = time.process_time()
            try:
                found = explore(scenario.run, bounds, world=scenario.make)
            except ScheduleFailed as failure:
                failed += 1
                print(f"| {scenario.name} | {words_of(bounds)} | **failed** | |", flush=True)
                print(failure, file=sys.stderr)
                continue
            failed += not found.complete
            told = f"{found.schedules:,}" if found.complete else f"**{found}**"
            print(f"| {scenario.name} | {words_of(bounds)} | {told} | {len(found.outcomes)} |", flush=True)
            print(f"{scenario.name}: {found}; {time.process_time() - begin:.1f} s", file=sys.stderr)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
