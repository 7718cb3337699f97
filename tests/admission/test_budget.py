"""A budget is never exceeded: a run counts from just before its submission until it is known that it never ran."""

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import Budget, BudgetExceeded, CompositeJob, InvalidArgument, Job, JobCallbacks, JobState
from qcaas_sdk.testing import Constant, Fault, SimulatedCloud, SimulatedQpu, Status, sdk_on
from tests.support.limited import EXPIRES, FAILS, PROGRAM, QPU, REFUSED, a_cloud

pytestmark = pytest.mark.virtual_time


async def ends(jobs: list[Job]) -> list[bool]:
    """Whether each job could run; the others are over the budget."""
    found = await asyncio.gather(*(job.wait() for job in jobs), return_exceptions=True)
    assert all(isinstance(one, Job | BudgetExceeded) for one in found), found
    return [isinstance(one, Job) for one in found]


async def test_what_would_exceed_it_is_refused_before_it_is_sent() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, budget=Budget(runs=2)) as sdk:
        jobs = [sdk.create_job(program=PROGRAM) for _ in range(5)]
        assert sum(await ends(jobs)) == 2
        refused = next(job for job in jobs if not job.ended)
        assert (refused.state, refused.held) == (JobState.CREATED, "budget spent")
        assert "budget spent" in repr(refused)
        with pytest.raises(BudgetExceeded, match=r"2 of 2 runs.*larger budget") as caught:
            await refused.submit()
        assert (caught.value.limit, caught.value.used) == ("runs", 2)
        assert caught.value.budget == Budget(runs=2)
        await refused.cancel()
        assert refused.state is JobState.CANCELLED
    assert len(cloud.ledger.tasks()) == 2


async def test_shots_are_counted_by_what_runs_ask_for() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, budget=Budget(shots=2500)) as sdk:
        await sdk.create_job(program=PROGRAM).execute()  # 1000 by default
        with pytest.raises(BudgetExceeded, match=r"1,000 of 2,500 shots.*2,000 more"):
            await sdk.create_job(program=PROGRAM, shots=2000).execute()
        await sdk.create_job(program=PROGRAM, shots=1500).execute()


async def test_each_run_of_a_job_counts() -> None:
    async with sdk_on(a_cloud(), budget=Budget(runs=2)) as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.execute()
        await job.execute()
        with pytest.raises(BudgetExceeded):
            await job.execute()
        assert (job.state, len(job.history)) == (JobState.COMPLETED, 2)


@pytest.mark.parametrize("program", [REFUSED, EXPIRES])
async def test_a_run_that_never_ran_gives_its_place_back(program: str) -> None:
    async with sdk_on(a_cloud(), budget=Budget(runs=1)) as sdk:
        for _ in range(3):
            assert (await sdk.create_job(program=program).wait()).state is JobState.FAILED
        await sdk.create_job(program=PROGRAM).execute()


async def test_a_run_that_failed_counts() -> None:
    async with sdk_on(a_cloud(), budget=Budget(runs=1)) as sdk:
        await sdk.create_job(program=FAILS).wait()
        with pytest.raises(BudgetExceeded):
            await sdk.create_job(program=PROGRAM).execute()


async def test_a_run_that_is_cancelled_in_the_queue_gives_its_place_back_and_one_that_runs_does_not() -> None:
    async with sdk_on(a_cloud(), budget=Budget(runs=2)) as sdk:
        running, queued = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        await running.submit()
        await queued.submit()
        await asyncio.sleep(0.3)
        await queued.cancel()
        assert queued.state is JobState.CANCELLED
        third = await sdk.create_job(program=PROGRAM).submit()
        await running.cancel()
        assert running.state is JobState.CANCELLED
        with pytest.raises(BudgetExceeded):
            await sdk.create_job(program=PROGRAM).submit()
        await third.wait()


async def test_a_run_in_doubt_counts_until_it_is_known_that_it_never_arrived() -> None:
    cloud = a_cloud(faults=[Fault(Status(503), on=["submit", "status", "info"])], cancel_of_reserved="ignored")
    async with sdk_on(cloud, budget=Budget(runs=1), max_delivery_s=5.0) as sdk:
        doubtful, other = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        with pytest.raises(TimeoutError):
            await doubtful.submit(timeout_s=0.5)
        cloud.clear_up()
        with pytest.raises(BudgetExceeded, match="in doubt"):
            await other.submit()
        await doubtful.cancel()
        with pytest.raises(BudgetExceeded):
            await other.submit()
        await doubtful.wait()
        assert doubtful.state is JobState.CANCELLED
        await other.execute()


