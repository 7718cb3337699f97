"""Simulation on executors: process pools, Dask, and what happens when they break."""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.local import EngineName, LocalSettings, dask_executor
from qcaas_sdk.local.settings import MAX_WORKERS
from qcaas_sdk.local.simulator.entries import Entry
from qcaas_sdk.local.simulator.executors import MAX_MAKES, Answer, Batch, Executors, simulate_batch
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode
from tests.local.service import BELL

RUN = SimulationRequest(BELL, None, qubits=2, max_shots=1000)
DONE: dict[str, object] = {"results": {"c": {"00": 1}}, "shots": 1, "metrics": {}}


class Manual(Executor):
    """An executor whose calls end when the test says so."""

    def __init__(self) -> None:
        self.calls: list[tuple[Future[Answer], Batch]] = []
        self.is_shut_down = False
        self.breaks = False

    def submit(self, call: Callable[..., Any], /, *args: Any, **options: Any) -> "Future[Any]":
        if self.breaks:
            raise BrokenProcessPool("a process ended")
        future: Future[Answer] = Future()
        self.calls.append((future, args[1]))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.is_shut_down = True

    def answer(self, number: int = 0) -> None:
        future, batch = self.calls.pop(number)
        future.set_running_or_notify_cancel()
        future.set_result((0.001, [DONE] * len(batch)))

    def lose_everything(self) -> None:
        self.breaks = True
        calls, self.calls = self.calls, []
        for future, _ in calls:
            future.set_exception(BrokenProcessPool("a process ended"))


class Pools(list[Manual]):
    """Makes executors, and keeps them."""

    def __call__(self) -> Manual:
        self.append(Manual())
        return self[-1]


@asynccontextmanager
async def executors(
    executor: Executor | Callable[[], Executor], in_flight: int = 2, time_limit_s: float | None = None
) -> AsyncIterator[Executors]:
    made = Executors(EngineName.AER, executor, in_flight, time_limit_s)
    made.start()
    try:
        yield made
    finally:
        made.close()


def begin(simulators: Executors, number: int) -> "list[asyncio.Task[Simulation | SimulationFailure]]":
    return [asyncio.ensure_future(simulators.run(Entry(RUN))) for _ in range(number)]


