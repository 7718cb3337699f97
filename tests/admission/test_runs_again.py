"""What refuses another run of a job that has ended refuses it before the job gives up its state."""

import asyncio
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from compiler_config.config import CompilerConfig
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import (
    Budget,
    BudgetExceeded,
    CompositeJob,
    Job,
    JobState,
    JournalError,
    MissingExtra,
    NoPlace,
    QcaasError,
    SdkNotOpen,
)
from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk.testing import Constant, Fault, SimulatedCloud, SimulatedQpu, Status, run_virtual, sdk_on

pytestmark = pytest.mark.virtual_time

PROGRAM = "OPENQASM 2.0;"
FAILS = f"{PROGRAM} // simulated: fails"
QPU = "qpu:sim:1"


def a_cloud(**more: Any) -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu(QPU, service_time=Constant(1.0))], latency_s=0.01, **more)


async def again(job: Job, call: str) -> None:
    match call:
        case "execute":
            await job.execute()
        case "resubmit":
            await job.history[0].resubmit()
        case "reexecute":
            await job.history[0].reexecute()
        case "retry_failed":
            await CompositeJob([job]).retry_failed()
        case "composite":
            await CompositeJob([job]).execute()


CALLS = ["execute", "resubmit", "reexecute", "retry_failed", "composite"]


async def is_unchanged_by(job: Job, call: str, error: type[QcaasError]) -> None:
    before = job.to_snapshot()
    with pytest.raises(error):
        await again(job, call)
    assert job.to_snapshot() == before
    assert job.ended
    assert job.outputs.one is job.history[-1]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("limit", [Budget(runs=1), Budget(shots=1500), Budget(qpu_seconds=0.5)])
async def test_a_budget(call: str, limit: Budget) -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, budget=limit) as sdk:
        job = await sdk.create_job(program=FAILS).wait()
        await is_unchanged_by(job, call, BudgetExceeded)
    assert len(cloud.ledger.tasks()) == 1


async def test_the_budget_of_a_composite() -> None:
    async with sdk_on(a_cloud()) as sdk:
        job = sdk.create_job(program=PROGRAM)
        composite = CompositeJob([job], budget=Budget(runs=1))
        await composite.execute()
        await is_unchanged_by(job, "execute", BudgetExceeded)
        with pytest.raises(BudgetExceeded):
            await composite.execute()
        assert composite.completed


async def test_the_shots_of_an_earlier_run_are_those_that_count_if_it_is_that_which_runs_again() -> None:
    async with sdk_on(a_cloud(), budget=Budget(shots=3200)) as sdk:
        job = sdk.create_job(program=PROGRAM, shots=2000)
        await job.execute()
        await job.reconfigure(config=CompilerConfig(repeats=200)).wait()
        await is_unchanged_by(job, "resubmit", BudgetExceeded)
        await job.execute()


@pytest.mark.parametrize("call", CALLS)
async def test_a_place_that_cannot_become_free(call: str) -> None:
    cloud = a_cloud(faults=[Fault(Status(503), on=["submit", "status"], during=(50, 1e9))])
    async with sdk_on(cloud, max_in_flight=1) as sdk:
        job = await sdk.create_job(program=FAILS).wait()
        await asyncio.sleep(50)
        with pytest.raises(TimeoutError):
            await sdk.create_job(program=PROGRAM).submit(timeout_s=0.5)
        await is_unchanged_by(job, call, NoPlace)


@pytest.mark.parametrize("call", CALLS[:3])
@pytest.mark.parametrize("options", [{}, {"budget": Budget(runs=9)}])
async def test_a_closed_sdk(call: str, options: dict[str, Any]) -> None:
    async with sdk_on(a_cloud(), **options) as sdk:
        job = await sdk.create_job(program=FAILS).wait()
    await is_unchanged_by(job, call, SdkNotOpen)


async def test_a_closed_sdk_and_a_composite() -> None:
    async with sdk_on(a_cloud()) as sdk:
        job = await sdk.create_job(program=FAILS).wait()
        composite = CompositeJob([job])
    for call in (composite.execute, composite.retry_failed):
        with pytest.raises(SdkNotOpen):
            await call()
        assert composite.failed_jobs == [job]


