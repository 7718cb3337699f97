"""What the search tables say that jobs have used is what their entries say."""

import asyncio
import json
import shutil
import sqlite3
import tempfile
import warnings
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import Job, QcaasError, Usage
from qcaas_sdk._journal import JobFilter, read_journal, usage_in
from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk.results.usage import KEYS, UsageKey, UsageTable, usage_of, usage_table
from qcaas_sdk.testing import SimulatedCloud, clouds, programs, run_virtual, sdk_on
from qcaas_sdk.testing.time import VirtualClock

PROGRAM = "OPENQASM 2.0;"
WRITTEN_BEFORE = Path(__file__).parents[1] / "written_before" / "data"


def from_entries(path: Path, keys: tuple[UsageKey, ...], wanted: JobFilter) -> UsageTable:
    jobs = read_journal(path).jobs.values()
    return usage_table(keys, usage_of(jobs, "night", keys, wanted.tag, wanted.qpu_id, wanted.since, wanted.until))


def from_tables(path: Path, keys: tuple[UsageKey, ...], wanted: JobFilter) -> UsageTable:
    return usage_table(keys, usage_in(path, "night", keys, wanted))


def rows(table: UsageTable) -> list[Any]:
    return [
        (row.key, row.usage.runs, row.usage.shots, pytest.approx(row.usage.qpu_seconds), row.usage.timed_runs)
        for row in table.rows
    ]


EVERYTHING = [(keys, JobFilter()) for keys in (*((key,) for key in KEYS), KEYS)]


def check_same(path: Path, around: datetime | None = None) -> None:
    some = [JobFilter(tag="vqe", since=around), JobFilter(qpu_id="qpu:sim:2", until=around)]
    for keys, wanted in EVERYTHING if around is None else [*EVERYTHING[-1:], *((KEYS[:1], one) for one in some)]:
        assert rows(from_tables(path, keys, wanted)) == rows(from_entries(path, keys, wanted)), (keys, wanted)


def jobs_from_entries(path: Path) -> list[int]:
    """The jobs that are read from their entries."""
    with closing(sqlite3.connect(path)) as db:
        return [number for (number,) in db.execute("SELECT number FROM jobs WHERE unsettled ORDER BY number")]


def as_an_earlier_version_wrote_it(path: Path) -> Path:
    """A copy without what runs have used, and with only some of the search tables."""
    with JournalFile(path, read_only=True) as file:
        entries, damage = file.read()
    assert damage is None
    copy = path.with_name("copy.db")
    with JournalFile(copy) as file:
        bodies = [{key: value for key, value in one.body.items() if key != "usage"} for one in entries]
        file.append([Entry(one.entity_id, one.kind, body) for one, body in zip(entries, bodies, strict=True)], {})
    with closing(sqlite3.connect(copy)) as db:
        db.executescript("DROP TRIGGER search; DROP VIEW feed; DROP TABLE runs;")
    return copy


CALLS = ["execute", "wait", "submit", "cancel", "abandon", "reconfigure", "refresh", "load"]


