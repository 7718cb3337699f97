"""Another process goes on: everything that jobs had done, and were about to do, comes back from the journal."""

import asyncio
import contextlib
import gc
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import (
    BadJournal,
    CompositeJob,
    Job,
    JobState,
    JobTimeout,
    JournalError,
    JournalInUse,
    OqcSdk,
    QcaasError,
    TransportError,
)
from qcaas_sdk._journal import read_journal
from qcaas_sdk._journal.file import Entry, JournalFile
from qcaas_sdk.composite import record_of
from qcaas_sdk.job import record_of_job
from qcaas_sdk.testing import (
    Constant,
    Dropped,
    Fault,
    SimulatedCloud,
    SimulatedQpu,
    run_virtual,
    sdk_on,
)
from tests.support.examples import scaled
from tests.support.faults import FAULTS, QPU, SECOND_SUBMISSIONS, cloud_with, programs

pytestmark = pytest.mark.usefixtures("each_api")


def cloud_of(*faults: Fault) -> SimulatedCloud:
    return SimulatedCloud(faults=faults, qpus=[SimulatedQpu(QPU, service_time=Constant(10.0))])


def sdk_of(cloud: SimulatedCloud, journal: Path, carrier: httpx.AsyncBaseTransport | None = None) -> OqcSdk:
    return sdk_on(cloud, journal=journal, http_transport=carrier or cloud.transport)


@contextlib.asynccontextmanager
async def process(cloud: SimulatedCloud, journal: Path) -> AsyncIterator[OqcSdk]:
    """An SDK as of a process that ends when the block does."""
    async with sdk_of(cloud, journal) as sdk:
        yield sdk


Way = Callable[[Job], Coroutine[Any, Any, object]]


async def until_running(job: Job) -> None:
    await job.submit()
    await job.refresh()
    assert job.state is JobState.RUNNING


async def twice(job: Job) -> None:
    await job.execute()
    await job.execute()


async def set_up_anew(job: Job) -> None:
    await job.execute()
    job.reconfigure(program="OPENQASM 2.0; // another")


async def failed(job: Job) -> None:
    job.reconfigure(program="OPENQASM 2.0; // simulated: fails")
    await job.execute()


async def nothing(_: Job) -> None:
    pass


