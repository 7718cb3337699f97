"""Damaged files by the thousand: a named error or a right load, never another exception, never a wrong state.

python -m tests.soak.damage [JOURNALS [SNAPSHOTS]]     10,000 and 100,000 if left out
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from qcaas_sdk._journal import JournalState, read_journal
from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk._snapshot import job_to_dict
from qcaas_sdk.errors import JournalError
from qcaas_sdk.testing import run_virtual
from tests.journal.test_file import damaged
from tests.snapshot.damage import try_many
from tests.soak.samples import journal_file


def damaged_journals(number: int, seed: int = 0) -> Counter[str]:
    """Damage a journal so many times, its log and its lock too, and read it as its owner would."""
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.db"
        run_virtual(journal_file(path))
        whole = {file.name: file.read_bytes() for file in Path(folder).iterdir()}
        truth = facts(read_journal(path))
        for _ in range(number):
            for file in Path(folder).iterdir():
                file.unlink()
            struck = rng.choice([path.name, path.name, path.name, *whole])
            for name, content in whole.items():
                (Path(folder) / name).write_bytes(damaged(content, rng) if name == struck else content)
            try:
                JournalFile(path).close()  # takes the lock, and checks the mark
                state = read_journal(path)
            except JournalError as error:
                outcomes[type(error).__name__] += 1
            else:
                assert facts(state) == truth, f"damage went unnoticed in {struck}"
                outcomes["loaded"] += 1
    return outcomes


def facts(state: JournalState) -> object:
    """All that a journal says."""
    return ({number: job_to_dict(job) for number, job in state.jobs.items()}, state.composites, state.service)


def main() -> None:
    given = [int(word) for word in sys.argv[1:3]]
    journals, saved = given + [10_000, 100_000][len(given) :]
    begin = time.perf_counter()
    print(f"{journals} damaged journals: {dict(damaged_journals(journals))} ({time.perf_counter() - begin:.0f} s)")
    begin = time.perf_counter()
    outcomes = asyncio.run(try_many(range(saved)))
    print(f"{saved} damaged snapshots: {dict(outcomes)} ({time.perf_counter() - begin:.0f} s)")


if __name__ == "__main__":
    main()
