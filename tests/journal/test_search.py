"""The search tables of a journal: the same however they came about, and what they find is what an oracle finds."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import Job, JobState
from qcaas_sdk._journal import JobFilter, read_journal
from qcaas_sdk._journal import file as journal_file
from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk._journal.search import TABLES, matching, number_of_task, states_of
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, run_virtual, sdk_on
from tests.support.examples import scaled
from tests.support.programs import BELL

WRITTEN_BEFORE = sorted(Path("tests/written_before/data").glob("*.db"))
FAILS = "OPENQASM 2.0; // simulated: fails"


def without_tables(path: Path) -> None:
    """As an earlier version of this package has written it."""
    db = sqlite3.connect(path)
    db.executescript(
        "DROP TRIGGER search; DROP VIEW feed; DROP INDEX entries_by_subject;"
        + "".join(f"DROP TABLE {table};" for table in TABLES)
    )
    db.close()


def tables(path: Path, *, read_only: bool = True) -> dict[str, list[Any]]:
    def contents(db: sqlite3.Connection) -> dict[str, list[Any]]:
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}

    with JournalFile(path, read_only=read_only) as file:
        return file.search(contents)


def found(path: Path, **wanted: Any) -> list[int]:
    with JournalFile(path, read_only=True) as file:
        return file.search(lambda db: matching(db, JobFilter(**wanted)))


async def fill(journal: Path, cloud: SimulatedCloud | None = None) -> None:
    """A journal with something of everything."""
    cloud = cloud or SimulatedCloud(qpus=[SimulatedQpu("q1", service_time=Constant(1.0)), SimulatedQpu("q2")])
    async with sdk_on(cloud, journal=journal) as sdk:
        plain = sdk.create_job(program=BELL, tag="x", user_metadata={"run": 3, "deep": {"a": [1]}, "none": None})
        await plain.execute()
        await plain.execute()
        failed = sdk.create_job(program=FAILS, tag="x", name="vqe-1", qpu_id="q2")
        await failed.execute()
        many = sdk.create_job(program=[BELL, FAILS], name="batch", user_metadata={"run": 3.0})
        await many.execute()
        loaded = sdk.from_snapshot(plain.to_snapshot())
        assert isinstance(loaded, Job)
        loaded.reconfigure(qpu_id="q2")
        await sdk.attach(str(many.leaves().__next__().task_id))
        await sdk.create_job(program=BELL).submit()
        sdk.create_job(program=BELL, user_metadata={"run": True})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "j.db"
    run_virtual(fill(path))
    return path


def test_the_tables_are_the_same_whether_kept_up_to_date_made_later_or_made_by_a_reader(
    filled: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    shutil.copy(filled, old)
    kept = tables(filled)
    assert len(kept["jobs"]) == 7
    without_tables(old)
    assert tables(old) == kept, "a reader's own"
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        sqlite3.connect(old).execute("SELECT * FROM jobs")
    assert tables(old, read_only=False) == kept, "made when it is opened for writing"
    assert sqlite3.connect(old).execute("SELECT count(*) FROM jobs").fetchone() == (7,)


def test_an_earlier_version_that_writes_keeps_them_up_to_date_too(filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "j.db"
    shutil.copy(filled, copy)
    db = sqlite3.connect(copy)
    db.execute(
        "INSERT INTO entries SELECT max(number) + 1, 999, 'job', "
        """'{"qpu_id": "q7", "tag": ["odd"], "program": ""}', 0 FROM entries"""
    )
    db.commit()
    assert found(copy, qpu_id="q7") == [999]
    assert found(copy, tag='["odd"]') == [999]


@pytest.mark.parametrize("path", WRITTEN_BEFORE, ids=lambda path: path.stem)
def test_journals_of_earlier_versions_are_searched(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    jobs = read_journal(copy).jobs
    for state in JobState:
        assert found(copy, states=[state]) == sorted(
            (n for n, job in jobs.items() if job.state is state), reverse=True
        )
    with JournalFile(copy) as file:
        assert file.search(states_of) == {
            state: count for state in JobState if (count := sum(job.state is state for job in jobs.values()))
        }
    assert read_journal(copy).jobs.keys() == jobs.keys()


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [8, 7, 6, 4, 3, 2, 1]),
        ({"limit": 2}, [8, 7]),
        ({"tag": "x"}, [6, 2, 1]),
        ({"tag": "x", "states": [JobState.FAILED]}, [2]),
        ({"states": [JobState.FAILED, JobState.SUBMITTED]}, [7, 4, 2]),
        ({"qpu_id": "q2"}, [6, 2]),
        ({"name": "vqe-1"}, [2]),
        ({"name": "vqe-*"}, [2]),
        ({"name": "batch"}, [4, 3]),
        ({"user_metadata": {"run": 3}}, [6, 4, 3, 1]),
        ({"user_metadata": {"run": True}}, [8]),
        ({"user_metadata": {"deep": {"a": [1]}}}, [6, 1]),
        ({"user_metadata": {"none": None, "run": 3}}, [6, 1]),
        ({"user_metadata": {"none": 0}}, []),
    ],
)
def test_what_is_found(filled: Path, wanted: dict[str, Any], numbers: list[int]) -> None:
    assert found(filled, **wanted) == numbers


def test_every_run_s_task_leads_to_its_job(filled: Path) -> None:
    jobs = read_journal(filled).jobs
    first = next(iter(jobs))
    ids = [output.task_id for output in jobs[first].history]
    assert len(set(ids)) == 2
    with JournalFile(filled, read_only=True) as file:
        assert {file.search(lambda db, one=one: number_of_task(db, str(one))) for one in ids} == {first}
        assert file.search(lambda db: number_of_task(db, "nobody")) is None


def test_damage_hides_behind_no_search_table(filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "j.db"
    shutil.copy(filled, copy)
    without_tables(copy)
    db = sqlite3.connect(copy)
    db.executescript("DROP TRIGGER no_update; UPDATE entries SET body = 'no JSON' WHERE number = 3;")
    db.close()
    with JournalFile(copy) as file:
        entries, damage = file.read()
        assert damage == "entry 3 is damaged or missing"
        assert len(entries) > 3
        assert file.search(lambda db: matching(db, JobFilter()))


STATES = st.sampled_from([*JobState])
JOBS = st.lists(
    st.tuples(st.sampled_from(["x", "y", None]), st.sampled_from(["q1", "q2"]), STATES, st.integers(0, 5)),
    max_size=12,
)


WANTED = st.fixed_dictionaries(
    {
        "tag": st.sampled_from(["x", "z", None]),
        "states": st.none() | st.sets(STATES, min_size=1),
        "qpu_id": st.sampled_from(["q1", None]),
        "since": st.none() | st.integers(0, 5),
        "until": st.none() | st.integers(0, 5),
        "run": st.none() | st.integers(0, 5),
        "limit": st.none() | st.integers(0, 5),
    }
)


@settings(max_examples=scaled(50))
@given(JOBS, WANTED)
def test_the_search_finds_what_an_oracle_finds(
    tmp_path_factory: pytest.TempPathFactory, jobs: Sequence[tuple[Any, ...]], given: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("oracle") / "j.db"
    epoch = datetime(2026, 1, 1, tzinfo=UTC)

    def day(number: int | None) -> datetime | None:
        return None if number is None else epoch + timedelta(days=number)

    with JournalFile(path) as file:
        for number, (tag, qpu_id, state, days) in enumerate(jobs, 1):
            at = day(days)
            assert at is not None
            body = {"tag": tag, "qpu_id": qpu_id, "at": at.isoformat(), "user_metadata": {"run": days}}
            file.append([Entry(number, "job", body)], {})
            if state is not JobState.CREATED:
                file.append([Entry(number, "moved", {"target": state, "at": at.isoformat()})], {})
        own = {} if given["run"] is None else {"run": given["run"]}
        wanted = JobFilter(
            given["tag"],
            given["states"],
            given["qpu_id"],
            since=day(given["since"]),
            until=day(given["until"]),
            user_metadata=own,
            limit=given["limit"],
        )
        expected = [
            number
            for number, (tag, qpu_id, state, days) in reversed([*enumerate(jobs, 1)])
            if given["tag"] in {None, tag}
            and (given["states"] is None or state in given["states"])
            and given["qpu_id"] in {None, qpu_id}
            and (given["since"] is None or days >= given["since"])
            and (given["until"] is None or days < given["until"])
            and given["run"] in {None, days}
        ]
        assert file.search(lambda db: matching(db, wanted)) == expected[: given["limit"]]


def test_a_writer_that_cannot_make_the_tables_searches_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(journal_file, "make_searchable", disk_full)
    with JournalFile(tmp_path / "j.db") as file:
        for number in (1, 2, 3):
            file.append([Entry(number, "job", {"qpu_id": "q1"})], {})
            numbers = file.search(lambda db: matching(db, JobFilter(qpu_id="q1")))
            assert numbers == [*range(number, 0, -1)]


def test_searching_while_another_process_writes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud(), journal=tmp_path / "j.db") as sdk:
            await sdk.create_job(program=BELL).execute()
            await asyncio.sleep(1)
            assert found(tmp_path / "j.db", states=[JobState.COMPLETED]) == [1]

    run_virtual(scenario())
