"""`attach`: a job on a task that is at the service already, however it got there."""

import asyncio
import json
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from compiler_config.config import CompilerConfig

from qcaas_sdk import (
    Budget,
    InvalidArgument,
    Job,
    JobState,
    OqcSdk,
    QcaasError,
    SdkNotOpen,
    UnknownProgram,
    UnknownQpu,
    UnknownTask,
)
from qcaas_sdk._journal import read_journal
from qcaas_sdk.testing import (
    Constant,
    Fault,
    Recorder,
    SimulatedCloud,
    SimulatedQpu,
    Status,
    VirtualClock,
    check,
    run_virtual,
    sdk_on,
)
from tests.support.programs import BELL

pytestmark = pytest.mark.usefixtures("each_api")

FAILS = "OPENQASM 2.0; // simulated: fails"
REFUSED = "OPENQASM 2.0; // simulated: refused"  # its id stays reserved
ENDLESS = "OPENQASM 2.0; // simulated: never ends"


def slow_cloud(**options: Any) -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu("q1", service_time=Constant(10.0))], **options)


def sent(cloud: SimulatedCloud) -> list[str]:
    """The requests about tasks so far."""
    return [one.line for one in cloud.ledger.requests() if "/tasks" in one.line]


async def submitted(cloud: SimulatedCloud, program: str = BELL, **options: Any) -> str:
    """The id of a task that another program has submitted."""
    async with sdk_on(cloud) as sdk:
        job = sdk.create_job(program=program, **options)
        await job.submit()
        assert job.task_id is not None
        return job.task_id


async def ended(cloud: SimulatedCloud, program: str = BELL, **options: Any) -> str:
    async with sdk_on(cloud) as sdk:
        job = sdk.create_job(program=program, **options)
        await job.execute()
        assert job.task_id is not None
        return job.task_id


@pytest.mark.parametrize(
    ("program", "state"), [(BELL, JobState.COMPLETED), (FAILS, JobState.FAILED)], ids=["completed", "failed"]
)
def test_a_task_that_has_ended_is_a_job_with_its_output_after_one_request(program: str, state: JobState) -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        config = CompilerConfig(repeats=77)
        task_id = await ended(cloud, program, tag="night", config=config)
        before = len(sent(cloud))
        async with sdk_on(cloud) as sdk:
            job = await sdk.attach(task_id, "q1")
            assert len(sent(cloud)) == before + 1
            assert (job.state, job.task_id, job.qpu_id, job.tag) == (state, task_id, "q1", "night")
            assert (job.result is None) == (state is JobState.FAILED)
            assert len(job.history) == 1
            assert job.config is not None
            assert json.loads(job.config.to_json()) == json.loads(config.to_json())
            assert job.program == ""
            assert await job.wait() is job
            assert len(sent(cloud)) == before + 1

    run_virtual(scenario())


def test_a_task_that_goes_on_is_waited_for_and_cancelled_as_any_other() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud) as sdk:
            waited = await sdk.attach(await submitted(cloud))
            assert not waited.ended
            outputs = await waited.execute()
            assert outputs.one.ok
            cancelled = await sdk.attach(await submitted(cloud, ENDLESS))
            await cancelled.cancel()
            await cancelled.wait()
            assert cancelled.state is JobState.CANCELLED
        assert sum("submit" in request for request in sent(cloud)) == 2

    run_virtual(scenario())


@pytest.mark.slow
def test_a_thousand_ids_take_a_thousand_requests_and_every_result_is_kept() -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("q1", service_time=Constant(0.01))])
        async with sdk_on(cloud) as first:
            composite = first.create_job(program=[BELL] * 1000)
            await composite.execute()
            data = {job.task_id: job.result.data for job in composite.leaves() if job.result is not None}
        before = len(cloud.ledger.requests())
        async with sdk_on(cloud) as sdk:
            opening = len(cloud.ledger.requests())
            jobs = await asyncio.gather(*(sdk.attach(str(task_id)) for task_id in data))
            assert len(cloud.ledger.requests()) - opening <= 1000
        assert {job.task_id: job.result.data for job in jobs if job.result is not None} == data
        assert not any("submit" in one.line for one in cloud.ledger.requests()[before:])

    run_virtual(scenario())


def test_the_same_id_gives_the_same_job_also_at_once() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        task_id = await submitted(cloud)
        async with sdk_on(cloud) as sdk:
            before = len(sent(cloud))
            one, other = await asyncio.gather(sdk.attach(task_id), sdk.attach(task_id))
            assert one is other
            assert await sdk.attach(task_id) is one
            assert len(sent(cloud)) == before + 1

    run_virtual(scenario())


