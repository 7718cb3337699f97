"""A journal that is deleted, moved or replaced while it is open: the next write fails, and nothing is submitted."""

import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qcaas_sdk import CompositeJob, JobState
from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk.errors import JournalError, JournalInUse
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on
from tests.support.programs import BELL

ENTRY = Entry(1, "moved", {})

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes and replaces no open file")


def delete(path: Path) -> None:
    path.unlink()


def delete_all(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def replace(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def put_a_file_in_place_of_the_folder(path: Path) -> None:
    move_the_folder(path)
    path.parent.touch()


HAPPENED = [delete, delete_all, replace, move_the_folder, put_a_file_in_place_of_the_folder]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "j.db"


@pytest.mark.parametrize("happens", HAPPENED)
def test_the_next_write_says_it(path: Path, happens: Callable[[Path], None]) -> None:
    with JournalFile(path) as file:
        file.append([ENTRY], {})
        happens(path)
        for _ in range(2):
            with pytest.raises(JournalError, match=r"it was deleted, moved or replaced .* save\(path\)") as caught:
                file.append([ENTRY], {})
        assert caught.value.file == str(path)
        assert file.read() == ([ENTRY], None), "nothing more was written"


def test_it_can_be_moved_back(path: Path) -> None:
    with JournalFile(path) as file:
        file.append([ENTRY], {})
        path.rename(path.with_name("elsewhere"))
        with pytest.raises(JournalError):
            file.append([ENTRY], {})
        path.with_name("elsewhere").rename(path)
        file.append([ENTRY], {})
    with JournalFile(path) as file:
        assert file.read() == ([ENTRY] * 2, None)


@pytest.mark.parametrize("happens", [delete, replace])
def test_sqlites_log_is_needed_too_and_closing_writes_it_back(path: Path, happens: Callable[[Path], None]) -> None:
    with JournalFile(path) as file:
        file.append([ENTRY], {})
        happens(path.with_name("j.db-wal"))
        with pytest.raises(JournalError, match=r"its log j\.db-wal was deleted or replaced .* [Cc]lose the SDK"):
            file.append([ENTRY], {})
    with JournalFile(path) as file:
        assert file.read() == ([ENTRY], None), "nothing is lost"
        file.append([ENTRY], {})


@pytest.mark.parametrize("happens", [delete, replace])
def test_the_lock_is_put_back(path: Path, happens: Callable[[Path], None]) -> None:
    beside = path.with_name("j.db-lock")
    with JournalFile(path) as file:
        file.append([ENTRY], {})
        happens(beside)
        file.append([ENTRY], {})
        assert re.match(rb"durable 0{19}2 ", beside.read_bytes()), "it says how many entries are durable"
        with pytest.raises(JournalInUse):
            JournalFile(path)
    with JournalFile(path) as file:
        assert file.read() == ([ENTRY] * 2, None)


def test_a_lock_that_cannot_be_put_back_is_named(path: Path) -> None:
    with JournalFile(path) as file:
        path.with_name("j.db-lock").unlink()
        path.with_name("j.db-lock").mkdir()
        with pytest.raises(JournalError, match=r"its lock j\.db-lock cannot be written"):
            file.append([ENTRY], {})


def test_a_file_system_without_inodes_will_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = os.stat

    def without_inode(*args: object, **options: object) -> os.stat_result:
        known = list(stat(*args, **options))  # type: ignore[call-overload]
        known[1] = 0
        return os.stat_result(known)

    with JournalFile(path) as file:
        monkeypatch.setattr(os, "stat", without_inode)
        file.append([ENTRY], {})
        path.unlink()
        with pytest.raises(JournalError, match="deleted"):
            file.append([ENTRY], {})


@pytest.mark.parametrize("happens", [delete, delete_all, replace])
def test_nothing_is_submitted_and_what_is_in_memory_can_be_saved(path: Path, happens: Callable[[Path], None]) -> None:
    cloud = SimulatedCloud()

    async def scenario() -> None:
        sdk = await sdk_on(cloud, journal=path).open()
        before = sdk.create_job(program=[BELL, BELL])
        await before.execute()
        happens(path)
        after = sdk.create_job(program=BELL)
        with pytest.raises(JournalError, match="deleted, moved or replaced"):
            await after.execute()
        assert after.state is JobState.CREATED
        assert len(cloud.ledger.executions) == 2
        before.save(path.with_name("saved.json"))
        with pytest.raises(JournalError):
            await sdk.close()

    async def afterwards() -> None:
        async with sdk_on(cloud) as sdk:
            loaded = sdk.load(path.with_name("saved.json"))
            assert isinstance(loaded, CompositeJob)
            assert [output.ok for output in loaded.outputs] == [True, True]

    run_virtual(scenario())
    run_virtual(afterwards())


def test_another_process_that_reads_and_ends_disturbs_nothing(path: Path) -> None:
    with JournalFile(path) as file:
        file.append([ENTRY], {})
        for mode in ("ro", "rw"):
            with sqlite3.connect(f"file:{path}?mode={mode}", uri=True) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)" if mode == "rw" else "SELECT * FROM entries").fetchall()
            db.close()
            file.append([ENTRY], {})
        assert file.last == 3
