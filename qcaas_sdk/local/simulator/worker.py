"""The simulator process. It reads requests as lines of JSON, and writes their results, until its input ends.

A line of input is `{"run": [[number, request], ...]}`, or `{"drop": [number, ...]}` for requests that have not begun.
A line of output is `{"ready": true}`, or `{"unloadable": why}` if the engine is not; then `{"on": [number, ...]}`
with the requests that run now, or `{"number": ..., "response": ...}`. Small programs that wait run together.

It is a process because only a process can be stopped: a run that is cancelled or takes too long ends, and a run that
needs too much memory does not end the program around it.
"""

import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from qcaas_sdk.local.simulator import memory
from qcaas_sdk.local.simulator.engines import Engine, EngineName, GroupEngine, load
from qcaas_sdk.local.simulator.simulation import SimulationRequest, response_of
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

MAX_RESPONSE_CHARACTERS = 64 << 20
"""Characters of the results of a program."""
MAX_GROUP = 32
"""Small programs that run together; the first of them waits for the last."""


def main(engine_name: str, parent: int) -> None:
    """Run programs with an engine, until the parent process closes the input.

    Args:
        engine_name: The name of the engine.
        parent: The process id of the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    memory.prefer_as_oom_victim()
    if sys.platform == "win32":  # the launcher of a virtual environment is the parent
        parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as output:
        # What a library prints must not go between the responses.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        gc.disable()  # packages are imported: that makes many objects, and no garbage
        try:
            engine = load(EngineName(engine_name))  # slow
        except Exception as error:  # what a package raises when it is imported
            _write(output, json.dumps({"unloadable": unloadable(engine_name, error)}))
            return
        gc.freeze()  # what was loaded stays: nothing looks through it again
        gc.enable()
        inbox = Inbox(sys.stdin)
        _write(output, json.dumps({"ready": True}))
        while group := inbox.take(small_test(engine)):
            numbers = [number for number, _ in group]
            _write(output, json.dumps({"on": numbers}))
            for number, response in _responses(engine, group, output):
                output.write(f'{{"number": {number}, "response": {as_line(response)}}}\n')
            output.flush()


class Inbox:
    """The requests that the parent has sent. A thread reads them, so that it can drop those that wait.

    Args:
        lines: The input.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._waiting: dict[int, tuple[SimulationRequest, bool]] = {}
        self._changed = threading.Condition()
        self.ended = False
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()

    def take(self, is_small: Callable[[SimulationRequest], bool]) -> list[tuple[int, SimulationRequest]]:
        """Block until there is a request: it, or the small ones at the front. Empty at the end of the input."""
        with self._changed:
            while not self._waiting and not self.ended:
                self._changed.wait()
            group: list[tuple[int, SimulationRequest]] = []
            for number, (request, alone) in self._waiting.items():
                if len(group) == MAX_GROUP or (group and (alone or not is_small(request))):
                    break
                group.append((number, request))
                if alone or not is_small(request):
                    break
            for number, _ in group:
                del self._waiting[number]
        return group

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            message = json.loads(line)
            with self._changed:
                for number, alone, request in message.get("run", ()):
                    self._waiting[number] = SimulationRequest(**request), alone
                for number in message.get("drop", ()):
                    self._waiting.pop(number, None)
                self._changed.notify()
        with self._changed:
            self.ended = True
            self._changed.notify()


def unloadable(engine_name: str, error: Exception) -> str:
    """The message for every program if an engine cannot be loaded."""
    return (
        f"the engine '{engine_name}' cannot be loaded: {type(error).__name__}: {error}; install its packages again, "
        "or use another engine"
    )


def small_test(engine: Engine) -> Callable[[SimulationRequest], bool]:
    """What tells whether a program can run in a group."""
    return engine.may_be_small if isinstance(engine, GroupEngine) else lambda _: False


def together(engine: Engine, requests: Sequence[SimulationRequest]) -> Sequence[dict[str, object] | None]:
    """The responses to small programs; None for those that have to run one by one."""
    if not isinstance(engine, GroupEngine) or not all(map(engine.may_be_small, requests)):
        return [None] * len(requests)
    try:
        results = engine.simulate_small(requests)
    except BaseException:  # `respond` tells which program it was, and why
        return [None] * len(requests)
    return [None if result is None else response_of(result) for result in results]


def _responses(
    engine: Engine, group: Sequence[tuple[int, SimulationRequest]], output: TextIO
) -> Iterator[tuple[int, dict[str, object]]]:
    left = []
    for (number, request), response in zip(group, together(engine, [r for _, r in group]), strict=True):
        if response is None:
            left.append((number, request))
        else:
            yield number, response
    for number, request in left:
        if len(group) > 1:
            _write(output, json.dumps({"on": [number]}))
        yield number, respond(engine, request)


def _end_with(parent: int) -> None:
    """End this process when the parent ends, even during a run."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def respond(engine: Engine, request: SimulationRequest) -> dict[str, object]:
    """Run a program: the fields of its `Simulation`, or the code and message of an error."""
    try:
        return response_of(engine.simulate(request))
    except TaskError as error:
        return {"code": error.code, "message": str(error)}
    except MemoryError:  # outside the memory limit, or raised by a library
        return _failure(TaskErrorCode.TOO_MUCH_MEMORY, "the program needs more memory than its limit")
    except RecursionError:
        return _failure(TaskErrorCode.SYNTAX, "the program is nested too deeply")
    # Any error fails this task only. A panic of Qiskit's Rust code is a BaseException.
    except BaseException as error:
        return _failure(
            TaskErrorCode.INTERNAL, f"the simulator failed on this program: {type(error).__name__}: {error}"
        )


def _failure(code: TaskErrorCode, message: str) -> dict[str, object]:
    return {"code": code, "message": message}


def as_line(response: dict[str, object]) -> str:
    """A response as JSON on one line; an error if it is too long."""
    text = json.dumps(response)
    if len(text) > MAX_RESPONSE_CHARACTERS:
        text = json.dumps(
            _failure(
                TaskErrorCode.TOO_MUCH_MEMORY,
                f"the results have {len(text):,} characters, more than {MAX_RESPONSE_CHARACTERS:,}: measure fewer "
                "bits, or use fewer shots",
            )
        )
    return text


def _write(output: TextIO, line: str) -> None:
    output.write(line + "\n")
    output.flush()
