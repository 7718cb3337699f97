"""Simulates on an executor: a process pool, `loky`, a Dask cluster, or any other `concurrent.futures.Executor`."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import suppress
from functools import cache
from typing import Any
from uuid import uuid4

from attrs import define

from qcaas_sdk._guards.arguments import told
from qcaas_sdk.local.simulator.engines import Engine, EngineName, load
from qcaas_sdk.local.simulator.entries import Entry, Waiting
from qcaas_sdk.local.simulator.simulation import (
    Simulation,
    SimulationFailure,
    SimulationRequest,
    response_as_outcome,
)
from qcaas_sdk.local.simulator.task_error import TaskErrorCode
from qcaas_sdk.local.simulator.worker import MAX_GROUP, respond, together, unloadable

IN_FLIGHT = 64
"""Batches that an executor has at one time."""
MAX_AHEAD = 1024
"""The most programs that one QPU hands over before the first of them has ended."""
TARGET_S = 0.05
"""Batches grow while they take less than this."""
MAX_MAKES = 3
"""How often in a row a function makes an executor that breaks before it has done anything."""

_one_at_a_time = threading.Lock()
_engine: Callable[[str], Engine] = cache(lambda name: load(EngineName(name)))

Batch = Sequence[dict[str, Any]]
Answer = tuple[float, list[dict[str, object]]]


def simulate_batch(engine_name: str, batch: Batch, _name: str = "") -> Answer:
    """Run programs, in a process of an executor: the seconds that it took, and their responses.

    Args:
        engine_name: The name of the engine.
        batch: The fields of their requests.
        _name: Different for each batch: some executors run a call with the same arguments only once.
    """
    with _one_at_a_time:  # engines run programs one at a time, and an executor may use threads
        try:
            engine = _engine(engine_name)
        except Exception as error:  # what a package raises when it is imported
            failure = {"code": TaskErrorCode.INTERNAL, "message": unloadable(engine_name, error)}
            return 0.0, [failure for _ in batch]
        started = time.perf_counter()
        requests = [SimulationRequest(**fields) for fields in batch]
        found = together(engine, requests) if len(requests) > 1 else [None]
        responses = [
            respond(engine, request) if response is None else response
            for request, response in zip(requests, found, strict=True)
        ]
        return time.perf_counter() - started, responses


@define(eq=False)
class _Batch:
    entries: list[Entry]
    future: "Future[Answer]"
    executor: Executor
    alone: bool


def _shut_down(executor: object) -> None:
    if isinstance(executor, Executor):
        with suppress(Exception):  # it may be broken
            executor.shutdown(wait=False, cancel_futures=True)


class Executors:
    """Runs programs on an executor.

    A program whose process ends runs again; if it was alone, it fails. A result that nobody waits for is discarded,
    but its place stays taken until it has come.

    Args:
        engine: What runs them.
        executor: The executor, or a function that makes one.
        in_flight: How many batches it has at one time.
        time_limit_s: Seconds without any result after which what it has fails; None for no limit.
    """

    def __init__(
        self,
        engine: EngineName,
        executor: Executor | Callable[[], Executor],
        in_flight: int = IN_FLIGHT,
        time_limit_s: float | None = None,
    ) -> None:
        self._engine = engine
        self._given = executor
        self._executor: Executor | None = executor if isinstance(executor, Executor) else None
        self._in_flight = in_flight
        self._time_limit_s = time_limit_s
        self._waiting = Waiting()
        self._suspects = Waiting()
        """Programs that were under way when the executor broke. They run one at a time, with nothing beside them."""
        self._under_way: set[_Batch] = set()
        self._batch_size = 1
        self._makes = 0
        self._is_making = False
        self._is_closed = False
        self._dispatch_is_due = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ahead(self) -> int:
        """How many programs one QPU hands over before the first of them has ended."""
        return min(self._in_flight * MAX_GROUP, MAX_AHEAD)

    def start(self) -> None:
        """Begin to make the executor."""
        if self._executor is None:
            self._make()

    async def run(self, entry: Entry) -> Simulation | SimulationFailure:
        """Run a program. If the caller is cancelled, its result is discarded."""
        self._waiting.add(entry)
        self._dispatch_soon()
        try:
            return await entry.done
        finally:
            if entry.done.cancelled():
                self._withdraw()

    def close(self) -> None:
        """Withdraw what has not begun. An executor that a function made is shut down."""
        self._is_closed = True
        for batch in self._under_way:
            batch.future.cancel()
        self._under_way.clear()
        self._restart_timer()
        self._drop_executor()

    def _withdraw(self) -> None:
        """Ask the executor not to begin batches that nobody waits for."""
        for batch in list(self._under_way):
            if not any(entry.open for entry in batch.entries):
                batch.future.cancel()
        self._dispatch_soon()

    # The executor.

    def _make(self) -> None:
        """Make an executor in a thread: it may have to connect to a cluster."""
        if self._is_making or self._is_closed:
            return
        self._is_making = True
        self._makes += 1
        loop = asyncio.get_running_loop()

        def make() -> None:
            assert not isinstance(self._given, Executor)
            try:
                made: object = self._given()
            except BaseException as error:  # the thread ends here, whatever it is
                made = error
            try:
                loop.call_soon_threadsafe(self._use, made)
            except RuntimeError:  # the loop is closed
                _shut_down(made)

        threading.Thread(target=make, name="make executor", daemon=True).start()

    def _use(self, made: object) -> None:
        self._is_making = False
        if self._is_closed:
            _shut_down(made)
        elif isinstance(made, Executor):
            self._executor = made
        else:
            error = made if isinstance(made, BaseException) else TypeError(f"{told(made)} is not an executor")
            if self._makes >= MAX_MAKES:
                for waiting in (self._suspects, self._waiting):
                    while entries := waiting.take(1):
                        self._lose(entries, error, None, alone=False)
        self._dispatch_soon()

    def _drop_executor(self) -> None:
        """Shut it down if it is ours, without waiting for it."""
        if isinstance(self._given, Executor):
            return
        executor, self._executor = self._executor, None
        if executor is not None:
            threading.Thread(target=_shut_down, args=(executor,), name="shut down executor", daemon=True).start()

    # Sending.

    def _dispatch_soon(self) -> None:
        if not self._dispatch_is_due:
            self._dispatch_is_due = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._dispatch_is_due = False
        while len(self._under_way) < self._in_flight and len(self._waiting) + len(self._suspects):
            if self._executor is None:
                self._make()
                return
            if any(batch.alone for batch in self._under_way):
                return
            alone = len(self._suspects) > 0
            if alone and self._under_way:
                return
            share = max(1, len(self._waiting) // self._in_flight)
            entries = self._suspects.take(1) if alone else self._waiting.take(min(self._batch_size, share))
            if entries:  # otherwise nobody waits for what was there
                self._send(entries, self._executor, alone=alone)

    def _send(self, entries: list[Entry], executor: Executor, *, alone: bool) -> None:
        loop = asyncio.get_running_loop()
        fields = [entry.request._asdict() for entry in entries]
        name = uuid4().hex
        try:
            future: object = executor.submit(simulate_batch, str(self._engine), fields, name)
            if not isinstance(future, Future):
                raise TypeError(f"its submit() returned {told(future)}, not a concurrent.futures.Future")
        except Exception as error:  # it is broken, was shut down or is no real executor
            self._lose(entries, error, executor, alone=False)
            return
        batch = _Batch(entries, future, executor, alone)
        self._under_way.add(batch)
        if self._timer is None:
            self._restart_timer()
        for entry in entries:
            entry.start()

        def hear(_: "Future[Answer]") -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._hear, batch)

        future.add_done_callback(hear)

    # Hearing.

    def _hear(self, batch: _Batch) -> None:
        if batch not in self._under_way:
            return
        alone = batch.alone
        self._under_way.discard(batch)
        self._restart_timer()
        try:
            seconds, responses = batch.future.result()
            outcomes = [response_as_outcome(response) for response in responses]
            if len(outcomes) != len(batch.entries):
                raise ValueError(f"{len(outcomes)} results for {len(batch.entries)} programs")
        except CancelledError as error:
            if any(entry.open for entry in batch.entries):
                self._lose(batch.entries, error, batch.executor, alone=alone)
        except BrokenExecutor as error:
            self._lose(batch.entries, error, batch.executor, alone=alone)
        except BaseException as error:  # an executor of threads passes on even SystemExit
            self._fail(batch.entries, error, alone=alone)
        else:
            self._makes = 0
            self._learn(seconds, len(outcomes))
            for entry, outcome in zip(batch.entries, outcomes, strict=True):
                entry.settle(outcome)
        self._dispatch_soon()

    def _learn(self, seconds: float, programs: int) -> None:
        if seconds > TARGET_S:
            self._batch_size = max(1, self._batch_size // 2)
        elif programs == self._batch_size and seconds < TARGET_S / 2:
            self._batch_size = min(2 * self._batch_size, MAX_GROUP)

    def _fail(self, entries: list[Entry], error: BaseException, *, alone: bool) -> None:
        """The executor has given up on a batch: on each of several programs it tries again."""
        if len(entries) > 1 and not alone:
            self._suspect(entries)
            return
        for entry in entries:
            entry.fail(
                TaskErrorCode.INTERNAL,
                f"the executor did not run this program: {type(error).__name__}: {error}; its process may have run "
                "out of memory",
            )

    def _lose(self, entries: list[Entry], error: BaseException, executor: Executor | None, *, alone: bool) -> None:
        """The executor is broken, or is gone."""
        if executor is self._executor:
            self._drop_executor()
        if isinstance(self._given, Executor) or self._makes >= MAX_MAKES:
            why = (
                "the executor is broken, and cannot be made again: pass a function that makes one as executor="
                if isinstance(self._given, Executor)
                else f"{MAX_MAKES} executors in a row could not be made, or broke before they had run anything"
            )
            for entry in entries:
                entry.fail(TaskErrorCode.INTERNAL, f"{why} ({type(error).__name__}: {error})")
            return
        if alone:
            self._fail(entries, error, alone=True)
        else:
            self._suspect(entries)

    def _suspect(self, entries: list[Entry]) -> None:
        """Let them run again, one at a time."""
        for entry in entries:
            self._suspects.add(entry)

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._time_limit_s is not None and self._under_way:
            self._timer = asyncio.get_running_loop().call_later(self._time_limit_s, self._give_up)

    def _give_up(self) -> None:
        """There was no result for too long."""
        batches, self._under_way = self._under_way, set()
        self._timer = None
        for batch in batches:
            batch.future.cancel()
            for entry in batch.entries:
                entry.fail(
                    TaskErrorCode.TOO_SLOW,
                    f"the executor gave no result for {self._time_limit_s:g} s: see whether it still works, make the "
                    "program shorter, or raise the limit with LocalSettings(time_limit_s=...)",
                )
        self._drop_executor()
        self._dispatch_soon()
