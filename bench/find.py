"""What a search and a table of usage cost in a journal of 1,000,000 jobs (or `bench.find JOBS`).

The journal is written with SQL, as the entries of jobs that were reserved, submitted and completed.
"""

import gc
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import evolve

from qcaas_sdk import JobState
from qcaas_sdk._journal import JobFilter, jobs_numbered, usage_in
from qcaas_sdk._journal.file import Entry, JournalFile, digest_of, encode
from qcaas_sdk._journal.search import make_searchable, matching, states_of
from qcaas_sdk.results.usage import KEYS, UsageKey, usage_table

JOBS = 1_000_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PROGRAM = "OPENQASM 2.0;"
WANTED = {
    "the last 20": JobFilter(),
    "state failed (1 in 1,000)": JobFilter(states=[JobState.FAILED]),
    "tag of 20 jobs": JobFilter(tag="rare"),
    "tag of all, state cancelled (none)": JobFilter(tag="all", states=[JobState.CANCELLED]),
    "state completed, tag of 20 jobs": JobFilter(tag="rare", states=[JobState.COMPLETED]),
    "a QPU that has none": JobFilter(qpu_id="q9"),
    "created in one minute": JobFilter(since=BEGIN, until=BEGIN + timedelta(minutes=1)),
    "user_metadata run = 77": JobFilter(user_metadata={"run": 77}),
    "name": JobFilter(name="job-500"),
    "name with *": JobFilter(name="job-99*"),
}


def entries(number: int) -> list[Entry]:
    """What a job leaves in a journal."""
    at = (BEGIN + timedelta(seconds=number)).isoformat()
    failed = number % 1000 == 0
    job = {
        "program": {"text": digest_of(PROGRAM).hex()},
        "qpu_id": f"q{number % 3}",
        "config_json": None,
        "config_type": None,
        "tag": "rare" if number % (JOBS // 20) == 0 else "all",
        "hybrid_marker": None,
        "fetch_diagnostics": False,
        "at": at,
        "user_metadata": {"run": number},
        **({"name": f"job-{number}"} if number % 10 == 0 else {}),
    }
    task = {"task_id": f"00000000-0000-4000-8000-{number:012x}", "qpu_url": "https://q.example"}
    submitted = {
        "trigger": "submit",
        "source": "CREATED",
        "target": "SUBMITTED",
        "why": "The server has it.",
        "at": at,
    }
    ended = {
        "trigger": "poll",
        "source": "SUBMITTED",
        "target": "FAILED" if failed else "COMPLETED",
        "why": "",
        "at": at,
        "usage": {"shots": 1000, "seconds": 1.5, "at": BEGIN.timestamp() + number},
    }
    end = (
        {"kind": "error", "error_code": 1, "error_message": "no"}
        if failed
        else {"kind": "result", "data": {"c": {"00": 489, "11": 511}}}
    )
    output = {"received": at, "timings": {"created": at, "ended": at}, "metrics": None, "metadata": None, **end}
    bodies = [
        ("job", job),
        ("reserved", task),
        ("moved", submitted | task),
        ("moved", ended | task | {"output": output}),
    ]
    return [Entry(number, kind, body, encode(body)) for kind, body in bodies]


def fastest(call: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.db"
        begin = time.perf_counter()
        with JournalFile(path) as file:
            file.append([Entry(0, "service", {"url": "https://q.example"})], {digest_of(PROGRAM): PROGRAM})
            for first in range(1, jobs + 1, 2000):
                file.append(
                    [one for number in range(first, min(first + 2000, jobs + 1)) for one in entries(number)], {}
                )
        written_s = time.perf_counter() - begin
        size = path.stat().st_size / 1e6
        print(f"{jobs:,} jobs, {4 * jobs:,} entries: written in {written_s:.0f} s, {size:,.0f} MB")
        db = sqlite3.connect(path)
        db.executescript(
            "DROP TRIGGER search; DROP VIEW feed; DROP INDEX entries_by_subject; DROP TABLE jobs; DROP TABLE runs; "
            "DROP TABLE tasks; DROP TABLE composites; DROP TABLE job_metadata;"
        )
        db.isolation_level = None
        begin = time.perf_counter()
        make_searchable(db)
        print(f"tables made for a journal of an earlier version: {time.perf_counter() - begin:.1f} s, once")
        db.close()
        gc.collect()
        for name, wanted in WANTED.items():

            def listing(wanted: JobFilter = wanted) -> int:
                """From the closed file to the records."""
                with JournalFile(path, read_only=True) as file:
                    numbers = file.search(lambda db: matching(db, evolve(wanted, limit=20)))
                    return len(jobs_numbered(file, numbers).jobs)

            print(f"  {name}: {listing()} jobs in {fastest(listing) * 1000:.0f} ms")

        def counted() -> object:
            with JournalFile(path, read_only=True) as file:
                return file.search(states_of)

        print(f"  jobs by state: {fastest(counted) * 1000:.0f} ms")
        for key in KEYS:

            def used(key: UsageKey = key) -> object:
                return usage_table((key,), usage_in(path, "million", (key,), JobFilter()))

            print(f"  usage by {key}: {fastest(used) * 1000:.0f} ms")
        print(f"memory of this process at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
