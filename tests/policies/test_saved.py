"""Journals and snapshots keep the chart of a job, how often it was run again, and when it will be."""

import asyncio
import gc
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import ChartMismatch, CompositeJob, Job, JobState, OqcSdk
from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk._record import JobRecord
from qcaas_sdk.job import record_of_job
from qcaas_sdk.testing import RequestKind, SimulatedCloud, run_virtual, sdk_on
from qcaas_sdk.testing.time import VirtualTimeLoop
from tests.policies.charts import APPROVED, PROGRAM, approval, approvals, changed, charted, failing, programs, retries
from tests.support.examples import scaled

F = JobState.FAILED


async def pausing(sdk: OqcSdk) -> Job:
    """A job that has failed and runs again in about a minute; nobody waits for it."""
    job = await sdk.create_job(program=PROGRAM).submit()
    await asyncio.sleep(10)
    await job.refresh()
    assert job.place == "pausing"
    return job


def only(found: list[Job | CompositeJob]) -> Job:
    (job,) = found
    assert isinstance(job, Job)
    return job


def kinds(journal: Path) -> list[str]:
    with JournalFile(journal, read_only=True) as file:
        return [entry.kind for entry in file.read()[0]]


def test_another_process_goes_on_when_the_pause_is_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud, journal = failing(2), tmp_path / "j.db"
        async with retries(cloud, journal=journal) as sdk:
            job = await pausing(sdk)
            failed_at = job.transitions[-1].at
        await asyncio.sleep(20)
        async with retries(cloud, journal=journal) as sdk:
            job = only(sdk.recover())
            assert (job.state, job.place, job.ended) == (F, "pausing", False)
            await job.wait()
            assert job.completed
            assert len(job.history) == 3
            reset = next(one for one in job.transitions if one.trigger == "reset")
            assert (reset.at - failed_at).total_seconds() == pytest.approx(60)
        async with retries(cloud, journal=journal) as sdk:
            assert sdk.recover() == []
            assert only(sdk.recover(all=True)).completed

    run_virtual(scenario())