WAYS: dict[str, tuple[Way, JobState, int]] = {
    "never left": (nothing, JobState.CREATED, 0),
    "submitted": (Job.submit, JobState.SUBMITTED, 0),
    "running": (until_running, JobState.RUNNING, 0),
    "completed": (Job.execute, JobState.COMPLETED, 1),
    "completed twice": (twice, JobState.COMPLETED, 2),
    "failed": (failed, JobState.FAILED, 1),
    "cancelled": (Job.cancel, JobState.CANCELLED, 0),
    "set up anew": (set_up_anew, JobState.CREATED, 1),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_job_comes_back_as_it_was_and_goes_on(way: str, tmp_path: Path) -> None:
    go, state, outputs = WAYS[way]

    async def scenario() -> None:
        cloud = cloud_of()
        async with process(cloud, tmp_path / "j.db") as sdk:
            before = sdk.create_job(program=programs(1)[0], tag="mine")
            await go(before)
        requests = len(cloud.ledger.requests())
        async with process(cloud, tmp_path / "j.db") as sdk:
            opened = len(cloud.ledger.requests())
            (after,) = sdk.recover(all=True)
            assert sdk.recover() == ([] if after.ended else [after])
            assert len(cloud.ledger.requests()) == opened > requests, "recovering asks nobody"
            assert isinstance(after, Job)
            assert (after.state, len(after.history)) == (state, outputs)
            assert after.history == before.history
            assert record_of_job(after).request == record_of_job(before).request
            assert (after.task_id, after.server_status) == (before.task_id, before.server_status)
            assert [(e.source, e.target, e.reason, e.at) for e in after.transitions] == [
                (e.source, e.target, e.reason, e.at) for e in before.transitions
            ]
            await after.wait()
            assert after.ended
            assert after.raise_for_status() is None or way == "failed"
        assert len(cloud.ledger.executions) == len(after.history)

    if way == "failed":
        with contextlib.suppress(QcaasError):
            run_virtual(scenario())
    else:
        run_virtual(scenario())


def test_an_id_that_was_written_down_is_asked_about_before_it_is_used(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = cloud_of(Fault(Dropped(after_acting=True), on="submit", nth=1))
        sdk = await sdk_of(cloud, tmp_path / "j.db").open()
        job = sdk.create_job(program="OPENQASM 2.0;")
        submitting = asyncio.create_task(job.submit())
        while not cloud.ledger.requests("submit"):
            await asyncio.sleep(0)
        submitting.cancel()
        await sdk.close()
        async with process(cloud, tmp_path / "j.db") as sdk:
            (again,) = sdk.recover()
            assert again.state is JobState.CREATED
            assert "in doubt" in repr(again)
            await again.wait()
            assert again.completed
        assert len(cloud.ledger.requests("submit")) == 1
        assert len(cloud.ledger.executions) == 1

    run_virtual(scenario())


def test_composites_come_back_with_all_that_is_in_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = cloud_of()
        async with process(cloud, tmp_path / "j.db") as sdk:
            outer = sdk.create_job(program=programs(3))
            outer.add(sdk.create_job(program=programs(2, 10)))
            alone = sdk.create_job(program=programs(1, 20)[0])
            late = sdk.create_job(program=programs(1, 30)[0])
            await outer.submit()
            outer.add(late)
            with contextlib.suppress(JobTimeout):
                await outer.wait(timeout_s=25.0)
            states = [job.state for job in outer.leaves()]
            assert JobState.COMPLETED in states
            assert JobState.SUBMITTED in states
        async with process(cloud, tmp_path / "j.db") as sdk:
            first, second = sdk.recover()
            assert isinstance(first, CompositeJob)
            assert isinstance(second, Job)
            assert second.program == alone.program
            assert [job.program for job in first.leaves()] == [job.program for job in outer.leaves()]
            assert [job.state for job in first.leaves()] == states
            assert isinstance(first.jobs[3], CompositeJob)
            await asyncio.gather(first.wait(), second.wait())
            assert first.completed
            assert sdk.recover() == []
            assert sdk.recover(all=True) == [first, second]
        assert sorted(run.program for run in cloud.ledger.executions) == sorted(
            [*programs(3), *programs(2, 10), *programs(1, 20), *programs(1, 30)]
        )

    run_virtual(scenario())


def test_what_is_in_use_comes_back_as_the_object_that_it_is(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with process(cloud_of(), tmp_path / "j.db") as sdk:
            job, composite = sdk.create_job(program="OPENQASM 2.0;"), sdk.create_job(program=programs(2))
            assert sdk.recover() == [job, composite]
            await job.submit()
            assert sdk.recover() == [job, composite]
        async with process(cloud_of(), tmp_path / "j.db") as sdk:
            assert sdk.recover() == sdk.recover()
            assert sdk.recover()[0] is not job

    run_virtual(scenario())


STEPS = ["make", "compose", "run", "cancel", "drop", "reset", "reopen"]


@pytest.mark.slow
@settings(max_examples=scaled(10), deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), min_size=3, max_size=10))
def test_what_is_kept_in_mind_is_what_reading_everything_anew_tells(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """`recover()` reads only what it needs; the journal's own replay is the oracle."""
    path = tmp_path_factory.mktemp("index") / "j.db"

    async def scenario() -> None:
        cloud = cloud_of()
        sdk = sdk_of(cloud, path)
        await sdk.open()
        held: list[Job | CompositeJob] = []
        last = None
        for step, index in steps:
            chosen = held[index % len(held)] if held else None
            match step:
                case "make":
                    held.append(sdk.create_job(program="OPENQASM 2.0;"))
                case "compose":
                    held.append(sdk.create_job(program=programs(1 + index % 3)))
                case "run" if chosen is not None:
                    await chosen.execute()
                case "cancel" if chosen is not None:
                    await chosen.cancel()
                case "drop" if held:
                    held.pop(index % len(held))
                case "reset" if isinstance(chosen, Job) and chosen.ended:
                    chosen.reconfigure()
                case "reopen":
                    held.clear()
                    await sdk.close()
                    await sdk.open()
            if step in {"make", "compose", "reopen"}:
                last = record_of(held[-1]).writer if held else None
            del chosen
            if step == "drop":
                gc.collect()
            for ended in (False, True):
                found = sdk.recover(all=ended)
                for child in found[-1:]:
                    await record_of(child).writer.written()
                if last is not None:
                    await last.written()
                kept = read_journal(path)
                numbers = [number for number in kept.top_level if ended or not kept.ended(number)]
                assert [record_of(child).writer.entity_id for child in found] == numbers
                for child, number in zip(found, numbers, strict=True):
                    jobs = [child] if isinstance(child, Job) else [*child.leaves()]
                    saved = [number] if number in kept.jobs else kept.composites[number]
                    assert [job.state for job in jobs] == [kept.jobs[one].state for one in saved]
                    assert [len(job.history) for job in jobs] == [len(kept.jobs[one].history) for one in saved]
                assert all(child in found for child in held if ended or not child.ended)
        await sdk.close()

    run_virtual(scenario())


def test_recovering_from_a_long_journal_reads_nothing_that_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        path = tmp_path / "j.db"
        async with process(cloud_of(), path) as sdk:
            await sdk.create_job(program=programs(50)).cancel()
            ended, job = sdk.create_job(program=programs(50)), sdk.create_job(program="OPENQASM 2.0;")
            await ended.cancel()
            read: list[object] = []
            whole = JournalFile.read

            def noting(self: JournalFile, *args: Any, **options: Any) -> Any:
                entries, trouble = whole(self, *args, **options)
                read.extend(entries)
                return entries, trouble

            monkeypatch.setattr(JournalFile, "read", noting)
            assert sdk.recover() == [job]
            assert read == []
            del ended
            gc.collect()
            assert len(sdk.recover(all=True)) == 3
        read.clear()
        threads: list[str] = []

        def where(self: JournalFile, *args: Any, **options: Any) -> Any:
            threads.append(threading.current_thread().name)
            return noting(self, *args, **options)

        monkeypatch.setattr(JournalFile, "read", where)
        async with process(cloud_of(), path) as sdk:
            (again,) = sdk.recover()
            assert again.program == "OPENQASM 2.0;"
            assert len(threads) == 1
            assert threads[0].startswith("qcaas-journal"), "it is read in a thread of its own, and once"

    run_virtual(scenario())


def test_a_loaded_job_is_written_down_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = cloud_of()
        async with sdk_on(cloud) as sdk:
            job = sdk.create_job(program="OPENQASM 2.0;")
            await job.submit()
            snapshot = job.to_snapshot()
        async with process(cloud, tmp_path / "j.db") as sdk:
            sdk.from_snapshot(snapshot)
        async with process(cloud, tmp_path / "j.db") as sdk:
            (again,) = sdk.recover()
            await again.wait()
            assert again.completed
        assert len(cloud.ledger.executions) == 1

    run_virtual(scenario())


def test_without_a_journal_there_is_nothing_to_recover() -> None:
    async def scenario() -> None:
        cloud = cloud_of()
        async with OqcSdk(cloud.url, cloud.token, http_transport=cloud.transport) as sdk:
            with pytest.raises(QcaasError, match="needs a journal"):
                sdk.recover()

    run_virtual(scenario())


def test_a_journal_belongs_to_one_sdk_and_one_service(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with process(cloud_of(), tmp_path / "j.db"):
            with pytest.raises(JournalInUse):
                await sdk_of(cloud_of(), tmp_path / "j.db").open()
        other = SimulatedCloud(url="https://another.example.com")
        with pytest.raises(JournalError, match=r"belongs to .*, not to https://another\.example\.com"):
            await sdk_of(other, tmp_path / "j.db").open()
        await (await sdk_of(cloud_of(), tmp_path / "j.db").open()).close()

    run_virtual(scenario())


def test_nothing_is_submitted_that_cannot_be_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        cloud = cloud_of()
        async with process(cloud, tmp_path / "j.db") as sdk:
            job = sdk.create_job(program="OPENQASM 2.0;")
            monkeypatch.setattr(JournalFile, "append", full)
            with pytest.raises(JournalError, match="disk is full"):
                await job.submit()
            assert (job.state, job.task_id) == (JobState.CREATED, None)
            assert not cloud.ledger.requests("submit")
            monkeypatch.undo()
            await job.execute()
            assert job.completed
        assert len(cloud.ledger.executions) == 1

    def full(self: JournalFile, *_: object) -> None:
        raise JournalError("database or disk is full", file=str(self.path))

    run_virtual(scenario())


def test_a_damaged_journal_says_what_could_be_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = cloud_of()
        async with process(cloud, tmp_path / "j.db") as sdk:
            jobs = [sdk.create_job(program=program) for program in programs(3)]
            for job in jobs:
                await job.submit()
        content = (tmp_path / "j.db").read_bytes()
        middle = str(jobs[1].task_id).encode()
        (tmp_path / "j.db").write_bytes(content.replace(middle, b"X" + middle[1:]))
        with pytest.raises(
            BadJournal, match=r"entry \d+ is damaged .*; `qcaas jobs .*` lists what can be read"
        ) as caught:
            await sdk_of(cloud, tmp_path / "j.db").open()
        assert [job["task_id"] for job in caught.value.readable] == [jobs[0].task_id, None, jobs[2].task_id]

    run_virtual(scenario())


def test_a_file_that_is_no_journal_is_said_without_the_frames_of_a_thread(tmp_path: Path) -> None:
    (tmp_path / "j.db").write_text("no database")

    async def scenario() -> None:
        with pytest.raises(BadJournal, match="not a journal") as caught:
            await sdk_of(cloud_of(), tmp_path / "j.db").open()
        told = "".join(traceback.format_exception(caught.value))
        assert "ThreadPoolExecutor" not in told
        assert "_journal/" not in told
        assert told.count('File "') <= 6

    run_virtual(scenario())


@pytest.mark.slow
async def test_ten_thousand_jobs_need_few_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = 0
    append = JournalFile.append

    def counted(self: JournalFile, *entries: Any) -> None:
        nonlocal commits
        append(self, *entries)
        commits += 1

    monkeypatch.setattr(JournalFile, "append", counted)

    async def scenario() -> int:
        cloud = SimulatedCloud(qpus=[SimulatedQpu(QPU, service_time=Constant(0.0))])
        async with process(cloud, tmp_path / "j.db") as sdk:
            composite = sdk.create_job(program=programs(1500))
            await composite.execute()
        return commits

    assert await asyncio.to_thread(run_virtual, scenario()) <= 40


# A process that dies at any write, again and again.


class Dead(SystemExit):
    """The process is no more."""


class Mortal(JournalFile):
    """A file whose process dies at a certain write: before it is durable, or just after."""

    dies_at = 0
    after_commit = False
    is_dead = False
    writes = 0
    opened: ClassVar[list[JournalFile]] = []

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        super().__init__(path, read_only=read_only)
        self.opened.append(self)

    def append(self, entries: Sequence[Entry], texts: Mapping[bytes, str]) -> None:
        cls = type(self)
        if cls.is_dead:
            raise JournalError("nobody is there to write", file=str(self.path))
        cls.writes += 1
        dies = cls.writes == cls.dies_at
        if not dies or cls.after_commit:
            super().append(entries, texts)
        if dies:
            cls.is_dead = True
            raise Dead


class OfTheLiving(httpx.AsyncBaseTransport):
    """Carries nothing for the dead."""

    def __init__(self, cloud: SimulatedCloud) -> None:
        self.cloud = cloud

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if Mortal.is_dead:
            raise httpx.ConnectError("nobody is there to ask")
        return await self.cloud.transport.handle_async_request(request)


def live(cloud: SimulatedCloud, journal: Path, count: int, *, dies_at: int, after_commit: bool) -> bool:
    """One life of a campaign; returns whether it came to its end."""
    Mortal.dies_at, Mortal.after_commit, Mortal.is_dead, Mortal.writes = dies_at, after_commit, False, 0

    async def campaign() -> None:
        sdk = sdk_of(cloud, journal, OfTheLiving(cloud))
        for _ in range(30):
            with contextlib.suppress(TransportError):
                await sdk.open()
                break
        jobs = sdk.recover() if sdk.recover(all=True) else [sdk.create_job(program=programs(count))]
        for job in jobs:
            for _ in range(30):
                with contextlib.suppress(TransportError):
                    await job.wait()
                    break
        await sdk.close()

    try:
        run_virtual(campaign())
    except (Dead, JournalError):
        assert Mortal.is_dead
        return False
    finally:
        while Mortal.opened:
            Mortal.opened.pop().close()  # as the system does for the dead
    return True


@pytest.mark.slow
@given(
    deaths=st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=6),
    faults=st.sampled_from(["fair", "30% dropped", "all together"]),
    second_submission=st.sampled_from(SECOND_SUBMISSIONS),
    count=st.integers(1, 12),
    seed=st.integers(0, 5),
)
@settings(max_examples=scaled(40), deadline=None)
def test_whenever_it_dies_every_program_runs_once_and_no_result_is_lost(
    deaths: list[tuple[int, bool]],
    faults: str,
    second_submission: str,
    count: int,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert faults in FAULTS
    journal = tmp_path_factory.mktemp("campaign") / "j.db"
    cloud = cloud_with(faults, second_submission, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qcaas_sdk._journal.open.JournalFile", Mortal)
        for dies_at, after_commit in deaths:
            live(cloud, journal, count, dies_at=dies_at, after_commit=after_commit)
        assert live(cloud, journal, count, dies_at=0, after_commit=False)
    kept = read_journal(journal)
    assert [job.state for job in kept.jobs.values()] == [JobState.COMPLETED] * count
    assert [len(job.history) for job in kept.jobs.values()] == [1] * count
    assert sorted(run.program for run in cloud.ledger.executions) == sorted(programs(count))
