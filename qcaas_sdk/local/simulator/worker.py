"""The simulator process: requests come in as lines of JSON, answers go out the same way, until the input ends.

A process, because only a process can be stopped: a run that is cancelled or takes too long really ends, and one
that runs out of memory takes nobody with it.
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

MAX_ANSWER_CHARACTERS = 64 << 20


def main(engine_name: str, parent: int) -> None:
    """Serve with an engine until the parent, named by its process id, closes our input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    memory.be_the_first_to_go()
    if sys.platform == "win32":  # the launcher of a virtual environment stands between
        parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        # Whatever a library prints must not end up between two answers.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        engine = load(EngineName(engine_name))  # takes its time: the first answer says that it is done
        _write(answers, {})
        for line in sys.stdin:
            _write(answers, {})  # taken: should we end now, it is because of this program
            _write(answers, _answer(engine, SimulationRequest(**json.loads(line))))


def _end_with(parent: int) -> None:
    """End when the parent has, also in the middle of a run or before we were up: nobody is left to stop it."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _answer(engine: Engine, request: SimulationRequest) -> dict[str, object]:
    try:
        return asdict(engine.simulate(request))
    except TaskError as error:
        return {"code": error.code, "message": str(error)}
    except MemoryError:  # outside of the fence, or of something that the engine called
        return _failure(TaskErrorCode.TOO_MUCH_MEMORY, "the program needs more memory than it may have")
    except RecursionError:
        return _failure(TaskErrorCode.SYNTAX, "the program is nested too deeply")
    # Whatever it is, it belongs to this one task. A panic of Qiskit's Rust is no Exception, by its makers' choice.
    except BaseException as error:
        return _failure(
            TaskErrorCode.INTERNAL, f"the simulator failed on this program: {type(error).__name__}: {error}"
        )


def _failure(code: TaskErrorCode, message: str) -> dict[str, object]:
    return {"code": code, "message": message}


def _line(answer: dict[str, object]) -> str:
    text = json.dumps(answer)
    if len(text) > MAX_ANSWER_CHARACTERS:
        text = json.dumps(
            _failure(
                TaskErrorCode.TOO_MUCH_MEMORY,
                f"the results have {len(text):,} characters, and {MAX_ANSWER_CHARACTERS:,} can be given: measure "
                "fewer bits, or ask for fewer shots",
            )
        )
    return text + "\n"


def _write(answers: TextIO, answer: dict[str, object]) -> None:
    answers.write(_line(answer))
    answers.flush()
