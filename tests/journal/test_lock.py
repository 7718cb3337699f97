"""One owner for each journal, whatever it is called; a lock that ends with its owner; a mark that lasts."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk._journal.lock import JournalLock
from qcaas_sdk.errors import BadJournal, JournalError, JournalInUse
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

ENTRY = Entry(1, "job", {})
OPEN_AND_WAIT = (
    "import sys; from pathlib import Path; from qcaas_sdk._journal.file import JournalFile, Entry\n"
    "file = JournalFile(Path(sys.argv[1])); file.append([Entry(1, 'job', {})], {}); print('open', flush=True)\n"
    "sys.stdin.read()"
)
OPEN_FOR_EVER = (
    "import sys; from pathlib import Path; from qcaas_sdk._journal.file import JournalFile, Entry\n"
    "print('begun', flush=True)\n"
    "while True:\n"
    "    with JournalFile(Path(sys.argv[1])) as file: file.append([Entry(1, 'job', {})], {})"
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the lock on the file itself is Linux's")


def other_name(path: Path, kind: str) -> Path:
    """Another name of the same journal."""
    folder = path.parent.parent
    match kind:
        case "symlink":
            (folder / "link.db").symlink_to(path)
            return folder / "link.db"
        case "link to a link":
            (folder / "first.db").symlink_to(path)
            (folder / "second.db").symlink_to(folder / "first.db")
            return folder / "second.db"
        case "hard link":
            os.link(path, folder / "hard.db")
            return folder / "hard.db"
        case "symlink to a hard link":
            os.link(path, folder / "hard.db")
            (folder / "link.db").symlink_to(folder / "hard.db")
            return folder / "link.db"
        case "folder":
            (folder / "elsewhere").symlink_to(path.parent)
            return folder / "elsewhere" / path.name
        case "dots":
            return path.parent / ".." / path.parent.name / path.name
        case "relative":
            return Path(os.path.relpath(path))
    raise AssertionError(kind)


KINDS = ["symlink", "link to a link", "hard link", "symlink to a hard link", "folder", "dots", "relative"]


def journal_in(folder: Path) -> Path:
    (folder / "sub").mkdir()
    path = folder / "sub" / "campaign.db"
    with JournalFile(path) as file:
        file.append([ENTRY], {})
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [0, 1])
def test_another_name_is_no_second_owner(tmp_path: Path, kind: str, first: int) -> None:
    path = journal_in(tmp_path)
    names = [path, other_name(path, kind)]
    with JournalFile(names[first]) as file:
        with pytest.raises(JournalInUse, match="another SDK has it open"):
            JournalFile(names[1 - first])
        file.append([ENTRY], {})
    with JournalFile(names[1 - first]) as file:
        assert file.read() == ([ENTRY, ENTRY], None), "what one name has written, the other reads"


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_another_name_is_no_second_owner_among_processes(tmp_path: Path, kind: str) -> None:
    path = journal_in(tmp_path)
    owner = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    assert owner.stdout.readline().strip() == b"open"
    other = other_name(path, kind)
    with pytest.raises(JournalInUse):
        JournalFile(other)
    with JournalFile(other, read_only=True) as reader:
        assert len(reader.read()[0]) == 2, "other processes can read it"
    owner.kill()
    owner.communicate()
    with JournalFile(other) as file:
        assert file.read() == ([ENTRY, ENTRY], None), "and the log of the name that it was open under is found"


def crash_copy(folder: Path, into: Path) -> None:
    """The files as a process that is killed now leaves them; hard links stay hard links."""
    into.mkdir()
    made: dict[int, Path] = {}
    for file in sorted(folder.iterdir()):
        number = file.stat().st_ino
        if number in made:
            os.link(made[number], into / file.name)
        else:
            made[number] = Path(shutil.copy(file, into / file.name))


@given(names=st.lists(st.integers(0, 2), min_size=1, max_size=6), seed=st.integers(0, 100))
@settings(max_examples=scaled(25), deadline=None)
def test_a_file_with_several_names_loses_nothing_whichever_of_them_was_killed(
    tmp_path_factory: pytest.TempPathFactory, names: list[int], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("names")
    rng = random.Random(seed)
    (folder / "a.db").touch()
    for name in ("b.db", "c.db"):
        os.link(folder / "a.db", folder / name)
    written = 0
    for index in names:
        more = 1 + rng.randrange(3)
        pid = os.fork()
        if pid == 0:  # the owner; it dies without closing anything
            try:
                file = JournalFile(folder / f"{'abc'[index]}.db")
                file.append([ENTRY] * more, {})
                os.kill(os.getpid(), signal.SIGKILL)
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        written += more
        with JournalFile(folder / "a.db", read_only=True) as reader:
            entries, damage = reader.read()
        assert damage is None
        assert len(entries) == written


def test_two_threads_do_not_both_become_the_owner(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    begin = threading.Barrier(8)
    got: list[object] = []

    def take() -> None:
        begin.wait()
        try:
            got.append(JournalFile(path))
        except JournalInUse as error:
            got.append(error)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owners = [one for one in got if isinstance(one, JournalFile)]
    assert len(got) == 8
    assert len(owners) == 1
    owners[0].close()
    JournalFile(path).close()


def posix_locks(path: Path) -> list[str]:
    """The POSIX locks of this process on a file: SQLite's."""
    wanted = f":{path.stat().st_ino} "
    lines = Path("/proc/locks").read_text().splitlines()
    return sorted(
        line.split(maxsplit=1)[1]
        for line in lines
        if wanted in line and " POSIX " in line and f" {os.getpid()} " in line
    )


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_sqlites_own_locks_are_unharmed(tmp_path: Path, kind: str) -> None:
    path = journal_in(tmp_path)
    with JournalFile(path) as file:
        file.append([ENTRY], {})
        before = posix_locks(path)
        assert before, "SQLite holds a shared lock on an open journal"
        other = other_name(path, kind)
        with pytest.raises(JournalInUse):
            JournalFile(other)
        with JournalFile(path, read_only=True) as reader:
            reader.read()
        assert posix_locks(path) == before
        writer = subprocess.run(
            [sys.executable, "-c", OPEN_AND_WAIT, path], input=b"", capture_output=True, check=False
        )
        assert b"JournalInUse" in writer.stderr
        file.append([ENTRY], {})
        assert posix_locks(path) == before
    assert posix_locks(path) == []


