"""A simulator process: starts it, sends it requests and hears from it, without blocking the event loop."""

import asyncio
import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from qcaas_sdk.local.simulator.engines import EngineName
from qcaas_sdk.local.simulator.simulation import SimulationRequest

# The child gets the import path of the parent, so that it works in a checkout that is not installed. It imports
# modules of some packages without the packages' own `__init__`, which would import much that it does not use.
_START = """
import json, sys
from importlib.util import find_spec, module_from_spec
sys.path[:] = json.loads(sys.argv[1])
for name in json.loads(sys.argv[4]):
    sys.modules[name] = module_from_spec(find_spec(name))
from qcaas_sdk.local.simulator.worker import main
main(sys.argv[2], int(sys.argv[3]))
"""
_BARE_PACKAGES = {
    EngineName.AER: ["qcaas_sdk", "qcaas_sdk.local", "openqasm3"],  # openqasm3 loads its slow parser
    EngineName.QAT: ["qcaas_sdk", "qcaas_sdk.local"],
}
_FITS_BYTES = 4096
"""What fits into an empty pipe on every system."""
_CHUNK_BYTES = 1 << 16
"""Bytes that are read at one time."""
idle: "list[SimulatorProcess]" = []
"""Processes of services that were closed, one per engine, for the next service: an engine takes long to load."""
_alive: "set[SimulatorProcess]" = set()

Message = dict[str, Any]
Listener = Callable[[list[Message]], None]


class SimulatorProcess:
    """One child process, with one engine.

    Attributes:
        engine: The engine.
        is_ready: Whether its engine is loaded.
    """

    def __init__(self, engine: EngineName = EngineName.AER) -> None:
        self.engine = engine
        self.is_ready = False
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [
                *(sys.executable, "-c", _START, json.dumps(sys.path), engine, str(os.getpid())),
                json.dumps(_BARE_PACKAGES[engine]),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Otherwise OpenMP's threads use CPU between two runs.
            env={"OMP_WAIT_POLICY": "passive", **os.environ},
        )
        self._lock = threading.Lock()
        self._unheard: list[Message] = []
        self._listener: tuple[asyncio.AbstractEventLoop, Listener] | None = None
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._reader = self._in_thread(self._read, "reads")
        self._writer = self._in_thread(self._write, "writes")
        _alive.add(self)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._child.pid

    @property
    def runs(self) -> bool:
        """Whether it can take a request."""
        return self._child.poll() is None

    def listen(self, listener: Listener) -> None:
        """Have every message passed to `listener`, in the event loop that runs now; `{"end": code}` is the last."""
        with self._lock:
            self._listener = asyncio.get_running_loop(), listener
            unheard, self._unheard = self._unheard, []
        if unheard:
            asyncio.get_running_loop().call_soon(listener, unheard)

    def ignore(self) -> None:
        """Keep the messages for the next listener."""
        with self._lock:
            self._listener = None

    def run(self, requests: Sequence[tuple[int, bool, SimulationRequest]], *, it_waits: bool) -> None:
        """Send requests: each with a number, and whether it has to run alone.

        Args:
            requests: The requests.
            it_waits: Whether the process has done everything that it was sent before.
        """
        message = {"run": [[number, alone, request._asdict()] for number, alone, request in requests]}
        data = json.dumps(message).encode() + b"\n"
        if it_waits and len(data) <= _FITS_BYTES:
            self._send(data)
        else:
            self._outbox.put(data)

    def drop(self, numbers: Sequence[int]) -> None:
        """Do not run these requests, if they have not begun."""
        self._outbox.put(json.dumps({"drop": list(numbers)}).encode() + b"\n")

    def kill(self) -> None:
        """End the process now. It does not wait for that: see `listen`."""
        with suppress(OSError):
            self._child.kill()

    def join(self) -> None:
        """Block until the process has ended and its pipes are closed."""
        self._reader.join()
        self._writer.join()

    def _send(self, data: bytes) -> None:
        assert self._child.stdin is not None
        with suppress(OSError, ValueError):  # the pipe is broken: the reader hears of it too
            self._child.stdin.write(data)
            self._child.stdin.flush()

    def _write(self) -> None:
        while (data := self._outbox.get()) is not None:
            self._send(data)
        assert self._child.stdin is not None
        with suppress(OSError):
            self._child.stdin.close()

    def _read(self) -> None:
        pipe = self._child.stdout
        assert pipe is not None
        rest = bytearray()
        with pipe:
            while chunk := pipe.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]  # it is buffered
                rest += chunk
                end = rest.rfind(b"\n", len(rest) - len(chunk)) + 1
                if end:
                    messages = [json.loads(line) for line in bytes(rest[:end]).splitlines()]
                    del rest[:end]
                    self.is_ready = "unloadable" not in messages[0]  # its first line says so
                    self._hear(messages)
        exit_code = self._child.wait()
        _alive.discard(self)
        self._outbox.put(None)
        self._hear([{"end": exit_code}])

    def _hear(self, messages: list[Message]) -> None:
        with self._lock:
            if self._listener is None:
                self._unheard += messages
                return
            loop, listener = self._listener
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(listener, messages)

    def _in_thread(self, call: Callable[[], None], what: str) -> threading.Thread:
        # A daemon thread, because the interpreter waits for others when it ends.
        thread = threading.Thread(target=call, name=f"{what} simulator {self.pid}", daemon=True)
        thread.start()
        return thread


def idle_or_new(engine: EngineName) -> SimulatorProcess:
    """A process with that engine: one that a closed service has left, or a new one."""
    for process in [process for process in idle if process.engine is engine]:
        idle.remove(process)
        if process.runs:
            return process
    return SimulatorProcess(engine)


def leave(process: SimulatorProcess) -> None:
    """Keep a process that has nothing to do for the next service; one for each engine is enough."""
    process.ignore()
    if process.runs and all(other.engine is not process.engine for other in idle):
        idle.append(process)
    else:
        process.kill()


@atexit.register
def _end_all() -> None:
    for process in list(_alive):
        process.kill()
        process.join()
