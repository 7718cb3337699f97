"""The ledger: what happened, as of now."""

import asyncio

import pytest

from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu
from tests.testing.asking import QPU, asking
from tests.testing.virtually import virtually


@virtually
async def test_it_tells_who_ran_when_and_what_it_costs() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(10.0), windows=[(5, 20), (100, 200)])])
    async with asking(cloud) as client:
        first, second, third = await client.run("a", "b", "a")
    await asyncio.sleep(30)
    ledger = cloud.ledger
    assert [run.task_id for run in ledger.executions] == [first, second]
    (run,) = ledger.executions_of("b")
    assert [run.start, run.end, run.billed_s] == [15, None, 0]
    assert [ledger.ended_at(task) for task in (first, second)] == [15, None]
    assert ledger.billed_s == 10
    await asyncio.sleep(100)
    (same,) = ledger.executions_of("b")
    assert list(same.stretches) == [(15, 20), (100, 105)]
    assert [other.task_id for other in ledger.executions_of("a")] == [first, third]
    assert ledger.billed_s == 30
    assert ledger.tasks("COMPLETED") == ledger.tasks() == [first, second, third]
    assert ledger.status_of(second) == "COMPLETED"
    assert ledger.submitted_at(second) == 0


@virtually
async def test_every_request_is_written_down() -> None:
    cloud = SimulatedCloud()
    async with asking(cloud) as client:
        (task_id,) = await client.run("program")
        await asyncio.sleep(3)
        await client.status(task_id)
        await client.cancel(task_id)
        await client.send("GET", "/admin/qpu", headers={})
    ledger = cloud.ledger
    assert [record.kind for record in ledger.requests()] == ["reserve", "submit", "status", "cancel", "qpus"]
    (asked,) = ledger.requests("status")
    assert (asked.at, asked.line, asked.qpu_id) == (3, f"GET /tasks/{task_id}/status", QPU)
    assert (asked.task_ids, asked.transition, asked.status, asked.acted) == ((task_id,), "test.ask", 200, True)
    assert ledger.requests(task_id=task_id, qpu_id=QPU) == ledger.requests()[:4]
    assert [record.kind for record in ledger.requests(status=401)] == ["qpus"]
    assert repr(ledger) == "<LedgerView: 5 requests, 1 tasks, 1 executions, 0 violations>"


@virtually
async def test_a_task_that_is_not_there_is_a_key_error() -> None:
    ledger = SimulatedCloud().ledger
    for question in (ledger.ended_at, ledger.submitted_at, ledger.status_of):
        with pytest.raises(KeyError):
            question("nobody")
