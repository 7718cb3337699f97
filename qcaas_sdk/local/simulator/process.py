"""The service's side of the simulator process: asks, waits without blocking the loop, and can put an end to it."""

import asyncio
import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

from attrs import asdict

from qcaas_sdk.local.simulator.engines import EngineName
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode

# The child finds what the parent found, also in a checkout that is not installed.
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from qcaas_sdk.local.simulator.worker import main
main(sys.argv[2], int(sys.argv[3]))
"""
_PATIENCE_WITH_CANCELLED_S = 0.25
MAKES_WAY_AFTER_S = 1.0
"""How long a run may keep others of its cloud waiting."""
_idle: "list[SimulatorProcess]" = []
"""Processes that their services have no more use for, one an engine, kept for the next: loading one takes long."""
_alive: "set[SimulatorProcess]" = set()
T = TypeVar("T")


class SimulatorDied(Exception):
    """The process ended before it had answered."""


class SimulatorGone(SimulatorDied):
    """It had ended before it took the request: the program is not to blame."""


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
            SimulatorDied: The process ended without an answer; `SimulatorGone` if it had not taken the request.
        """
        self._owes_answer = True
        with suppress(OSError, ValueError):  # the pipe is broken: reading will tell
            assert self._child.stdin is not None
            self._child.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
            self._child.stdin.flush()
        try:
            self._next_answer()  # it has taken the request
        except SimulatorDied as error:
            raise SimulatorGone(str(error)) from None
        self._owes_answer = True
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
    """Runs programs without blocking the event loop, in turn; one that takes long makes way for the next.

    Args:
        engine: What runs them.
        at_once: The most that run at one time, those that have made way included.
    """

    def __init__(self, engine: EngineName = EngineName.AER, at_once: int = 4) -> None:
        self._engine = engine
        self._spare: SimulatorProcess | None = None
        self._turn = asyncio.Lock()
        self._room = asyncio.Semaphore(at_once)

    async def run(
        self,
        request: SimulationRequest,
        time_limit_s: float | None,
        make_way: Callable[[], None] = lambda: None,
    ) -> Simulation | SimulationFailure:
        """Run a program when it is its turn. The time limit is for the run alone, not for the wait before it.

        A caller that is cancelled ends the run for good: should it not be over in a moment, its process is killed.

        Args:
            request: What to run.
            time_limit_s: The longest that it may take; None for no limit.
            make_way: Called when it takes long, and others may run meanwhile.
        """
        await self._turn.acquire()
        with ExitStack() as turn:
            turn.callback(self._turn.release)

            def takes_long() -> None:
                turn.close()
                make_way()

            async with self._room:
                try:
                    with suppress(SimulatorGone):  # it was killed while it had nothing to do
                        return await self._run_once(request, time_limit_s, takes_long)
                    return await self._run_once(request, time_limit_s, takes_long)
                except TimeoutError:
                    return SimulationFailure(
                        TaskErrorCode.TOO_SLOW,
                        f"the program took longer than {time_limit_s:g} s, and was stopped: make it shorter, or "
                        "allow more with LocalSettings(time_limit_s=...) or `qcaas serve --time-limit`",
                    )
                except SimulatorDied as error:
                    message = f"{error} while this program was its task; it may have run out of memory"
                    return SimulationFailure(TaskErrorCode.INTERNAL, message)

    async def _run_once(
        self, request: SimulationRequest, time_limit_s: float | None, takes_long: Callable[[], None]
    ) -> Simulation | SimulationFailure:
        process = self._take_process()
        try:
            if not process.prepared:
                await self._call(process, process.prepare, None, None)
            return await self._call(process, partial(process.exchange, request), time_limit_s, takes_long)
        finally:
            self._put_back(process)

    def close(self) -> None:
        """Give the process back; only when nothing runs any more."""
        process, self._spare = self._spare, None
        if process is None:
            return
        if process.usable and _idle_with(self._engine) is None:
            _idle.append(process)
        else:
            process.kill()
            process.close_pipes()

    def _take_process(self) -> SimulatorProcess:
        process, self._spare = self._spare, None
        while process is None or not process.usable:
            if process is not None:
                process.kill()
                process.close_pipes()
            process = _idle_with(self._engine)
            if process is None:
                process = SimulatorProcess(self._engine)
            else:
                _idle.remove(process)
        return process

    def _put_back(self, process: SimulatorProcess) -> None:
        if self._spare is None and process.usable:
            self._spare = process
        else:  # one in hand is enough: they hold memory
            process.kill()
            process.close_pipes()

    async def _call(
        self,
        process: SimulatorProcess,
        call: Callable[[], T],
        time_limit_s: float | None,
        long: Callable[[], None] | None,
    ) -> T:
        answer = _in_thread(call)
        try:
            done = await _settled(answer, time_limit_s, long)
        except asyncio.CancelledError:
            await asyncio.wait([answer], timeout=_PATIENCE_WITH_CANCELLED_S)
            if not answer.done() or isinstance(answer.result(), Exception):
                await _discard(process, answer)
            raise
        outcome = answer.result() if done else TimeoutError()
        if isinstance(outcome, Exception):
            await _discard(process, answer)
            raise outcome
        return outcome


async def _settled(answer: "asyncio.Future[Any]", limit_s: float | None, long: Callable[[], None] | None) -> bool:
    """Whether it is there in time; `long` is called once it takes longer than a moment."""
    moment_s = MAKES_WAY_AFTER_S if limit_s is None else min(MAKES_WAY_AFTER_S, limit_s)
    if long is None:
        await asyncio.wait([answer])
        return True
    await asyncio.wait([answer], timeout=moment_s)
    if not answer.done():
        long()
        await asyncio.wait([answer], timeout=None if limit_s is None else limit_s - moment_s)
    return answer.done()


async def _discard(process: SimulatorProcess, answer: "asyncio.Future[Any]") -> None:
    # In a thread: the system takes its time to give back the memory of a large process.
    await asyncio.shield(_in_thread(process.kill))
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
