"""Saving and loading is the identity, at every moment of every life; and life goes on from there."""

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, rule

from qcaas_sdk import CompositeJob, Job, JobState, OqcSdk, ServerUnreachable
from qcaas_sdk.job import record_of_job
from qcaas_sdk.local import DEFAULT_QPU_ID, LocalCloud, LocalSettings
from qcaas_sdk.testing import OnCloud
from tests.snapshot.damage import check_sane
from tests.snapshot.examples import examples, sdk_on
from tests.snapshot.fake_service import FakeService
from tests.support.examples import scaled
from tests.test_lifecycle import JobLifecycle


def seen(job: Job) -> dict[str, object]:
    """Everything that a user can see of a job, but which object it is."""
    told = {name: getattr(job, name) for name in ("program", "qpu_id", "tag", "hybrid_marker", "state", "task_id")}
    outputs = [output.to_dict() | {"compiler_config": None} for output in job.history]
    return told | {
        "config": record_of_job(job).request.config_json,
        "outputs": outputs,
        "of outputs": [output.compiler_config and output.compiler_config.to_json() for output in job.history],
        "result": job.result,
        "error": job.error,
        "server_status": job.server_status,
        "transitions": job.transitions,
        "diagnostics": (job.fetch_diagnostics, job.timings, job.metrics, job.metadata),
        "cancel asked": record_of_job(job).run.cancel_asked,
        "in doubt": record_of_job(job).run.in_doubt or (job.state is JobState.CREATED and job.task_id is not None),
    }


class SavedLifecycle(JobLifecycle):
    """The life of one job, from process to process."""

    @invariant()
    def what_is_loaded_is_what_was_saved(self) -> None:
        if self.subject is not None:
            self._in_loop(lambda: identical(self.subject))

    @rule()
    def another_process_takes_over(self) -> None:
        self.report.step("await subject.move_to_another_process(); job = subject.model")
        self.runner.run(self.subject.move_to_another_process())


def identical(subject: OnCloud) -> None:
    job, recorder = subject.model, subject.recorder
    loaded = subject.sdk.from_snapshot(json.loads(json.dumps(job.to_snapshot())))
    recorder.forget(loaded)
    assert isinstance(loaded, Job)
    assert loaded.to_snapshot() == job.to_snapshot()
    assert seen(loaded) == seen(job)
    check_sane(loaded, None)


TestSavedLifecycle = SavedLifecycle.TestCase
TestSavedLifecycle.settings = settings(max_examples=scaled(60), stateful_step_count=20, deadline=None)


async def test_every_example_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    async with examples() as (sdk, _, whole):
        for name, job in whole.items():
            job.save(tmp_path / "job.json")
            loaded = sdk.load(str(tmp_path / "job.json"))
            assert loaded.to_snapshot() == job.to_snapshot(), name
            assert repr(loaded) == repr(job)
            check_sane(loaded, name)
            if isinstance(job, Job):
                assert isinstance(loaded, Job)
                assert seen(loaded) == seen(job)


async def test_a_snapshot_shares_nothing_with_the_job() -> None:
    async with examples() as (sdk, _, whole):
        snapshot = whole["completed"].to_snapshot()
        loaded = sdk.from_snapshot(snapshot)
        snapshot["result"]["data"]["c"]["00"] = snapshot["history"][0]["data"]["c"]["00"] = 99
        assert whole["completed"].outputs.one.data == loaded.outputs.one.data == {"c": {"00": 5, "11": 5}}


async def test_the_output_is_attached_to_the_job_and_can_be_run_again() -> None:
    async with examples() as (sdk, service, whole):
        job = sdk.from_snapshot(whole["three runs"].to_snapshot())
        assert isinstance(job, Job)
        assert job.result is job.history.last
        assert [output.job for output in job.history] == [job] * 3
        service.on_submit = lambda task: service.end(task, "COMPLETED")
        again = await job.history.first.reexecute()
        assert again.program == job.history.first.program != job.history[1].program
        assert len(job.history) == 4