async def test_a_run_that_was_given_up_counts_for_ever() -> None:
    cloud = a_cloud(faults=[Fault(Status(503), on=["submit", "status"])])
    async with sdk_on(cloud, budget=Budget(runs=1)) as sdk:
        doubtful = sdk.create_job(program=PROGRAM)
        with pytest.raises(TimeoutError):
            await doubtful.submit(timeout_s=0.5)
        await doubtful.abandon()
        with pytest.raises(BudgetExceeded):
            await sdk.create_job(program=PROGRAM).submit()


async def test_a_composite_has_a_budget_of_its_own() -> None:
    async with sdk_on(a_cloud(), budget=Budget(runs=5)) as sdk:
        ran = sdk.create_job(program=PROGRAM)
        await ran.execute()
        composite = CompositeJob([ran, *(sdk.create_job(program=PROGRAM) for _ in range(4))], budget=Budget(runs=3))
        with pytest.raises(BudgetExceeded, match="its composite"):
            await composite.wait()
        assert len(composite.completed_jobs) == 3
        composite.add(sdk.create_job(program=PROGRAM))
        with pytest.raises(BudgetExceeded):
            await composite.wait()
        assert len(composite.completed_jobs) == 3
        rest = sdk.create_job(program=[PROGRAM] * 3)
        with pytest.raises(BudgetExceeded, match="the SDK"):
            await rest.wait()
        assert len(rest.completed_jobs) == 2


async def test_it_counts_over_crashes(tmp_path: Path) -> None:
    cloud = a_cloud()
    options: dict[str, Any] = {"budget": Budget(runs=5), "journal": tmp_path / "campaign.db"}
    async with sdk_on(cloud, **options) as sdk:
        composite = CompositeJob([sdk.create_job(program=PROGRAM) for _ in range(4)], budget=Budget(runs=3))
        with pytest.raises(BudgetExceeded):
            await composite.wait()
        await sdk.create_job(program=REFUSED).wait()
        left = await sdk.create_job(program=PROGRAM).submit()
    async with sdk_on(cloud, **options) as sdk:
        [again, recovered] = sdk.recover()
        assert isinstance(again, CompositeJob)
        with pytest.raises(BudgetExceeded, match="its composite"):
            await again.wait()
        await sdk.create_job(program=PROGRAM).execute()
        with pytest.raises(BudgetExceeded, match="5 of 5"):
            await sdk.create_job(program=PROGRAM).execute()
        await recovered.wait()
        assert recovered.completed
        assert left.task_id == recovered.task_id  # type: ignore[union-attr]
    assert len(cloud.ledger.executions) == 5


@pytest.mark.parametrize("again", ["find", "recover", "job"])
@pytest.mark.slow
async def test_a_run_counts_once_although_its_job_is_let_go_and_found_again(tmp_path: Path, again: str) -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(1e6))])
    async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
        await sdk.create_job(program=PROGRAM, name="first").submit()
    async with sdk_on(cloud, journal=tmp_path / "j.db", budget=Budget(runs=3), max_in_flight=2) as sdk:
        for _ in range(3):  # each time its handle is let go
            {"find": sdk.find, "recover": sdk.recover, "job": lambda: sdk.job("first")}[again]()
            gc.collect()
        await sdk.create_job(program=PROGRAM).submit(timeout_s=10)
    assert len(cloud.ledger.tasks()) == 2


async def test_qpu_seconds_stop_new_runs_once_the_limit_is_reached() -> None:
    async with sdk_on(a_cloud(), budget=Budget(qpu_seconds=2.5)) as sdk:
        for _ in range(2):
            await sdk.create_job(program=PROGRAM).execute()
        under_way = await sdk.create_job(program=PROGRAM).submit()  # 2 s are reported, one more is under way
        with pytest.raises(BudgetExceeded, match=r"3 of 2\.5 QPU seconds"):
            await sdk.create_job(program=PROGRAM).submit()
        await under_way.wait()


