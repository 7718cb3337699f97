"""Opens a journal, to go on with it or only to read it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from qcaas_sdk._journal.entries import SERVICE
from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk._journal.index import JournalIndex
from qcaas_sdk._journal.journal import Journal
from qcaas_sdk._journal.replay import JournalState, Replay, replay
from qcaas_sdk._record import JobRecord
from qcaas_sdk._snapshot.write import job_to_dict
from qcaas_sdk.errors import BadJournal, JournalError


@frozen
class OpenJournal:
    """A journal that was just opened.

    Attributes:
        journal: Where notes go from now on.
        state: What was in it.
        index: The same in numbers, kept up to date with every note.
    """

    journal: Journal
    state: JournalState
    index: JournalIndex


def open_journal(path: Path, service: str) -> OpenJournal:
    """Open a journal to go on with it; a missing file is created.

    Args:
        path: The file.
        service: The name of the service (`service_name`); ids that one service gave mean nothing to another.

    Raises:
        JournalInUse: Another SDK has it open.
        BadJournal: It is damaged; the error holds what could be read.
        JournalError: It cannot be written, is of a newer version, or belongs to another service.
    """
    file = JournalFile(path)
    try:
        state = _state(path, *file.read())
        if state.service not in {None, service}:
            raise JournalError(
                f"it belongs to {state.service}, not to {service}: use that URL, or another journal", file=str(path)
            )
        if state.service is None:  # at once: others who look must not take it for a journal of no service
            file.append([Entry(0, SERVICE, {"url": service})], {})
    except BaseException:
        file.close()
        raise
    index = JournalIndex.of(state)
    journal = Journal(file, first=state.last + 1, observer=index.note)
    return OpenJournal(journal, state, index)


def read_journal(path: Path) -> JournalState:
    """What is in a journal, even while another process has it open.

    Raises:
        BadJournal: It is damaged; the error holds what could be read.
        JournalError: There is none, or it is of a newer version.
    """
    with JournalFile(path, read_only=True) as file:
        return _state(path, *file.read())


class JournalTail:
    """Reads a journal again and again, while others write; each time only what is new is read.

    Attributes:
        changed: The numbers of the jobs and composites that the last reading brought something about.
    """

    def __init__(self, path: Path) -> None:
        self.changed: frozenset[int] = frozenset()
        self._path = path
        self._replay = Replay(str(path))

    def read(self) -> JournalState | None:
        """What is in it by now; None if nothing is new. Its records go on changing with each reading.

        Raises:
            BadJournal: As `read_journal`.
            JournalError: As `read_journal`.
        """
        with JournalFile(self._path, read_only=True) as file:
            if file.last == self._replay.played > 0:
                return None
            entries, damage = file.read(after=self._replay.played)
        self._replay.play(entries)
        self.changed = frozenset(entry.entity_id for entry in entries)
        return _sound(self._path, self._replay.state(), damage)


def jobs_numbered(file: JournalFile, numbers: Collection[int]) -> JournalState:
    """Some jobs of a journal that is open to be read, and their labels.

    Raises:
        BadJournal: As `read_journal`.
    """
    return _state(file.path, *file.read(entity_ids=numbers))


def jobs_in(journal: Journal, numbers: Collection[int]) -> Mapping[int, JobRecord]:
    """The records of some jobs of an open journal, at this moment.

    Raises:
        BadJournal: As `read_journal`.
        JournalError: What was noted of late cannot be written.
    """
    return _state(journal.path, *journal.read(numbers)).jobs


def _state(path: Path, entries: Sequence[Entry], damage: str | None) -> JournalState:
    return _sound(path, replay(entries, str(path)), damage)


def _sound(path: Path, state: JournalState, damage: str | None) -> JournalState:
    if found := damage or state.damage:
        raise BadJournal(
            f"{found}; `qcaas jobs {path}` lists what can be read of it, and so does this error's `readable`: "
            "ask the service about those tasks before you submit anything again",
            file=str(path),
            readable=[job_to_dict(job) for job in state.jobs.values()],
        )
    return state
