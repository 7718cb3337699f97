"""`find`: the jobs of a journal by what is known of them, in this and in other processes."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import InvalidArgument, Job, JobState, OqcSdk, QcaasError, SdkNotOpen
from qcaas_sdk.testing import EPOCH, Constant, SimulatedCloud, SimulatedQpu, VirtualClock, run_virtual, sdk_on
from tests.support.programs import BELL

FAILS = "OPENQASM 2.0; // simulated: fails"


def cloud() -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu("q1", service_time=Constant(1.0)), SimulatedQpu("q2")])


async def night(sdk: OqcSdk) -> dict[str, Job]:
    """Three jobs, an hour apart."""
    clock = VirtualClock()
    jobs = {"first": sdk.create_job(program=BELL, tag="night", user_metadata={"run": 1})}
    await jobs["first"].execute()
    await clock.sleep(3600)
    many = sdk.create_job(program=[FAILS, BELL], tag="night", name="scan", user_metadata={"run": 2}, qpu_id="q2")
    await many.execute()
    await clock.sleep(3600)
    jobs["failed"], jobs["second"] = many.leaves()
    jobs["last"] = sdk.create_job(program=BELL, name="[a-z] last")
    return jobs


CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["last", "second", "failed", "first"]),
    ({"limit": 1}, ["last"]),
    ({"tag": "night"}, ["second", "failed", "first"]),
    ({"tag": ""}, []),
    ({"state": "failed"}, ["failed"]),
    ({"state": JobState.CREATED}, ["last"]),
    ({"state": ["failed", JobState.CREATED]}, ["last", "failed"]),
    ({"state": []}, []),
    ({"tag": "night", "state": "completed", "qpu_id": "q2"}, ["second"]),
    ({"name": "scan"}, ["second", "failed"]),
    ({"name": "sc?n"}, ["second", "failed"]),
    ({"name": "[s]can"}, []),
    ({"name": "[a*"}, ["last"]),
    ({"until": datetime.max.replace(tzinfo=UTC)}, ["last", "second", "failed", "first"]),
    ({"user_metadata": {"run": 2}}, ["second", "failed"]),
    ({"since": timedelta(hours=1, minutes=10)}, ["last", "second", "failed"]),
    ({"since": EPOCH + timedelta(minutes=30), "until": EPOCH + timedelta(minutes=90)}, ["second", "failed"]),
    ({"until": (EPOCH + timedelta(minutes=30)).astimezone(timezone(timedelta(hours=5)))}, ["first"]),
    ({"until": (EPOCH + timedelta(minutes=30)).isoformat()}, ["first"]),
    ({"since": date(2030, 1, 1)}, []),
]


def test_jobs_are_found_by_what_is_known_of_them_and_are_the_same_objects(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with sdk_on(cloud(), journal=tmp_path / "j.db") as sdk:
            jobs = await night(sdk)
            for wanted, names in CASES:
                assert sdk.find(**wanted) == [jobs[name] for name in names], wanted

    run_virtual(scenario())


def test_the_next_morning_they_are_found_too_and_only_these_are_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        service = cloud()
        async with sdk_on(service, journal=tmp_path / "j.db") as sdk:
            jobs = await night(sdk)
            ids = {name: job.task_id for name, job in jobs.items()}
        async with sdk_on(service, journal=tmp_path / "j.db") as sdk:
            for wanted, names in CASES:
                found = sdk.find(**wanted)
                assert [job.task_id for job in found] == [ids[name] for name in names], wanted
                assert sdk.find(**wanted) == found
            (failed,) = sdk.find(state="failed")
            assert sdk.job("scan").jobs[0] is failed  # type: ignore[union-attr]
            failed.reconfigure(program=BELL)
            await failed.execute()
            assert sdk.find(state="failed") == []

    run_virtual(scenario())


def test_an_attached_task_of_the_journal_is_its_job_without_a_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        service = cloud()
        async with sdk_on(service, journal=tmp_path / "j.db") as sdk:
            job = sdk.create_job(program=BELL)
            await job.execute()
            first = str(job.task_id)
            await job.execute()
        async with sdk_on(service, journal=tmp_path / "j.db") as sdk:
            before = len(service.ledger.requests())
            again = await sdk.attach(first)
            assert (again.program, len(again.history)) == (BELL, 2)
            assert await sdk.attach(str(again.task_id)) is again
            assert len(service.ledger.requests()) == before

    run_virtual(scenario())


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"state": "done"}, "state must be one of 'CREATED'.*, not 'done'"),
        ({"limit": 10**30}, "limit must be a whole number of 64 bits, not 10000"),
        ({"state": 3}, "state must be a state, or several"),
        ({"state": [3]}, "state must be one of"),
        ({"since": "yesterday"}, "since must be a datetime, a timedelta"),
        ({"until": 3}, "until must be"),
        ({"since": datetime.min.replace(tzinfo=UTC), "until": timedelta(days=10**6)}, "until must be"),
        ({"tag": 3}, "tag must be"),
        ({"name": ""}, "name must be"),
        ({"limit": -1}, "limit must be"),
        ({"user_metadata": {"a": {1}}}, r"user_metadata\['a'\]"),
    ],
)
def test_what_cannot_be_looked_for_is_named(wanted: dict[str, Any], said: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with sdk_on(cloud(), journal=tmp_path / "j.db") as sdk:
            with pytest.raises(InvalidArgument, match=said):
                sdk.find(**wanted)

    run_virtual(scenario())


def test_it_needs_an_open_sdk_with_a_journal() -> None:
    async def scenario() -> None:
        sdk = sdk_on(cloud())
        with pytest.raises(SdkNotOpen):
            sdk.find()
        async with sdk:
            with pytest.raises(QcaasError, match="needs a journal"):
                sdk.find()

    run_virtual(scenario())
