"""The contract's calls about tasks. They are sent only from inside a transition, and in batches where possible."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from qcaas_sdk._base.transition_scope import require_transition
from qcaas_sdk._http import MAX_BODY, HttpClient, JsonValue, encode
from qcaas_sdk._service.batching import Batcher, cut
from qcaas_sdk._service.lenient import is_id
from qcaas_sdk._service.qpus import QpuRegistry
from qcaas_sdk._service.wire import (
    SubmitAck,
    TaskReport,
    TaskSubmission,
    bad_answer,
    read,
    read_kept,
    read_key,
)
from qcaas_sdk.errors import QcaasError, RequestRefused, TransportError

MAX_BATCH = 1000
"""The most ids in one reservation or cancellation."""


class Tasks:
    """The contract's calls about tasks."""

    def __init__(self, transport: HttpClient, registry: QpuRegistry) -> None:
        self._transport = transport
        self._registry = registry
        self._reservations: Batcher[tuple[str, str | None], None, str] = Batcher(self._reserve_all)
        self._submissions: Batcher[str, TaskSubmission, None] = Batcher(self._submit_all)
        self._cancellations: Batcher[str, str, None] = Batcher(self._cancel_all)
        self._on_their_way: dict[str, asyncio.Event] = {}
        self._reserving: set[str] = set()  # QPUs where a reservation has worked

    def reserves_ids(self, qpu_id: str) -> bool:
        """Whether a reservation is known to have worked on the host of a QPU."""
        host = self._host_of(qpu_id)
        return qpu_id in self._reserving or host in {self._host_of(known) for known in self._reserving}

    def note_reserving(self, qpu_ids: Iterable[str]) -> None:
        """Note that reservations have worked for these QPUs in another process."""
        self._reserving.update(qpu_ids)

    def address_of(self, qpu_id: str) -> str | None:
        """The URL of a QPU, if it is known, without a request."""
        return self._registry.known_address(qpu_id)

    def remember_address(self, qpu_id: str, url: str) -> None:
        """As `QpuRegistry.remember_address`."""
        self._registry.remember_address(qpu_id, url)

    async def reserve(self, qpu_id: str, tag: str | None) -> str:
        """Reserve an id for a task. Nothing runs yet, and an unused id costs nothing.

        Raises:
            QcaasError: There is no id.
        """
        require_transition("POST /tasks")
        return await self._reservations.add((qpu_id, tag), None)  # one request reserves ids for one tag

    async def submit(self, submission: TaskSubmission, *, single_attempt: bool = False) -> None:
        """Submit a program with its reserved id. Not repeated here if the server may have it.

        Args:
            submission: The program.
            single_attempt: Whether an earlier submission may still arrive. Then it is sent alone and not repeated.

        Raises:
            RequestRefused: The server refused it.
            TransportError: No usable answer; `may_have_arrived` says whether the server may have it.
        """
        require_transition("POST /tasks/submit")
        if not single_attempt:
            await self._submissions.add(submission.qpu_id, submission)
            return
        (error,) = await self._submit_run(
            await self._usable_address(submission.qpu_id), [submission], single_attempt=True
        )
        if error is not None:
            raise error

    async def submit_unreserved(self, submission: TaskSubmission) -> str:
        """Submit a program, alone, to a server that reserves no ids. Returns its id.

        Raises:
            RequestRefused: The server refused it.
            TransportError: No usable answer. If it may have arrived, there is no way to find out its id.
        """
        require_transition("POST /tasks/submit")
        base = await self._usable_address(submission.qpu_id)
        answer = await self._transport.request(
            "POST", f"{base}/tasks/submit", json={"tasks": [submission.to_wire()]}, idempotent=False
        )
        acks = read(answer, list[SubmitAck], "a list of acknowledgements")
        if len(acks) != 1 or not is_id(acks[0].task_id):
            raise bad_answer("one acknowledgement with an id", f"it is {answer!s:.100}")
        return acks[0].task_id

    async def status(self, qpu_id: str, task_id: str) -> TaskReport:
        """The status of the task without results: the smallest request.

        Raises:
            QcaasError: There was no usable answer.
        """
        await self.landed(task_id)  # before that, the server cannot know about a submission on its way
        return await self._ask(qpu_id, task_id, "status")

    async def landed(self, task_id: str) -> bool:
        """Wait until no batch sends the task any more; a batch goes on without its callers.

        Returns:
            Whether there was such a batch.
        """
        landing = self._on_their_way.get(task_id)
        if landing is None:
            return False
        await landing.wait()
        return True

    async def report(self, qpu_id: str, task_id: str) -> TaskReport:
        """The status of the task, with results, error and diagnostics if it has them.

        Raises:
            QcaasError: There was no usable answer.
        """
        return await self._ask(qpu_id, task_id, "all_info")

    async def detail(self, qpu_id: str, task_id: str, name: str) -> dict[str, Any] | None:
        """One kind of diagnostics of a task: `timings`, `execution_metadata` or `metadata`.

        Raises:
            QcaasError: There was no usable answer.
        """
        answer = await self._get(qpu_id, task_id, name)
        if isinstance(answer, dict) and answer.get(name) is None:
            return None
        what = f"the {name} of task {task_id}"
        return read_kept(read_key(answer, name, dict[str, Any], what), what)

    async def cancel(self, qpu_id: str, task_id: str) -> None:
        """Cancel a task. The request is idempotent, so it is repeated until there is an answer.

        Raises:
            QcaasError: There was no usable answer.
        """
        require_transition("POST /tasks/cancel_many")
        await self._cancellations.add(qpu_id, task_id)

    async def _ask(self, qpu_id: str, task_id: str, what: str) -> TaskReport:
        return self._registry.dialect.report(await self._get(qpu_id, task_id, what), task_id)

    async def _get(self, qpu_id: str, task_id: str, what: str) -> JsonValue:
        require_transition(f"GET /tasks/{{id}}/{what}")
        base = await self._registry.address(qpu_id)
        return await self._transport.request(
            "GET", f"{base}/tasks/{quote(task_id, safe='')}/{what}", about=(task_id,)
        )

    async def _reserve_all(
        self, qpu_and_tag: tuple[str, str | None], places: Sequence[None]
    ) -> Sequence[str | Exception]:
        qpu_id, tag = qpu_and_tag
        base = await self._usable_address(qpu_id)
        ids: list[str | Exception] = []
        dialect = self._registry.dialect
        for run in cut([dialect.reservation_size(qpu_id, tag)] * len(places), MAX_BODY, MAX_BATCH):
            wanted = run.stop - run.start
            try:
                about = list[str]()
                reserved = await dialect.reserve(qpu_id, base, wanted, tag, about)
                about += reserved
                if len(set(reserved)) != wanted:
                    raise bad_answer(f"{wanted} reserved task ids", f"it lists {len(reserved)}: {reserved!s:.100}")
                if not all(map(is_id, reserved)):
                    raise bad_answer("reserved task ids", f"one is no id: {reserved!s:.100}")
                ids += reserved
                self._reserving.add(qpu_id)
            except QcaasError as error:
                ids += [error] * wanted
        return ids

    async def _submit_all(self, qpu_id: str, submissions: Sequence[TaskSubmission]) -> Sequence[Exception | None]:
        # From now on all are on their way, those of later requests too: some callers may have given up by then.
        landed = self._set_off(submissions)
        try:
            base = await self._usable_address(qpu_id)
            sizes = [len(encode(submission.to_wire())) + 1 for submission in submissions]
            runs = cut(sizes, MAX_BODY, MAX_BATCH)
            # One after the other: a QPU runs tasks in order of arrival, and results are looked for in that order.
            return [answer for run in runs for answer in await self._submit_run(base, submissions[run])]
        finally:
            self._land(submissions, landed)

    async def _usable_address(self, qpu_id: str) -> str:
        """Where new tasks of a QPU go; an error here is no doubt about a task."""
        try:
            return await self._registry.usable_address(qpu_id)
        except TransportError as error:
            error.may_have_arrived = False  # the list of QPUs was asked for; nothing of a task has left
            raise

    def _set_off(self, submissions: Sequence[TaskSubmission]) -> asyncio.Event:
        """Note that submissions are about to be sent; requests about one of them wait until `_land`."""
        landed = asyncio.Event()
        self._on_their_way.update(
            {submission.task_id: landed for submission in submissions if submission.task_id is not None}
        )
        return landed

    def _land(self, submissions: Sequence[TaskSubmission], landed: asyncio.Event) -> None:
        landed.set()
        for submission in submissions:
            if submission.task_id is not None and self._on_their_way.get(submission.task_id) is landed:
                del self._on_their_way[submission.task_id]

    async def _submit_run(
        self, base: str, submissions: Sequence[TaskSubmission], *, single_attempt: bool = False
    ) -> Sequence[Exception | None]:
        """Submit what fits into one request. If that is refused, bisect it; only the rejected program fails."""
        landed = self._set_off(submissions)
        ids = [submission.task_id for submission in submissions if submission.task_id is not None]
        try:
            answer = await self._transport.request(
                "POST",
                f"{base}/tasks/submit",
                json={"tasks": [submission.to_wire() for submission in submissions]},
                idempotent=False,
                single_attempt=single_attempt,
                about=ids,
            )
            acks = read(answer, list[SubmitAck], "a list of acknowledgements")
            if [ack.task_id for ack in acks] != ids:
                raise bad_answer(
                    f"the acknowledgements of {submissions[0].task_id} and so on", f"it is {answer!s:.100}"
                )
        except RequestRefused as error:
            if len(submissions) == 1 or not _is_about_one_of(error, submissions[0].qpu_id, ids):
                return [error] * len(submissions)
            half = len(submissions) // 2
            return [
                *await self._submit_run(base, submissions[:half]),
                *await self._submit_run(base, submissions[half:]),
            ]
        except QcaasError as error:
            return [error] * len(submissions)
        finally:
            self._land(submissions, landed)
        return [None] * len(submissions)

    async def _cancel_all(self, qpu_id: str, task_ids: Sequence[str]) -> Sequence[Exception | None]:
        base = await self._registry.address(qpu_id)
        runs = cut([0] * len(task_ids), 0, MAX_BATCH)
        return [answer for run in runs for answer in await self._cancel_run(base, qpu_id, task_ids[run])]

    async def _cancel_run(self, base: str, qpu_id: str, task_ids: Sequence[str]) -> Sequence[Exception | None]:
        """Cancel in one request. If that is refused because of one task, bisect it; only that one fails."""
        try:
            await self._transport.request(
                "POST", f"{base}/tasks/cancel_many", json={"tasks": [*task_ids]}, about=task_ids
            )
        except RequestRefused as error:
            if len(task_ids) == 1 or not _is_about_one_of(error, qpu_id, task_ids):
                return [error] * len(task_ids)
            half = len(task_ids) // 2
            first = await self._cancel_run(base, qpu_id, task_ids[:half])
            return [*first, *await self._cancel_run(base, qpu_id, task_ids[half:])]
        except QcaasError as error:
            return [error] * len(task_ids)
        return [None] * len(task_ids)

    def _host_of(self, qpu_id: str) -> str:
        """The host and port of a QPU; its id if its URL is not known."""
        address = self._registry.known_address(qpu_id)
        return address.partition("://")[2].partition("/")[0] if address is not None else qpu_id


def speaks_of_the_qpu(error: RequestRefused, qpu_id: str) -> bool:
    """Whether a refusal is about the QPU, and not about the call or a task."""
    return any(qpu_id in message or _QPU.search(message) for message in error.messages)


def _is_about_one_of(error: RequestRefused, qpu_id: str, task_ids: Sequence[str]) -> bool:
    """Whether one item may be the reason for a refused batch: a bad program, or an unknown id."""
    if error.speaks_of_the_content or not error.says_unknown:
        return error.speaks_of_the_content
    named = any(task_id in message for message in error.messages for task_id in task_ids)
    return named or not speaks_of_the_qpu(error, qpu_id)


_QPU = re.compile(r"\bqpu\b", re.IGNORECASE)
