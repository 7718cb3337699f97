"""Calls that meet in one turn travel together; each gets the answer to its own."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._base.transition_scope import current_transition, running_transition
from qcaas_sdk._http import MAX_REQUEST, HttpClient, TokenCredential
from qcaas_sdk._service import QpuRegistry, Tasks, TaskSubmission
from qcaas_sdk._service.batching import Batcher, cut
from qcaas_sdk.errors import RequestRefused, RequestTooLarge, ServerUnavailable

URL = "https://cloud.example.org"


class Recorder:
    """Answers each item with itself, or with its error; keeps the batches and the scopes that they left in."""

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.scopes: list[str | None] = []
        self.gate = gate

    async def send(self, qpu_id: str, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append((qpu_id, list(items)))
        self.scopes.append(current_transition())
        if self.gate is not None:
            await self.gate.wait()
        return [ValueError(str(item)) if item < 0 else item for item in items]


async def test_a_turn_is_one_batch_a_qpu_in_order() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder.send)
    answers = await asyncio.gather(*(batcher.add(f"qpu:{n % 2}", n) for n in range(6)))
    assert answers == list(range(6))
    assert recorder.batches == [("qpu:0", [0, 2, 4]), ("qpu:1", [1, 3, 5])]
    await batcher.add("qpu:0", 7)
    assert recorder.batches[2:] == [("qpu:0", [7])]


async def test_an_error_is_its_own_items_alone() -> None:
    batcher = Batcher(Recorder().send)
    answers = await asyncio.gather(*(batcher.add("q", n) for n in (1, -2, 3)), return_exceptions=True)
    assert answers[0::2] == [1, 3]
    assert isinstance(answers[1], ValueError)


async def test_an_error_of_the_whole_batch_reaches_everybody() -> None:
    async def send(_: str, __: Sequence[int]) -> Sequence[int | Exception]:
        raise ServerUnavailable("down", may_have_arrived=True)

    batcher = Batcher(send)
    answers = await asyncio.gather(*(batcher.add("q", n) for n in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ServerUnavailable] * 3


async def test_a_caller_that_gives_up_before_the_batch_leaves_is_left_behind() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder.send)
    first, second = (asyncio.create_task(batcher.add("q", n)) for n in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 2
    assert recorder.batches == [("q", [2])]


async def test_a_caller_that_gives_up_later_does_not_disturb_the_others() -> None:
    gate = asyncio.Event()
    recorder = Recorder(gate)
    batcher = Batcher(recorder.send)
    first, second = (asyncio.create_task(batcher.add("q", n)) for n in (1, 2))
    while not recorder.batches:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await second == 2


async def test_a_batch_that_nobody_waits_for_any_more_is_given_up() -> None:
    ended: list[str] = []

    async def send(_: str, items: Sequence[int]) -> Sequence[int | Exception]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("given up")
        return items

    batcher = Batcher(send)
    caller = asyncio.create_task(batcher.add("q", 1))
    for _ in range(4):
        await asyncio.sleep(0)
    caller.cancel()
    for _ in range(4):
        await asyncio.sleep(0)
    assert ended == ["given up"]


async def test_a_batch_leaves_in_the_scope_of_a_transition() -> None:
    recorder = Recorder()
    with running_transition("job.submit"):
        await Batcher(recorder.send).add("q", 1)
    assert recorder.scopes == ["job.submit"]


@given(st.lists(st.integers(0, 40)), st.integers(1, 60), st.integers(1, 9))
def test_cutting_keeps_order_and_limits_and_is_greedy(sizes: list[int], limit: int, most: int) -> None:
    runs = cut(sizes, limit, most)
    assert [size for run in runs for size in sizes[run]] == sizes
    for run, following in zip(runs, (*runs, None)[1:], strict=True):
        inside = sizes[run]
        assert 1 <= len(inside) <= most
        assert sum(inside) <= limit or len(inside) == 1
        if following is not None and len(inside) < most:
            assert sum(inside) + sizes[following.start] > limit


class Wire:
    """A service that refuses programs that say so, keeps what it accepted, and remembers the size of each request."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, int, int]] = []
        self.accepted: list[str] = []
        self.cancelled: list[str] = []
        self.reserved = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/qpu":
            return httpx.Response(200, json={"items": [{"id": "q", "url": URL, "active": True}]})
        body: Any = json.loads(request.content)
        size = len(request.content) + sum(len(k) + len(v) + 4 for k, v in request.headers.items())
        if request.url.path == "/tasks":
            self.requests.append(("reserve", body["task_count"], size))
            self.reserved += body["task_count"]
            return httpx.Response(200, json=[f"{body['tag']}-{self.reserved - n}" for n in range(body["task_count"])])
        self.requests.append((request.url.path, len(body["tasks"]), size))
        if request.url.path == "/tasks/cancel_many":
            if "ended" in body["tasks"]:
                return httpx.Response(409, json={"detail": "one of them has ended"})
            self.cancelled += body["tasks"]
            return httpx.Response(200, json="OK")
        if any("REFUSE" in order["program"] for order in body["tasks"]):
            return httpx.Response(400, json={"response": {"errors": ["one of them is bad"]}})
        self.accepted += [order["task_id"] for order in body["tasks"]]
        return httpx.Response(200, json=[{"task_id": order["task_id"]} for order in body["tasks"]])


