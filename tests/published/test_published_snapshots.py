"""Snapshots both ways: OQC's published SDK loads what is saved here, and the other way round."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk import Budget, CompositeJob, Job, JobState, OqcSdk
from qcaas_sdk.local import DEFAULT_QPU_ID
from tests.published import test_published_packages as packages
from tests.published.programs import BAD, BELL, SLOW

pytestmark = [pytest.mark.published, pytest.mark.xdist_group("published_snapshots")]

url = packages.url

LEFT_OVERS = {"set up anew", "cancelled at its end"}
"""There, these keep the result of the run before."""


def config() -> CompilerConfig:
    return CompilerConfig(repeats=50, results_format=QuantumResultsFormat().binary_count())


def told(job: Job | CompositeJob) -> Any:
    """As `use_snapshots.told`."""
    if isinstance(job, CompositeJob):
        return [told(child) for child in dict.fromkeys(job.leaves())]
    settings = job.config and [type(job.config).__name__, job.config.repeats]  # type: ignore[attr-defined]  # it has some
    return {
        "program": job.program,
        "state": job.state,
        "task_id": job.task_id,
        "tag": job.tag,
        "config": settings,
        "result": job.result.data if job.result is not None else None,
        "error": job.error and [job.error.error_code, job.error.error_message],
        "history": [[str(output.task_id), output.ok, output.program] for output in job.history],
        "timings": job.timings,
    }


async def save_ours(url: str, folder: Path) -> dict[str, Any]:
    saved: dict[str, Any] = {}
    async with OqcSdk(url, "any", default_qpu_id=DEFAULT_QPU_ID) as sdk:

        def new(program: str = BELL) -> Job:
            return sdk.create_job(program=program, config=config(), tag="grün", fetch_diagnostics=True)

        jobs: dict[str, Job | CompositeJob] = {
            name: new() for name in ("created", "completed", "three runs", "set up anew")
        }
        jobs["failed"], jobs["by default"] = new(BAD), sdk.create_job(program=BELL)
        for name in set(jobs) - {"created"}:
            await jobs[name].execute(timeout_s=60)
        for again in (BAD, BELL):
            await new_run(jobs["three runs"], again).execute(timeout_s=60)
        new_run(jobs["set up anew"], BAD)
        jobs["cancelled"] = await new().cancel()
        inner = sdk.create_job(program=[BELL, BAD])
        await inner.execute(timeout_s=60)
        jobs["composite"], outer = inner, sdk.create_job(program=[BELL])
        outer.add([inner, inner.jobs[0]])
        jobs["nested"] = outer
        jobs["limited"] = CompositeJob([inner.jobs[0]], max_in_flight=2, budget=Budget(runs=3))
        slow = await new(SLOW).submit()
        while slow.state is not JobState.RUNNING:
            await slow.refresh()
        jobs["running"], jobs["submitted"] = slow, await new().submit()
        jobs["named"] = sdk.create_job(program=BELL, name="vqe", user_metadata={"run": [1, None]}, hybrid_marker="h")
        async with OqcSdk(url, "any", default_qpu_id=DEFAULT_QPU_ID) as other:
            completed = jobs["completed"]
            assert isinstance(completed, Job)
            jobs["attached"] = await other.attach(str(completed.task_id))
        for name, job in jobs.items():
            job.save(folder / f"ours {name}.json")
            saved[name] = told(job)
        await slow.cancel()
    return saved


def new_run(job: Job | CompositeJob, program: str) -> Job:
    assert isinstance(job, Job)
    return job.reconfigure(program=program)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def both(url: str, folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What was saved here, and what the published SDK has seen."""
    import asyncio

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNAPSHOTS", str(folder))
        ours = asyncio.run(save_ours(url, folder))
        yield ours, packages.session("oqc-qcaas-sdk", "0.1.24", "use_snapshots.py", url)


Both = tuple[dict[str, Any], dict[str, Any]]


def test_what_is_saved_here_loads_there(both: Both) -> None:
    ours, theirs = both
    assert (
        set(theirs["loaded"]) == set(ours) >= {"created", "submitted", "running", "completed", "failed", "cancelled"}
    )
    for name, saved in ours.items():
        assert theirs["loaded"][name] == saved, name


def test_a_job_under_way_goes_on_there(both: Both) -> None:
    ours, theirs = both
    assert theirs["went on"]["task_id"] == ours["submitted"]["task_id"]
    assert theirs["went on"]["state"] == "COMPLETED"
    assert sum(theirs["went on"]["result"]["c"].values()) == 50


async def test_what_is_saved_there_loads_here(both: Both, url: str, folder: Path) -> None:
    _, theirs = both
    assert set(theirs["saved"]) >= {
        "created",
        "submitted",
        "completed",
        "failed",
        "cancelled at its end",
        "composite",
    }
    async with OqcSdk(url, "any") as sdk:
        for name, saved in theirs["saved"].items():
            loaded = sdk.load(folder / f"theirs {name}.json")
            expected = saved | {"result": None} if name in LEFT_OVERS else saved
            assert told(loaded) == expected, name
            assert sdk.from_snapshot(loaded.to_snapshot()).to_snapshot() == loaded.to_snapshot()


async def test_a_job_under_way_there_goes_on_here(both: Both, url: str, folder: Path) -> None:
    _, theirs = both
    async with OqcSdk(url, "any") as sdk:
        job = sdk.load(folder / "theirs submitted.json")
        assert isinstance(job, Job)
        await job.wait(60)
        assert job.task_id == theirs["saved"]["submitted"]["task_id"]
        assert sum(job.outputs.one.counts().values()) == 200
        again = sdk.load(folder / "theirs set up anew.json")
        await again.execute(timeout_s=60)
        assert again.state is JobState.FAILED
        assert [output.ok for output in again.history] == [True, False]
