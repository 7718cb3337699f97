"""The limits of a composite and what it has used are in its snapshot, and hold in another process."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import BadSnapshot, Budget, BudgetExceeded, CompositeJob, Job
from qcaas_sdk.testing import Fault, Status, run_virtual, sdk_on
from tests.support.limited import EXPIRES, FAILS, PROGRAM, QPU, REFUSED, a_cloud

pytestmark = pytest.mark.virtual_time


def copied(composite: CompositeJob) -> Any:
    return json.loads(json.dumps(composite.to_snapshot()))


async def test_what_is_left_of_a_budget_is_left_after_loading() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        composite = CompositeJob(
            [sdk.create_job(program=one) for one in [PROGRAM, REFUSED, FAILS, *[PROGRAM] * 5]], budget=Budget(runs=4)
        )
        for job in composite.jobs[:4]:
            await job.wait()
        saved = copied(composite)
    async with sdk_on(cloud) as sdk:
        again = sdk.from_snapshot(saved)
        assert isinstance(again, CompositeJob)
        with pytest.raises(BudgetExceeded, match="4 of 4"):
            await again.wait()
        with pytest.raises(BudgetExceeded):
            await again.completed_jobs[0].execute()
        assert copied(again)["qcaas_sdk"]["limits"][0]["spent"]["runs"] == 4
    assert len(cloud.ledger.executions) == 4


async def test_shots_and_qpu_seconds_are_counted_too() -> None:
    cloud = a_cloud()
    for budget, message in ((Budget(shots=2500), "2,000 of 2,500 shots"), (Budget(qpu_seconds=1.5), "2 of 1.5 QPU")):
        async with sdk_on(cloud) as sdk:
            composite = CompositeJob([sdk.create_job(program=PROGRAM) for _ in range(3)], budget=budget)
            for job in composite.jobs[:2]:
                await job.wait()
            saved = copied(composite)
        async with sdk_on(cloud) as sdk:
            with pytest.raises(BudgetExceeded, match=message):
                await sdk.from_snapshot(saved).wait()
    assert len(cloud.ledger.executions) == 4


async def test_places_hold_after_loading() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        saved = copied(CompositeJob([sdk.create_job(program=PROGRAM) for _ in range(6)], max_in_flight=2))
    async with sdk_on(cloud) as sdk:
        await sdk.from_snapshot(saved).wait()
    assert (len(cloud.ledger.executions), cloud.ledger.most_at_once(QPU)) == (6, 2)


async def test_composites_in_composites_keep_theirs() -> None:
    async with sdk_on(a_cloud()) as sdk:
        inner = CompositeJob([sdk.create_job(program=PROGRAM) for _ in range(3)], budget=Budget(runs=2))
        plain = CompositeJob([sdk.create_job(program=PROGRAM)])
        outer = CompositeJob([plain, inner, sdk.create_job(program=PROGRAM)], max_in_flight=1)
        saved = copied(outer)
        again = sdk.from_snapshot(saved)
        assert isinstance(again, CompositeJob)
        assert again.to_snapshot() == saved
        with pytest.raises(BudgetExceeded):
            await again.wait()
        assert len(again.completed_jobs) == 4


async def test_a_run_in_doubt_is_counted_once_until_it_is_known() -> None:
    cloud = a_cloud(faults=[Fault(Status(503), on=["submit", "status"])], cancel_of_reserved="ignored")
    async with sdk_on(cloud, max_delivery_s=5.0) as sdk:
        composite = CompositeJob([sdk.create_job(program=PROGRAM) for _ in range(2)], budget=Budget(runs=1))
        doubtful = composite.jobs[0]
        with pytest.raises(TimeoutError):
            await doubtful.submit(timeout_s=0.5)
        saved = copied(composite)
    cloud.clear_up()
    async with sdk_on(cloud, max_delivery_s=5.0) as sdk:
        again = sdk.from_snapshot(saved)
        assert isinstance(again, CompositeJob)
        doubtful, other = again.jobs
        with pytest.raises(BudgetExceeded):
            await other.submit()
        await doubtful.cancel()
        await doubtful.wait()
        await other.wait()
    assert len(cloud.ledger.executions) == 1


async def test_a_loaded_budget_holds_in_a_journal_over_processes(tmp_path: Path) -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        composite = CompositeJob([sdk.create_job(program=PROGRAM) for _ in range(5)], budget=Budget(runs=3))
        await composite.jobs[0].wait()
        composite.save(tmp_path / "composite.json")
    async with sdk_on(cloud, journal=tmp_path / "campaign.db") as sdk:
        loaded = sdk.load(tmp_path / "composite.json")
        assert isinstance(loaded, CompositeJob)
        await loaded.jobs[1].wait()
    async with sdk_on(cloud, journal=tmp_path / "campaign.db") as sdk:
        [again] = sdk.recover()
        with pytest.raises(BudgetExceeded, match="3 of 3"):
            await again.wait()
    assert len(cloud.ledger.executions) == 3


async def test_without_limits_nothing_is_written() -> None:
    async with sdk_on(a_cloud()) as sdk:
        assert "limits" not in copied(sdk.create_job(program=[PROGRAM] * 2))["qcaas_sdk"]


LIMIT = {"budget": {"runs": 3}, "spent": {"runs": 1, "shots": 1000, "qpu_seconds": 0.5, "timed_runs": 1}}


@pytest.mark.parametrize(
    "limits",
    [
        None,
        {},
        [],
        [LIMIT, LIMIT],
        [3],
        [{"budget": 3}],
        [{"budget": {}}],
        [{"max_in_flight": 0}],
        [{"budget": {"runs": -1}}],
        [LIMIT | {"spent": 1}],
        [LIMIT | {"spent": {"runs": 1}}],
        [LIMIT | {"spent": {"runs": -1, "shots": 1, "qpu_seconds": 0.5, "timed_runs": 1}}],
        [LIMIT | {"spent": {"runs": 1, "shots": 1, "qpu_seconds": True, "timed_runs": 1}}],
    ],
)
async def test_damaged_limits_are_named(limits: Any) -> None:
    async with sdk_on(a_cloud()) as sdk:
        saved = copied(CompositeJob([sdk.create_job(program=PROGRAM)]))
        sdk.from_snapshot(saved | {"qcaas_sdk": saved["qcaas_sdk"] | {"limits": [LIMIT]}})
        with pytest.raises(BadSnapshot, match="limits"):
            sdk.from_snapshot(saved | {"qcaas_sdk": saved["qcaas_sdk"] | {"limits": limits}})


@pytest.mark.slow
@given(
    st.lists(st.sampled_from([PROGRAM, REFUSED, EXPIRES, FAILS]), min_size=1, max_size=8),
    st.integers(0, 6),
    st.sampled_from([None, 1, 2]),
    st.lists(st.sampled_from([0.0, 0.02, 0.5, 1.5, 4.0]), max_size=4),
)
@settings(max_examples=80, deadline=None)
def test_no_way_of_saving_and_loading_gives_more_than_was_left(
    programs: list[str], runs: int, most: int | None, lives_s: list[float]
) -> None:
    cloud = a_cloud()

    async def campaign() -> None:
        saved: Any = None
        for life_s in [*lives_s, 100.0]:
            async with sdk_on(cloud) as sdk:
                if saved is None:
                    jobs = [sdk.create_job(program=one) for one in programs]
                    composite = CompositeJob(jobs, budget=Budget(runs=runs), max_in_flight=most)
                else:
                    composite = sdk.from_snapshot(saved)
                waits = [asyncio.ensure_future(job.wait(life_s)) for job in composite.leaves()]
                ends = await asyncio.gather(*waits, return_exceptions=True)
                assert all(isinstance(end, Job | BudgetExceeded | TimeoutError) for end in ends)
                saved = copied(composite)
                assert copied(sdk.from_snapshot(saved)) == saved
        assert len(cloud.ledger.executions) <= runs

    run_virtual(campaign())
