"""Requests about tasks. Each of them leaves only from inside a transition."""

from qcaas_sdk.gateway.directory import Directory
from qcaas_sdk.gateway.wire import Receipt, TaskOrder, TaskReport, bad_answer, read, read_report
from qcaas_sdk.transition_scope import require_transition
from qcaas_sdk.transport import Transport


class Tasks:
    """The part of the contract that speaks of tasks."""

    def __init__(self, transport: Transport, directory: Directory) -> None:
        self._transport = transport
        self._directory = directory

    async def reserve(self, qpu_id: str, tag: str | None) -> str:
        """Get an id for a task; nothing runs yet, and an id that is never used costs nothing.

        Raises:
            QcaasError: No id came.
        """
        require_transition("POST /tasks")
        base = await self._directory.address(qpu_id)
        answer = await self._transport.request(
            "POST", f"{base}/tasks", json={"qpu_id": qpu_id, "task_count": 1, "tag": tag}
        )
        ids = read(answer, list[str], "a list of reserved task ids")
        if len(ids) != 1 or not ids[0]:
            raise bad_answer("one reserved task id", f"it lists {len(ids)}")
        return ids[0]

    async def submit(self, order: TaskOrder) -> None:
        """Hand in a program under its reserved id. Never repeated here once the server may have it.

        Raises:
            RequestRefused: The server refused it, for certain.
            TransportError: No usable answer; `may_have_arrived` says whether the server may have it.
        """
        require_transition("POST /tasks/submit")
        base = await self._directory.address(order.qpu_id)
        answer = await self._transport.request(
            "POST", f"{base}/tasks/submit", json={"tasks": [order.to_wire()]}, repeatable=False
        )
        receipts = read(answer, list[Receipt], "a list of receipts")
        if [receipt.task_id for receipt in receipts] != [order.task_id]:
            raise bad_answer(f"a receipt for task {order.task_id}", f"it is {answer!s:.100}")

    async def status(self, qpu_id: str, task_id: str) -> TaskReport:
        """Only how the task stands, without results: the smallest question.

        Raises:
            QcaasError: No usable answer came.
        """
        require_transition("GET /tasks/{id}/status")
        base = await self._directory.address(qpu_id)
        return read_report(await self._transport.request("GET", f"{base}/tasks/{task_id}/status"), task_id)

    async def report(self, qpu_id: str, task_id: str) -> TaskReport:
        """How the task stands, with results, error and diagnostics once it has them.

        Raises:
            QcaasError: No usable answer came.
        """
        require_transition("GET /tasks/{id}/all_info")
        base = await self._directory.address(qpu_id)
        return read_report(await self._transport.request("GET", f"{base}/tasks/{task_id}/all_info"), task_id)

    async def cancel(self, qpu_id: str, task_id: str) -> None:
        """Ask for the end of a task. Asking twice does no harm, so it is repeated until there is an answer.

        Raises:
            QcaasError: No usable answer came.
        """
        require_transition("POST /tasks/cancel_many")
        base = await self._directory.address(qpu_id)
        await self._transport.request("POST", f"{base}/tasks/cancel_many", json={"tasks": [task_id]})
