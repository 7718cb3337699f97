"""`CompositeJob(jobs=[…])`: a composite of jobs that exist."""

from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import CompositeJob, InvalidArgument, Job, JobState, OqcSdk, SdkNotOpen
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, run_virtual, sdk_on
from tests.support.programs import BELL

pytestmark = pytest.mark.usefixtures("each_api")


def cloud() -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu("q", service_time=Constant(1.0))])


def test_it_has_their_states_and_runs_those_that_have_not_ended() -> None:
    async def scenario() -> None:
        service = cloud()
        async with sdk_on(service) as sdk:
            done, new = sdk.create_job(program=BELL), sdk.create_job(program=BELL)
            await done.execute()
            composite = CompositeJob(jobs=[done, new])
            assert composite.jobs == [done, new]
            assert composite.state is JobState.RUNNING
            assert composite.counts[JobState.CREATED] == composite.counts[JobState.COMPLETED] == 1
            await composite.wait()
            assert composite.completed
            assert len(done.history) == len(new.history) == 1
            assert [output.job for output in composite.outputs] == [done, new]

    run_virtual(scenario())


def test_it_is_as_one_that_the_sdk_has_made() -> None:
    async def scenario() -> None:
        async with sdk_on(cloud()) as sdk:
            seen: list[Job | CompositeJob] = []
            sdk.observe(seen.append)
            made = sdk.create_job(program=[BELL, BELL])
            again = CompositeJob(jobs=made.jobs)
            assert seen[-1] is again
            nested = CompositeJob([again, sdk.create_job(program=BELL)])
            nested.add(sdk.create_job(program=BELL))
            loaded = sdk.from_snapshot(nested.to_snapshot())
            assert isinstance(loaded, CompositeJob)
            assert len(list(loaded.leaves())) == 4
            assert len(loaded.jobs) == 3

    run_virtual(scenario())


def test_the_journal_has_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        service = cloud()
        async with sdk_on(service, journal=tmp_path / "j") as sdk:
            composite = CompositeJob(jobs=[sdk.create_job(program=BELL), sdk.create_job(program=BELL)])
            assert sdk.recover() == [composite]
            await composite.submit()
        async with sdk_on(service, journal=tmp_path / "j") as sdk:
            (again,) = sdk.recover()
            assert isinstance(again, CompositeJob)
            await again.wait()
            assert again.completed
            assert len(again.jobs) == 2

    run_virtual(scenario())


def test_the_jobs_of_two_sdks_are_no_composite() -> None:
    async def scenario() -> None:
        async with sdk_on(cloud()) as one, sdk_on(cloud()) as other:
            mine, theirs = one.create_job(program=BELL), other.create_job(program=BELL)
            with pytest.raises(InvalidArgument, match="another SDK") as caught:
                CompositeJob(jobs=[mine, theirs])
            assert caught.value.argument == "jobs"
            composite = CompositeJob(jobs=[mine])
            for stranger in (theirs, CompositeJob([theirs])):
                with pytest.raises(InvalidArgument, match="another SDK"):
                    composite.add([one.create_job(program=BELL), stranger])
            assert composite.jobs == [mine]

    run_virtual(scenario())


@pytest.mark.parametrize("given", [[], (), None, 3, "job", [None], {"job": 1}, ["job"]])
def test_what_is_no_job_is_refused_by_name(given: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        CompositeJob(jobs=given)
    assert caught.value.argument == "jobs"


def test_a_job_twice_is_refused_and_nothing_is_made() -> None:
    async def scenario() -> None:
        async with sdk_on(cloud()) as sdk:
            job = sdk.create_job(program=BELL)
            seen: list[object] = []
            sdk.observe(seen.append)
            with pytest.raises(InvalidArgument, match="already in this composite"):
                CompositeJob(jobs=[job, job])
            assert seen == []

    run_virtual(scenario())


def test_one_job_alone_or_a_generator_will_do() -> None:
    async def scenario() -> None:
        async with sdk_on(cloud()) as sdk:
            job = sdk.create_job(program=BELL)
            several = (sdk.create_job(program=BELL) for _ in range(3))
            assert len(CompositeJob(several)) == 3
            assert CompositeJob([job]).jobs == [job]

    run_virtual(scenario())


def test_a_closed_sdk_makes_none() -> None:
    async def scenario() -> None:
        async with sdk_on(cloud()) as sdk:
            job = sdk.create_job(program=BELL)
        with pytest.raises(SdkNotOpen, match=r"CompositeJob\(\) needs an open SDK"):
            CompositeJob(jobs=[job])

    run_virtual(scenario())


async def test_the_lists_hold_the_jobs_of_inner_composites_too() -> None:
    async with OqcSdk.local() as sdk:
        inner = sdk.create_job(program=[BELL, BELL])
        outer = CompositeJob(jobs=[inner, sdk.create_job(program=BELL)])
        await outer.execute()
        assert outer.completed_jobs == outer.terminal_jobs == list(outer.leaves())
        assert outer.failed_jobs == []
        assert outer.counts[JobState.COMPLETED] == 2