def test_the_id_of_a_job_of_this_sdk_gives_that_job() -> None:
    async def scenario() -> None:
        async with sdk_on(slow_cloud()) as sdk:
            job = sdk.create_job(program=BELL)
            await job.execute()
            first = str(job.task_id)
            await job.execute()
            assert await sdk.attach(str(job.task_id)) is job
            assert await sdk.attach(first) is job, "an earlier run of it"

    run_virtual(scenario())


def test_an_attempt_that_is_given_up_or_fails_does_not_stand_in_the_way() -> None:
    async def scenario() -> None:
        cloud = slow_cloud(faults=[Fault(Status(404), on="info", nth=0)])
        task_id = await submitted(cloud)
        async with sdk_on(cloud) as sdk:
            with pytest.raises(UnknownTask):
                await sdk.attach(task_id)
            given_up = asyncio.create_task(sdk.attach(task_id))
            other = asyncio.create_task(sdk.attach(task_id))
            await asyncio.sleep(0)
            given_up.cancel()
            assert (await other).task_id == task_id

    run_virtual(scenario())


def test_an_id_that_nobody_has_is_named() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud) as sdk:
            seen: list[Any] = []
            sdk.observe(seen.append)
            with pytest.raises(UnknownTask, match=r"no task nobody-has-it on q1 .* Check the id") as caught:
                await sdk.attach("nobody-has-it")
            assert (caught.value.task_id, caught.value.qpu_id) == ("nobody-has-it", "q1")
            assert "TaskLost" not in "".join(traceback.format_exception(caught.value)), "the message says everything"
            assert not seen, "no job is made"

    run_virtual(scenario())


def answering(info: httpx.Response, qpus: tuple[str, ...] = ("q1",)) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in {"/admin/version", "/healthz"}:
            return httpx.Response(200, json={"version": "3"})
        if path == "/admin/qpu":
            return httpx.Response(
                200, json={"items": [{"id": one, "url": "http://localhost", "active": True} for one in qpus]}
            )
        assert path == "/tasks/t1/all_info"
        return info

    return httpx.MockTransport(answer)


def on(info: httpx.Response, qpus: tuple[str, ...] = ("q1",)) -> OqcSdk:
    return OqcSdk("http://localhost", "t", api="v3", http_transport=answering(info, qpus), clock=VirtualClock())


def test_the_id_of_another_account_is_named() -> None:
    async def scenario() -> None:
        async with on(httpx.Response(403, json={"response": {"errors": ["not yours"]}})) as sdk:
            with pytest.raises(UnknownTask, match="this account may not see it"):
                await sdk.attach("t1")

    run_virtual(scenario())


def test_a_reserved_id_is_a_created_job_that_says_so_and_is_never_submitted() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud) as first:
            other = first.create_job(program=REFUSED)
            await other.submit()
            task_id = str(other.task_id)
        before = len(sent(cloud))
        async with sdk_on(cloud) as sdk:
            job = await sdk.attach(task_id)
            assert (job.state, job.server_status) == (JobState.CREATED, "CREATED")
            assert "reserved, not submitted" in repr(job)
            for call in (job.submit, job.wait, job.execute):
                with pytest.raises(UnknownProgram, match="nothing was submitted with it"):
                    await call()
            await job.refresh()
            assert job.state is JobState.CREATED
        assert [one.split()[0] for one in sent(cloud)[before:]] == ["GET", "GET"]

    run_virtual(scenario())


def test_a_reserved_id_is_seen_as_soon_as_its_program_submits_it() -> None:
    async def scenario() -> None:
        cloud = slow_cloud(faults=[Fault(Status(503), on="submit", during=(0.0, 2.0))])
        async with sdk_on(cloud) as first, sdk_on(cloud) as sdk:
            other = first.create_job(program=BELL)
            going = asyncio.create_task(other.submit())
            while other.task_id is None:
                await asyncio.sleep(0.01)
            job = await sdk.attach(other.task_id)
            assert job.state is JobState.CREATED
            await going
            await job.refresh()
            assert job.state in {JobState.SUBMITTED, JobState.RUNNING}
            await job.wait()
            assert job.completed
        assert len(cloud.ledger.executions) == 1

    run_virtual(scenario())


def test_a_reserved_id_can_be_cancelled() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud) as first:
            other = first.create_job(program=REFUSED)
            await other.submit()
        async with sdk_on(cloud) as sdk:
            job = await sdk.attach(str(other.task_id))
            await job.cancel()
            await job.wait()
            assert job.state is JobState.CANCELLED

    run_virtual(scenario())


Call = Callable[[Job], Coroutine[Any, Any, object]]


@pytest.mark.parametrize("call", [Job.execute, lambda job: job.outputs.one.reexecute()], ids=["job", "output"])
def test_it_runs_again_only_with_a_program(call: Call) -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud) as sdk:
            job = await sdk.attach(await ended(cloud))
            result = job.result
            with pytest.raises(UnknownProgram, match=r"job.reconfigure\(program=…\)"):
                await call(job)
            assert job.result is result, "nothing has changed"
            job.reconfigure(program=BELL)
            assert (await job.execute()).one.ok
            assert len(job.history) == 2

    run_virtual(scenario())


