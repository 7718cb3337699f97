"""The simulator process: its life, its death, and who inherits it."""

import asyncio
import os
import signal

import pytest

from qcaas_sdk.local import process as module
from qcaas_sdk.local.process import Simulator, SimulatorDied, SimulatorProcess
from qcaas_sdk.local.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.task_error import TaskErrorCode
from tests.local.service import BELL, slow_program

BELL_RUN = SimulationRequest(BELL, None, qubits=2, max_shots=1000)
SLOW_RUN = SimulationRequest(slow_program(), None, qubits=20, max_shots=1000)


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorProcess]:
    """No process is left over from elsewhere."""
    processes: list[SimulatorProcess] = []
    monkeypatch.setattr(module, "_idle", processes)
    return processes


def end(process: SimulatorProcess) -> None:
    process.kill()
    process.close_pipes()


async def test_a_process_that_dies_fails_its_task_and_the_next_one_runs(idle: list[SimulatorProcess]) -> None:
    process = SimulatorProcess()
    idle.append(process)
    simulator = Simulator()
    run = asyncio.ensure_future(simulator.run(SLOW_RUN, 60))
    while not process.prepared:
        await asyncio.sleep(0.01)
    process.kill()
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
    process._child.send_signal(signal.SIGINT)
    assert isinstance(process.exchange(BELL_RUN), Simulation)
    end(process)
