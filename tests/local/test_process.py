"""The simulator processes: their life, their death, and who inherits them."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qcaas_sdk.local.simulator import process as module
from qcaas_sdk.local.simulator import processes as processes_module
from qcaas_sdk.local.simulator import worker
from qcaas_sdk.local.simulator.engines import EngineName
from qcaas_sdk.local.simulator.entries import Entry, Waiting
from qcaas_sdk.local.simulator.process import SimulatorProcess
from qcaas_sdk.local.simulator.processes import Processes
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode
from tests.local.service import BELL, slow_program

pytestmark = pytest.mark.slow

BELL_RUN = SimulationRequest(BELL, None, qubits=2, max_shots=1000)
SLOW_RUN = SimulationRequest(slow_program(), None, qubits=20, max_shots=1000)
ENDLESS = SimulationRequest(
    'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; '
    "c[0] = measure q[0]; while (!c[0]) { c[0] = measure q[0]; } c[0] = measure q[0];",
    None,
    qubits=2,
    max_shots=1000,
)


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorProcess]:
    """No process is left over from elsewhere."""
    processes: list[SimulatorProcess] = []
    monkeypatch.setattr(module, "idle", processes)
    return processes


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorProcess]:
    """Every process that is started, in order."""
    processes: list[SimulatorProcess] = []

    class Recorded(SimulatorProcess):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            processes.append(self)

    monkeypatch.setattr(module, "SimulatorProcess", Recorded)
    return processes


@asynccontextmanager
async def simulator(at_once: int = 4, workers: int = 1) -> AsyncIterator[Processes]:
    """Processes, and the end of all of them."""
    processes = Processes(at_once=at_once, workers=workers)
    try:
        yield processes
    finally:
        processes.close()
        for process in module.idle:
            process.kill()
            process.join()


async def outcome_of(processes: Processes, request: SimulationRequest, limit_s: float | None = 60) -> object:
    return await processes.run(Entry(request, time_limit_s=limit_s))


def under_way(processes: Processes, request: SimulationRequest) -> "tuple[asyncio.Task[object], asyncio.Event]":
    """A run, and the event that it makes way for others."""
    made_way = asyncio.Event()
    entry = Entry(request, time_limit_s=60, on_long_run=made_way.set)
    return asyncio.ensure_future(processes.run(entry)), made_way


async def test_a_process_that_dies_while_idle_fails_no_task(idle: list[SimulatorProcess]) -> None:
    async with simulator() as first:
        await outcome_of(first, BELL_RUN)
        first.close()
        (process,) = idle
        async with simulator() as second:
            second.start()
            process.kill()
            assert isinstance(await outcome_of(second, BELL_RUN), Simulation)


async def test_a_process_that_dies_fails_its_task_and_the_next_one_runs(started: list[SimulatorProcess]) -> None:
    async with simulator() as processes:
        begun = asyncio.Event()
        run = asyncio.ensure_future(processes.run(Entry(SLOW_RUN, on_start=begun.set)))
        behind = asyncio.ensure_future(outcome_of(processes, BELL_RUN))
        await begun.wait()
        started[0].kill()
        outcome = await run
        assert isinstance(outcome, SimulationFailure)
        assert outcome.code == TaskErrorCode.INTERNAL
        assert "exit code -9" in outcome.message
        assert "may have run out of memory" in outcome.message
        assert isinstance(await behind, Simulation)
        assert len(started) == 2


async def test_a_process_that_dies_before_it_is_loaded_fails_only_the_first(
    started: list[SimulatorProcess],
) -> None:
    async with simulator() as processes:
        runs = [asyncio.ensure_future(outcome_of(processes, BELL_RUN)) for _ in range(3)]
        while not started:
            await asyncio.sleep(0)
        started[0].kill()
        outcomes = await asyncio.gather(*runs)
        assert [isinstance(outcome, Simulation) for outcome in outcomes] == [False, True, True]


async def test_an_engine_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qat").mkdir()
    (tmp_path / "qat" / "__init__.py").write_text("raise ImportError('numpydantic has no Shape')")
    monkeypatch.syspath_prepend(str(tmp_path))
    processes = Processes(EngineName.QAT)
    found = await asyncio.gather(*(outcome_of(processes, BELL_RUN) for _ in range(3)))
    processes.close()
    for outcome in found:
        assert isinstance(outcome, SimulationFailure)
        assert outcome.code is TaskErrorCode.INTERNAL
        assert "the engine 'qat' cannot be loaded: ImportError: numpydantic has no Shape" in outcome.message
        assert "memory" not in outcome.message


async def test_a_group_whose_process_dies_runs_again_one_by_one(
    started: list[SimulatorProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with simulator() as processes:
        begun: list[str] = []

        def begins(name: str) -> Callable[[], None]:
            def begin() -> None:
                if not begun:
                    started[0].kill()
                begun.append(name)

            return begin

        runs = [asyncio.ensure_future(processes.run(Entry(BELL_RUN, on_start=begins(str(n))))) for n in range(40)]
        outcomes = await asyncio.gather(*runs)
        failed = [outcome for outcome in outcomes if isinstance(outcome, SimulationFailure)]
        assert len(failed) <= 1  # if the first group was of one program
        assert len(begun) == 40  # each began once, as far as anybody is told


async def test_the_next_service_inherits_the_process(idle: list[SimulatorProcess]) -> None:
    async with simulator() as first, simulator() as second:
        await outcome_of(first, BELL_RUN)
        first.close()
        (process,) = idle
        await outcome_of(second, BELL_RUN)
        assert idle == []
        second.close()
        assert idle == [process]


async def test_a_process_that_owes_an_answer_is_inherited_by_nobody(idle: list[SimulatorProcess]) -> None:
    async with simulator() as processes:
        begun = asyncio.Event()
        run = asyncio.ensure_future(processes.run(Entry(SLOW_RUN, on_start=begun.set)))
        await begun.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        processes.close()
        assert idle == []


async def test_started_early_it_is_ready_when_the_first_program_comes(started: list[SimulatorProcess]) -> None:
    async with simulator() as processes:
        processes.start()
        assert len(started) == 1
        while not started[0].is_ready:
            await asyncio.sleep(0.01)
        assert isinstance(await outcome_of(processes, BELL_RUN), Simulation)
        assert len(started) == 1


async def test_several_workers_share_the_programs(started: list[SimulatorProcess]) -> None:
    async with simulator(workers=2) as processes:
        outcomes = await asyncio.gather(*(outcome_of(processes, BELL_RUN) for _ in range(100)))
        assert all(isinstance(outcome, Simulation) for outcome in outcomes)
        assert len(started) == 2


async def test_a_program_without_end_lets_others_run_and_fails_by_name(started: list[SimulatorProcess]) -> None:
    async with simulator() as processes:
        endless, made_way = under_way(processes, ENDLESS)
        behind = asyncio.ensure_future(outcome_of(processes, BELL_RUN))
        await made_way.wait()
        assert isinstance(await behind, Simulation)
        assert not endless.done()
        endless.cancel()
        with pytest.raises(asyncio.CancelledError):
            await endless
        outcome = await outcome_of(processes, ENDLESS, 1.5)
        assert isinstance(outcome, SimulationFailure)
        assert outcome.code == TaskErrorCode.TOO_SLOW
        assert "time_limit_s" in outcome.message
        assert isinstance(await outcome_of(processes, BELL_RUN), Simulation)


async def test_no_more_run_at_one_time_than_are_allowed() -> None:
    async with simulator(at_once=1) as processes:
        endless, made_way = under_way(processes, ENDLESS)
        await made_way.wait()
        waiting = asyncio.ensure_future(outcome_of(processes, BELL_RUN))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        endless.cancel()
        assert isinstance(await waiting, Simulation)


async def test_a_program_that_is_cancelled_while_it_waits_costs_no_process(started: list[SimulatorProcess]) -> None:
    async with simulator() as processes:
        runs = [asyncio.ensure_future(outcome_of(processes, BELL_RUN)) for _ in range(10)]
        cancelled, kept = runs[3:6], runs[:3] + runs[6:]
        await asyncio.sleep(0)
        for run in cancelled:
            run.cancel()
        assert all(isinstance(outcome, Simulation) for outcome in await asyncio.gather(*kept))
        assert all(run.cancelled() for run in cancelled)
        assert len(started) == 1


async def test_a_program_that_makes_rust_panic_fails_alone() -> None:
    async with simulator() as processes:
        text = 'OPENQASM 3.0; include "stdgates.inc"; gate g a { for int i in [0:2] { x a; } } qubit q; bit c; g q; '
        outcome = await outcome_of(processes, BELL_RUN._replace(program=text + "c = measure q;"))
        if isinstance(outcome, SimulationFailure):  # a loader may also understand it
            assert "exit code" not in outcome.message
        assert isinstance(await outcome_of(processes, BELL_RUN), Simulation)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a system without process groups")
async def test_ctrl_c_is_for_the_parent(started: list[SimulatorProcess]) -> None:
    async with simulator() as processes:
        await outcome_of(processes, BELL_RUN)
        os.kill(started[0].pid, signal.SIGINT)
        assert isinstance(await outcome_of(processes, BELL_RUN), Simulation)
        assert len(started) == 1


async def test_owners_take_turns() -> None:
    waiting = Waiting()
    entries = [Entry(BELL_RUN, owner) for owner in "aaab"]
    for entry in entries:
        waiting.add(entry)
    assert waiting.take(2) == entries[:2]
    assert waiting.take(2) == [entries[3]]
    waiting.put_back(entries[:2])
    entries[0].done.cancel()
    assert waiting.take(5) == entries[1:3]
    assert len(waiting) == 0


class Panicking:
    """An engine whose Rust panics: such an exception is no `Exception`."""

    class PanicException(BaseException):
        pass

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def simulate(self, request: SimulationRequest) -> Simulation:
        raise self.error

    def may_be_small(self, request: SimulationRequest) -> bool:
        return True

    def simulate_small(self, requests: Sequence[SimulationRequest]) -> Sequence[Simulation | None]:
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
    assert worker.together(Panicking(error), [BELL_RUN]) == [None]
    assert worker.respond(Panicking(error), BELL_RUN)["code"] == code


def test_results_that_are_too_large_are_a_named_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MAX_RESPONSE_CHARACTERS", 100)
    answer = json.loads(worker.as_line({"results": {"c": {"0" * 200: 1}}, "shots": 1, "metrics": {}}))
    assert answer["code"] == TaskErrorCode.TOO_MUCH_MEMORY
    assert "measure fewer bits" in answer["message"]


def test_the_worker_drops_what_is_no_longer_wanted() -> None:
    requests = [
        [number, number == 3, {"program": BELL, "config": None, "qubits": 2, "max_shots": 9}] for number in range(5)
    ]
    lines = [json.dumps({"run": requests}), json.dumps({"drop": [1, 7]})]
    inbox = worker.Inbox(lines)
    while not inbox.ended:
        pass
    taken = [[number for number, _ in inbox.take(lambda _: True)] for _ in range(4)]
    assert taken == [[0, 2], [3], [4], []]


def test_long_programs_are_no_part_of_a_group() -> None:
    assert processes_module.MAX_BATCH >= worker.MAX_GROUP
    requests = [
        [n, False, {"program": "long" if n == 1 else "", "config": None, "qubits": 2, "max_shots": 9}]
        for n in range(3)
    ]
    inbox = worker.Inbox([json.dumps({"run": requests})])
    while not inbox.ended:
        pass
    taken = [[number for number, _ in inbox.take(lambda request: not request.program)] for _ in range(3)]
    assert taken == [[0], [1], [2]]