def test_in_a_composite_it_fails_no_other() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud) as sdk:
            composite = sdk.create_job(program=[BELL])
            composite.add(await sdk.attach(await ended(cloud)))
            with pytest.raises(UnknownProgram, match="cannot be run again"):
                await composite.execute()
            assert composite.completed
            composite = sdk.create_job(program=[FAILS])
            await composite.execute()
            composite.add(await sdk.attach(await ended(cloud, FAILS)))
            with pytest.raises(UnknownProgram):
                await composite.retry_failed()
            await composite.wait()
            assert [len(job.history) for job in composite.leaves()] == [2, 1]

    run_virtual(scenario())


def test_a_program_that_the_service_tells_is_run_again() -> None:
    async def scenario() -> None:
        info = {"status": "FAILED", "program": BELL, "hybrid_marker": "h", "qpu_id": 3, "config": "no JSON"}
        async with on(httpx.Response(200, json=info)) as sdk:
            with pytest.warns(UserWarning, match="the configuration of task t1 is left out"):
                job = await sdk.attach("t1")
            assert (job.program, job.hybrid_marker, job.qpu_id, job.config) == (BELL, "h", "q1", None)

    run_virtual(scenario())


def test_what_is_no_id_and_what_names_no_qpu_is_refused() -> None:
    async def scenario() -> None:
        sdk = on(httpx.Response(500), ("q1", "q2"))
        with pytest.raises(SdkNotOpen):
            await sdk.attach("t1")
        async with sdk:
            for wrong in ("", " t1", "..", 3, None):
                with pytest.raises(InvalidArgument, match="task_id"):
                    await sdk.attach(wrong)  # type: ignore[arg-type]
            with pytest.raises(UnknownQpu, match=r"pass qpu_id=.*q1, q2"):
                await sdk.attach("t1")
            with pytest.raises(UnknownQpu, match="no QPU 'q3'"):
                await sdk.attach("t1", "q3")

    run_virtual(scenario())


def test_journal_and_snapshot_hold_it_as_any_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        done, reserved = await ended(cloud), await submitted(cloud, ENDLESS)
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            job, active = await sdk.attach(done), await sdk.attach(reserved)
            with pytest.raises(UnknownProgram):
                job.reconfigure(qpu_id="q1")
            snapshots = [job.to_snapshot(), active.to_snapshot()]
            assert [sdk.from_snapshot(one).to_snapshot() for one in snapshots] == snapshots
            active.save(tmp_path / "job.json")
            loaded = sdk.load(tmp_path / "job.json")
            assert isinstance(loaded, Job)
        kept = read_journal(tmp_path / "j.db").jobs
        assert [one.state for one in kept.values()][:2] == [JobState.COMPLETED, active.state]
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            again = next(one for one in sdk.recover() if isinstance(one, Job) and one.task_id == reserved)
            assert await sdk.attach(reserved) is again
            await again.cancel()
            await again.wait()
            assert again.state is JobState.CANCELLED

    run_virtual(scenario())


def test_the_invariants_hold_of_it() -> None:
    async def scenario() -> None:
        cloud = slow_cloud()
        task_id = await submitted(cloud)
        async with sdk_on(cloud) as sdk:
            recorder = Recorder(cloud)
            sdk.observe(recorder.watch)
            job = await sdk.attach(task_id)
            await job.wait()
            check(recorder)

    run_virtual(scenario())


def test_what_a_failed_call_leaves_behind_is_not_taken_for_a_job() -> None:
    async def body() -> None:
        cloud = slow_cloud(faults=[Fault(Status(500), on="info")])
        task_id = await submitted(cloud)
        async with sdk_on(cloud) as sdk:
            with pytest.raises(QcaasError) as caught:  # it keeps the frames of the call, and so the half of a job
                await sdk.attach(task_id)
            cloud.clear_up()
            before = len(sent(cloud))
            job = await sdk.attach(task_id)
            assert job.state is not JobState.CREATED
            assert len(sent(cloud)) == before + 1
            assert caught.value is not None

    run_virtual(body())


def test_a_failed_call_takes_no_place_and_no_budget() -> None:
    async def body() -> None:
        cloud = slow_cloud()
        async with sdk_on(cloud, max_in_flight=1, budget=Budget(runs=1)) as sdk:
            with pytest.raises(UnknownTask) as caught:
                await sdk.attach("00000000-0000-4000-8000-00000000dead")
            await sdk.create_job(program=BELL).execute(timeout_s=100.0)
            assert caught.value is not None

    run_virtual(body())
