"""What is paid for is not lost: jobs cancelled in doubt, tasks that the service forgets, QPUs that leave the list."""

import asyncio
import contextlib
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import (
    InactiveQpu,
    Job,
    JobState,
    JobTimeout,
    OqcSdk,
    RequestRefused,
    ServerWarning,
    SubmissionInDoubt,
    TaskLost,
    UnknownQpu,
    UntrustedHost,
)
from qcaas_sdk.job import record_of_job
from qcaas_sdk.testing import (
    Completed,
    Constant,
    Fault,
    Forgets,
    Html,
    Says,
    SimulatedCloud,
    SimulatedQpu,
    Slow,
    Status,
    run_virtual,
    sdk_on,
)
from qcaas_sdk.testing.cloud.outcomes import Outcome
from tests.support.examples import scaled
from tests.testing.virtually import virtually

pytestmark = pytest.mark.usefixtures("each_api")

LINGERS_S = 100.0
PROGRAM = "OPENQASM 2.0;"


def cloud_where_submissions_linger(seconds: float = LINGERS_S, **options: Any) -> SimulatedCloud:
    """A proxy holds the first submission back, and the service ignores the cancellation of a reserved id."""
    fault = Fault(Slow(seconds, acts_late=True), on="submit", nth=0)
    return SimulatedCloud(faults=[fault], cancel_of_reserved="ignored", **options)


async def cancelled_in_doubt(sdk: OqcSdk, *, after_s: float = 0.5) -> Job:
    """A job whose submission lingers, and that was cancelled meanwhile."""
    job = sdk.create_job(program=PROGRAM)
    with pytest.raises(JobTimeout):
        await job.submit(timeout_s=after_s)
    await job.cancel()
    assert job.cancellation_waits
    return job


# A cancellation that waits.


@given(
    lingers_s=st.floats(1.0, 299.0),
    gives_up_s=st.floats(0.1, 20.0),
    waits=st.sampled_from(["wait", "execute", "refresh now and then"]),
    second=st.sampled_from(["ignored", "conflict", "bad_request"]),
    slow=st.sampled_from([0.0, 5.0, 1000.0]),
)
@settings(max_examples=scaled(60), deadline=None)
def test_a_submission_that_arrives_after_the_cancellation_is_cancelled_when_it_is_seen(
    lingers_s: float, gives_up_s: float, waits: str, second: Any, slow: float
) -> None:
    async def scenario() -> None:
        cloud = cloud_where_submissions_linger(
            lingers_s, second_submission=second, qpus=[SimulatedQpu(service_time=Constant(slow))]
        )
        async with sdk_on(cloud) as sdk:
            job = await cancelled_in_doubt(sdk, after_s=min(gives_up_s, lingers_s / 2))
            while not job.ended:
                if waits == "refresh now and then":
                    await asyncio.sleep(7.0)
                    await job.refresh()
                else:
                    await getattr(job, waits)()
            (task_id,) = cloud.ledger.tasks()
            assert job.state.value == cloud.ledger.status_of(task_id)
            assert len(cloud.ledger.requests("submit")) == 1
            assert slow < 1000.0 or job.state is JobState.CANCELLED, "there was time enough to cancel it"

    run_virtual(scenario())


@virtually
async def test_what_never_arrives_is_cancelled_when_it_cannot_arrive_any_more() -> None:
    cloud = SimulatedCloud(faults=[Fault(Slow(1e6, acts_late=True), on="submit")], cancel_of_reserved="ignored")
    async with sdk_on(cloud, max_delivery_s=120.0) as sdk:
        began = cloud.now
        job = await cancelled_in_doubt(sdk, after_s=3.0)
        await asyncio.sleep(began + 119.0 - cloud.now)
        await job.refresh()
        assert job.cancellation_waits
        await job.wait()
        assert job.state is JobState.CANCELLED
        assert 120.0 <= cloud.now - began <= 140.0
        assert len(cloud.ledger.requests("status") + cloud.ledger.requests("info")) < 40, "asked ever more rarely"


