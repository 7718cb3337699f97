"""The steps of the model, taken on the real code: an SDK whose network does what the steps say, in virtual time.

The service is a table of tasks. What it says is in the steps, because the contract leaves some of it open.
"""

import asyncio
import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from qcaas_sdk import OqcSdk, QcaasError
from qcaas_sdk.job import Job, owner_of_job, record_of_job
from qcaas_sdk.testing import SimulatedCloud, sdk_on
from qcaas_sdk.testing.cloud.calls import ABOUT_TASKS, Call, call_of
from qcaas_sdk.testing.cloud.faults import RequestKind
from tests.protocol.client import CREATED
from tests.protocol.steps import Step
from tests.protocol.world import Task, World

PROGRAM = "OPENQASM 2.0; qreg q[1]; creg c[1]; measure q -> c;"
WORDS = {"reserved": CREATED, "queued": "submitted"}
A_DELIVERY_S = 100_000.0
"""More than all attempts of all requests in one life."""

KINDS = {
    RequestKind.RESERVE: "reserve",
    RequestKind.SUBMIT: "submit",
    RequestKind.STATUS: "status",
    RequestKind.INFO: "status",
    RequestKind.CANCEL: "cancel",
}


class Parked:
    """A request that waits for the steps to say what becomes of it."""

    def __init__(self, request: httpx.Request, call: Call) -> None:
        self.request = request
        self.call = call
        self.kind = KINDS[call.kind]
        self.task = _number((call.speaks_of()[1] or (_id(0),))[0])
        self.answer: httpx.Response | None = None
        self.reply: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()

    def fail(self, error: type[httpx.TransportError]) -> None:
        """The client gets an error instead of an answer."""
        if not self.reply.done():
            self.reply.set_exception(error("a step of the model", request=self.request))

    def deliver(self) -> None:
        """The client gets the answer."""
        assert self.answer is not None
        if not self.reply.done():
            self.reply.set_result(self.answer)


class SteppedNetwork(httpx.AsyncBaseTransport):
    """Parks every request about a task; the others go to a simulated cloud."""

    def __init__(self, cloud: SimulatedCloud) -> None:
        self._cloud = cloud
        self.parked: list[Parked] = []
        self.dead = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.dead:
            raise httpx.ConnectError("the process is dead", request=request)
        call = call_of(request, await request.aread(), 0.0, "v3")
        if call.kind not in ABOUT_TASKS:
            return await self._cloud.transport.handle_async_request(request)
        parked = Parked(request, call)
        self.parked.append(parked)
        return await parked.reply


