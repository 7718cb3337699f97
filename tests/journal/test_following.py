"""A journal that is looked into again and again, while somebody writes into it."""

from pathlib import Path

import pytest

from qcaas_sdk import BadJournal, OqcSdk
from qcaas_sdk._journal import JournalState, JournalTail, read_journal
from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk._snapshot.write import job_to_dict
from qcaas_sdk.composite import record_of
from tests.support.programs import BELL, BROKEN


def told(state: JournalState | None) -> object:
    assert state is not None
    jobs = {number: job_to_dict(job) for number, job in state.jobs.items()}
    return jobs, state.composites, state.labels, state.service, state.damage


async def test_each_reading_sees_what_a_whole_reading_sees(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        tail = JournalTail(journal)
        for program in (BELL, BROKEN, BELL):
            composite = sdk.create_job(program=[program, BELL])
            await composite.execute()
            await record_of(composite).writer.written()
            await composite.jobs[0].execute()
            await record_of(composite).writer.written()
            assert told(tail.read()) == told(read_journal(journal))
            assert tail.read() is None, "nothing is new"


async def test_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tmp_path / "campaign.db"
    read: list[int] = []
    whole = JournalFile.read

    def counted(self: JournalFile, after: int = 0) -> object:
        entries, damage = whole(self, after)
        read.append(len(entries))
        return entries, damage

    monkeypatch.setattr(JournalFile, "read", counted)
    async with OqcSdk.local(journal=journal) as sdk:
        job = sdk.create_job(program=BELL)
        await job.execute()
        await record_of(job).writer.written()
        tail = JournalTail(journal)
        read.clear()
        tail.read()
        first = read[0]
        await job.execute()
        await record_of(job).writer.written()
        tail.read()
    assert read == [first, read[1]]
    assert 0 < read[1] < first + 4


async def test_damage_is_found_at_the_next_reading(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        await sdk.create_job(program=BELL).execute()
    tail = JournalTail(journal)
    assert tail.read() is not None
    import sqlite3

    db = sqlite3.connect(journal)
    db.execute("INSERT INTO entries VALUES ((SELECT max(number) + 1 FROM entries), 1, 'moved', '{}', 7)")
    db.commit()
    db.close()
    with pytest.raises(BadJournal, match="damaged or missing"):
        tail.read()
