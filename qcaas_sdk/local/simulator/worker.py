"""The simulator process. It reads requests as lines of JSON, and writes a line for each, until its input ends.

It is a process because only a process can be stopped: a run that is cancelled or takes too long ends, and a run that
needs too much memory does not end the program around it.
"""

import json
import os
import signal
import sys
import threading
import time
from typing import TextIO

from attrs import asdict

from qcaas_sdk.local.simulator import memory
from qcaas_sdk.local.simulator.engines import Engine, EngineName, load
from qcaas_sdk.local.simulator.simulation import SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

MAX_RESPONSE_CHARACTERS = 64 << 20


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
        engine = load(EngineName(engine_name))  # slow; the first response reports that it is loaded
        _write(output, {})
        for line in sys.stdin:
            _write(output, {})  # taken: if this process ends now, this program is the cause
            _write(output, respond(engine, SimulationRequest(**json.loads(line))))


def _end_with(parent: int) -> None:
    """End this process when the parent ends, even during a run."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def respond(engine: Engine, request: SimulationRequest) -> dict[str, object]:
    """Run a program: the fields of its `Simulation`, or the code and message of an error."""
    try:
        return asdict(engine.simulate(request))
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
    """A response as a line of JSON; an error if it is too long."""
    text = json.dumps(response)
    if len(text) > MAX_RESPONSE_CHARACTERS:
        text = json.dumps(
            _failure(
                TaskErrorCode.TOO_MUCH_MEMORY,
                f"the results have {len(text):,} characters, more than {MAX_RESPONSE_CHARACTERS:,}: measure fewer "
                "bits, or use fewer shots",
            )
        )
    return text + "\n"


def _write(output: TextIO, response: dict[str, object]) -> None:
    output.write(as_line(response))
    output.flush()