@pytest.mark.parametrize("call", CALLS)
async def test_a_journal_that_cannot_be_written(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = sdk_on(a_cloud(), journal=tmp_path / "campaign.db")
    await sdk.open()
    job = await sdk.create_job(program=FAILS).wait()

    def full(*_: object) -> None:
        raise JournalError("the disk is full", file="campaign.db")

    with monkeypatch.context() as patch:
        patch.setattr(JournalFile, "append", full)
        await is_unchanged_by(job, call, JournalError)
    await sdk.close()


async def test_an_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sdk_on(a_cloud()) as sdk:
        job = await sdk.create_job(program=FAILS).wait()
        monkeypatch.setitem(sys.modules, "rich.live", None)
        with pytest.raises(MissingExtra):
            await job.execute(progress=True)
        assert job.state is JobState.FAILED


@pytest.mark.parametrize("call", ["execute", "retry_failed"])
async def test_who_waits_for_a_place_to_run_again_has_its_share_of_the_budget(call: str) -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, budget=Budget(runs=9), max_in_flight=2) as sdk:
        composite = sdk.create_job(program=[FAILS] * 6)
        await composite.wait()
        assert isinstance(composite, CompositeJob)
        running = asyncio.ensure_future(getattr(composite, call)())
        await asyncio.sleep(0.5)
        assert composite.counts[JobState.FAILED] == 3
        with pytest.raises(BudgetExceeded, match="9 of 9"):
            await sdk.create_job(program=PROGRAM).submit()
        with pytest.raises(BudgetExceeded):
            await running
        await composite.wait()
        assert composite.counts[JobState.FAILED] == 6
    assert len(cloud.ledger.executions) == 9


async def test_a_share_is_given_back_by_who_gives_up() -> None:
    async with sdk_on(a_cloud(), budget=Budget(runs=3), max_in_flight=1) as sdk:
        job = await sdk.create_job(program=FAILS).wait()
        await sdk.create_job(program=PROGRAM).submit()
        with pytest.raises(TimeoutError):
            await job.execute(timeout_s=0.1)
        other = sdk.create_job(program=PROGRAM)
        await other.execute()
        with pytest.raises(BudgetExceeded):
            await job.execute()


async def test_a_share_counts_in_a_composite_that_is_made_meanwhile() -> None:
    async with sdk_on(a_cloud(), max_in_flight=1) as sdk:
        job, fresh = await sdk.create_job(program=FAILS).wait(), sdk.create_job(program=PROGRAM)
        await sdk.create_job(program=PROGRAM).submit()
        running = asyncio.ensure_future(job.execute())
        await asyncio.sleep(0.1)
        composite = CompositeJob([job], budget=Budget(runs=2))
        composite.add(fresh)
        with pytest.raises(BudgetExceeded):
            await fresh.submit(timeout_s=30)
        await running
        assert len(job.history) == 2


@pytest.mark.slow
@given(
    st.lists(st.sampled_from([PROGRAM, FAILS, f"{PROGRAM} // simulated: refused"]), min_size=1, max_size=6),
    st.integers(0, 12),
    st.sampled_from([None, 1, 2]),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(CALLS), st.sampled_from([0.0, 0.5, 3.0])), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_no_budget_takes_the_state_of_a_job_that_has_ended(
    programs: list[str], runs: int, most: int | None, calls: list[tuple[int, str, float]]
) -> None:
    cloud = a_cloud()

    async def kept(job: Job, call: str) -> None:
        had_ended, before = job.ended, job.to_snapshot()
        try:
            await again(job, call)
        except BudgetExceeded:
            assert not had_ended or job.to_snapshot() == before

    async def campaign() -> None:
        warnings.simplefilter("ignore")
        async with sdk_on(cloud, budget=Budget(runs=runs), max_in_flight=most) as sdk:
            jobs = [sdk.create_job(program=program) for program in programs]
            await asyncio.gather(*(job.wait() for job in jobs), return_exceptions=True)
            going = []
            driven = set[Job]()
            for number, call, pause_s in calls:
                job = jobs[number % len(jobs)]
                if job.history and job not in driven:  # otherwise another call may have begun its next run
                    driven.add(job)
                    going.append(asyncio.ensure_future(kept(job, call)))
                await asyncio.sleep(pause_s)
            await asyncio.gather(*going)
        assert len(cloud.ledger.executions) <= runs

    run_virtual(campaign())
