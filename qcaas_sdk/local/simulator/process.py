"""Starts and stops simulator processes, and sends them requests without blocking the event loop."""

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

# The child gets the import path of the parent, so that it works in a checkout that is not installed.
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from qcaas_sdk.local.simulator.worker import main
main(sys.argv[2], int(sys.argv[3]))
"""
_CANCEL_GRACE_S = 0.25
"""Seconds in which a cancelled run can end by itself, before its process is killed."""
LONG_RUN_S = 1.0
"""Seconds after which other runs of the service can start beside a run."""
idle: "list[SimulatorProcess]" = []
"""Processes of services that were closed, one per engine, for the next service: an engine takes long to load."""
_alive: "set[SimulatorProcess]" = set()
T = TypeVar("T")


class SimulatorDied(Exception):
    """The process ended before it sent its response."""


class SimulatorGone(SimulatorDied):
    """The process ended before it took the request, so the program is not the cause."""


class SimulatorProcess:
    """One child process, with one engine. Its calls block; use `Simulator` in an event loop."""

    def __init__(self, engine: EngineName = EngineName.AER) -> None:
        self.engine = engine
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-c", _START, json.dumps(sys.path), engine, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Otherwise OpenMP's threads use CPU between two runs.
            env={"OMP_WAIT_POLICY": "passive", **os.environ},
        )
        self.prepared = False
        self._is_busy = False
        _alive.add(self)

    @property
    def usable(self) -> bool:
        """Whether it can take a request: it runs, and has sent all its responses."""
        return not self._is_busy and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._child.pid

    def prepare(self) -> None:
        """Block until it has loaded its engine.

        Raises:
            SimulatorDied: It ended.
        """
        self._is_busy = True
        self.next_response()
        self.prepared = True

    def exchange(self, request: SimulationRequest) -> Simulation | SimulationFailure:
        """Send a request and block until its response arrives.

        Raises:
            SimulatorDied: The process ended without a response; `SimulatorGone` if it had not taken the request.
        """
        self._is_busy = True
        with suppress(OSError, ValueError):  # if the pipe is broken, reading fails too
            assert self._child.stdin is not None
            self._child.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
            self._child.stdin.flush()
        try:
            self.next_response()  # it has taken the request
        except SimulatorDied as error:
            raise SimulatorGone(str(error)) from None
        self._is_busy = True
        response = self.next_response()
        if "code" in response:
            return SimulationFailure(TaskErrorCode(response["code"]), response["message"])
        return Simulation(**response)

    def kill(self) -> None:
        """End the process now. A blocking call in another thread raises `SimulatorDied`."""
        self._child.kill()
        self._child.wait()
        _alive.discard(self)

    def close_pipes(self) -> None:
        """Close the pipes. Call it only if no blocking call is running."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def next_response(self) -> dict[str, Any]:
        """Block until the next response arrives.

        Raises:
            SimulatorDied: The process ended.
        """
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise SimulatorDied(f"the simulator process ended with exit code {self._child.wait()}")
        self._is_busy = False
        response: dict[str, Any] = json.loads(line)
        return response


def _idle_with(engine: EngineName) -> SimulatorProcess | None:
    return next((process for process in idle if process.engine is engine), None)


@atexit.register
def _end_all() -> None:
    for process in list(_alive):
        process.kill()
        process.close_pipes()


class Simulator:
    """Runs programs without blocking the event loop: one at a time, and the next one beside a long run.

    Args:
        engine: What runs them.
        at_once: How many run at one time, long runs included.
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
        on_long_run: Callable[[], None] = lambda: None,
    ) -> Simulation | SimulationFailure:
        """Run a program after those before it. The time limit does not include the wait.

        If the caller is cancelled, the run ends: if it does not end at once, its process is killed.

        Args:
            request: What to run.
            time_limit_s: The time limit of the run, in seconds; None for no limit.
            on_long_run: Called when other programs can run beside it.
        """
        await self._turn.acquire()
        with ExitStack() as turn:
            turn.callback(self._turn.release)

            def takes_long() -> None:
                turn.close()
                on_long_run()

            async with self._room:
                try:
                    with suppress(SimulatorGone):  # the process was killed while it was idle
                        return await self._run_once(request, time_limit_s, takes_long)
                    return await self._run_once(request, time_limit_s, takes_long)
                except TimeoutError:
                    return SimulationFailure(
                        TaskErrorCode.TOO_SLOW,
                        f"the program took longer than {time_limit_s:g} s and was stopped: make it shorter, or raise "
                        "the limit with LocalSettings(time_limit_s=...) or `qcaas serve --time-limit`",
                    )
                except SimulatorDied as error:
                    message = f"{error} while it ran this program; it may have run out of memory"
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
        """Release the process. Call it only if nothing runs."""
        process, self._spare = self._spare, None
        if process is None:
            return
        if process.usable and _idle_with(self._engine) is None:
            idle.append(process)
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
                idle.remove(process)
        return process

    def _put_back(self, process: SimulatorProcess) -> None:
        if self._spare is None and process.usable:
            self._spare = process
        else:  # one spare process is enough: each needs memory
            process.kill()
            process.close_pipes()

    async def _call(
        self,
        process: SimulatorProcess,
        call: Callable[[], T],
        time_limit_s: float | None,
        on_long: Callable[[], None] | None,
    ) -> T:
        outcome = _in_thread(call)
        try:
            done = await _done_in_time(outcome, time_limit_s, on_long)
        except asyncio.CancelledError:
            await asyncio.wait([outcome], timeout=_CANCEL_GRACE_S)
            if not outcome.done() or isinstance(outcome.result(), Exception):
                await _discard(process, outcome)
            raise
        result = outcome.result() if done else TimeoutError()
        if isinstance(result, Exception):
            await _discard(process, outcome)
            raise result
        return result


async def _done_in_time(
    outcome: "asyncio.Future[Any]", limit_s: float | None, on_long: Callable[[], None] | None
) -> bool:
    """Whether there is an outcome within the limit. Calls `on_long` if it takes longer than `LONG_RUN_S`."""
    moment_s = LONG_RUN_S if limit_s is None else min(LONG_RUN_S, limit_s)
    if on_long is None:
        await asyncio.wait([outcome])
        return True
    await asyncio.wait([outcome], timeout=moment_s)
    if not outcome.done():
        on_long()
        await asyncio.wait([outcome], timeout=None if limit_s is None else limit_s - moment_s)
    return outcome.done()


async def _discard(process: SimulatorProcess, outcome: "asyncio.Future[Any]") -> None:
    # In a thread: the system needs time to free the memory of a large process.
    await asyncio.shield(_in_thread(process.kill))
    await asyncio.wait([outcome])  # now the thread no longer uses the pipes
    process.close_pipes()


def _in_thread(call: Callable[[], T]) -> "asyncio.Future[T | Exception]":
    # A daemon thread, because the interpreter waits for the threads of an executor when it ends. An exception is set
    # as a result, because asyncio would log one that is never retrieved.
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T | Exception] = loop.create_future()

    def settle(outcome: T | Exception) -> None:
        if not future.done():
            future.set_result(outcome)

    def run() -> None:
        try:
            outcome: T | Exception = call()
        except Exception as error:
            outcome = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="qcaas-local-simulation", daemon=True).start()
    return future