class Replay:
    """The real code beside the model, step by step."""

    def __init__(self, folder: Path, *, reserved_can_be_cancelled: bool = True) -> None:
        self._folder = folder
        self._reserved_can_be_cancelled = reserved_can_be_cancelled
        self._cloud = SimulatedCloud()
        self._processes = 0
        self._network = SteppedNetwork(self._cloud)
        self._sdk = self._process()
        self._firing: asyncio.Task[bool] | None = None
        self._waited: Parked | None = None
        self._strays: list[Parked] = []
        self.tasks: list[Task] = []
        self.job: Job

    async def begin(self) -> None:
        """Make the job."""
        await self._sdk.open()
        self.job = self._sdk.create_job(program=PROGRAM)
        await record_of_job(self.job).writer.written()

    async def take(self, steps: Iterable[tuple[Step, World]]) -> None:
        """Take steps; each comes with the state of the model before it."""
        for step, before in steps:
            await self._step(step, before)

    async def close(self) -> None:
        """Stop everything."""
        await self._die()

    async def until_quiet(self) -> None:
        """Answer every request at once until the transition has ended."""
        while self._waited is not None:
            if self._waited.answer is None:
                self._serve(self._waited, "ok")
            self._waited.deliver()
            await self._settle()

    def finish_tasks(self) -> None:
        """The QPU completes everything that is queued."""
        for number, task in enumerate(self.tasks, 1):
            if task.status in {"queued", "running"}:
                self._move(number, status="completed", executions=1)

    async def fire(self, trigger: str) -> None:
        """Fire a trigger of the chart, as the methods of the job do."""
        owner, record = owner_of_job(self.job), record_of_job(self.job)
        self._firing = asyncio.ensure_future(owner.machine_of(record).try_fire(record, trigger))
        await self._settle()

    async def _step(self, step: Step, before: World) -> None:  # one case for each kind
        waited = self._waited
        match step.kind:
            case "call":
                await self.fire(step.what)
            case "go on" | "write":
                await self._settle()
            case "arrive":
                assert waited is not None
                self._serve(waited, step.what)
            case "answer":
                assert waited is not None
                waited.deliver()
                await self._settle()
            case "no connection" | "no answer" | "lost answer":
                assert waited is not None
                if step.kind == "no answer" and waited.kind in {"submit", "cancel"}:
                    self._strays.append(waited)
                await self._fail(waited, httpx.ConnectError if step.kind == "no connection" else httpx.ReadError)
            case "leave":
                await self._leave()
            case "stray" | "vanish":
                stray = next(one for one in self._strays if (one.kind, one.task) == (step.what, step.task))
                self._strays.remove(stray)
                if step.kind == "stray":
                    self._serve(stray, "ok")
                    stray.deliver()
                else:
                    stray.fail(httpx.ReadError)
                await self._settle()
            case "start":
                self._move(step.task, status="running", executions=self.tasks[step.task - 1].executions + 1)
            case "end":
                self._move(step.task, status=step.what)
            case "time":
                await asyncio.sleep(A_DELIVERY_S)
            case "crash":
                if waited is not None and before.call is not None and before.call.request is not None:
                    self._astray(waited)
                await self._die()
            case "recover":
                self._sdk = self._process()
                await self._sdk.open()
                (job,) = self._sdk.recover(all=True)
                assert isinstance(job, Job)
                self.job = job

    def differences(self, world: World) -> dict[str, tuple[object, object]]:
        """What the real code knows and the model does not, or the other way: both, by name."""
        job = self.job
        pairs: dict[str, tuple[object, object]] = {
            "state": (job.state.lower(), world.known.state),
            "task": (_number(job.task_id or _id(0)), world.known.task),
            "result": (job.result is not None, world.output == "result"),
            "error": (job.error is not None, world.output == "error"),
            "cancellation waits": (job.cancellation_waits, world.cancellation_waits),
            "tasks": (
                [(t.status, t.executions) for t in self.tasks],
                [(t.status, t.executions) for t in world.tasks],
            ),
        }
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def awaits(self) -> str:
        """The kind of the request that the transition waits for; empty for none."""
        return "" if self._waited is None else self._waited.kind

    def _process(self) -> OqcSdk:
        """A process that has the journal as the last one left it."""
        self._processes += 1
        journal = self._folder / f"{self._processes}.journal"
        for file in self._folder.glob(f"{self._processes - 1}.journal*"):
            shutil.copy(file, file.with_name(file.name.replace(f"{self._processes - 1}.", f"{self._processes}.", 1)))
        self._network = SteppedNetwork(self._cloud)
        return sdk_on(self._cloud, journal=journal, http_transport=self._network, max_delivery_s=A_DELIVERY_S)

    async def _die(self) -> None:
        network, self._network.dead = self._network, True
        copied = self._folder / f"{self._processes}.journal"
        kept = [(file, file.read_bytes()) for file in self._folder.glob(f"{copied.name}*")]
        if self._firing is not None:
            self._firing.cancel()
        for parked in network.parked:
            parked.fail(httpx.ReadError)
        with suppress(QcaasError):
            await self._sdk.close()
        for file in self._folder.glob(f"{copied.name}*"):
            file.unlink()
        for file, content in kept:  # what dies writes nothing any more
            file.write_bytes(content)
        self._firing = self._waited = None

    async def _fail(self, waited: Parked, error: type[httpx.TransportError]) -> None:
        """The request fails, and so does each further attempt."""
        failing: Parked | None = waited
        while failing is not None and failing.kind == waited.kind:
            failing.fail(error)
            await self._settle()
            failing = self._waited

    async def _leave(self) -> None:
        assert self._firing is not None
        waited, self._waited = self._waited, None
        self._firing.cancel()
        with suppress(asyncio.CancelledError, QcaasError):
            await self._firing
        self._firing = None
        if waited is not None:
            self._astray(waited)
            if waited not in self._strays:
                waited.fail(httpx.ReadError)
        await self._settle()

    def _astray(self, waited: Parked) -> None:
        if waited.kind in {"submit", "cancel"} and waited.answer is None:
            self._strays.append(waited)

    async def _settle(self) -> None:
        await self._went_on()
        if not self._network.dead:
            await record_of_job(self.job).writer.written()

    async def _went_on(self) -> None:
        """Let the code go on until it waits for another request, or the transition has ended."""
        self._waited = None
        for turn in range(400):
            await asyncio.sleep(0 if turn < 200 else 0.05)
            new = [one for one in self._network.parked if not one.reply.done() and one not in self._strays]
            if new:
                self._waited = new[-1]
                return
            if self._firing is None or self._firing.done():
                break
        if self._firing is not None and self._firing.done():
            with suppress(QcaasError):
                self._firing.result()
            self._firing = None

    def _serve(self, parked: Parked, said: str) -> None:
        """The request arrives, and the service acts and answers."""
        parked.answer = self._refusal() if said == "refused" else _answer(self._acted(parked, said))

    def _acted(self, parked: Parked, said: str) -> Any:
        if parked.kind == "reserve":
            self.tasks.append(Task(run=0))
            return [_id(len(self.tasks))]
        task = self.tasks[parked.task - 1]
        match parked.kind, task.status:
            case "submit", "reserved":
                self._move(parked.task, status="queued")
            case "cancel", "reserved" | "queued" | "running" if said == "ok" and self._cancels(task):
                self._move(parked.task, status="cancelled")
        if parked.kind == "submit":
            return [{"task_id": _id(parked.task)}]
        if parked.kind == "cancel":
            return "OK"
        status = WORDS.get(task.status, task.status).upper()
        return {
            "status": status,
            "results": {"c": {"0": 1000}} if status == "COMPLETED" else None,
            "task_error": {"error_code": 1, "error_message": "it failed"} if status == "FAILED" else None,
        }

    def _cancels(self, task: Task) -> bool:
        return task.status != "reserved" or self._reserved_can_be_cancelled

    def _move(self, number: int, **changes: Any) -> None:
        self.tasks[number - 1] = self.tasks[number - 1]._replace(**changes)

    @staticmethod
    def _refusal() -> httpx.Response:
        return httpx.Response(400, json={"response": {"errors": ["a step of the model"]}})


def _answer(body: Any) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _number(task_id: str) -> int:
    return int(task_id[-12:])