@virtually
async def test_the_services_own_word_ends_it_at_once() -> None:
    cloud = SimulatedCloud(faults=[Fault(Slow(50.0, acts_late=True), on="submit", nth=0)])
    async with sdk_on(cloud) as sdk:
        job = sdk.create_job(program=PROGRAM)
        with pytest.raises(JobTimeout):
            await job.submit(timeout_s=0.5)
        await job.cancel()
        assert (job.state, job.server_status) == (JobState.CANCELLED, "CANCELLED")
        await asyncio.sleep(60.0)
        assert cloud.ledger.executions == []


@pytest.mark.parametrize("away_s", [0.0, 30.0, 100.0, 400.0])
def test_a_cancellation_that_waits_survives_the_process(away_s: float, tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(faults=[Fault(Slow(1e6, acts_late=True), on="submit")], cancel_of_reserved="ignored")
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            began = cloud.now
            await cancelled_in_doubt(sdk)
        await asyncio.sleep(away_s)
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            (job,) = sdk.recover()
            assert isinstance(job, Job)
            assert job.cancellation_waits
            with pytest.raises(SubmissionInDoubt):
                await job.submit()
            await job.wait()
            assert job.state is JobState.CANCELLED
            assert 300.0 <= cloud.now - began <= max(330.0, away_s + 5.0), "counted from the sending, by time of day"
            assert sdk.recover() == []
        assert len(cloud.ledger.requests("submit")) == 1

    run_virtual(scenario())


@virtually
async def test_a_cancellation_that_waits_survives_a_snapshot() -> None:
    cloud = cloud_where_submissions_linger()
    async with sdk_on(cloud) as sdk:
        snapshot = (await cancelled_in_doubt(sdk)).to_snapshot()
    async with sdk_on(cloud) as sdk:
        loaded = sdk.from_snapshot(snapshot)
        assert isinstance(loaded, Job)
        assert loaded.cancellation_waits
        await loaded.wait()
        assert loaded.ended
    assert len(cloud.ledger.requests("submit")) == 1


@virtually
async def test_it_can_be_given_up_before_and_run_anew() -> None:
    cloud = cloud_where_submissions_linger()
    async with sdk_on(cloud) as sdk:
        job = await cancelled_in_doubt(sdk)
        before, waiting = job.task_id, asyncio.create_task(job.wait())
        await asyncio.sleep(1.0)
        await job.abandon()
        await waiting
        assert (job.state, job.task_id) == (JobState.CANCELLED, before)
        await job.execute()
        assert job.completed
        assert job.task_id != before


@virtually
async def test_a_composite_leaves_such_jobs_alone_and_goes_on_with_the_others() -> None:
    cloud = cloud_where_submissions_linger(30.0)
    async with sdk_on(cloud) as sdk:
        doubtful = await cancelled_in_doubt(sdk)
        composite = sdk.create_job(program=[PROGRAM] * 3)
        composite.add(doubtful)
        await composite.submit()
        assert [job.state for job in composite.jobs] == [JobState.SUBMITTED] * 3 + [JobState.CREATED]
        await composite.cancel_if_active()
        await composite.wait()
        assert composite.ended
        assert len(cloud.ledger.executions) <= 4
        assert len(cloud.ledger.requests("submit", task_id=doubtful.task_id)) == 1


@virtually
async def test_a_batch_that_goes_on_without_its_caller_is_waited_for_before_anything_is_believed() -> None:
    """The caller gives up, the batch leaves later: what is asked before that is no proof."""
    cloud = SimulatedCloud(faults=[Fault(Status(429, retry_after_s=20.0), on="submit", nth=0)])
    async with sdk_on(cloud, max_delivery_s=1.0) as sdk:
        one, other = sdk.create_job(program=[PROGRAM] * 2).jobs
        going = asyncio.create_task(other.submit())
        with pytest.raises(JobTimeout):
            await one.submit(timeout_s=5.0)
        await one.cancel()
        await going
        await one.wait()
        assert one.state.value == cloud.ledger.status_of(str(one.task_id))


# What the service has lost.


@given(forgets_all=st.booleans(), jobs=st.integers(1, 12), times=st.integers(1, 3), qpus=st.integers(1, 2))
@settings(max_examples=scaled(40), deadline=None)
def test_ids_that_are_forgotten_before_they_are_used_keep_no_job_from_running(
    forgets_all: bool, jobs: int, times: int, qpus: int
) -> None:
    async def scenario() -> None:
        names = [f"qpu:{number}" for number in range(qpus)]
        cloud = SimulatedCloud(
            qpus=[SimulatedQpu(name) for name in names],
            faults=[Fault(Forgets(all=forgets_all), on="reserve", nth=range(times))],
        )
        async with sdk_on(cloud) as sdk:
            programs = [f"{PROGRAM} // {number}" for number in range(jobs)]
            composite = sdk.create_job(program=programs, qpu_id=[names[n % qpus] for n in range(jobs)])
            await composite.execute()
            assert composite.completed
            assert sorted(run.program for run in cloud.ledger.executions) == sorted(programs)

    run_virtual(scenario())


@virtually
async def test_a_task_that_was_forgotten_after_its_submission_keeps_no_other_from_its_end() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(1.0))], faults=[Fault(Forgets(), on="submit")])
    async with sdk_on(cloud) as sdk:
        composite = sdk.create_job(program=[PROGRAM] * 5)
        with pytest.raises(TaskLost) as caught:
            await composite.execute()
        *others, lost = composite.leaves()
        assert caught.value.job is lost
        assert all(job.completed for job in others)
        assert lost.state is JobState.SUBMITTED
        await lost.abandon()
        assert composite.ended
        cloud.clear_up()
        await lost.execute()
        assert composite.completed


