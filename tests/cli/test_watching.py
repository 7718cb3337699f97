"""`qcaas watch`: a look at a campaign that somebody else works on."""

import asyncio
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from qcaas_sdk import JournalInUse, OqcSdk
from qcaas_sdk._journal import read_journal
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.commands.watch import NotEnded, follow
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.service_mark import read_mark, remove_mark, write_mark
from qcaas_sdk.cli.watched import WatchedCampaign
from qcaas_sdk.job import record_of_job
from qcaas_sdk.local import LocalQpu, LocalSettings
from qcaas_sdk.testing import SimulatedCloud, SimulatedQpu, VirtualClock, run_virtual
from tests.cli.test_campaigns import QCAAS, served
from tests.cli.test_commands import qcaas
from tests.support.programs import BELL, BROKEN

pytestmark = pytest.mark.slow


def lines_of(screen: Screen) -> list[str]:
    """What the screen says from now on, line by line."""
    said: list[str] = []
    screen.say = said.append  # type: ignore[method-assign]  # a look over its shoulder
    return said


async def test_it_follows_a_campaign_while_another_has_it_and_ends_with_it(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    settings = LocalSettings(qpus=(LocalQpu(queue_delay_s=0.6),))
    screen = Screen()
    said = lines_of(screen)
    async with OqcSdk.local(settings, journal=journal) as sdk:
        jobs = [sdk.create_job(program=text) for text in (BELL, BELL, BROKEN)]
        await asyncio.gather(*(job.submit() for job in jobs))
        watching = asyncio.create_task(follow(campaigns.opened(str(journal)), screen, timeout_s=30))
        await asyncio.gather(*(job.wait() for job in jobs))
        watched = await watching
        with pytest.raises(JournalInUse):
            await OqcSdk.local(journal=journal).open()
    assert watched.has_ended
    assert len(said) > 1, "it saw them on their way"
    assert said[0].startswith(f"{journal}: ")
    assert said[-1] == f"{journal}: 2 completed, 1 failed"
    assert len(said) == len(set(said)), "a line only where something has changed"


def test_an_hour_is_watched_and_little_is_read() -> None:
    """In virtual time: each look reads what is new, and nothing is read where nothing is."""

    async def watched(journal: Path) -> list[str]:
        cloud, clock = SimulatedCloud(qpus=[SimulatedQpu()]), VirtualClock()
        screen = Screen()
        said = lines_of(screen)
        async with OqcSdk(
            cloud.url, cloud.token, default_qpu_id="qpu:sim:1", http_transport=cloud.transport, clock=clock,
            journal=journal,
        ) as sdk:  # fmt: skip
            composite = sdk.create_job(program=["OPENQASM 3;"] * 40)
            await composite.submit()
            watching = asyncio.create_task(
                follow(campaigns.opened(str(journal)), screen, timeout_s=None, clock=clock)
            )
            await composite.wait()
            await watching
        return said

    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        said = run_virtual(watched(Path(folder) / "campaign.db"))
    assert said[-1].endswith("40 completed")
    assert 5 < len(said) < 200


async def test_time_that_is_up_changes_nothing(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        sdk.create_job(program=BELL)
    before = journal.read_bytes()
    with pytest.raises(NotEnded, match="its jobs continue"):
        await follow(campaigns.opened(str(journal)), Screen(quiet=True), timeout_s=0)
    assert journal.read_bytes() == before


def test_time_that_is_up_has_its_exit_code(tmp_path: Path) -> None:
    async def begun() -> None:
        async with OqcSdk.local(journal=tmp_path / "campaign.db") as sdk:
            sdk.create_job(program=BELL)

    asyncio.run(begun())
    code, _, err = qcaas("watch", str(tmp_path / "campaign.db"), "--timeout", "0")
    assert code == 5
    assert "its jobs continue" in err


async def test_what_it_shows_in_a_terminal(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        done = sdk.create_job(program=BELL)
        record_of_job(done).writer.label("bell.qasm")
        await done.execute()
        sdk.create_job(program=BELL)

    class Clock(VirtualClock):
        now = 0.0
        behind = timedelta()

        def monotonic(self) -> float:
            return self.now

        def wall(self) -> datetime:
            return datetime.now(UTC) + self.behind

    clock = Clock()
    seen = WatchedCampaign(journal, read_journal(journal), clock)
    assert not seen.ended
    Clock.now = 20.0
    out = io.StringIO()
    Console(file=out, width=100).print(seen)
    shown = out.getvalue()
    assert "1 of 2 ended" in shown
    assert "bell.qasm" in shown
    assert "The server has a result." in shown
    assert "no change for 20 s" in shown
    assert seen.foot()[1] == "no change for 20 s"
    write_mark(journal, "")
    assert seen.foot()[1] == "no change for 20 s; the service answers"
    write_mark(journal, "no answer for 17 s, asking again (connection refused)")
    assert seen.foot()[1] == "no change for 20 s; service: no answer for 17 s, asking again (connection refused)"
    Clock.behind = timedelta(minutes=1)
    assert seen.foot()[1] == "no change for 20 s", "an old mark says nothing"
    write_mark(journal, "ü" * 10_000)
    assert str(read_mark(journal, datetime.now(UTC))).startswith("üüü")
    remove_mark(journal)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"at": 5, "said": ""}', '{"at": "2026-01-01", "said": ""}', "{}"]
)
def test_a_mark_that_cannot_be_read_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "j.db-service").write_text(text)
    assert read_mark(tmp_path / "j.db", datetime.now(UTC)) is None
    assert read_mark(tmp_path / "no folder" / "j.db", datetime.now(UTC)) is None
    write_mark(tmp_path / "no folder" / "j.db", "")
    remove_mark(tmp_path / "no folder" / "j.db")


