"""The service's side of the simulator process: asks, waits without blocking the loop, and can put an end to it."""

import asyncio
import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress

from attrs import asdict

from qcaas_sdk.local.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.task_error import TaskErrorCode

# The child finds what the parent found, also in a checkout that is not installed.
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from qcaas_sdk.local.worker import main; main()"
_PATIENCE_WITH_CANCELLED_S = 0.25
_idle: "list[SimulatorProcess]" = []
"""A process that its service has no more use for, kept for the next one: loading Qiskit costs half a second."""
_alive: "set[SimulatorProcess]" = set()
Outcome = Simulation | SimulationFailure | Exception
Answer = asyncio.Future[Outcome]


class SimulatorDied(Exception):
    """The process ended in the middle of a run."""


class SimulatorProcess:
    """One child process. Its calls block; `Simulator` is the one for a loop."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # OpenMP's threads would spin between two runs, on the cores that the caller needs.
            env={"OMP_WAIT_POLICY": "passive", **os.environ},
        )
        self._asked = False
        _alive.add(self)

    @property
    def ready(self) -> bool:
        """Whether it can take another request: it lives, and owes no answer."""
        return not self._asked and self._child.poll() is None

    def exchange(self, request: SimulationRequest) -> Simulation | SimulationFailure:
        """Send a request and block until its answer is there.

        Raises:
            SimulatorDied: The process ended without an answer.
        """
        self._asked = True
        line = b""
        with suppress(OSError, ValueError):  # a pipe that is broken, or closed by kill()
            assert self._child.stdin is not None and self._child.stdout is not None
            self._child.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise SimulatorDied(f"the simulator process ended with exit code {self._child.wait()}")
        self._asked = False
        answer = json.loads(line)
        if "code" in answer:
            return SimulationFailure(TaskErrorCode(answer["code"]), answer["message"])
        return Simulation(**answer)

    def kill(self) -> None:
        """End the process now. A call of `exchange` under way in another thread raises `SimulatorDied`."""
        self._child.kill()
        self._child.wait()
        _alive.discard(self)

    def close_pipes(self) -> None:
        """Give the pipes back; only when no `exchange` is under way."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


@atexit.register
def _end_all() -> None:
    for process in list(_alive):
        process.kill()
        process.close_pipes()


class Simulator:
    """Runs one program at a time, without blocking the event loop."""

    def __init__(self) -> None:
        self._process: SimulatorProcess | None = None
        self._turn = asyncio.Lock()

    async def run(self, request: SimulationRequest, time_limit_s: float | None) -> Simulation | SimulationFailure:
        """Run a program when it is its turn.

        A caller that is cancelled ends the run for good: should it not be over in a moment, its process is killed.
        """
        async with self._turn:
            process = self._take_process()
            answer: Answer = asyncio.get_running_loop().create_future()
            _exchange_in_thread(process, request, answer)
            try:
                done, _ = await asyncio.wait([answer], timeout=time_limit_s)
            except asyncio.CancelledError:
                done, _ = await asyncio.wait([answer], timeout=_PATIENCE_WITH_CANCELLED_S)
                if not done or isinstance(answer.result(), Exception):
                    await self._discard(process, answer)
                raise
            if not done:
                await self._discard(process, answer)
                return SimulationFailure(
                    TaskErrorCode.TOO_SLOW, f"the simulation took longer than {time_limit_s:g} s, and was stopped"
                )
            outcome = answer.result()
            if not isinstance(outcome, Exception):
                return outcome
            await self._discard(process, answer)
            if not isinstance(outcome, SimulatorDied):
                raise outcome
            return SimulationFailure(
                TaskErrorCode.INTERNAL, f"{outcome} in the middle of the run; it may have run out of memory"
            )

    def close(self) -> None:
        """Give the process back. Only when no run is under way."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.ready and not _idle:
            _idle.append(process)
        else:
            process.kill()
            process.close_pipes()

    def _take_process(self) -> SimulatorProcess:
        while self._process is None or not self._process.ready:
            if self._process is not None:
                self._process.kill()
                self._process.close_pipes()
            self._process = _idle.pop() if _idle else SimulatorProcess()
        return self._process

    async def _discard(self, process: SimulatorProcess, answer: Answer) -> None:
        self._process = None
        process.kill()
        await asyncio.wait([answer])  # the thread has seen the end and has let go of the pipes
        process.close_pipes()


def _exchange_in_thread(
    process: SimulatorProcess,
    request: SimulationRequest,
    answer: Answer,
) -> None:
    # A daemon thread of our own: the threads of an executor are waited for when the interpreter ends.
    def exchange() -> None:
        try:
            outcome: Outcome = process.exchange(request)
        except Exception as error:  # it belongs to the one who waits
            outcome = error
        with suppress(RuntimeError):  # the loop is closed, so nobody waits any more
            answer.get_loop().call_soon_threadsafe(_settle, answer, outcome)

    threading.Thread(target=exchange, name="qcaas-local-simulation", daemon=True).start()


def _settle(answer: Answer, outcome: Outcome) -> None:
    # An exception travels as a value: nobody may be there any more to hear of it.
    if not answer.done():
        answer.set_result(outcome)
