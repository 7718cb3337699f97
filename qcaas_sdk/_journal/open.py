"""Opening a journal: to go on with it, or only to look."""

from collections.abc import Sequence
from pathlib import Path

from qcaas_sdk.errors import BadJournal, JournalError
from qcaas_sdk.journal.file import Entry, JournalFile
from qcaas_sdk.journal.journal import Journal
from qcaas_sdk.journal.pages import SERVICE
from qcaas_sdk.journal.replay import Kept, Replay, replay
from qcaas_sdk.snapshot.writing import job_to_dict


def open_journal(path: Path, service: str) -> tuple[Journal, Kept]:
    """Open a journal to go on with it; a file that is not there becomes one.

    Args:
        path: The file.
        service: The URL of the service; ids that one service gave mean nothing to another.

    Returns:
        The journal, and what was in it.

    Raises:
        JournalInUse: Another SDK has it open.
        BadJournal: It is damaged; the error holds what could be read.
        JournalError: It cannot be written, is of a newer version, or belongs to another service.
    """
    file = JournalFile(path)
    try:
        kept = _kept(path, *file.read())
        if kept.service not in {None, service}:
            raise JournalError(
                f"it belongs to {kept.service}, not to {service}: use that URL, or another journal", file=str(path)
            )
    except BaseException:
        file.close()
        raise
    journal = Journal(file, first=kept.last + 1)
    if kept.service is None:
        journal.note(0, SERVICE, {"url": service})
    return journal, kept


def read_journal(path: Path) -> Kept:
    """What is in a journal, even while another process has it open.

    Raises:
        BadJournal: It is damaged; the error holds what could be read.
        JournalError: There is none, or it is of a newer version.
    """
    with JournalFile(path, read_only=True) as file:
        return _kept(path, *file.read())


class Follower:
    """Looks into a journal again and again, while others write; each look reads only what is new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._replay = Replay(str(path))

    def look(self) -> Kept | None:
        """What is in it by now; None if that is what was in it at the last look.

        Raises:
            BadJournal: As `read_journal`.
            JournalError: As `read_journal`.
        """
        with JournalFile(self._path, read_only=True) as file:
            if file.last == self._replay.played > 0:
                return None
            entries, damage = file.read(after=self._replay.played)
        self._replay.play(entries)
        return _sound(self._path, self._replay.kept(), damage)


def kept_in(journal: Journal) -> Kept:
    """What is in an open journal at this moment.

    Raises:
        BadJournal: As `read_journal`.
        JournalError: What was noted of late cannot be written.
    """
    return _kept(journal.path, *journal.read())


def _kept(path: Path, entries: Sequence[Entry], damage: str | None) -> Kept:
    return _sound(path, replay(entries, str(path)), damage)


def _sound(path: Path, kept: Kept, damage: str | None) -> Kept:
    if trouble := damage or kept.trouble:
        raise BadJournal(
            f"{trouble}; `qcaas jobs {path}` lists what can be read of it, and so does this error's `readable`: "
            "ask the service about those tasks before anything is submitted again",
            file=str(path),
            readable=[job_to_dict(job) for job in kept.jobs.values()],
        )
    return kept