async def settled() -> None:
    """Let what has been called from other threads happen."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


async def test_an_executor_gets_no_more_batches_than_allowed() -> None:
    pool = Manual()
    async with executors(pool, in_flight=3) as simulators:
        runs = begin(simulators, 10)
        await settled()
        assert len(pool.calls) == 3
        for _ in range(100):
            if not pool.calls:
                break
            assert len(pool.calls) <= 3
            pool.answer()
            await settled()
        assert all(isinstance(outcome, Simulation) for outcome in await asyncio.gather(*runs))
    assert not pool.is_shut_down  # it is the caller's


async def test_batches_grow_while_programs_are_quick() -> None:
    pool = Manual()
    async with executors(pool, in_flight=1) as simulators:
        runs = begin(simulators, 31)
        sizes = []
        while not all(run.done() for run in runs):
            await settled()
            sizes.append(len(pool.calls[0][1]))
            pool.answer()
            await settled()
        assert sizes == [1, 2, 4, 8, 16]


async def test_a_cancelled_run_is_discarded_and_its_place_counts_until_its_result_comes() -> None:
    pool = Manual()
    async with executors(pool, in_flight=1) as simulators:
        (cancelled,) = begin(simulators, 1)
        await settled()
        pool.calls[0][0].set_running_or_notify_cancel()  # it runs: nobody can stop it
        (next_one,) = begin(simulators, 1)
        cancelled.cancel()
        await settled()
        assert cancelled.cancelled()
        assert len(pool.calls) == 1
        future, batch = pool.calls.pop()
        future.set_result((0.1, [DONE] * len(batch)))
        await settled()
        pool.answer()
        assert isinstance(await next_one, Simulation)


async def test_a_cancelled_run_that_has_not_begun_frees_its_place() -> None:
    pool = Manual()
    async with executors(pool, in_flight=1) as simulators:
        (cancelled,) = begin(simulators, 1)
        await settled()
        (next_one,) = begin(simulators, 1)
        cancelled.cancel()
        await settled()
        assert pool.calls.pop(0)[0].cancelled()
        pool.answer()
        assert isinstance(await next_one, Simulation)


async def test_a_broken_pool_is_made_again_and_its_programs_run_one_by_one() -> None:
    pools = Pools()
    async with executors(pools, in_flight=3) as simulators:
        runs = begin(simulators, 4)
        await until(lambda: pools and len(pools[0].calls) == 3)
        pools[0].lose_everything()
        for _ in range(3):
            await until(lambda: len(pools) == 2 and pools[1].calls)
            assert len(pools[1].calls) == 1  # suspects run alone
            pools[1].answer()
            await settled()
        await until(lambda: pools[1].calls)
        pools[1].answer()
        assert all(isinstance(outcome, Simulation) for outcome in await asyncio.gather(*runs))
        await until(lambda: pools[0].is_shut_down)
    assert len(pools) == 2
    await until(lambda: pools[1].is_shut_down)


async def test_a_program_that_breaks_pools_alone_fails_by_name_and_the_others_run() -> None:
    pools = Pools()
    async with executors(pools, in_flight=2) as simulators:
        bad, good = begin(simulators, 2)
        await until(lambda: pools and len(pools[0].calls) == 2)
        pools[0].lose_everything()
        await until(lambda: len(pools) == 2 and pools[1].calls)
        pools[1].lose_everything()
        outcome = await bad
        assert isinstance(outcome, SimulationFailure)
        assert outcome.code == TaskErrorCode.INTERNAL
        assert "the executor did not run this program" in outcome.message
        await until(lambda: len(pools) == 3 and pools[2].calls)
        pools[2].answer()
        assert isinstance(await good, Simulation)


async def test_a_suspect_that_fails_does_not_hold_up_what_waits() -> None:
    pools = Pools()
    async with executors(pools, in_flight=1) as simulators:
        bad, good = begin(simulators, 2)
        await until(lambda: pools and pools[0].calls)
        pools[0].lose_everything()
        await until(lambda: len(pools) == 2 and pools[1].calls)
        pools[1].lose_everything()
        assert isinstance(await bad, SimulationFailure)
        await until(lambda: len(pools) == 3 and pools[2].calls)
        pools[2].answer()
        assert isinstance(await good, Simulation)


async def test_a_suspect_that_is_cancelled_does_not_hold_up_what_waits() -> None:
    pools = Pools()
    async with executors(pools, in_flight=1) as simulators:
        suspect, waits = begin(simulators, 2)
        await until(lambda: pools and pools[0].calls)
        pools[0].lose_everything()
        suspect.cancel()
        await until(lambda: len(pools) == 2 and pools[1].calls)
        pools[1].answer()
        assert isinstance(await waits, Simulation)


async def test_a_broken_executor_that_nobody_can_make_again_fails_by_name() -> None:
    pool = Manual()
    async with executors(pool) as simulators:
        runs = begin(simulators, 5)
        await settled()
        pool.lose_everything()
        for outcome in await asyncio.gather(*runs):
            assert isinstance(outcome, SimulationFailure)
            assert "pass a function that makes one as executor=" in outcome.message


async def test_a_function_that_makes_no_executor_fails_by_name() -> None:
    made = []

    def fail() -> Executor:
        made.append(1)
        raise OSError("no scheduler at tcp://x")

    async with executors(fail) as simulators:
        for outcome in await asyncio.gather(*begin(simulators, 3)):
            assert isinstance(outcome, SimulationFailure)
            assert "no scheduler at tcp://x" in outcome.message
    assert len(made) == MAX_MAKES


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
async def test_a_function_that_ends_its_thread_fails_by_name(error: BaseException) -> None:
    def fail() -> Executor:
        raise error

    async with executors(fail) as simulators:
        for outcome in await asyncio.gather(*begin(simulators, 3)):
            assert isinstance(outcome, SimulationFailure)
            assert type(error).__name__ in outcome.message


async def test_an_executor_whose_submit_gives_no_future_fails_by_name() -> None:
    class NoFuture(Manual):
        def submit(self, call: Callable[..., Any], /, *args: Any, **options: Any) -> "Future[Any]":
            return None  # type: ignore[return-value]

    async with executors(NoFuture()) as simulators:
        for outcome in await asyncio.gather(*begin(simulators, 3)):
            assert isinstance(outcome, SimulationFailure)
            assert "its submit() returned None, not a concurrent.futures.Future" in outcome.message


@pytest.mark.parametrize(
    "answer",
    [None, "text", (0.1, []), (0.1, [DONE] * 9), (0.1, [{}]), (0.1, [7]), SystemExit(3), KeyboardInterrupt()],
    ids=repr,
)
async def test_what_is_no_answer_fails_by_name(answer: Any) -> None:
    class Odd(Executor):
        def submit(self, call: Callable[..., Any], /, *args: Any, **options: Any) -> "Future[Any]":
            future: Future[Any] = Future()
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
            return future

    async with executors(Odd()) as simulators:
        for outcome in await asyncio.gather(*begin(simulators, 3)):
            assert isinstance(outcome, SimulationFailure)
            assert "the executor did not run this program" in outcome.message


async def test_an_executor_that_gives_no_result_does_not_hang() -> None:
    async with executors(Manual(), time_limit_s=0.05) as simulators:
        for outcome in await asyncio.gather(*begin(simulators, 5)):
            assert isinstance(outcome, SimulationFailure)
            assert outcome.code == TaskErrorCode.TOO_SLOW
            assert "gave no result for 0.05 s" in outcome.message


def test_no_two_batches_are_the_same_call() -> None:
    names = []

    class Noting(Manual):
        def submit(self, call: Callable[..., Any], /, *args: Any, **options: Any) -> "Future[Any]":
            names.append(args[2])
            return super().submit(call, *args, **options)

    async def run() -> None:
        pool = Noting()
        async with executors(pool, in_flight=8) as simulators:
            runs = begin(simulators, 8)
            await settled()
            while pool.calls:
                pool.answer()
            await asyncio.gather(*runs)

    asyncio.run(run())
    assert len(set(names)) == len(names) == 8


def test_what_is_no_executor_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"executor must be a concurrent\.futures\.Executor"):
        LocalSettings(executor=7)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="workers"):
        LocalSettings(workers=0)


def test_more_processes_than_help_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=f"at most {MAX_WORKERS} on this machine, not 1000: .*executor="):
        LocalSettings(workers=1000)
    assert LocalSettings(workers=MAX_WORKERS).workers == MAX_WORKERS
    assert LocalSettings(workers=1000, executor=Manual()).workers == 1000


def test_a_batch_is_simulated_and_each_program_has_its_own_error() -> None:
    fields = {"program": BELL, "config": None, "qubits": 2, "max_shots": 1000}
    seconds, responses = simulate_batch("aer", [fields, {**fields, "program": "nonsense"}, fields])
    assert seconds > 0
    assert ["results" in response for response in responses] == [True, False, True]


# Real ones.


def _dies_once(marker: str, engine: str, batch: Batch, name: str) -> Answer:
    """Simulate; the first process to do so is killed."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return simulate_batch(engine, batch, name)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _sleeps(marker: str, _engine: str, batch: Batch, _name: str) -> Answer:
    """An engine that takes 50 ms for a program, without a core, and notes each run."""
    started = time.perf_counter()
    for _ in batch:
        time.sleep(0.05)
        with Path(marker).open("a") as file:
            file.write(f"{os.getpid()}\n")
    return time.perf_counter() - started, [DONE] * len(batch)


