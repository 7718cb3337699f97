"""The journal's file: whole batches, one owner, and damage that is always noticed."""

import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk._journal.file import APPLICATION_ID, FORMAT, Entry, JournalFile, digest_of
from qcaas_sdk.errors import BadJournal, JournalError, JournalInUse

PROGRAM = "OPENQASM 2.0;  // ü"
DIGEST = digest_of(PROGRAM)


def entries(first: int, number: int) -> list[Entry]:
    return [Entry(n, "moved", {"n": n, "program": {"text": DIGEST.hex()}}) for n in range(first, first + number)]


def filled(path: Path, number: int = 20) -> Path:
    with JournalFile(path) as file:
        for first in range(0, number, 5):
            file.append(entries(first, 5), {DIGEST: PROGRAM})
    return path


def test_what_was_appended_is_read_with_its_texts(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db")
    with JournalFile(path) as file:
        read, damage = file.read()
    assert damage is None
    assert read == [Entry(n, "moved", {"n": n, "program": PROGRAM}) for n in range(20)]


def test_a_long_text_is_kept_once(tmp_path: Path) -> None:
    long = "x" * 100_000
    with JournalFile(tmp_path / "j.db") as file:
        for n in range(100):
            file.append([Entry(n, "job", {"program": {"text": digest_of(long).hex()}})], {digest_of(long): long})
    assert (tmp_path / "j.db").stat().st_size < 300_000


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections to databases that were opened in this test: some limits are set on a connection."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noted(*args: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", noted)
    return opened