async def test_jobs_under_way_go_on_in_another_process(tmp_path: Path) -> None:
    async with examples() as (sdk, service, whole):
        waiting = {name for name, job in whole.items() if isinstance(job, Job) and not job.ended}
        assert {"created", "in doubt", "submitted", "running", "strange"} <= waiting
        whole["everything"].save(tmp_path / "everything.json")
        await sdk.close()
        before = {id_: task.submissions for id_, task in service.tasks.items()}
        async with sdk_on(service) as other:
            composite = other.load(tmp_path / "everything.json")
            service.on_submit = lambda task: service.end(task, "COMPLETED")
            for task in service.tasks.values():
                service.end(task, "COMPLETED")
            await composite.wait()
        assert composite.ended
        assert service.repeated == []
        assert all(task.submissions <= 1 for task in service.tasks.values())
        assert all(service.tasks[id_].submissions == 1 for id_, times in before.items() if times)


async def test_a_reserved_id_is_asked_about_before_it_is_used() -> None:
    """After it was saved, the process that saved it may have submitted it."""
    service = FakeService()
    async with sdk_on(service) as sdk, sdk_on(service) as other:
        job = sdk.create_job(program="OPENQASM 2.0; // A")
        service.faults.extend(["no fault for the reservation", *["refuse connection"] * 40])
        with pytest.raises(ServerUnreachable):
            await job.submit()
        service.faults.clear()
        assert (job.state, record_of_job(job).run.in_doubt) == (JobState.CREATED, False)
        snapshot = job.to_snapshot()
        await job.submit()
        loaded = other.from_snapshot(snapshot)
        assert isinstance(loaded, Job)
        assert record_of_job(loaded).run.in_doubt
        await loaded.submit()
        assert loaded.task_id == job.task_id
        assert loaded.state is JobState.SUBMITTED
        assert service.repeated == []
        assert [task.submissions for task in service.tasks.values()] == [1]


async def test_a_loaded_job_tells_the_moves_of_its_current_run() -> None:
    async with examples() as (sdk, _, whole):
        job = sdk.from_snapshot(whole["three runs"].to_snapshot())
        assert isinstance(job, Job)
        assert [event.target async for event in job.events()] == [JobState.SUBMITTED, JobState.COMPLETED]


def shape(children: CompositeJob) -> list[object]:
    return [shape(child) if isinstance(child, CompositeJob) else child.program for child in children]


async def test_composites_in_composites_and_a_job_that_is_in_two() -> None:
    async with examples() as (sdk, _, whole):
        nested = whole["nested"]
        assert isinstance(nested, CompositeJob)
        snapshot = nested.to_snapshot()
        assert [job["program"] for job in snapshot["jobs"]] == [job.program for job in dict.fromkeys(nested.leaves())]
        loaded = sdk.from_snapshot(snapshot)
        assert isinstance(loaded, CompositeJob)
        assert shape(loaded) == shape(nested)
        inner = loaded.jobs[1]
        assert isinstance(inner, CompositeJob)
        assert loaded.jobs[3] is inner.jobs[0]
        assert loaded.counts == nested.counts


async def test_a_loaded_composite_hears_of_its_jobs() -> None:
    async with examples() as (sdk, service, whole):
        loaded = sdk.from_snapshot(whole["composite"].to_snapshot())
        assert loaded.state is JobState.SUBMITTED
        moves = loaded.transitions
        for task in service.tasks.values():
            service.end(task, "COMPLETED")
        await loaded.wait()
        assert loaded.state is JobState.COMPLETED
        assert loaded.transitions[: len(moves)] == moves
        assert loaded.transitions[-1].target is JobState.COMPLETED
        assert sdk.from_snapshot(loaded.to_snapshot()).to_snapshot() == loaded.to_snapshot()


@pytest.mark.parametrize(
    "login", [{"authentication_token": "t0ken"}, {"email": "me@b.example", "password": "hunter2"}]
)
async def test_no_secret_is_in_it(tmp_path: Path, login: dict[str, str]) -> None:
    cloud = LocalCloud(LocalSettings())
    carrier = httpx.ASGITransport(cloud.app)
    async with OqcSdk("http://localhost", **login, http_transport=carrier, default_qpu_id=DEFAULT_QPU_ID) as sdk:
        composite = sdk.create_job(program=["OPENQASM 2.0;", "OPENQASM 2.0; // nonsense"])
        await composite.execute()
        composite.save(tmp_path / "file.json")
        text = (tmp_path / "file.json").read_text()
        assert composite.ended
        for secret in (*login.values(), "Bearer", "Authorization"):
            assert secret not in text
    await cloud.close()
