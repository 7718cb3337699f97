"""Notes from many jobs, written together; durable for whoever waits, soon for the others."""

import asyncio
import concurrent.futures
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk._journal import open_journal, read_journal
from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk._journal.journal import LATEST_S, Journal
from qcaas_sdk._journal.replay import replay
from qcaas_sdk.errors import JournalError
from qcaas_sdk.testing import run_virtual


def on_disk(path: Path) -> list[int]:
    """What another process would find."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        found = [subject for (subject,) in db.execute("SELECT subject FROM entries ORDER BY number")]
    db.close()
    return found


class FailingFile(JournalFile):
    """A file whose first so many writes fail."""

    failures = 0

    def append(self, entries: Sequence[Entry], texts: Mapping[bytes, str]) -> None:
        if self.failures:
            self.failures -= 1
            raise JournalError("disk full", file=str(self.path))
        super().append(entries, texts)


async def test_notes_that_meet_are_one_commit(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "j.db")
    journal = Journal(file)

    async def one(number: int) -> None:
        journal.note(number, "job", {})
        await journal.written()

    await asyncio.gather(*(one(number) for number in range(1000)))
    assert on_disk(journal.path) == list(range(1000))
    assert file.commits == 1
    journal.close()


async def test_what_is_written_while_a_commit_is_under_way_waits_for_the_next(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "j.db")
    journal = Journal(file)

    async def steps(name: int) -> None:
        for step in range(20):
            journal.note(100 * name + step, "moved", {})
            await journal.written()
            assert 100 * name + step in on_disk(journal.path)

    await asyncio.gather(*(steps(name) for name in range(5)))
    for name in range(5):
        mine = [subject for subject in on_disk(journal.path) if subject // 100 == name]
        assert mine == sorted(mine), "in order"
    assert len(on_disk(journal.path)) == 100
    assert file.commits <= 45
    journal.close()


def test_a_note_that_nobody_waits_for_is_written_soon(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = Journal(JournalFile(tmp_path / "j.db"))
        journal.note(1, "job", {})
        journal.note(2, "job", {})
        assert on_disk(journal.path) == []
        await asyncio.sleep(2 * LATEST_S)
        assert on_disk(journal.path) == [1, 2]
        journal.note(3, "job", {})
        await asyncio.sleep(2 * LATEST_S)
        assert on_disk(journal.path) == [1, 2, 3]
        journal.close()

    run_virtual(scenario())


def test_closing_writes_what_is_left_and_no_loop_is_needed(tmp_path: Path) -> None:
    journal = Journal(JournalFile(tmp_path / "j.db"))
    journal.note(1, "job", {})
    journal.close()
    assert on_disk(tmp_path / "j.db") == [1]


async def test_a_failed_write_reaches_whoever_waits_and_is_tried_again(tmp_path: Path) -> None:
    file = FailingFile(tmp_path / "j.db")
    journal = Journal(file)
    file.failures = 1
    journal.note(1, "job", {})
    with pytest.raises(JournalError, match="disk full"):
        await journal.written()
    journal.note(2, "job", {})
    await journal.written()
    assert on_disk(journal.path) == [1, 2], "in order, and each once"
    journal.close()


async def test_an_await_that_is_given_up_does_not_stop_the_write(tmp_path: Path) -> None:
    journal = Journal(JournalFile(tmp_path / "j.db"))
    journal.note(1, "job", {})
    waiting = asyncio.create_task(journal.written())
    await asyncio.sleep(0)
    waiting.cancel()
    await journal.written()
    assert on_disk(journal.path) == [1]
    journal.close()


async def test_it_writes_although_the_loops_own_executor_is_busy_or_gone(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    busy, held = threading.Event(), concurrent.futures.ThreadPoolExecutor(1)
    loop.set_default_executor(held)
    blocked = loop.run_in_executor(None, busy.wait)
    journal = Journal(JournalFile(tmp_path / "j.db"))
    journal.note(1, "job", {})
    async with asyncio.timeout(30):
        await journal.written()
    assert on_disk(journal.path) == [1]
    busy.set()
    await blocked
    await loop.shutdown_default_executor()
    journal.note(2, "job", {})
    await journal.written()
    assert on_disk(journal.path) == [1, 2]
    journal.close()


async def test_no_thread_is_left_when_it_is_closed(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    journal = Journal(JournalFile(tmp_path / "j.db"))
    journal.note(1, "job", {})
    await journal.written()
    (writer,) = set(threading.enumerate()) - before
    journal.close()
    await asyncio.to_thread(writer.join, 30)
    assert not writer.is_alive()


@pytest.mark.parametrize("body", [{"tag": object()}, {"n": float("nan")}, {"n": 10**5000}, {1j: 2}, {"a": {1}}])
async def test_a_note_that_cannot_be_written_is_refused_where_it_is_made(
    body: dict[str, Any], tmp_path: Path
) -> None:
    journal = Journal(JournalFile(tmp_path / "j.db"))
    journal.note(1, "job", {})
    with pytest.raises(JournalError, match="what is known of number 2 cannot be written"):
        journal.note(2, "job", body)
    journal.note(3, "job", {})
    await journal.written()
    assert on_disk(journal.path) == [1, 3]
    journal.close()


@pytest.mark.parametrize(
    ("tag", "kept"), [(5, "5"), (True, "True"), (["a"], "['a']"), ("\ud800", "?"), (None, None), ("mine", "mine")]
)
@pytest.mark.parametrize("flag", [1, None, True, 0])
def test_what_earlier_versions_wrote_down_of_an_odd_job_costs_no_journal(
    tag: Any, kept: str | None, flag: Any, tmp_path: Path
) -> None:
    body = {
        "program": "OPENQASM 2.0;",
        "qpu_id": "qpu:1",
        "config_json": None,
        "config_type": None,
        "tag": tag,
        "hybrid_marker": None,
        "fetch_diagnostics": flag,
    }
    found = replay([Entry(1, "job", body)], "j.db")
    assert found.damage is None
    assert found.jobs[1].request.tag == kept
    assert found.jobs[1].fetch_diagnostics is bool(flag)


def test_whoever_looks_sees_the_service_as_soon_as_it_is_open(tmp_path: Path) -> None:
    opened = open_journal(tmp_path / "j.db", "https://qpu.example.org")
    assert read_journal(tmp_path / "j.db").service == "https://qpu.example.org"
    opened.journal.close()
