"""kill -9 at random moments while 1,000 jobs race for a budget of 500 runs; in the end exactly 500 have run.

python -m tests.soak.budget [JOBS [RUNS [KILLS]]]     1,000, 500 and 60 if left out
"""

import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

from tests.soak.kill import ROOT, service

LIVES_S = (0.0, 1.0)
"""How long a race lasts before it is killed, once it has begun."""


def race(folder: Path, jobs: int, runs: int, kills: int, *, seed: int = 1) -> tuple[Counter[str], list[int], int]:
    """Run a race to its end, killing it so many times on the way (fewer if it ends first).

    Returns:
        How often each program was run, how many runs there were after each kill, and how many kills there were.
    """
    rng = random.Random(seed)
    journal, after_kills = folder / "budget.db", list[int]()
    with service(kills * sum(LIVES_S) / 2 / runs, 0.05, seed) as url:
        words = [sys.executable, "-m", "tests.soak.racing", url, str(journal), str(jobs), str(runs)]

        def ran() -> Counter[str]:
            with urllib.request.urlopen(f"{url}/runs") as answer:
                return Counter(json.load(answer))

        while True:
            process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert process.stdout is not None
            process.stdout.readline()  # it has begun, or failed
            try:
                _, trouble = process.communicate(timeout=rng.uniform(*LIVES_S) if len(after_kills) < kills else 600)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                after_kills.append(ran().total())
                continue
            if process.returncode:
                raise RuntimeError(trouble)
            return ran(), after_kills, len(after_kills)


def main() -> None:
    given = [int(word) for word in sys.argv[1:4]]
    jobs, runs, kills = given + [1000, 500, 60][len(given) :]
    begin = time.time()
    with tempfile.TemporaryDirectory() as folder:
        ran, after_kills, killed = race(Path(folder), jobs, runs, kills)
    twice = [program for program, count in ran.items() if count > 1]
    print(
        f"{jobs} jobs race for {runs} runs, killed {killed} times, 5% of answers dropped: {ran.total()} runs in the "
        f"end, {max(after_kills, default=0)} at most after a kill, {len(twice)} programs more than once "
        f"({time.time() - begin:.0f} s)"
    )
    sys.exit(ran.total() != min(runs, jobs) or bool(twice))


if __name__ == "__main__":
    main()