async def test_a_chart_that_runs_a_job_again_is_bound_by_it_and_the_job_says_so() -> None:
    callbacks = JobCallbacks(guards={"error_may_pass": lambda job: True})
    options: dict[str, Any] = {"job_chart": "job_with_retries", "callbacks": callbacks}
    async with sdk_on(a_cloud(), budget=Budget(runs=2), **options) as sdk:
        job = sdk.create_job(program=FAILS)
        with pytest.raises(BudgetExceeded):
            await job.wait()
        assert (job.state, job.held, len(job.history)) == (JobState.CREATED, "budget spent", 2)
        alone = sdk.create_job(program=FAILS)
        assert alone.held is None


async def test_a_retry_that_nobody_waits_for_is_bound_too() -> None:
    callbacks = JobCallbacks(guards={"error_may_pass": lambda job: True})
    options: dict[str, Any] = {"job_chart": "job_with_retries", "callbacks": callbacks}
    cloud = a_cloud()
    async with sdk_on(cloud, budget=Budget(runs=1), **options) as sdk:
        job = await sdk.create_job(program=FAILS).submit()
        await asyncio.sleep(2)
        await job.refresh()
        await asyncio.sleep(500)
        assert (job.state, job.held) == (JobState.CREATED, "budget spent")
    assert len(cloud.ledger.executions) == 1


async def test_what_another_sdk_has_run_does_not_count() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        done, going = sdk.create_job(program=PROGRAM), sdk.create_job(program=PROGRAM)
        await done.execute()
        await going.submit()
        snapshots = [done.to_snapshot(), going.to_snapshot()]
    async with sdk_on(cloud, budget=Budget(runs=1)) as sdk:
        first, second = (sdk.from_snapshot(one) for one in snapshots)
        await second.wait()
        await first.execute()
        with pytest.raises(BudgetExceeded):
            await second.execute()


async def test_the_budget_and_the_places_hold_together() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud, budget=Budget(runs=7), max_in_flight=2) as sdk:
        jobs = [sdk.create_job(program=PROGRAM) for _ in range(20)]
        assert sum(await ends(jobs)) == 7
    assert (len(cloud.ledger.executions), cloud.ledger.most_at_once(QPU)) == (7, 2)


@pytest.mark.parametrize("given", [{}, {"runs": -1}, {"shots": 1.5}, {"qpu_seconds": -1}])
def test_a_budget_that_is_not_valid_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        Budget(**given)


async def test_arguments_that_are_not_valid_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="max_in_flight"):
        sdk_on(a_cloud(), max_in_flight=0)
    with pytest.raises(InvalidArgument, match="Budget"):
        sdk_on(a_cloud(), budget=5)


async def test_a_list_of_programs_takes_limits() -> None:
    cloud = a_cloud()
    async with sdk_on(cloud) as sdk:
        composite = sdk.create_job(program=[PROGRAM] * 6, name="night", budget=Budget(runs=4), max_in_flight=2)
        with pytest.raises(BudgetExceeded, match="its composite"):
            await composite.wait()
        assert len(composite.completed_jobs) == 4
        sweep = sdk.create_job(program=PROGRAM, shots=[100, 200, 400], budget=Budget(shots=300))
        with pytest.raises(BudgetExceeded):
            await sweep.wait()
        assert len(sweep.completed_jobs) == 2
    assert cloud.ledger.most_at_once(QPU) <= 4


@pytest.mark.parametrize(
    ("program", "limits", "says"),
    [
        (PROGRAM, {"budget": Budget(runs=1)}, r"budget is for a list.*OqcSdk\(budget=…\)"),
        (PROGRAM, {"max_in_flight": 2}, r"max_in_flight is for a list.*OqcSdk\(max_in_flight=…\)"),
        ([PROGRAM], {"max_in_flight": 0}, "max_in_flight must be a whole number"),
        ([PROGRAM], {"budget": 5}, "budget must be a Budget"),
    ],
)
async def test_limits_that_cannot_be_those_of_a_composite_make_no_job(
    program: Any, limits: dict[str, Any], says: str
) -> None:
    async with sdk_on(a_cloud()) as sdk:
        made: list[Any] = []
        sdk.observe(made.append)
        with pytest.raises(InvalidArgument, match=says) as caught:
            sdk.create_job(program=program, **limits)
        assert caught.value.argument in limits
        assert made == []
