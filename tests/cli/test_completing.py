"""What a shell completes: commands, options, campaigns, jobs."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk.cli.completing import campaign_names, campaigns_and_jobs, job_names, task_ids
from tests.support.programs import BELL

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def two(campaigns_folder: Path) -> Path:
    campaigns_folder.mkdir()
    asyncio.run(_made(campaigns_folder))
    return campaigns_folder


async def _made(folder: Path) -> None:
    for name, jobs in [("20260101-a", 12), ("20260102-b", 1)]:
        async with OqcSdk.local(journal=folder / f"{name}.db") as sdk:
            sdk.create_job(program=[BELL] * jobs)


def test_campaigns_and_jobs_by_their_beginning(two: Path) -> None:
    assert campaign_names("") == ["20260102-b", "20260101-a"], "the newest first"
    assert campaign_names("20260101") == ["20260101-a"]
    assert campaign_names("x") == job_names("x") == job_names("x/1") == []
    assert job_names("2026") == ["20260102-b", "20260101-a"]
    assert job_names("20260102") == ["20260102-b/0"]
    assert job_names("20260101-a/1") == ["20260101-a/1", "20260101-a/10", "20260101-a/11"]
    assert campaigns_and_jobs("20260102") == ["20260102-b", "20260102-b/0"]


@pytest.mark.slow
def test_tasks_by_the_beginning_of_their_ids(campaigns_folder: Path) -> None:
    async def ran() -> list[str]:
        async with OqcSdk.local(journal=campaigns_folder / "20260103-c.db") as sdk:
            outputs = await sdk.create_job(program=[BELL] * 3).execute()
            return [str(output.task_id) for output in outputs]

    campaigns_folder.mkdir()
    ids = asyncio.run(ran())
    assert task_ids("") == sorted(ids)
    assert task_ids(ids[0]) == job_names(ids[0]) == campaigns_and_jobs(ids[0]) == [ids[0]]
    assert task_ids(ids[0] + "x") == []
    assert job_names("2026") == [f"20260103-c/{number}" for number in range(3)]
    (campaigns_folder / "20260104-d.db").write_bytes(b"no journal")
    assert task_ids(ids[0]) == [ids[0]]


def test_a_damaged_campaign_is_no_error(two: Path) -> None:
    (two / "20260103-c.db").write_bytes(b"no journal")
    assert job_names("20260103-c/") == ["20260103-c"]


def test_no_folder_is_no_error() -> None:
    assert campaign_names("") == job_names("") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("qcaas wa", {"watch"}),
        ("qcaas diagram --for", {"--format"}),
        ("qcaas diagram job --format s", {"svg", "scxml"}),
        ("qcaas resume 20260101", {"20260101-a"}),
        ("qcaas show 20260102-b/", {"20260102-b/0"}),
        ("qcaas diagram --sequence 20260102-b/", {"20260102-b/0"}),
        ("qcaas jobs --state c", {"created", "completed", "cancelled"}),
        ("qcaas jobs --state failed --state R", {"running"}),
        ("qcaas run --ta", {"--tag"}),
    ],
)
def test_bash_gets_them(two: Path, typed: str, offered: set[str]) -> None:
    words = typed.split(" ")
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'qcaas'; from _qcaas import main; main()"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_QCAAS_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ({line.partition(",")[2] for line in done.stdout.split()}, done.stderr) == (offered, "")