@pytest.mark.slow
def test_a_job_that_nobody_keeps_is_run_again_once_however_often_it_is_found(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = failing(1)
        async with retries(cloud, journal=tmp_path / "j.db") as sdk:
            await pausing(sdk)
            for _ in range(3):
                assert only([*sdk.find()]).place == "pausing"
                gc.collect()
            await asyncio.sleep(1000)
            job = only(sdk.recover(all=True))
            assert (await job.wait()).completed
            assert len(job.history) == 2
        assert len(cloud.ledger.executions) == 2

    run_virtual(scenario())


def test_a_pause_that_is_over_already_is_over_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud, journal = failing(1), tmp_path / "j.db"
        async with retries(cloud, journal=journal) as sdk:
            await pausing(sdk)
        await asyncio.sleep(1000)
        async with retries(cloud, journal=journal) as sdk:
            job = only(sdk.recover())
            await asyncio.sleep(1)
            assert job.state is JobState.SUBMITTED, "nobody waits, but it was recovered"

    run_virtual(scenario())


def test_the_same_sdk_goes_on_with_the_same_job(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = failing(1)
        sdk = await retries(cloud, journal=tmp_path / "j.db").open()
        job = await pausing(sdk)
        await sdk.close()
        await asyncio.sleep(1000)
        assert job.state is F
        await sdk.open()
        assert only(sdk.recover()) is job
        await asyncio.sleep(1)
        assert job.state is JobState.SUBMITTED
        await sdk.close()

    run_virtual(scenario())


@settings(max_examples=scaled(40), deadline=None)
@given(
    kills=st.lists(st.floats(0.0, 120.0), min_size=1, max_size=4),
    fails=st.integers(0, 6),
    many=st.integers(1, 3),
    away_s=st.sampled_from([0.0, 5.0, 500.0]),
)
@pytest.mark.slow
def test_however_often_it_is_killed_the_bound_holds_and_no_run_is_lost(
    kills: list[float], fails: int, many: int, away_s: float
) -> None:
    async def scenario(folder: Path) -> None:
        cloud = failing(fails)
        sdk = await retries(cloud, journal=folder / "0.db").open()
        jobs: CompositeJob | Job = sdk.create_job(program=programs(many))
        for number, seconds in enumerate(kills, 1):
            waiting = asyncio.create_task(jobs.wait())
            await asyncio.sleep(seconds)
            for file in folder.glob(f"{number - 1}.db*"):
                if not file.name.endswith("-lock"):
                    shutil.copy(file, folder / file.name.replace(f"{number - 1}.db", f"{number}.db"))
            await sdk.close()  # what it still writes is not in the copy
            await asyncio.gather(waiting, return_exceptions=True)
            await asyncio.sleep(away_s)
            sdk = await retries(cloud, journal=folder / f"{number}.db").open()
            found = sdk.recover(all=True)
            jobs = found[0] if found else sdk.create_job(program=programs(many))
        await jobs.wait()
        await sdk.close()
        leaves = [jobs] if isinstance(jobs, Job) else [*jobs.leaves()]
        for job in leaves:
            assert job.ended
            assert len(job.history) == min(fails + 1, 4)
            assert job.completed == (fails < 4)
        ran = [execution.task_id for execution in cloud.ledger.executions]
        known = {output.task_id for job in leaves for output in job.history}
        assert len(ran) == len(set(ran))
        assert set(ran) == known

    with tempfile.TemporaryDirectory() as folder:
        run_virtual(scenario(Path(folder)))


def test_a_journal_without_policies_has_no_new_entries_and_goes_on_as_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud, journal = failing(1), tmp_path / "j.db"
        async with sdk_on(cloud, journal=journal) as sdk:
            await sdk.create_job(program=PROGRAM).execute()
            new = sdk.create_job(program=PROGRAM)
            assert "chart" not in new.to_snapshot()["qcaas_sdk"]
        assert {*kinds(journal)} == {"service", "job", "reserved", "moved"}
        async with retries(cloud, journal=journal) as sdk:
            failed, new = [job for job in sdk.recover(all=True) if isinstance(job, Job)]
            assert (failed.place, failed.ended) == ("failed", True)
            await asyncio.sleep(100)
            assert len(failed.history) == 1, "it runs on the chart `job`, which repeats nothing"
            assert (await new.execute()).one.ok
            assert sdk.create_job(program=PROGRAM).to_snapshot()["qcaas_sdk"]["chart"]["name"] == "job_with_retries"

    run_virtual(scenario())


def told(job: Job) -> dict[str, Any]:
    return json.loads(json.dumps(job.to_snapshot()))  # type: ignore[no-any-return]  # an object, as it was


@pytest.mark.parametrize("in_a_composite", [False, True])
def test_a_snapshot_keeps_what_is_due(in_a_composite: bool, tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud, file = failing(1), tmp_path / "job.json"
        async with retries(cloud) as sdk:
            job = await pausing(sdk)
            saved = told(job)
            (CompositeJob([job]) if in_a_composite else job).save(file)
            assert saved["state"] == "FAILED"
            assert saved["error"]["error_code"] == 7
        async with retries(cloud) as sdk:
            loaded = sdk.load(file)
            job = loaded if isinstance(loaded, Job) else next(loaded.leaves())
            assert told(job) == saved
            assert not loaded.ended
            assert loaded.state is (JobState.RUNNING if in_a_composite else F)
            await loaded.wait()
            assert loaded.completed
            assert len(job.history) == 2

    run_virtual(scenario())


def test_a_damaged_snapshot_of_a_chart_is_refused() -> None:
    from qcaas_sdk import BadSnapshot

    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            saved = told(await pausing(sdk))
            for name, value in (("name", 1), ("place", None), ("counts", []), ("due", {"x": "soon"}), ("again", 2)):
                damaged = json.loads(json.dumps(saved))
                damaged["qcaas_sdk"]["chart"][name] = value
                with pytest.raises(BadSnapshot, match=name):
                    sdk.from_snapshot(damaged)

    run_virtual(scenario())


async def approved(journal: Path, version: int = 1) -> SimulatedCloud:
    cloud = failing(0)
    chart = changed(APPROVED, "extends: job", f"extends: job\nversion: {version}")
    async with approvals(cloud, journal=journal, job_chart=chart) as sdk:
        await sdk.create_job(program=PROGRAM).trigger("approve")
    return cloud


def test_an_sdk_without_the_chart_says_so_and_loses_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = tmp_path / "j.db"
        cloud = await approved(journal, version=4)
        for options in ({}, {"job_chart": "job_with_retries"}):
            async with (retries if options else sdk_on)(cloud, journal=journal) as sdk:
                with pytest.raises(
                    ChartMismatch, match="'approved_job', version 4: open the SDK with job_chart="
                ) as caught:
                    sdk.recover()
                assert (caught.value.chart, caught.value.place) == ("approved_job", "approved")
        async with approvals(cloud, journal=journal) as sdk:
            assert (await only(sdk.recover()).execute()).one.ok

    run_virtual(scenario())


def test_a_changed_chart_goes_on_if_it_knows_the_state(tmp_path: Path) -> None:
    more = APPROVED.replace("guards:", "  - {name: asked, summary: S., within: created}\nguards:")
    more = more.replace(
        "transitions:", "transitions:\n  - {trigger: ask, source: created, target: asked, summary: S.}"
    )

    async def scenario() -> None:
        journal = tmp_path / "j.db"
        cloud = await approved(journal)
        other = changed(APPROVED, "approved,", "allowed,").name
        assert other == "approved_job"
        chart = changed(APPROVED, " approved,", " allowed,")
        async with approvals(cloud, journal=journal, job_chart=chart) as sdk:
            with pytest.raises(
                ChartMismatch, match="does not know as a state that shows as 'created': add it, or use version 1"
            ):
                sdk.recover()
        path = charted(tmp_path, "approved_job", more.replace("extends: job", "extends: job\nversion: 2"))
        async with sdk_on(cloud, journal=journal, job_chart=path, callbacks=approval([])) as sdk:
            job = only(sdk.recover())
            assert job.place == "approved"
            assert (await job.execute()).one.ok
            assert told(job)["qcaas_sdk"]["chart"]["version"] == 2

    run_virtual(scenario())


def test_nothing_is_sent_for_a_job_that_is_only_recovered(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = tmp_path / "j.db"
        cloud = failing(9)
        async with retries(cloud, journal=journal) as sdk:
            await sdk.create_job(program=PROGRAM).execute()
        sent = len(cloud.ledger.requests(RequestKind.SUBMIT))
        async with retries(cloud, journal=journal) as sdk:
            assert only(sdk.recover(all=True)).ended
            await asyncio.sleep(1000)
        assert len(cloud.ledger.requests(RequestKind.SUBMIT)) == sent == 4

    run_virtual(scenario())


def test_a_job_that_is_loaded_and_dropped_where_no_loop_runs_is_freed() -> None:
    sdk, seen = retries(failing(2)), WeakSet[JobRecord]()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(sdk.open())
        snapshot = runner.run(pausing(sdk)).to_snapshot()
        runner.run(asyncio.sleep(1000))
        job = sdk.from_snapshot(snapshot)
        seen.add(record_of_job(job))
        del job
        gc.collect()
        assert not list(seen)
        runner.run(sdk.close())