class Instead(Executor):
    """An executor that calls another function than it is given."""

    def __init__(self, inner: Executor, call: Callable[..., Answer]) -> None:
        self.inner = inner
        self.call = call

    def submit(self, call: Callable[..., Any], /, *args: Any, **options: Any) -> "Future[Any]":
        return self.inner.submit(self.call, *args, **options)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.inner.shutdown(wait=wait, cancel_futures=cancel_futures)


async def composite_on(settings: LocalSettings, programs: int) -> Any:
    async with OqcSdk.local(settings) as sdk:
        composite = sdk.create_job(program=[BELL] * programs, shots=100, check=False)
        await composite.execute()
        async with asyncio.timeout(120):
            await composite.wait()
        return composite


@pytest.mark.slow
async def test_a_process_pool_whose_process_is_killed_is_made_again(tmp_path: Any) -> None:
    made = []

    def make() -> Executor:
        made.append(1)
        context = multiprocessing.get_context("spawn")
        return Instead(ProcessPoolExecutor(2, mp_context=context), partial(_dies_once, str(tmp_path / "died")))

    composite = await composite_on(LocalSettings(executor=make, workers=4), 20)
    assert composite.state.name == "COMPLETED"
    assert len(made) == 2


DASK_WARNS = pytest.mark.filterwarnings("default")
"""Dask closes its sockets when its processes end."""