def test_a_journal_whose_tasks_are_gone_has_a_way_out(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(faults=[Fault(Slow(1e6, acts_late=True), on="submit", nth=1)])
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            submitted, doubtful = (sdk.create_job(program=PROGRAM) for _ in range(2))
            await submitted.submit()
            with pytest.raises(JobTimeout):
                await doubtful.submit(timeout_s=1.0)
        cloud.forget(*cloud.ledger.tasks())
        for _ in range(2):
            async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
                for job in sdk.recover():
                    with pytest.raises(TaskLost):
                        await job.wait()
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            for job in sdk.recover():
                with pytest.raises(TaskLost) as caught:
                    await job.wait()
                await caught.value.job.abandon()
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            assert sdk.recover() == []
            back = sdk.recover(all=True)
            assert [job.state for job in back] == [JobState.CANCELLED] * 2
            assert [job.task_id for job in back if isinstance(job, Job)] == cloud.ledger.tasks()
        assert len(cloud.ledger.requests("submit")) == 2

    run_virtual(scenario())


@virtually
async def test_a_submission_that_the_service_calls_created_for_ever_is_a_named_error_in_the_end() -> None:
    def never_there(_: str) -> Outcome:
        return Says("CREATED", takes_s=0.0)

    cloud = SimulatedCloud(outcome=never_there)
    async with sdk_on(cloud) as sdk:
        job = await sdk.create_job(program=PROGRAM).submit()
        for _ in range(2):
            began = cloud.now
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", ServerWarning)
                with pytest.raises(TaskLost, match=r"accepted task .* but has reported CREATED for 300 s"):
                    await job.wait()
            assert 300.0 <= cloud.now - began <= 340.0
            assert len(caught) <= 1
        assert job.state is JobState.SUBMITTED
        assert len(cloud.ledger.requests("submit")) == 1, "never sent again by itself"
        await job.abandon()
        assert job.state is JobState.CANCELLED


@virtually
async def test_a_service_that_says_created_for_a_while_is_waited_for() -> None:
    words = {"SUBMITTED": "CREATED", "RUNNING": "CREATED"}

    def late_word(_: str) -> Outcome:
        return Completed({"c": {"0": 1}}, takes_s=200.0, words=words)

    async with sdk_on(SimulatedCloud(outcome=late_word)) as sdk:
        job = sdk.create_job(program=PROGRAM)
        with pytest.warns(ServerWarning, match="as if it had not been submitted"):
            await job.execute()
        assert job.completed


# Servers that seem to reserve no ids.


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("own", [False, True])
def test_a_journal_with_reserved_ids_proves_that_the_service_reserves_them(
    own: bool, status: int, tmp_path: Path
) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud()
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            await sdk.create_job(program=PROGRAM).execute()
        what = Status(status, message="no such call") if own else Html(status)
        broken = SimulatedCloud(faults=[Fault(what, on="reserve")])
        async with sdk_on(broken, journal=tmp_path / "j.db") as sdk:
            job = sdk.create_job(program=PROGRAM)
            with pytest.raises(RequestRefused):
                await job.submit()
            assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, False)
        assert broken.ledger.requests("submit") == []

    run_virtual(scenario())