@pytest.mark.slow
@given(
    clouds(("qpu:sim:1", "qpu:sim:2")),
    st.lists(
        st.tuples(programs(), st.sampled_from([None, "vqe"]), st.sampled_from([None, 70])), min_size=1, max_size=4
    ),
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(CALLS), st.sampled_from([0.0, 0.05, 1.0, 30.0])), max_size=14
    ),
    st.integers(0, 14),
)
@settings(max_examples=30, deadline=None)
def test_in_every_campaign(
    cloud: SimulatedCloud, asked: list[Any], calls: list[tuple[int, str, float]], moved_after: int
) -> None:
    async def campaign(path: Path) -> None:
        warnings.simplefilter("ignore")
        jobs: list[Any] = []
        for some in (calls[:moved_after], calls[moved_after:]):
            sdk = sdk_on(cloud, journal=path)
            with cloud.calm():
                await sdk.open()
            if not jobs:
                made = [
                    sdk.create_job(program=program, tag=tag, shots=shots, qpu_id=cloud.qpu_ids[number % 2])
                    for number, (program, tag, shots) in enumerate(asked)
                ]
                count = len(made)
            jobs = [one for one in sdk.recover(all=True) if isinstance(one, Job)]
            assert len(jobs) >= count
            going = []
            for number, call, pause_s in some:
                job = jobs[number % len(jobs)]
                try:
                    match call:
                        case "reconfigure":
                            job.reconfigure(qpu_id=cloud.qpu_ids[number % 2])
                        case "load":
                            jobs.append(sdk.from_snapshot(job.to_snapshot()))
                        case _:
                            going.append(asyncio.ensure_future(getattr(job, call)()))
                except QcaasError:
                    pass
                await asyncio.sleep(pause_s)
            for one in going:
                one.cancel()
            await asyncio.gather(*going, return_exceptions=True)
            await sdk.close()
            check_same(path, VirtualClock().wall() - timedelta(seconds=1))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.db"
        run_virtual(campaign(path))
        copy = as_an_earlier_version_wrote_it(path)
        check_same(copy)
        with JournalFile(copy):
            pass  # its new tables
        check_same(copy)


@pytest.mark.parametrize("name", ["composites.db", "in_doubt.db", "jobs.db"])
def test_in_journals_of_earlier_versions(name: str, tmp_path: Path) -> None:
    for file in WRITTEN_BEFORE.glob(f"{name}*"):
        shutil.copy(file, tmp_path)
    check_same(tmp_path / name)
    with JournalFile(tmp_path / name):
        pass
    check_same(tmp_path / name)
    assert from_tables(tmp_path / name, ("tag",), JobFilter()).total.runs > 0 or name == "in_doubt.db"


@pytest.mark.virtual_time
async def test_only_jobs_whose_runs_are_not_settled_are_read_from_their_entries(tmp_path: Path) -> None:
    path, cloud = tmp_path / "night.db", SimulatedCloud()
    async with sdk_on(cloud, journal=path) as sdk:
        for program in (PROGRAM, f"{PROGRAM} // simulated: fails", f"{PROGRAM} // simulated: refused"):
            job = sdk.create_job(program=program)
            for _ in range(3):
                await job.execute()
        await sdk.create_job(program=PROGRAM).cancel()
        sdk.create_job(program=PROGRAM)
        await sdk.create_job(program=PROGRAM).submit()
    assert jobs_from_entries(path) == [6]
    assert from_tables(path, ("qpu_id",), JobFilter()).total.runs == 7
    check_same(path)


@pytest.mark.virtual_time
async def test_a_run_that_ends_between_two_reads_is_counted_once(tmp_path: Path) -> None:
    path, cloud = tmp_path / "night.db", SimulatedCloud()
    async with sdk_on(cloud, journal=path) as sdk:
        await sdk.create_job(program=PROGRAM).execute()
        job = await sdk.create_job(program=PROGRAM).submit()
        assert sdk.usage().total.runs == 2
        reading = iter(usage_in(path, "night", ("qpu_id",), JobFilter()))
        first = next(reading)
        await job.wait()
        assert sdk.usage().total == usage_table(("qpu_id",), usage_in(path, "", ("qpu_id",), JobFilter())).total
        assert sum((usage.runs for _, usage in chain([first], reading)), 0) == 2


def test_the_entry_of_an_end_says_what_the_run_has_used(tmp_path: Path) -> None:
    async def campaign() -> None:
        async with sdk_on(SimulatedCloud(), journal=tmp_path / "night.db") as sdk:
            await sdk.create_job(program=PROGRAM, shots=70).execute()

    run_virtual(campaign())
    with JournalFile(tmp_path / "night.db", read_only=True) as file:
        entries, _ = file.read()
    said = [json.loads(json.dumps(one.body))["usage"] for one in entries if "usage" in one.body]
    assert [one["shots"] for one in said] == [70]
    assert from_tables(tmp_path / "night.db", ("tag",), JobFilter()).total == Usage(
        70 // 70, 70, said[0]["seconds"], 1
    )
