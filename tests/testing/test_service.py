"""The contract, call by call: what each does, and what it refuses."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from qcaas_sdk.testing import (
    EPOCH,
    Completed,
    Constant,
    Expires,
    Failed,
    NeverEnds,
    Outcome,
    Says,
    SimulatedCloud,
    SimulatedQpu,
    outcome_by_text,
    run_virtual,
)
from tests.testing.asking import QPU, asking
from tests.testing.virtually import virtually

TEN_SECONDS = SimulatedQpu(service_time=Constant(10.0))


@virtually
async def test_a_task_goes_its_way() -> None:
    async with asking(SimulatedCloud(qpus=[TEN_SECONDS])) as client:
        (task_id,) = await client.reserve()
        assert await client.status(task_id) == "CREATED"
        await client.submit({task_id: "program"})
        assert await client.status(task_id) == "RUNNING"
        await asyncio.sleep(9.9)
        assert await client.status(task_id) == "RUNNING"
        await asyncio.sleep(0.1)
        info = await client.info(task_id)
    assert info["status"] == "COMPLETED"
    assert sum(info["results"]["c"].values()) == 1000
    assert info["task_error"] is None
    assert info["id"] == task_id
    assert datetime.fromisoformat(info["timings"]["completed"]) == EPOCH + timedelta(seconds=10)
    assert info["execution_metadata"] == {"wall_s": 10.0}


@virtually
async def test_tasks_of_one_qpu_wait_for_each_other_and_qpus_do_not() -> None:
    qpus = [TEN_SECONDS, SimulatedQpu("qpu:sim:2", service_time=Constant(1.0))]
    async with asking(SimulatedCloud(qpus=qpus)) as client:
        first, second = await client.run("a", "b")
        (other,) = await client.run("c", qpu_id="qpu:sim:2")
        await asyncio.sleep(1)
        assert [await client.status(task) for task in (first, second, other)] == ["RUNNING", "SUBMITTED", "COMPLETED"]


@virtually
async def test_a_task_may_wait_for_hours_for_a_window() -> None:
    qpu = SimulatedQpu(service_time=Constant(10.0), windows=[(36_000, 40_000)])
    cloud = SimulatedCloud(qpus=[qpu])
    async with asking(cloud) as client:
        (task_id,) = await client.run("program")
        await asyncio.sleep(35_999)
        assert await client.status(task_id) == "SUBMITTED"
        window = await client.ask("GET", "/windows/next")
        assert window == {"next_window": {"starting": "2026-01-01T10:00:00Z"}}
        await asyncio.sleep(11)
        assert await client.status(task_id) == "COMPLETED"
        assert await client.ask("GET", "/windows/next") == {}
    assert cloud.ledger.ended_at(task_id) == 36_010


@pytest.mark.parametrize(
    ("outcome", "status", "results", "error"),
    [
        (Completed({"c": {"0": 3}}), "COMPLETED", {"c": {"0": 3}}, None),
        (Failed(7, "no such gate"), "FAILED", None, {"error_code": 7, "error_message": "no such gate"}),
        (NeverEnds(), "RUNNING", None, None),
        (Expires(), "EXPIRED", None, None),
        (Says("DONE", {"c": {"1": 2}}), "DONE", {"c": {"1": 2}}, None),
        (Says("CALIBRATING"), "CALIBRATING", None, None),
    ],
)
def test_what_becomes_of_a_program_is_the_tests_to_say(
    outcome: Outcome, status: str, results: object, error: object
) -> None:
    async def main() -> dict[str, Any]:
        async with asking(SimulatedCloud(outcome=lambda program: outcome)) as client:
            (task_id,) = await client.run("program")
            await asyncio.sleep(1000)
            return await client.info(task_id)

    info = run_virtual(main())
    assert (info["status"], info["results"], info["task_error"]) == (status, results, error)


def test_by_default_a_comment_in_the_program_says_it() -> None:
    assert isinstance(outcome_by_text("x q[0]; // simulated: fails"), Failed)
    assert isinstance(outcome_by_text("// simulated: expires"), Expires)
    assert isinstance(outcome_by_text("// simulated: never ends"), NeverEnds)
    assert outcome_by_text("h q[0];") == outcome_by_text("h q[0];")
    assert outcome_by_text("h q[0];") != outcome_by_text("h q[1];")
    assert outcome_by_text("h q[0];") != outcome_by_text("h q[0];", seed=1)


@virtually
async def test_the_parts_of_a_tasks_information() -> None:
    async with asking(SimulatedCloud()) as client:
        good, bad = await client.run("program", "simulated: fails")
        await asyncio.sleep(10)
        info = await client.info(good)
        for part in ("results", "timings", "execution_metadata", "metadata"):
            assert await client.ask("GET", f"/tasks/{good}/{part}") == {part: info[part]}
        assert (await client.ask("GET", f"/tasks/{bad}/error"))["task_error"]["error_code"] == 500


@virtually
async def test_a_cancel_ends_what_has_not_ended() -> None:
    cloud = SimulatedCloud(qpus=[TEN_SECONDS])
    async with asking(cloud) as client:
        done, running, waiting = await client.run("a", "b", "c")
        (created,) = await client.reserve()
        await asyncio.sleep(15)
        answer = await client.cancel(done, running, waiting, created)
        assert (answer.status_code, answer.json()) == (200, "OK")
        assert [await client.status(task) for task in (done, running, waiting, created)] == [
            "COMPLETED",
            "CANCELLED",
            "CANCELLED",
            "CANCELLED",
        ]
        assert (await client.submit({created: "program"})).status_code == 400
    assert [run.billed_s for run in cloud.ledger.executions] == [10, 5]


@pytest.mark.parametrize(("rule", "status"), [("ignored", 200), ("conflict", 409), ("bad_request", 400)])
def test_a_second_submission_is_never_run_whatever_the_answer(rule: Any, status: int) -> None:
    cloud = SimulatedCloud(second_submission=rule)

    async def main() -> None:
        async with asking(cloud) as client:
            (task_id,) = await client.run("program")
            await asyncio.sleep(0.5)
            answer = await client.submit({task_id: "another program"})
            assert answer.status_code == status
            await asyncio.sleep(100)
            assert cloud.ledger.resubmissions == ((0.5, task_id),)

    run_virtual(main())
    assert [run.program for run in cloud.ledger.executions] == ["program"]
    assert cloud.ledger.violations == (), "a client in doubt may do that"


@virtually
async def test_without_an_id_the_server_makes_one() -> None:
    async with asking(SimulatedCloud()) as client:
        task = {"program": "program", "config": "{}", "qpu_id": QPU}
        (receipt,) = await client.ask("POST", "/tasks/submit", {"tasks": [task]})
        assert await client.status(receipt["task_id"]) == "RUNNING"
    assert client.cloud.ledger.requests("submit")[0].task_ids == (receipt["task_id"],)


def entry(**changed: object) -> dict[str, object]:
    return {"program": "p", "config": "{}", "qpu_id": QPU} | changed


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/tasks/nobody/status", None, 404),
        ("GET", "/tasks/nobody/colour", None, 404),
        ("GET", "/nowhere", None, 404),
        ("DELETE", "/tasks", None, 404),
        ("POST", "/tasks", [], 400),
        ("POST", "/tasks", {"qpu_id": QPU, "task_count": 0}, 400),
        ("POST", "/tasks", {"qpu_id": QPU, "task_count": True}, 400),
        ("POST", "/tasks", {"qpu_id": QPU, "task_count": 1, "tag": 5}, 400),
        ("POST", "/tasks", {"qpu_id": "qpu:none", "task_count": 1}, 404),
        ("POST", "/tasks/submit", {"tasks": []}, 400),
        ("POST", "/tasks/submit", {"tasks": ["program"]}, 400),
        ("POST", "/tasks/submit", {"tasks": [entry(program="")]}, 400),
        ("POST", "/tasks/submit", {"tasks": [entry(config={})]}, 400),
        ("POST", "/tasks/submit", {"tasks": [entry(qpu_id=None)]}, 400),
        ("POST", "/tasks/submit", {"tasks": [entry(task_id="nobody")]}, 404),
        ("POST", "/tasks/submit", {"tasks": [entry(program="x" * 128 * 1024)]}, 413),
        ("POST", "/tasks/cancel_many", {"tasks": ["nobody"]}, 404),
        ("POST", "/tasks/cancel_many", {"tasks": [1]}, 400),
        ("POST", "/monitoring/qpu_wait_time", {"targets": ["qpu:none"]}, 404),
        ("POST", "/monitoring/task_wait_time", {"task_ids": []}, 400),
        ("GET", "/monitoring/calibrations?qpu_id=qpu:none", None, 404),
        ("GET", f"/monitoring/calibrations?qpu_id={QPU}&date=yesterday", None, 400),
        ("GET", "/admin/qpu/qpu:none", None, 404),
        ("GET", "/tasks?start_date=yesterday", None, 400),
    ],
)
def test_what_breaks_the_contract_is_refused_and_noted(method: str, path: str, body: object, status: int) -> None:
    cloud = SimulatedCloud()

    async def main() -> httpx.Response:
        async with asking(cloud) as client:
            return await client.send(method, path, body)

    answer = run_virtual(main())
    assert answer.status_code == status
    assert answer.json()["response"]["errors"][0]
    (violation,) = cloud.ledger.violations
    assert violation.line == f"{method} {path.partition('?')[0]}"
    assert cloud.ledger.tasks() == [], "a refused request changes nothing"


@virtually
async def test_a_body_that_is_no_json_is_refused() -> None:
    async with asking(SimulatedCloud()) as client:
        answer = await client.send("POST", "/tasks", content=b"{")
        assert answer.status_code == 400


@virtually
async def test_one_refused_entry_refuses_the_whole_submission() -> None:
    async with asking(SimulatedCloud()) as client:
        good, other = await client.reserve(2)
        tasks = [entry(task_id=good), entry(task_id=other, program="")]
        assert (await client.send("POST", "/tasks/submit", {"tasks": tasks})).status_code == 400
        twice = [entry(task_id=good), entry(task_id=good)]
        assert (await client.send("POST", "/tasks/submit", {"tasks": twice})).status_code == 400
        assert await client.status(good) == "CREATED"


@virtually
async def test_an_inactive_qpu_takes_no_tasks() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(active=False)])
    async with asking(cloud) as client:
        answer = await client.send("POST", "/tasks", {"qpu_id": QPU, "task_count": 1})
        (item,) = (await client.ask("GET", "/admin/qpu"))["items"]
    assert (answer.status_code, item["active"]) == (400, False)


@virtually
async def test_features_come_as_text_or_as_an_object() -> None:
    qpus = [SimulatedQpu("a", features={"qubits": 3}), SimulatedQpu("b", features_as_text=False)]
    async with asking(SimulatedCloud(qpus=qpus)) as client:
        assert json.loads((await client.ask("GET", "/admin/qpu/a"))["feature_set"]) == {"qubits": 3}
        assert (await client.ask("GET", "/admin/qpu/b"))["feature_set"]["simulator"] is True


@virtually
async def test_estimates() -> None:
    async with asking(SimulatedCloud(qpus=[TEN_SECONDS])) as client:
        tasks = await client.run("a", "b", "c")
        await asyncio.sleep(4)
        (qpu,) = (await client.ask("POST", "/monitoring/qpu_wait_time", {"targets": [QPU]}))["qpu_wait_times"]
        waits = (await client.ask("POST", "/monitoring/task_wait_time", {"task_ids": tasks}))["task_wait_times"]
    assert (qpu["tasks_in_queue"], qpu["estimated_availability_time"]) == (3, "2026-01-01T00:00:30Z")
    assert [wait["position_in_queue"] for wait in waits] == [None, 0, 1]
    assert [wait["estimated_start_time"] for wait in waits[1:]] == ["2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z"]


@virtually
async def test_estimates_name_the_windows_to_come() -> None:
    qpu = SimulatedQpu(windows=[(0, 10), (3600, 7200)])
    async with asking(SimulatedCloud(qpus=[qpu])) as client:
        await asyncio.sleep(20)
        (wait,) = (await client.ask("POST", "/monitoring/qpu_wait_time", {"targets": [QPU]}))["qpu_wait_times"]
    assert [window["start_time"] for window in wait["windows"]] == ["2026-01-01T01:00:00Z"]
    assert wait["estimated_availability_time"] == "2026-01-01T01:00:00Z"


@virtually
async def test_statuses_calibrations_and_the_list_of_tasks() -> None:
    async with asking(SimulatedCloud()) as client:
        assert await client.ask("GET", "/monitoring/statuses") == [{"qpu_id": QPU, "status": "ACTIVE"}]
        calibration = await client.ask("GET", f"/monitoring/calibrations?qpu_id={QPU}")
        assert calibration["date"] == "2026-01-01"
        (early,) = await client.run("a")
        await asyncio.sleep(100)
        (late,) = await client.run("b")
        listed = await client.ask("GET", "/tasks?start_date=2026-01-01T00:00:50")
        assert [task["id"] for task in listed] == [late]
        assert [task["status"] for task in await client.ask("GET", "/tasks")] == ["COMPLETED", "RUNNING"]
        assert (await client.ask("GET", "/tasks?end_date=2026-01-01T00:00:50"))[0]["id"] == early