@virtually
async def test_reservations_that_have_worked_on_a_host_are_believed_for_all_its_qpus() -> None:
    cloud = SimulatedCloud(
        qpus=[SimulatedQpu("qpu:1"), SimulatedQpu("qpu:2")],
        faults=[Fault(Status(405, message="no such call"), on="reserve", qpu_id="qpu:2")],
    )
    async with sdk_on(cloud) as sdk:
        await sdk.create_job(program=PROGRAM, qpu_id="qpu:1").execute()
        with pytest.raises(RequestRefused):
            await sdk.create_job(program=PROGRAM, qpu_id="qpu:2").submit()


# A QPU that leaves the list.


@pytest.mark.parametrize("comes_back", ["same process", "journal", "snapshot"])
def test_a_paid_task_stays_reachable_when_its_qpu_leaves_the_list(comes_back: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(
            qpus=[
                SimulatedQpu("qpu:1", service_time=Constant(50.0), url="https://one.example.com"),
                SimulatedQpu("qpu:2"),
            ]
        )
        journal = tmp_path / "j.db"
        async with contextlib.AsyncExitStack() as stack:
            sdk = await stack.enter_async_context(sdk_on(cloud, journal=journal))
            job = await sdk.create_job(program=PROGRAM).submit()
            snapshot = job.to_snapshot()
            cloud.list_qpu("qpu:1", listed=False)
            again: Any = job
            if comes_back == "same process":
                await sdk.list_qpus()
            else:
                await sdk.close()
                path = {"journal": journal} if comes_back == "journal" else {}
                sdk = await stack.enter_async_context(sdk_on(cloud, **path))
                again = sdk.recover()[0] if comes_back == "journal" else sdk.from_snapshot(snapshot)
            await again.wait()
            assert again.completed
            with pytest.raises(UnknownQpu):
                sdk.create_job(program=PROGRAM, qpu_id="qpu:1")
            with pytest.raises(UnknownQpu):
                await again.execute()
            assert len(cloud.ledger.requests("submit")) == 1, "nothing new is sent there"

    run_virtual(scenario())


@virtually
async def test_an_address_in_a_snapshot_gets_the_credential_only_if_its_host_is_trusted() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu("qpu:1"), SimulatedQpu("qpu:2")], api="v3")  # v4 has one address
    async with sdk_on(cloud) as sdk:
        snapshot = (await sdk.create_job(program=PROGRAM).submit()).to_snapshot()
    snapshot["qcaas_sdk"]["qpu_url"] = "https://elsewhere.example.net"
    cloud.list_qpu("qpu:1", listed=False)
    async with sdk_on(cloud) as sdk:
        sent = len(cloud.ledger.requests())
        with pytest.raises(UntrustedHost):
            await sdk.from_snapshot(snapshot).wait()
        assert len(cloud.ledger.requests()) == sent


@virtually
async def test_a_job_that_was_made_before_its_qpu_went_off_is_not_sent_there() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu("qpu:1"), SimulatedQpu("qpu:2")])
    async with sdk_on(cloud) as sdk:
        job = sdk.create_job(program=PROGRAM, qpu_id="qpu:1")
        cloud.list_qpu("qpu:1", listed=False)
        await sdk.list_qpus()
        with pytest.raises(UnknownQpu) as caught:
            await job.submit()
        assert not isinstance(caught.value, InactiveQpu)
        assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, False)
        cloud.list_qpu("qpu:1", listed=True)
        await job.execute()
        assert job.completed


def test_the_setting_is_a_number_of_seconds() -> None:
    for value in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="max_delivery_s"):
            sdk_on(SimulatedCloud(), max_delivery_s=value)
