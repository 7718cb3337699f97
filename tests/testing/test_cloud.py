"""`SimulatedCloud`: addresses, clocks, limits, transitions, loops; and every run is the same."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import InvalidArgument
from qcaas_sdk._base.transition_scope import OutsideTransition
from qcaas_sdk.testing import (
    Constant,
    Deadlock,
    Exponential,
    Fault,
    Hang,
    SimulatedCloud,
    SimulatedQpu,
    Slow,
    Status,
    run_virtual,
)
from tests.support.examples import scaled
from tests.testing.asking import QPU, Asking, asking
from tests.testing.virtually import virtually

TEN_SECONDS = SimulatedQpu(service_time=Constant(10.0))


@virtually
async def test_a_qpu_with_its_own_address_is_found_only_there() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(url="https://qpu.example.com/")])
    async with asking(cloud) as client, asking(cloud, url="https://qpu.example.com") as at_qpu:
        (item,) = (await client.ask("GET", "/admin/qpu?per_page=1000"))["items"]
        assert item["url"] == "https://qpu.example.com"
        (task_id,) = await at_qpu.run("program")
        assert (await client.send("GET", f"/tasks/{task_id}/status")).status_code == 404
        assert (await at_qpu.send("GET", "/admin/qpu")).status_code == 404
        assert await at_qpu.status(task_id) == "RUNNING"
        with pytest.raises(httpx.ConnectError, match="there is no https://elsewhere"):
            await client.http.get("https://elsewhere.example.com/tasks")


@virtually
async def test_a_qpus_clock_may_be_wrong() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu(clock_skew_s=3600.0)])
    async with asking(cloud) as client:
        (task_id,) = await client.run("program")
        await asyncio.sleep(5)
        answer = await client.send("GET", f"/tasks/{task_id}/all_info")
    assert answer.json()["timings"]["completed"] == "2026-01-01T01:00:01Z"
    assert answer.headers["Date"] == "Thu, 01 Jan 2026 01:00:05 GMT"
    assert cloud.ledger.ended_at(task_id) == 1


@virtually
async def test_a_rate_limit_answers_429_and_says_when_to_come_back() -> None:
    cloud = SimulatedCloud(rate_limit=5)
    async with asking(cloud) as client:
        answers = await asyncio.gather(*(client.send("GET", "/admin/qpu") for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 3
        assert {answer.headers.get("Retry-After") for answer in answers} == {None, "1"}
        await asyncio.sleep(1)
        assert (await client.send("GET", "/admin/qpu")).status_code == 200
    assert len(cloud.ledger.requests(status=429)) == 3


@virtually
async def test_latency_is_virtual() -> None:
    async with asking(SimulatedCloud(latency_s=0.25)) as client:
        await client.ask("GET", "/admin/qpu")
        assert asyncio.get_running_loop().time() == 0.25


@virtually
async def test_requests_about_tasks_leave_only_from_a_transition() -> None:
    cloud = SimulatedCloud()
    async with httpx.AsyncClient(transport=cloud.transport) as http:
        headers = {"Authentication-Token": cloud.token}
        assert (await http.get(f"{cloud.url}/admin/qpu", headers=headers)).status_code == 200
        with pytest.raises(OutsideTransition):
            await http.post(f"{cloud.url}/tasks", json={"qpu_id": QPU, "task_count": 1}, headers=headers)
    assert [violation.problem for violation in cloud.ledger.violations] == ["no transition was running"]
    assert cloud.ledger.tasks() == []


@virtually
async def test_the_demand_for_a_transition_can_be_waived() -> None:
    cloud = SimulatedCloud(require_transition=False)
    async with httpx.AsyncClient(transport=cloud.transport) as http:
        headers = {"Authentication-Token": cloud.token}
        answer = await http.post(f"{cloud.url}/tasks", json={"qpu_id": QPU, "task_count": 2}, headers=headers)
    assert len(answer.json()) == 2
    assert cloud.ledger.violations == ()


def test_a_cloud_outlives_a_loop() -> None:
    cloud = SimulatedCloud(qpus=[TEN_SECONDS])

    async def begin() -> str:
        async with asking(cloud) as client:
            await asyncio.sleep(100)
            (task_id,) = await client.run("program")
            return task_id

    async def go_on(task_id: str) -> list[str]:
        async with asking(cloud) as client:
            before = await client.status(task_id)
            await asyncio.sleep(10)
            return [before, await client.status(task_id)]

    assert run_virtual(go_on(run_virtual(begin()))) == ["RUNNING", "COMPLETED"]
    assert cloud.now == 110


async def test_it_works_in_real_time_too() -> None:
    async with asking(SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(0.01))])) as client:
        (task_id,) = await client.run("program")
        async with asyncio.timeout(5):
            while await client.status(task_id) != "COMPLETED":
                await asyncio.sleep(0.005)
    assert 0 <= client.cloud.now < 5


@virtually
async def test_no_repr_shows_a_secret() -> None:
    cloud = SimulatedCloud(password="open sesame")
    async with asking(cloud) as client:
        await client.ask("POST", "/admin/login", {"email": cloud.email, "password": cloud.password})
        shown = f"{cloud!r} {cloud.ledger!r} {cloud.ledger.requests()!r} {cloud.transport!r}"
    assert cloud.token not in shown
    assert "sesame" not in shown


async def _campaign(client: Asking) -> list[object]:
    """Some traffic, with its answers."""
    seen: list[object] = []

    async def one(number: int) -> None:
        await asyncio.sleep(number * 0.3)
        for _ in range(4):
            try:
                answer = await client.send("POST", "/tasks", {"qpu_id": QPU, "task_count": 1})
                if answer.status_code == 200:
                    await client.submit({answer.json()[0]: f"program {number}"})
                    seen.append((await client.send("GET", f"/tasks/{answer.json()[0]}/status")).text)
            except httpx.HTTPError as error:
                seen.append(repr(error))
            await asyncio.sleep(1)

    await asyncio.gather(*map(one, range(8)))
    await asyncio.sleep(1000)
    return seen


def play(seed: int) -> tuple[object, ...]:
    cloud = SimulatedCloud(
        seed=seed,
        qpus=[SimulatedQpu(service_time=Exponential(3.0), in_order=False)],
        faults=[Fault(Status(500), probability=0.2), Fault(Slow(40.0), on="status", probability=0.2)],
        rate_limit=10,
    )

    async def main() -> list[object]:
        async with asking(cloud) as client:
            return await _campaign(client)

    seen = run_virtual(main())
    runs = [(run.task_id, run.start, run.end) for run in cloud.ledger.executions]
    return seen, runs, [repr(record) for record in cloud.ledger.requests()]


@settings(max_examples=scaled(20))
@given(st.integers(0, 1000))
def test_the_same_seed_gives_the_same_world(seed: int) -> None:
    assert play(seed) == play(seed)


def test_another_seed_gives_another_world() -> None:
    assert play(1) != play(2)


def test_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="an id of its own"):
        SimulatedCloud(qpus=[SimulatedQpu("a"), SimulatedQpu("a")])
    with pytest.raises(InvalidArgument, match="rate_limit must be a whole number, at least 1, not 0"):
        SimulatedCloud(rate_limit=0)
    wrong: dict[str, tuple[Any, str]] = {
        "faults": (["x"], "faults must be a sequence of Fault, not 'x'"),
        "qpus": (["qpu:a"], "qpus must be a sequence of SimulatedQpu, not 'qpu:a'"),
        "latency_s": (-1, "latency_s must be a number of seconds, 0 or more, not -1"),
        "token_life_s": (-1, "token_life_s must be a number of seconds, 0 or more, or None, not -1"),
        "second_submission": ("x", "second_submission must be one of 'ignored', 'conflict', 'bad_request', not 'x'"),
        "cancel_of_reserved": ("x", "cancel_of_reserved must be one of 'cancelled', 'ignored', not 'x'"),
        "api": ("v5", "api must be one of 'v3', 'v4', not 'v5'"),
        "outcome": ("x", "outcome must be a function of a program that returns an Outcome, not 'x'"),
    }
    for argument, (value, message) in wrong.items():
        with pytest.raises(InvalidArgument, match=f"^{re.escape(message)}$"):
            SimulatedCloud(**{argument: value})
    for service_time in (-1, 2.5, "fast", Constant):
        with pytest.raises(InvalidArgument, match=r"service_time must be a ServiceTime, for example Constant\(1.0\)"):
            SimulatedQpu("q", service_time=service_time)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="id must be text"):
        SimulatedQpu(5)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="cancel_takes_s must be a number of seconds"):
        SimulatedQpu(cancel_takes_s=-1)
    with pytest.raises(ValueError, match="without a path"):
        SimulatedCloud(url="https://hub.example.com/api")


def test_waiting_for_an_answer_that_never_comes_is_a_deadlock() -> None:
    async def main() -> None:
        async with asking(SimulatedCloud(faults=[Fault(Hang())]), timeout=None) as client:
            await client.send("GET", "/admin/version")

    with pytest.raises(Deadlock):
        run_virtual(main())
