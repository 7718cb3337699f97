"""Snapshots and journals that the version before this one wrote load as they were (`data/expected.json`)."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import CompositeJob, Job
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text())
SNAPSHOTS = sorted(name for name in EXPECTED if name.endswith(".json"))
JOURNALS = sorted(name for name in EXPECTED if name.endswith(".db"))


def states(job: Job | CompositeJob) -> dict[str, Any]:
    history = [output.task_id for output in job.history]
    if isinstance(job, CompositeJob):
        return {"state": job.state, "jobs": [child.state for child in job.jobs], "history": history}
    return {
        "state": job.state,
        "task_id": job.task_id,
        "history": history,
        "in_doubt": job.to_snapshot()["qcaas_sdk"]["in_doubt"],
        "transitions": [transition.target for transition in job.transitions],
    }


def known_then(now: Any, then: Any) -> Any:
    """A value as it is written now, without the fields that the version before did not know."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {name: known_then(value, then[name]) for name, value in now.items() if name in then}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [known_then(*pair) for pair in zip(now, then, strict=True)]
    return now


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_snapshot_loads(name: str) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            job = sdk.load(DATA / name)
        assert states(job) == EXPECTED[name]
        saved = json.loads((DATA / name).read_text())
        del saved["qcaas_sdk"]["digest"]
        assert known_then(job.to_snapshot(), saved) == saved

    run_virtual(scenario())


def shape(job: Job | CompositeJob) -> Any:
    return [shape(child) for child in job.jobs] if isinstance(job, CompositeJob) else job.to_snapshot()


@pytest.mark.parametrize("name", JOURNALS)
def test_a_journal_comes_back(name: str, tmp_path: Path) -> None:
    told = EXPECTED[name]

    def expected(number: int) -> Any:
        children = told["composites"].get(str(number))
        return told["jobs"][str(number)] if children is None else [expected(child) for child in children]

    async def scenario() -> None:
        cloud = SimulatedCloud()
        shutil.copy(DATA / name, tmp_path / name)
        async with sdk_on(cloud, journal=tmp_path / name) as sdk:
            asked = len(cloud.ledger.requests())
            everything = sdk.recover(all=True)
            then = [expected(number) for number in told["top_level"]]
            assert known_then([shape(job) for job in everything], then) == then
            under_way = [expected(number) for number in told["top_level"] if number not in told["ended"]]
            assert known_then([shape(job) for job in sdk.recover()], under_way) == under_way
            assert len(cloud.ledger.requests()) == asked

    run_virtual(scenario())