def test_an_append_is_all_or_nothing(tmp_path: Path, connections: list[sqlite3.Connection]) -> None:
    with JournalFile(tmp_path / "j.db") as file:
        file.append(entries(0, 3), {DIGEST: PROGRAM})
        with pytest.raises(TypeError):
            file.append([*entries(3, 2), Entry(5, "moved", {"no": object()})], {})
        connections[-1].execute("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="full") as caught:
            file.append([Entry(9, "moved", {"much": "x" * 200_000})], {})
        assert caught.value.file == str(tmp_path / "j.db")
        connections[-1].execute("PRAGMA max_page_count = 1000000")
        file.append(entries(3, 2), {})
        read, damage = file.read()
    assert damage is None
    assert [entry.entity_id for entry in read] == [0, 1, 2, 3, 4]


def test_nothing_is_ever_changed_or_removed(tmp_path: Path, connections: list[sqlite3.Connection]) -> None:
    with JournalFile(filled(tmp_path / "j.db")):
        for statement in ("UPDATE entries SET body = '{}'", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="only appended"):
                connections[-1].execute(statement)


def test_it_has_one_owner_in_this_process(tmp_path: Path) -> None:
    with JournalFile(tmp_path / "j.db"), pytest.raises(JournalInUse, match="another SDK has it open"):
        JournalFile(tmp_path / "j.db")
    JournalFile(tmp_path / "j.db").close()


def test_it_has_one_owner_among_processes_and_is_free_again_when_that_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    script = (
        "import sys; from pathlib import Path; from qcaas_sdk._journal.file import JournalFile, Entry\n"
        "file = JournalFile(Path(sys.argv[1])); file.append([Entry(1, 'job', {})], {}); print('open', flush=True)\n"
        "sys.stdin.read()"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline().strip() == b"open"
    with pytest.raises(JournalInUse):
        JournalFile(path)
    with JournalFile(path, read_only=True) as reader:
        assert len(reader.read()[0]) == 1, "looking is allowed"
    owner.kill()
    owner.communicate()
    with JournalFile(path) as file:
        assert file.read() == ([Entry(1, "job", {})], None)


@pytest.mark.parametrize("content", [b"no database", b"\0" * 5000, b"SQLite format 3\0" + b"\1" * 200])
def test_another_file_is_no_journal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j.db").write_bytes(content)
    with pytest.raises(BadJournal, match="not a journal"):
        JournalFile(tmp_path / "j.db")
    assert (tmp_path / "j.db").read_bytes() == content, "and is left alone"


def test_another_database_is_no_journal(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "j.db").execute("CREATE TABLE mine (x)").connection.close()
    with pytest.raises(BadJournal, match="not a journal of qcaas_sdk"):
        JournalFile(tmp_path / "j.db")


def test_an_empty_file_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "j.db").touch()
    with JournalFile(tmp_path / "j.db") as file:
        assert file.read() == ([], None)


def test_a_newer_format_is_named(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db")
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    db.close()
    with pytest.raises(JournalError, match=r"newer version \(format 2, known here 1\): upgrade"):
        JournalFile(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no such file"):
        JournalFile(tmp_path / "none" / "j.db")
    with pytest.raises(JournalError, match="no such file"):
        JournalFile(tmp_path / "j.db", read_only=True)
    with pytest.raises(JournalError, match="this is a folder; name a file in it"):
        JournalFile(tmp_path)


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "j.db-lock").mkdir()
    with pytest.raises(JournalError, match=r"its lock j\.db-lock cannot be written"):
        JournalFile(tmp_path / "j.db")


def test_a_file_that_refuses_to_be_written_is_named(tmp_path: Path, connections: list[sqlite3.Connection]) -> None:
    with JournalFile(filled(tmp_path / "j.db")) as file:
        connections[-1].execute("PRAGMA query_only = ON")
        with pytest.raises(JournalError, match="readonly"):
            file.append(entries(20, 1), {})


def test_a_lost_tail_is_noticed(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db", 10)
    early = tmp_path / "early.db"
    shutil.copy(path, early)
    filled(path, 20)
    shutil.copy(early, path)
    with pytest.raises(BadJournal, match="ends with entry 10, but 30 entries were written"):
        JournalFile(path)


def test_a_damaged_entry_leaves_the_others_readable(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db")
    content = path.read_bytes()
    path.write_bytes(content.replace(b'{"n":7,', b'{"n":8,'))
    with JournalFile(path) as file:
        read, damage = file.read()
    assert damage == "entry 8 is damaged or missing"
    assert [entry.body["n"] for entry in read] == [n for n in range(20) if n != 7]


def test_a_damaged_text_is_noticed(tmp_path: Path) -> None:
    path = filled(tmp_path / "j.db", 5)
    path.write_bytes(path.read_bytes().replace(b"OPENQASM 2.0;", b"OPENQASM 3.0;"))
    with JournalFile(path) as file:
        read, damage = file.read()
    assert (read, damage) == ([], "a text of entry 1 is damaged or missing")


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A file after something happened to it."""
    damage = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 10])):
        place = rng.randrange(len(damage))
        match rng.choice(["flip", "byte", "zero", "cut", "swap"]):
            case "flip":
                damage[place] ^= 1 << rng.randrange(8)
            case "byte":
                damage[place] = rng.randrange(256)
            case "zero":
                damage[place : place + 512] = bytes(len(damage[place : place + 512]))
            case "cut" if place:
                del damage[place:]
            case "swap":
                other = rng.randrange(len(damage))
                damage[place : place + 64], damage[other : other + 64] = (
                    damage[other : other + 64],
                    damage[place : place + 64],
                )
    return bytes(damage)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_damaged_there_is_a_named_error_or_the_whole_truth(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = filled(tmp_path / "j.db")
    whole, mark = path.read_bytes(), (tmp_path / "j.db-lock").read_bytes()
    truth = [Entry(n, "moved", {"n": n, "program": PROGRAM}) for n in range(20)]
    noticed = 0
    for _ in range(60):
        for leftover in tmp_path.glob("j.db-*"):
            leftover.unlink()
        (tmp_path / "j.db-lock").write_bytes(mark)
        path.write_bytes(damaged(whole, rng))
        try:
            with JournalFile(path) as file:
                read, damage = file.read()
        except JournalError:
            noticed += 1
            continue
        if damage is None:
            assert read == truth
        else:
            noticed += 1
            assert all(entry in truth for entry in read)
    assert noticed > 20


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(filled(tmp_path / "j.db")) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    db.close()
