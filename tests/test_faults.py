"""Whatever the faults: every program runs exactly once and gives one result, for single jobs and for composites.

The same at full size (300 jobs): `python -m tests.soak.faults`.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from qcaas_sdk import Job, JobState, OqcSdk, TransportError
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on
from tests.support.faults import FAULTS, SECOND_SUBMISSIONS, cloud_with, programs

pytestmark = pytest.mark.usefixtures("each_api")

PATIENT = 30
"""How often a user waits again after trouble that outlasted the transport's patience."""


def sdk_of(cloud: SimulatedCloud) -> OqcSdk:
    return sdk_on(cloud)


async def opened(sdk: OqcSdk) -> OqcSdk:
    for _ in range(PATIENT):
        with contextlib.suppress(TransportError):
            return await sdk.open()
    raise AssertionError("the service never answered")


async def patiently(job: Job) -> Job:
    for _ in range(PATIENT):
        with contextlib.suppress(TransportError):
            return await job.wait()
    return job


async def single_jobs(cloud: SimulatedCloud, count: int) -> Sequence[Job]:
    sdk = await opened(sdk_of(cloud))
    jobs = await asyncio.gather(*(patiently(sdk.create_job(program=program)) for program in programs(count)))
    await sdk.close()
    return jobs


async def composite(cloud: SimulatedCloud, count: int) -> Sequence[Job]:
    sdk = await opened(sdk_of(cloud))
    many = sdk.create_job(program=programs(count))
    for _ in range(PATIENT):
        with contextlib.suppress(TransportError):
            await many.wait()
            break
    await sdk.close()
    return list(many.leaves())


def check(cloud: SimulatedCloud, jobs: Sequence[Job]) -> None:
    """All results, all executions, none twice, none lost."""
    assert [job.state for job in jobs] == [JobState.COMPLETED] * len(jobs)
    assert [len(job.history) for job in jobs] == [1] * len(jobs)
    assert [len(cloud.ledger.executions_of(job.program)) for job in jobs] == [1] * len(jobs)
    assert len(cloud.ledger.executions) == len(jobs)
    assert cloud.ledger.violations == ()


@pytest.mark.parametrize("way", [single_jobs, composite])
@pytest.mark.parametrize("second_submission", SECOND_SUBMISSIONS)
@pytest.mark.parametrize("faults", FAULTS)
def test_every_program_runs_exactly_once_and_gives_one_result(faults: str, second_submission: str, way) -> None:  # type: ignore[no-untyped-def]  # one of the two above
    cloud = cloud_with(faults, second_submission, seed=4)
    check(cloud, run_virtual(way(cloud, 40)))


@pytest.mark.parametrize("faults", ["fair", "30% dropped"])
def test_a_rate_limit_changes_nothing_of_that(faults: str) -> None:
    cloud = cloud_with(faults, "conflict", seed=5, rate_limit=50)
    check(cloud, run_virtual(composite(cloud, 60)))
