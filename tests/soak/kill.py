"""kill -9 at random moments of a campaign, then again and again; in the end every program has run exactly once.

python -m tests.soak.kill [JOBS [KILLS]]     1,000 and 100 if left out
"""

import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from qcaas_sdk import JobState
from qcaas_sdk._journal import read_journal
from tests.soak.campaign import programs

ROOT = Path(__file__).resolve().parents[2]


@frozen
class Outcome:
    """What was left after the last start.

    Attributes:
        runs: How often each program was run at the service.
        completed: How many jobs have a result.
        history: How many outputs all jobs hold.
        kills: How often the campaign was killed while it was at work.
    """

    runs: Counter[str]
    completed: int
    history: int
    kills: int


@contextmanager
def service(service_s: float, drop_share: float, seed: int) -> Iterator[str]:
    words = [sys.executable, "-m", "tests.soak.server", str(service_s), str(drop_share), str(seed)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def campaign(folder: Path, jobs: int, kills: int, *, lives_s: tuple[float, float], seed: int = 1) -> Outcome:
    """Run a campaign to its end, killing it so many times on the way (fewer if it ends first)."""
    rng = random.Random(seed)
    journal = folder / "campaign.db"
    killed = 0
    with service(kills * sum(lives_s) / 1.6 / jobs, 0.05, seed) as url:
        words = [sys.executable, "-m", "tests.soak.campaign", url, str(journal), str(jobs)]
        while True:
            process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
            try:
                _, trouble = process.communicate(timeout=rng.uniform(*lives_s) if killed < kills else 600)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                killed += 1
                continue
            if process.returncode:
                raise RuntimeError(trouble)
            break
        with urllib.request.urlopen(f"{url}/runs") as answer:
            runs = Counter(json.load(answer))
    kept = read_journal(journal)
    return Outcome(
        runs,
        sum(job.state is JobState.COMPLETED for job in kept.jobs.values()),
        sum(len(job.history) for job in kept.jobs.values()),
        killed,
    )


def main() -> None:
    given = [int(word) for word in sys.argv[1:3]]
    jobs, kills = given + [1000, 100][len(given) :]
    begin = time.time()
    with tempfile.TemporaryDirectory() as folder:
        outcome = campaign(Path(folder), jobs, kills, lives_s=(0.3, 1.6))
    wrong = [program for program in programs(jobs) if outcome.runs[program] != 1]
    print(
        f"{jobs} jobs, killed {outcome.kills} times, 5% of answers dropped: {len(outcome.runs)} programs run, "
        f"{len(wrong)} of them not exactly once; {outcome.completed} completed, {outcome.history} outputs in history "
        f"({time.time() - begin:.0f} s)"
    )
    sys.exit(bool(wrong) or outcome.completed != jobs or outcome.history != jobs)


if __name__ == "__main__":
    main()