@pytest.mark.slow
@DASK_WARNS
async def test_a_dask_worker_that_is_killed_costs_no_result_and_none_counts_twice(
    cluster: Any, tmp_path: Any
) -> None:
    runs = tmp_path / "runs"

    def make() -> Executor:
        return Instead(dask_executor(cluster.scheduler_address)(), partial(_sleeps, str(runs)))

    async def kill_one() -> None:
        await until(lambda: runs.exists() and len(runs.read_text().split()) > 40)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    async with asyncio.TaskGroup() as group:
        group.create_task(kill_one())
        work = group.create_task(composite_on(LocalSettings(executor=make), 200))
    composite = work.result()
    assert composite.state.name == "COMPLETED"
    assert all(len(job.history) == 1 for job in composite.jobs)


@pytest.mark.slow
@DASK_WARNS
async def test_programs_run_on_a_dask_cluster(cluster: Any) -> None:
    composite = await composite_on(LocalSettings(executor=dask_executor(cluster.scheduler_address)), 50)
    assert all(sum(job.result.counts().values()) == 100 for job in composite.jobs)


def _waits_for(file: str) -> str:
    while not Path(file).exists():
        time.sleep(0.01)
    return file


@pytest.mark.slow
@DASK_WARNS
async def test_dask_keeps_the_place_of_a_call_that_has_begun(cluster: Any, tmp_path: Any) -> None:
    """Dask would think its worker free, and give it calls that wait although another worker is idle."""
    go = tmp_path / "go"
    executor = dask_executor(cluster.scheduler_address)()
    try:
        calls = [executor.submit(_waits_for, str(go)) for _ in range(6)]
        await until(lambda: sum(call.running() for call in calls) == 2)
        assert [call.cancel() for call in calls] == [not call.running() for call in calls]
        assert sum(call.cancelled() for call in calls) == 4
        go.touch()
        done = [await asyncio.wrap_future(call) for call in calls if not call.cancelled()]
        assert done == [str(go)] * 2
    finally:
        go.touch()
        await asyncio.to_thread(executor.shutdown)


class FakeTask:
    """A task that has ended, and whose result cannot be fetched."""

    status = "finished"

    def __init__(self) -> None:
        self.asked: list[float | None] = []

    def add_done_callback(self, call: Callable[[object], None]) -> None:
        self.settle = call

    def result(self, timeout: float | None = None) -> object:
        self.asked.append(timeout)
        raise TimeoutError("took too long")


def test_a_result_that_dask_cannot_fetch_any_more_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its scheduler has gone: Dask would wait for another for ever, and the process would never end."""
    tasks: list[FakeTask] = []

    class FakeClient:
        def __init__(self, *_: object, **__: object) -> None: ...

        def subscribe_topic(self, *_: object) -> None: ...

        def submit(self, *_: object, **__: object) -> FakeTask:
            tasks.append(FakeTask())
            return tasks[-1]

        def close(self) -> None: ...

    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=FakeClient))
    executor = dask_executor("tcp://127.0.0.1:1")()
    given = [executor.submit(str) for _ in range(3)]
    assert given[2].cancel()
    for task in tasks:
        task.settle(task)
    for future in given[:2]:
        assert isinstance(future.exception(0), BrokenExecutor)
    first, *others = [task.asked for task in tasks]
    assert len(first) == 1 and first[0] is not None, "it waits for a while"
    assert others == [[], []], "what is lost once is not waited for again, nor is what nobody wants"


@pytest.mark.parametrize(
    "address", ["nowhere", "tcp://", "tcp://nowhere", "nowhere:port", "http://nowhere:8786", "a b:1"]
)
def test_what_is_no_address_of_a_scheduler_is_refused(address: str) -> None:
    with pytest.raises(InvalidArgument, match=r"address must be that of a scheduler, such as tcp://host:8786"):
        dask_executor(address)


@pytest.mark.slow
@DASK_WARNS
async def test_a_scheduler_that_goes_away_fails_programs_by_name(cluster: Any, tmp_path: Any) -> None:
    runs = tmp_path / "runs"

    def make() -> Executor:
        return Instead(dask_executor(cluster.scheduler_address)(), partial(_sleeps, str(runs)))

    async def close() -> None:
        await until(runs.exists)
        await asyncio.to_thread(cluster.close)

    async with asyncio.TaskGroup() as group:
        group.create_task(close())
        work = group.create_task(composite_on(LocalSettings(executor=make, time_limit_s=1), 500))
    composite = work.result()
    assert composite.state.name == "FAILED"
    errors = {str(job.error) for job in composite.jobs if job.error is not None}
    assert errors
    assert all("executor" in error for error in errors)
