"""The service's side of the simulator process: asks, waits without blocking the loop, and can put an end to it."""

import asyncio
import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from attrs import asdict

from qcaas_sdk.local.engines import EngineName
from qcaas_sdk.local.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.task_error import TaskErrorCode

# The child finds what the parent found, also in a checkout that is not installed.
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from qcaas_sdk.local.worker import main
main(sys.argv[2], int(sys.argv[3]))
"""
_PATIENCE_WITH_CANCELLED_S = 0.25
_idle: "list[SimulatorProcess]" = []
"""Processes that their services have no more use for, one an engine, kept for the next: loading one takes long."""
_alive: "set[SimulatorProcess]" = set()
T = TypeVar("T")


class SimulatorDied(Exception):
    """The process ended before it had answered."""


class SimulatorProcess:
    """One child process, with one engine. Its calls block; `Simulator` is the one for a loop."""

    def __init__(self, engine: EngineName = EngineName.AER) -> None:
        self.engine = engine
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-c", _START, json.dumps(sys.path), engine, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # OpenMP's threads would spin between two runs, on the cores that the caller needs.
            env={"OMP_WAIT_POLICY": "passive", **os.environ},
        )
        self.prepared = False
        self._owes_answer = False
        _alive.add(self)

    @property
    def usable(self) -> bool:
        """Whether it can take another request: it lives, and owes no answer."""
        return not self._owes_answer and self._child.poll() is None

    def prepare(self) -> None:
        """Block until it has loaded what it needs.

        Raises:
            SimulatorDied: It could not.
        """
        self._owes_answer = True
        self._next_answer()
        self.prepared = True

    def exchange(self, request: SimulationRequest) -> Simulation | SimulationFailure:
        """Send a request and block until its answer is there.

        Raises:
            SimulatorDied: The process ended without an answer.
        """
        self._owes_answer = True
        with suppress(OSError, ValueError):  # the pipe is broken: reading will tell
            assert self._child.stdin is not None
            self._child.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
            self._child.stdin.flush()
        answer = self._next_answer()
        if "code" in answer:
            return SimulationFailure(TaskErrorCode(answer["code"]), answer["message"])
        return Simulation(**answer)

    def kill(self) -> None:
        """End the process now. A blocking call under way in another thread raises `SimulatorDied`."""
        self._child.kill()
        self._child.wait()
        _alive.discard(self)

    def close_pipes(self) -> None:
        """Give the pipes back; only when no blocking call is under way."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _next_answer(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise SimulatorDied(f"the simulator process ended with exit code {self._child.wait()}")
        self._owes_answer = False
        answer: dict[str, Any] = json.loads(line)
        return answer


def _idle_with(engine: EngineName) -> SimulatorProcess | None:
    return next((process for process in _idle if process.engine is engine), None)


@atexit.register
def _end_all() -> None:
    for process in list(_alive):
        process.kill()
        process.close_pipes()


class Simulator:
    """Runs one program at a time, without blocking the event loop."""

    def __init__(self, engine: EngineName = EngineName.AER) -> None:
        self._engine = engine
        self._process: SimulatorProcess | None = None
        self._turn = asyncio.Lock()

    async def run(self, request: SimulationRequest, time_limit_s: float | None) -> Simulation | SimulationFailure:
        """Run a program when it is its turn. The time limit is for the run alone, not for the wait before it.

        A caller that is cancelled ends the run for good: should it not be over in a moment, its process is killed.
        """
        async with self._turn:
            process = self._take_process()
            try:
                if not process.prepared:
                    await self._call(process, process.prepare, None)
                return await self._call(process, partial(process.exchange, request), time_limit_s)
            except TimeoutError:
                message = f"the simulation took longer than {time_limit_s:g} s, and was stopped"
                return SimulationFailure(TaskErrorCode.TOO_SLOW, message)
            except SimulatorDied as error:
                message = f"{error} while this program was its task; it may have run out of memory"
                return SimulationFailure(TaskErrorCode.INTERNAL, message)

    def close(self) -> None:
        """Give the process back."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.usable and _idle_with(self._engine) is None:
            _idle.append(process)
        else:
            process.kill()
            process.close_pipes()

    def _take_process(self) -> SimulatorProcess:
        while self._process is None or not self._process.usable:
            if self._process is not None:
                self._process.kill()
                self._process.close_pipes()
            self._process = _idle_with(self._engine)
            if self._process is None:
                self._process = SimulatorProcess(self._engine)
            else:
                _idle.remove(self._process)
        return self._process

    async def _call(self, process: SimulatorProcess, call: Callable[[], T], time_limit_s: float | None) -> T:
        answer = _in_thread(call)
        try:
            done, _ = await asyncio.wait([answer], timeout=time_limit_s)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait([answer], timeout=_PATIENCE_WITH_CANCELLED_S)
            if not done or isinstance(answer.result(), Exception):
                await self._discard(process, answer)
            raise
        outcome = answer.result() if done else TimeoutError()
        if isinstance(outcome, Exception):
            await self._discard(process, answer)
            raise outcome
        return outcome

    async def _discard(self, process: SimulatorProcess, answer: "asyncio.Future[T | Exception]") -> None:
        self._process = None
        process.kill()
        await asyncio.wait([answer])  # the thread has seen the end and has let go of the pipes
        process.close_pipes()


def _in_thread(call: Callable[[], T]) -> "asyncio.Future[T | Exception]":
    # A daemon thread of our own: the threads of an executor are waited for when the interpreter ends. An exception
    # travels as a value, because nobody may be there any more to hear of it.
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T | Exception] = loop.create_future()

    def settle(outcome: T | Exception) -> None:
        if not answer.done():
            answer.set_result(outcome)

    def run() -> None:
        try:
            outcome: T | Exception = call()
        except Exception as error:
            outcome = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="qcaas-local-simulation", daemon=True).start()
    return answer
