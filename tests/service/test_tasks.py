"""Requests about tasks: their words on the wire, and answers that do not fit."""

import json
from typing import Any

import httpx
import pytest

from qcaas_sdk._base.transition_scope import OutsideTransition, running_transition
from qcaas_sdk._http import HttpClient, TokenCredential
from qcaas_sdk._service import QpuRegistry, Tasks, TaskSubmission
from qcaas_sdk.errors import BadAnswer, InactiveQpu, UnknownQpu

QPUS = {
    "items": [
        {"id": "qpu:1", "url": "https://one.example.org/", "active": True, "name": "One"},
        {"id": "qpu:2", "url": "https://two.example.org", "active": False},
    ]
}
ORDER = TaskSubmission("task-1", "qpu:1", "OPENQASM 2.0;", "{}")


class Wire:
    """Keeps what was sent; answers the list of QPUs, and `answer` to all else."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.sent: list[tuple[str, str, Any]] = []
        self.lists = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/qpu":
            self.lists += 1
            return httpx.Response(200, json=QPUS)
        body = json.loads(request.content) if request.content else None
        self.sent.append((request.method, str(request.url), body))
        return httpx.Response(200, json=self.answer)

    async def client(self) -> HttpClient:
        client = HttpClient(
            "https://cloud.example.org", TokenCredential("t"), http_transport=httpx.MockTransport(self)
        )
        await client.open()
        return client

    async def tasks(self) -> Tasks:
        client = await self.client()
        return Tasks(client, QpuRegistry(client))


@pytest.fixture
def transition() -> Any:
    with running_transition("test"):
        yield


@pytest.mark.usefixtures("transition")
class TestInsideATransition:
    async def test_a_reservation_asks_for_one_id_at_the_qpus_own_address(self) -> None:
        wire = Wire(["task-1"])
        assert await (await wire.tasks()).reserve("qpu:1", "mine") == "task-1"
        assert wire.sent == [
            ("POST", "https://one.example.org/tasks", {"qpu_id": "qpu:1", "task_count": 1, "tag": "mine"})
        ]

    @pytest.mark.parametrize("answer", [[], ["a", "b"], [""], [7], {"ids": ["a"]}, None])
    async def test_a_reservation_that_is_none_is_a_bad_answer(self, answer: Any) -> None:
        with pytest.raises(BadAnswer):
            await (await Wire(answer).tasks()).reserve("qpu:1", None)

    async def test_a_submission_carries_its_order_and_wants_its_receipt(self) -> None:
        wire = Wire([{"task_id": "task-1", "more": 1}])
        await (await wire.tasks()).submit(ORDER)
        assert wire.sent == [("POST", "https://one.example.org/tasks/submit", {"tasks": [ORDER.to_wire()]})]

    @pytest.mark.parametrize("answer", [[], [{"task_id": "task-2"}], [{}], {"task_id": "task-1"}, None])
    async def test_a_receipt_for_something_else_leaves_doubt(self, answer: Any) -> None:
        with pytest.raises(BadAnswer) as caught:
            await (await Wire(answer).tasks()).submit(ORDER)
        assert caught.value.may_have_arrived

    async def test_questions_and_cancellation_name_the_task(self) -> None:
        wire = Wire({"status": "RUNNING"})
        tasks = await wire.tasks()
        assert (await tasks.status("qpu:1", "task-1")).status == "RUNNING"
        assert (await tasks.report("qpu:1", "task-1")).status == "RUNNING"
        await tasks.cancel("qpu:1", "task-1")
        assert [(method, url) for method, url, _ in wire.sent] == [
            ("GET", "https://one.example.org/tasks/task-1/status"),
            ("GET", "https://one.example.org/tasks/task-1/all_info"),
            ("POST", "https://one.example.org/tasks/cancel_many"),
        ]
        assert wire.sent[-1][2] == {"tasks": ["task-1"]}

    async def test_an_id_stays_one_piece_of_the_path(self) -> None:
        wire = Wire({"status": "RUNNING"})
        await (await wire.tasks()).report("qpu:1", "../admin?x=1#y")
        assert [url for _, url, _ in wire.sent] == ["https://one.example.org/tasks/..%2Fadmin%3Fx%3D1%23y/all_info"]

    async def test_a_task_of_a_qpu_that_went_off_can_still_be_asked_about(self) -> None:
        wire = Wire({"status": "RUNNING"})
        assert (await (await wire.tasks()).report("qpu:2", "task-1")).status == "RUNNING"

    async def test_an_unknown_qpu_is_looked_for_once_more_before_it_is_refused(self) -> None:
        wire = Wire(None)
        tasks = await wire.tasks()
        with pytest.raises(UnknownQpu, match="no QPU 'qpu:9'"):
            await tasks.report("qpu:9", "task-1")
        assert (wire.lists, wire.sent) == (1, [])


async def test_outside_a_transition_nothing_leaves() -> None:
    wire = Wire(["task-1"])
    tasks = await wire.tasks()
    for call in (
        lambda: tasks.reserve("qpu:1", None),
        lambda: tasks.submit(ORDER),
        lambda: tasks.status("qpu:1", "task-1"),
        lambda: tasks.report("qpu:1", "task-1"),
        lambda: tasks.cancel("qpu:1", "task-1"),
    ):
        with pytest.raises(OutsideTransition):
            await call()
    assert (wire.sent, wire.lists) == ([], 0)


async def test_the_directory_knows_active_from_inactive() -> None:
    transport = HttpClient(
        "https://cloud.example.org", TokenCredential("t"), http_transport=httpx.MockTransport(Wire(None))
    )
    await transport.open()
    registry = QpuRegistry(transport)
    assert [qpu["id"] for qpu in await registry.refresh()] == ["qpu:1"]
    assert registry.check("qpu:1").name == "One"
    with pytest.raises(InactiveQpu):
        registry.check("qpu:2")
