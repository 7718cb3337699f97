"""Budgets and places under faults, cancelled callers and restarts: never too much, and in the end exactly enough."""

import asyncio
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import Budget, BudgetExceeded, CompositeJob, Job, QcaasError, ServerWarning
from qcaas_sdk.testing import SimulatedCloud, clouds, fault_schedules, run_virtual, sdk_on
from qcaas_sdk.testing.cloud.faults import Forgets
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

PROGRAM = "OPENQASM 2.0; // {}"

REMEMBERING = fault_schedules().filter(lambda faults: not any(isinstance(one.what, Forgets) for one in faults))
"""A service that forgets a task may run it all the same: such a run counts for ever."""


def leaves(found: "list[Job | CompositeJob]") -> list[Job]:
    return [job for one in found for job in (one.leaves() if isinstance(one, CompositeJob) else [one])]


async def driven(jobs: list[Job], seconds: float) -> None:
    """Wait for all jobs, each by itself, for some time; then give up halfway."""
    waits = [asyncio.ensure_future(job.wait()) for job in jobs]
    await asyncio.wait(waits, timeout=seconds)
    for wait in waits:
        wait.cancel()
    for end in await asyncio.gather(*waits, return_exceptions=True):
        assert isinstance(end, Job | QcaasError | asyncio.CancelledError), end


async def settled(jobs: list[Job]) -> None:
    """Drive jobs until each has its result, or is over the budget although no run is in doubt."""
    for _ in range(100):
        ends = await asyncio.gather(*(job.wait() for job in jobs), return_exceptions=True)
        assert all(isinstance(end, Job | QcaasError) for end in ends), ends
        if all(isinstance(end, Job | BudgetExceeded) for end in ends):
            return
        await asyncio.sleep(30)
    raise AssertionError("the jobs do not come to rest")


@given(
    clouds(schedules=REMEMBERING),
    st.integers(0, 8),
    st.integers(1, 12),
    st.sampled_from([None, 1, 2, 3]),
    st.lists(st.sampled_from([0.0, 0.02, 0.5, 3.0, 30.0]), max_size=4),
    st.booleans(),
)
@settings(max_examples=scaled(60), deadline=None)
def test_exactly_the_budget_is_used_in_the_end(
    cloud: SimulatedCloud, runs: int, jobs: int, most: int | None, lives_s: list[float], own: bool
) -> None:
    options: dict[str, Any] = {"max_in_flight": most, "budget": None if own else Budget(runs=runs)}

    async def campaign(journal: Path) -> None:
        warnings.simplefilter("ignore", ServerWarning)
        for life_s in [*lives_s, None]:
            if life_s is None:
                cloud.clear_up()
                await asyncio.sleep(60)
            sdk = sdk_on(cloud, journal=journal, **options)
            with cloud.calm():
                await sdk.open()
            found = sdk.recover(all=True)
            if not found:
                made = [sdk.create_job(program=PROGRAM.format(n)) for n in range(jobs)]
                found = [CompositeJob(made, budget=Budget(runs=runs) if own else None)]
            if life_s is None:
                await settled(leaves(found))
            else:
                await driven(leaves(found), life_s)
            await sdk.close()
            assert len(cloud.ledger.executions) <= runs
            if most is not None:
                assert cloud.ledger.most_at_once(cloud.qpu_ids[0]) <= most
        assert len(cloud.ledger.executions) == min(runs, jobs)

    with tempfile.TemporaryDirectory() as folder:
        run_virtual(campaign(Path(folder) / "campaign.db"))
