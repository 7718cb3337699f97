"""A journal that is looked into again and again, while somebody writes into it."""

from pathlib import Path

import pytest

from qcaas_sdk import BadJournal, OqcSdk
from qcaas_sdk.journal import Follower, Kept, read_journal
from qcaas_sdk.journal.file import JournalFile
from qcaas_sdk.snapshot.writing import job_to_dict
from tests.programs import BELL, BROKEN


def told(kept: Kept | None) -> object:
    assert kept is not None
    jobs = {number: job_to_dict(job) for number, job in kept.jobs.items()}
    return jobs, kept.composites, kept.labels, kept.service, kept.trouble


async def test_each_look_sees_what_a_whole_reading_sees(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        follower = Follower(journal)
        for program in (BELL, BROKEN, BELL):
            composite = sdk.create_job(program=[program, BELL])
            await composite.execute()
            await composite.page.written()
            await composite.jobs[0].execute()
            await composite.page.written()
            assert told(follower.look()) == told(read_journal(journal))
            assert follower.look() is None, "nothing is new"


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
        await job.page.written()
        follower = Follower(journal)
        read.clear()
        follower.look()
        first = read[0]
        await job.execute()
        await job.page.written()
        follower.look()
    assert read == [first, read[1]]
    assert 0 < read[1] < first + 4


async def test_damage_is_found_at_the_next_look(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        await sdk.create_job(program=BELL).execute()
    follower = Follower(journal)
    assert follower.look() is not None
    import sqlite3

    db = sqlite3.connect(journal)
    db.execute("INSERT INTO entries VALUES ((SELECT max(number) + 1 FROM entries), 1, 'moved', '{}', 7)")
    db.commit()
    db.close()
    with pytest.raises(BadJournal, match="damaged or missing"):
        follower.look()