async def gateway(wire: Callable[[httpx.Request], Any]) -> Tasks:
    transport = HttpClient(URL, TokenCredential("t"), http_transport=httpx.MockTransport(wire))
    await transport.open()
    return Tasks(transport, QpuRegistry(transport))


def order(task_id: str, program: str = "OPENQASM 2.0;") -> TaskSubmission:
    return TaskSubmission(task_id, "q", program, "{}")


@pytest.mark.slow
async def test_ten_thousand_reservations_are_ten_requests_each_tag_its_own() -> None:
    wire = Wire()
    tasks = await gateway(wire)
    with running_transition("test"):
        ids = await asyncio.gather(*(tasks.reserve("q", "a") for _ in range(10_000)), tasks.reserve("q", "b"))
    assert len(set(ids)) == 10_001
    assert [count for _, count, _ in wire.requests] == [1000] * 10 + [1]
    assert ids[-1].startswith("b-")


async def test_submissions_are_cut_under_the_size_limit_and_keep_their_order() -> None:
    wire = Wire()
    tasks = await gateway(wire)
    orders = [order(f"t{n}", "x" * (n * 37 % 5000)) for n in range(400)]
    with running_transition("test"):
        await asyncio.gather(*(tasks.submit(o) for o in orders))
    assert sorted(wire.accepted) == sorted(o.task_id for o in orders)
    assert all(size <= MAX_REQUEST for _, _, size in wire.requests)
    assert len(wire.requests) <= 12


async def test_the_second_part_of_a_batch_leaves_after_the_first_has_arrived() -> None:
    under_way, most = 0, 0
    wire = Wire()

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += request.url.path == "/tasks/submit"
        most = max(most, under_way)
        await asyncio.sleep(0)
        answer = wire(request)
        under_way -= request.url.path == "/tasks/submit"
        return answer

    tasks = await gateway(slow)
    orders = [order(f"t{n}", "x" * 3000) for n in range(200)]
    with running_transition("test"):
        await asyncio.gather(*(tasks.submit(one) for one in orders))
    assert most == 1
    assert wire.accepted == [one.task_id for one in orders]


async def test_a_refused_program_and_one_that_is_too_large_fail_alone() -> None:
    wire = Wire()
    tasks = await gateway(wire)
    orders = [order(f"t{n}") for n in range(100)]
    orders[17] = order("t17", "REFUSE")
    orders[60] = order("t60", "x" * MAX_REQUEST)
    with running_transition("test"):
        answers = await asyncio.gather(*(tasks.submit(o) for o in orders), return_exceptions=True)
    assert {n: type(answer) for n, answer in enumerate(answers) if answer is not None} == {
        17: RequestRefused,
        60: RequestTooLarge,
    }
    assert len(wire.accepted) == 98
    assert len(wire.requests) <= 2 + 2 * 7, "the culprit is found by halves"


async def test_cancellations_travel_together() -> None:
    wire = Wire()
    tasks = await gateway(wire)
    with running_transition("test"):
        await asyncio.gather(*(tasks.cancel("q", f"t{n}") for n in range(1500)))
    assert [(path, count) for path, count, _ in wire.requests] == [
        ("/tasks/cancel_many", 1000),
        ("/tasks/cancel_many", 500),
    ]


async def test_a_task_that_cannot_be_cancelled_keeps_no_other_from_it() -> None:
    wire = Wire()
    tasks = await gateway(wire)
    ids = [f"t{n}" for n in range(9)] + ["ended"] + [f"u{n}" for n in range(9)]
    with running_transition("test"):
        answers = await asyncio.gather(*(tasks.cancel("q", id_) for id_ in ids), return_exceptions=True)
    assert [id_ for id_, answer in zip(ids, answers, strict=True) if answer is not None] == ["ended"]
    assert sorted(wire.cancelled) == sorted(set(ids) - {"ended"})


async def test_a_task_that_is_on_its_way_is_not_asked_about_before_it_has_landed() -> None:
    gate = asyncio.Event()
    wire = Wire()
    asked: list[int] = []

    async def slow(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tasks/submit":
            await gate.wait()
        if request.url.path.endswith("/status"):
            asked.append(len(wire.accepted))
            return httpx.Response(200, json={"status": "SUBMITTED"})
        return wire(request)

    transport = HttpClient(URL, TokenCredential("t"), http_transport=httpx.MockTransport(slow))
    await transport.open()
    tasks = Tasks(transport, QpuRegistry(transport))
    with running_transition("test"):
        impatient, patient = (asyncio.create_task(tasks.submit(order(f"t{n}"))) for n in range(2))
        for _ in range(20):
            await asyncio.sleep(0)
        impatient.cancel()
        question = asyncio.create_task(tasks.status("q", "t0"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert asked == []
        gate.set()
        assert (await question).status == "SUBMITTED"
        await patient
    assert asked == [2]


@pytest.mark.parametrize("count", [1, 3])
async def test_receipts_that_do_not_fit_leave_all_of_them_in_doubt(count: int) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        answer = Wire()(request)
        return httpx.Response(200, json=[]) if request.url.path == "/tasks/submit" else answer

    transport = HttpClient(URL, TokenCredential("t"), http_transport=httpx.MockTransport(odd))
    await transport.open()
    tasks = Tasks(transport, QpuRegistry(transport))
    with running_transition("test"):
        answers = await asyncio.gather(*(tasks.submit(order(f"t{n}")) for n in range(count)), return_exceptions=True)
    assert all(getattr(answer, "may_have_arrived", False) for answer in answers)
