"""The simulator process: its life, its death, and who inherits it."""

import asyncio
import json
import os
import signal

import pytest

from qcaas_sdk.local.simulator import process as module
from qcaas_sdk.local.simulator import worker
from qcaas_sdk.local.simulator.process import Simulator, SimulatorDied, SimulatorProcess
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode
from tests.local.service import BELL, slow_program

pytestmark = pytest.mark.slow

BELL_RUN = SimulationRequest(BELL, None, qubits=2, max_shots=1000)
SLOW_RUN = SimulationRequest(slow_program(), None, qubits=20, max_shots=1000)


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorProcess]:
    """No process is left over from elsewhere."""
    processes: list[SimulatorProcess] = []
    monkeypatch.setattr(module, "idle", processes)
    return processes


def end(process: SimulatorProcess) -> None:
    process.kill()
    process.close_pipes()


class Dies(SimulatorProcess):
    """A process that is killed at a moment, and is not known to be dead before it is asked.

    Attributes:
        after: How many answers it gives first: that it is up, and that it has taken a request.
    """

    usable = True  # type: ignore[assignment]  # as in the moment in which it dies

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def next_response(self) -> dict[str, object]:
        if self.after == 0:
            self.usable = False
            self.kill()
        self.after -= 1
        return super().next_response()


async def test_a_process_that_dies_while_idle_fails_no_task(idle: list[SimulatorProcess]) -> None:
    idle.append(Dies(after=1))
    simulator = Simulator()
    assert isinstance(await simulator.run(BELL_RUN, 60), Simulation)
    simulator.close()
    end(idle[0])


async def test_a_process_that_dies_fails_its_task_and_the_next_one_runs(idle: list[SimulatorProcess]) -> None:
    idle.append(Dies(after=2))
    simulator = Simulator()
    run = asyncio.ensure_future(simulator.run(SLOW_RUN, 60))
    outcome = await run
    assert isinstance(outcome, SimulationFailure)
    assert outcome.code == TaskErrorCode.INTERNAL
    assert "may have run out of memory" in outcome.message

    assert isinstance(await simulator.run(BELL_RUN, 60), Simulation)
    simulator.close()
    end(idle[0])


async def test_the_next_simulator_inherits_the_process(idle: list[SimulatorProcess]) -> None:
    first, second = Simulator(), Simulator()
    await first.run(BELL_RUN, 60)
    first.close()
    (process,) = idle
    await second.run(BELL_RUN, 60)
    assert idle == []
    second.close()
    assert idle == [process]
    end(process)


async def test_a_process_that_owes_an_answer_is_inherited_by_nobody(idle: list[SimulatorProcess]) -> None:
    simulator = Simulator()
    await simulator.run(BELL_RUN, 60)
    run = asyncio.ensure_future(simulator.run(SLOW_RUN, 60))
    await asyncio.sleep(0.1)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    simulator.close()
    assert idle == []


async def test_one_program_at_a_time(idle: list[SimulatorProcess]) -> None:
    simulator = Simulator()
    outcomes = await asyncio.gather(*(simulator.run(BELL_RUN, 60) for _ in range(10)))
    assert all(isinstance(outcome, Simulation) for outcome in outcomes)
    simulator.close()
    end(idle[0])


def test_a_dead_process_says_so() -> None:
    process = SimulatorProcess()
    process.prepare()
    process.kill()
    with pytest.raises(SimulatorDied, match="exit code -9"):
        process.exchange(BELL_RUN)
    process.close_pipes()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a system without process groups")
def test_ctrl_c_is_for_the_parent() -> None:
    process = SimulatorProcess()
    process.prepare()
    os.kill(process.pid, signal.SIGINT)
    assert isinstance(process.exchange(BELL_RUN), Simulation)
    end(process)


ENDLESS = SimulationRequest(
    'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; '
    "c[0] = measure q[0]; while (!c[0]) { c[0] = measure q[0]; } c[0] = measure q[0];",
    None,
    qubits=2,
    max_shots=1000,
)


async def test_a_program_without_end_lets_others_run_and_fails_by_name(idle: list[SimulatorProcess]) -> None:
    simulator = Simulator()
    made_way = asyncio.Event()
    endless = asyncio.ensure_future(simulator.run(ENDLESS, 60, made_way.set))
    await made_way.wait()
    assert isinstance(await simulator.run(BELL_RUN, 60), Simulation)
    assert not endless.done()
    endless.cancel()
    with pytest.raises(asyncio.CancelledError):
        await endless
    outcome = await simulator.run(ENDLESS, 1.5)
    assert isinstance(outcome, SimulationFailure)
    assert outcome.code == TaskErrorCode.TOO_SLOW
    assert "time_limit_s" in outcome.message
    simulator.close()
    for process in idle:
        end(process)


async def test_no_more_run_at_one_time_than_are_allowed(idle: list[SimulatorProcess]) -> None:
    simulator = Simulator(at_once=1)
    made_way = asyncio.Event()
    endless = asyncio.ensure_future(simulator.run(ENDLESS, 60, made_way.set))
    await made_way.wait()
    waiting = asyncio.ensure_future(simulator.run(BELL_RUN, 60))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    endless.cancel()
    assert isinstance(await waiting, Simulation)
    simulator.close()
    for process in idle:
        end(process)


class Panicking:
    """An engine whose Rust panics: such an exception is no `Exception`."""

    class PanicException(BaseException):
        pass

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def simulate(self, request: SimulationRequest) -> Simulation:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Panicking.PanicException("index out of bounds"), TaskErrorCode.INTERNAL),
        (SystemExit(3), TaskErrorCode.INTERNAL),
        (KeyboardInterrupt(), TaskErrorCode.INTERNAL),
        (RecursionError("too deep"), TaskErrorCode.SYNTAX),
        (MemoryError(), TaskErrorCode.TOO_MUCH_MEMORY),
    ],
)
def test_whatever_an_engine_raises_is_an_answer(error: BaseException, code: TaskErrorCode) -> None:
    assert worker.respond(Panicking(error), BELL_RUN)["code"] == code


async def test_a_program_that_makes_rust_panic_fails_alone(idle: list[SimulatorProcess]) -> None:
    simulator = Simulator()
    text = 'OPENQASM 3.0; include "stdgates.inc"; gate g a { for int i in [0:2] { x a; } } qubit q; bit c; g q; '
    outcome = await simulator.run(SimulationRequest(text + "c = measure q;", None, qubits=2, max_shots=1000), 60)
    if isinstance(outcome, SimulationFailure):  # a loader may also understand it
        assert "exit code" not in outcome.message
    assert isinstance(await simulator.run(BELL_RUN, 60), Simulation)
    simulator.close()
    for process in idle:
        end(process)


def test_results_that_are_too_large_are_a_named_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MAX_RESPONSE_CHARACTERS", 100)
    answer = json.loads(worker.as_line({"results": {"c": {"0" * 200: 1}}, "shots": 1, "metrics": {}}))
    assert answer["code"] == TaskErrorCode.TOO_MUCH_MEMORY
    assert "measure fewer bits" in answer["message"]
