"""To ask whether a journal is in use disturbs nobody."""

import subprocess
import sys
from pathlib import Path

import pytest

from qcaas_sdk._journal import in_use
from qcaas_sdk._journal.file import Entry, JournalFile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a lock")

OPEN_AND_WAIT = (
    "import sys; from pathlib import Path; from qcaas_sdk._journal.file import JournalFile\n"
    "file = JournalFile(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
)
OPEN_OFTEN = (
    "import sys; from pathlib import Path; from qcaas_sdk._journal.file import JournalFile\n"
    "print('begun', flush=True)\n"
    "for _ in range(200): JournalFile(Path(sys.argv[1])).close()"
)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    with JournalFile(tmp_path / "campaign.db") as file:
        file.append([Entry(1, "job", {})], {})
    return tmp_path / "campaign.db"


def test_it_is_free_until_an_sdk_opens_it_here(journal: Path) -> None:
    assert not in_use(journal)
    with JournalFile(journal):
        assert in_use(journal)
    assert not in_use(journal)


def test_it_is_free_until_another_process_opens_it(journal: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, journal], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline().strip() == b"open"
    assert in_use(journal)
    other.kill()
    other.communicate()
    assert not in_use(journal)


def test_a_symlink_and_a_hard_link_are_the_same_journal(journal: Path) -> None:
    (journal.parent / "soft.db").symlink_to(journal)
    (journal.parent / "hard.db").hardlink_to(journal)
    with JournalFile(journal):
        assert in_use(journal.parent / "soft.db")
        assert in_use(journal.parent / "hard.db")


def test_to_ask_changes_no_file(journal: Path) -> None:
    before = {file.name: file.read_bytes() for file in journal.parent.iterdir()}
    in_use(journal)
    assert {file.name: file.read_bytes() for file in journal.parent.iterdir()} == before


@pytest.mark.slow
def test_an_sdk_that_opens_it_meanwhile_is_never_refused(journal: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", OPEN_OFTEN, journal], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline().strip() == b"begun"
    asked = 0
    while other.poll() is None:
        in_use(journal)
        asked += 1
    _, errors = other.communicate()
    assert (other.returncode, errors) == (0, b"")
    assert asked > 10