@linux
def test_a_fork_neither_keeps_the_lock_nor_frees_it(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    file = JournalFile(path)
    may_end, end = os.pipe()
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            try:
                file.append([ENTRY], {})
            except JournalError as error:
                os.write(tell, str(error).encode())
            file.close()
            os.write(tell, b"|")
            os.read(may_end, 1)
        finally:
            os._exit(0)
    try:
        said = b""
        while not said.endswith(b"|"):
            said += os.read(told, 1000)
        assert b"a fork of the process that opened it" in said
        other = subprocess.run(
            [sys.executable, "-c", OPEN_AND_WAIT, path], input=b"", capture_output=True, check=False
        )
        assert b"JournalInUse" in other.stderr, "the fork has closed its copy, the owner is still the owner"
        file.append([ENTRY], {})
        file.close()
        JournalFile(path).close()  # while the fork lives
    finally:
        os.write(end, b"x")
        os.waitpid(pid, 0)
        for fd in (may_end, end, told, tell):
            os.close(fd)


def test_whenever_the_owner_is_killed_the_journal_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    rng = random.Random(7)
    seen = 0
    for _ in range(12):
        owner = subprocess.Popen([sys.executable, "-c", OPEN_FOR_EVER, path], stdout=subprocess.PIPE)
        assert owner.stdout is not None
        owner.stdout.readline()
        threading.Event().wait(rng.uniform(0.0, 0.05))  # any moment will do
        owner.kill()
        owner.communicate()
        with JournalFile(path) as file:
            entries, damage = file.read()
        assert damage is None
        assert len(entries) >= seen
        seen = len(entries)


# The mark.


def old_lock(mark: int) -> bytes:
    """What an earlier version kept beside a journal: a database, with the mark in its header."""
    page = bytearray(4096)
    page[:16] = b"SQLite format 3\0"
    page[16:18] = (4096).to_bytes(2, "big")
    page[28:32] = (2).to_bytes(4, "big")  # two pages, of which a process that was killed may have left one
    page[60:64] = mark.to_bytes(4, "big")
    return bytes(page)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"SQLite format 3\0",
        old_lock(0),
        old_lock(1),
        old_lock(1) + bytes(4096),
        b"garbage" * 1000,
        bytes(8192),
        b"durable 00000000000000000099 00000000\n",
    ],
)
def test_what_lies_beside_it_does_not_keep_a_sound_journal_from_opening(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "j.db"
    with JournalFile(path) as file:
        file.append([ENTRY], {})
    (tmp_path / "j.db-lock").write_bytes(content)
    for expected in (1, 2):
        with JournalFile(path) as file:
            assert file.read() == ([ENTRY] * expected, None)
            file.append([ENTRY], {})


def test_an_old_mark_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with JournalFile(path) as file:
        file.append([ENTRY], {})
    with sqlite3.connect(tmp_path / "old.db-lock") as db:  # as an earlier version wrote it
        db.executescript("CREATE TABLE owner (x); PRAGMA user_version = 2;")
    db.close()
    shutil.copy(tmp_path / "old.db-lock", tmp_path / "j.db-lock")
    with pytest.raises(BadJournal, match="ends with entry 1, but 2 entries were written"):
        JournalFile(path)
    (tmp_path / "j.db-lock").write_bytes(old_lock(3))
    with pytest.raises(BadJournal, match="ends with entry 1, but 3 entries were written"):
        JournalFile(path)


@linux
def test_an_earlier_version_that_has_it_open_is_seen(tmp_path: Path) -> None:
    path = journal_in(tmp_path)
    beside = path.with_name(path.name + "-lock")
    beside.unlink()
    script = (
        "import sqlite3, sys; lock = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "lock.execute('PRAGMA locking_mode = EXCLUSIVE')\n"
        "lock.executescript('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS owner (x); COMMIT;')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    earlier = subprocess.Popen([sys.executable, "-c", script, beside], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert earlier.stdout is not None
    assert earlier.stdout.readline().strip() == b"open"
    with pytest.raises(JournalInUse):
        JournalFile(path)
    earlier.communicate(b"")
    JournalFile(path).close()


@given(st.integers(0, 10**18), st.binary(max_size=40))
@settings(max_examples=scaled(50), deadline=None)
def test_a_mark_is_read_back_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, number: int, damage: bytes
) -> None:
    path = tmp_path_factory.mktemp("mark") / "j.db"
    lock = JournalLock(path, "j.db")
    lock.set_mark(number)
    assert lock.mark() == number
    content = lock.mark_path.read_bytes()
    lock.mark_path.write_bytes(damage + content[len(damage) :])
    assert lock.mark() in {0, number}
    lock.release()
    digits = b"%020d" % number
    assert content == b"durable %s %08x\n" % (digits, zlib.crc32(digits))


@pytest.mark.parametrize("name", ["x" * 300, "nul\0", "fifo", "loop"])
def test_what_can_be_no_journal_is_named(tmp_path: Path, name: str) -> None:
    if name == "fifo":
        os.mkfifo(tmp_path / name)
    if name == "loop":
        (tmp_path / name).symlink_to(tmp_path / name)
    for read_only in (False, True):
        with pytest.raises(JournalError):
            JournalFile(tmp_path / name, read_only=read_only)


@pytest.mark.parametrize("kind", ["fifo", "folder", "loop"])
def test_a_lock_that_is_no_file_is_named(tmp_path: Path, kind: str) -> None:
    lock = tmp_path / "j.db-lock"
    {"fifo": lambda: os.mkfifo(lock), "folder": lock.mkdir, "loop": lambda: lock.symlink_to(lock)}[kind]()
    with pytest.raises(JournalError, match=r"its lock j\.db-lock"):
        JournalFile(tmp_path / "j.db")


@pytest.mark.parametrize("name", ["a%20b?c#d.db", ":memory:", "file:x?mode=memory", "ü ö.db"])
def test_any_name_that_a_file_can_have_will_do(tmp_path: Path, name: str) -> None:
    with JournalFile(tmp_path / name) as file:
        file.append([ENTRY], {})
    assert (tmp_path / name).is_file()
    with JournalFile(tmp_path / name) as file:
        assert file.read() == ([ENTRY], None)