async def test_how_long_a_campaign_took_does_not_grow_after_its_end(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        job = sdk.create_job(program=BELL)
        await job.execute()
    took = job.transitions[-1].at - job.transitions[0].at

    class Clock(VirtualClock):
        now = job.transitions[-1].at

        def monotonic(self) -> float:
            return 0.0

        def wall(self) -> datetime:
            return self.now

    for later in (timedelta(minutes=10), timedelta(days=2)):
        Clock.now += later
        foot = WatchedCampaign(journal, read_journal(journal), Clock()).foot()
        assert foot[0].startswith(f"1 of 1 ended in {took.total_seconds():.1f} s"), foot


async def test_a_journal_without_jobs_has_not_ended(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal):
        pass
    seen = WatchedCampaign(journal, read_journal(journal), VirtualClock())
    assert not seen.ended
    assert seen.line() == f"{journal}: no jobs yet"


def test_exit_codes_and_json(tmp_path: Path, campaigns_folder: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    (tmp_path / "broken.qasm").write_text(BROKEN)
    code, _, err = qcaas("watch")
    assert code == 2
    assert "no process works on any campaign" in err
    qcaas("run", str(tmp_path / "bell.qasm"))
    (finished,) = campaigns_folder.glob("*.db")
    code, _, err = qcaas("watch", finished.stem)
    assert code == 0
    assert "1 completed" in err
    assert qcaas("watch")[0] == 2, "what has ended is not looked at unless it is named"
    qcaas("run", str(tmp_path / "broken.qasm"), "--journal", str(tmp_path / "mine.db"))
    code, out, _ = qcaas("watch", str(tmp_path / "mine.db"), "--json")
    assert code == 1
    assert json.loads(out)[0]["state"] == "FAILED"
    assert qcaas("watch", "nobody")[0] == 2


def test_a_run_of_another_process_is_watched(tmp_path: Path, campaigns_folder: Path) -> None:
    import os
    import subprocess
    import time

    (tmp_path / "bell.qasm").write_text(BELL)
    with served("--queue-delay", "1") as service:
        running = subprocess.Popen(
            [*QCAAS, "run", *[str(tmp_path / "bell.qasm")] * 3],
            env={**os.environ, **service},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not any(campaigns_folder.glob("*.db")):
            time.sleep(0.05)
        time.sleep(0.3)
        code, _, err = qcaas("watch", "--timeout", "60")
        assert running.wait(timeout=30) == 0
    assert code == 0
    assert err.rstrip().splitlines()[-2].endswith("3 completed")


async def test_a_campaign_that_nothing_works_on_is_not_waited_for(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    async with OqcSdk.local(journal=journal) as sdk:
        job = sdk.create_job(program=BELL)
        record_of_job(job).writer.label("my bell.qasm")
    before = journal.read_bytes()
    with pytest.raises(NotEnded) as ended:
        await follow(campaigns.opened(str(journal)), Screen(quiet=True), timeout_s=None)
    assert str(ended.value) == (
        f"no process works on {journal}; 1 of 1 job has not ended; its tasks ended when the process of the "
        "embedded QPU ended; to run them again: qcaas run 'my bell.qasm'"
    )
    assert journal.read_bytes() == before


async def test_a_campaign_whose_owner_leaves_while_it_is_watched_is_left_too(tmp_path: Path) -> None:
    journal = tmp_path / "campaign.db"
    screen = Screen()
    said = lines_of(screen)
    async with OqcSdk.local(journal=journal) as sdk:
        sdk.create_job(program=BELL)
        watching = asyncio.create_task(follow(campaigns.opened(str(journal)), screen, timeout_s=None))
        while not said:
            await asyncio.sleep(0.01)
        assert not watching.done()
    with pytest.raises(NotEnded, match="no process works on"):
        await watching


def test_watch_without_a_name_takes_what_is_worked_on_and_nothing_else(
    tmp_path: Path, campaigns_folder: Path
) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    assert qcaas("run", str(tmp_path / "bell.qasm"), "--timeout", "0")[0] == 5
    code, _, err = qcaas("watch")
    assert (code, err) == (2, "qcaas: no process works on any campaign now; see `qcaas jobs`\n")
    (idle,) = campaigns_folder.glob("*.db")
    code, _, err = qcaas("watch", idle.stem)
    assert code == 5
    assert "run them again" in err
