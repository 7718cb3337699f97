"""One QPU: its queue, in order of submission, and the loop that runs its tasks."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from qcaas_sdk._base.clock import Clock
from qcaas_sdk.local.service.tasks import Task, TaskStatus
from qcaas_sdk.local.settings import LocalQpu, LocalSettings, Window
from qcaas_sdk.local.simulator.entries import Entry, Simulators
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode

# Weight of the newest run in the average service time.
_WEIGHT_OF_NEWEST = 0.3


class Qpu:
    """A QPU. It starts with the first submission, in the event loop that runs then."""

    def __init__(self, qpu: LocalQpu, settings: LocalSettings, simulators: Simulators, clock: Clock) -> None:
        self.settings = qpu
        self._service_settings = settings
        self._simulators = simulators
        self._clock = clock
        self._noise = None if qpu.noise is None else qpu.noise.to_text()
        self._queue: deque[Task] = deque()
        self._due: dict[str, float] = {}
        self._submitted = 0
        self._arrival = asyncio.Event()
        self._handed_over: dict[str, Task] = {}
        self._running: dict[str, Task] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._service: asyncio.Task[None] | None = None
        self._service_time_s: float | None = None
        # A run that takes its time for each shot begins when the one before it has ended.
        self._room = 1 if qpu.seconds_per_shot else simulators.ahead
        self._last: asyncio.Event | None = None
        self._last_end = 0.0

    def submit(self, task: Task, program: str, config: str | None) -> None:
        """Add a task to the end of the queue."""
        task.program, task.config, task.number = program, config, self._submitted
        self._submitted += 1
        task.move(TaskStatus.SUBMITTED, self._clock.wall())
        self._due[task.id] = self._clock.monotonic() + self.settings.queue_delay_s
        self._queue.append(task)
        self._arrival.set()
        if self._service is None or self._service.done():
            self._service = asyncio.get_running_loop().create_task(self._serve(), name=f"serve {self.settings.id}")

    def cancel(self, task: Task) -> None:
        """Cancel a task that has not ended; if it runs, its result is discarded."""
        if task.ended:
            return
        task.move(TaskStatus.CANCELLED, self._clock.wall())
        if task.id in self._runs:
            self._runs[task.id].cancel()
        elif task in self._queue:
            self._queue.remove(task)
            del self._due[task.id]

    async def close(self) -> None:
        """Stop. Tasks that wait or run are cancelled."""
        if self._service is not None:
            self._service.cancel()
            with suppress(asyncio.CancelledError):
                await self._service
        for task in [*self._queue, *self._handed_over.values(), *self._running.values()]:
            self.cancel(task)
        if self._runs:
            await asyncio.wait(self._runs.values())

    def tasks_in_queue(self) -> int:
        """How many tasks wait or run."""
        return len(self._queue) + len(self._handed_over) + len(self._running)

    def position(self, task: Task) -> int | None:
        """How many tasks are before this one; None if it neither waits nor runs."""
        if task.id in self._running:
            return 0
        if task.id in self._handed_over:
            return list(self._handed_over).index(task.id) + len(self._running)
        if task not in self._queue:
            return None
        return self._queue.index(task) + len(self._handed_over) + len(self._running)

    def estimated_start(self, position: int) -> datetime:
        """When the task at a position is likely to start, from the times of the last runs and the windows."""
        now = self._clock.wall()
        wait_s = max(position * (self._service_time_s or 0.0), self.settings.queue_delay_s if position == 0 else 0.0)
        if self.settings.windows:
            window = self._open_window(now) or self.next_window()
            if window is not None:
                now = max(now, window.start)
        return now + timedelta(seconds=wait_s)

    def next_window(self) -> Window | None:
        """The next window that opens."""
        now = self._clock.wall()
        return min((w for w in self.settings.windows if w.start > now), key=lambda w: w.start, default=None)

    def _open_window(self, now: datetime) -> Window | None:
        return next((window for window in self.settings.windows if window.start <= now < window.end), None)

    async def _serve(self) -> None:
        while True:
            if not self._queue or not self._room:
                await self._change()
                continue
            task = self._queue[0]
            wait_s = self._wait_before(task)
            if wait_s is None:
                # No window will open: only a cancel can change the queue.
                await self._change()
            elif wait_s > 0:
                # If the task is cancelled meanwhile, the next one is due no earlier.
                await self._clock.sleep(wait_s)
            else:
                self._queue.popleft()
                del self._due[task.id]
                self._hand_over(task)

    async def _change(self) -> None:
        self._arrival.clear()
        await self._arrival.wait()

    def _wait_before(self, task: Task) -> float | None:
        wait_s = self._due[task.id] - self._clock.monotonic()
        if not self.settings.windows or wait_s > 0:
            return wait_s
        now = self._clock.wall()
        if self._open_window(now) is not None:
            return wait_s
        window = self.next_window()
        return None if window is None else (window.start - now).total_seconds()

    def _hand_over(self, task: Task) -> None:
        """Let the simulator run it in its turn."""
        before, self._last = self._last, asyncio.Event()
        next_may_end = self._last
        self._room -= 1
        self._handed_over[task.id] = task

        def makes_way() -> None:
            if not next_may_end.is_set():
                next_may_end.set()
                self._room += 1
                self._arrival.set()

        run = self._run(task, before, makes_way)
        self._runs[task.id] = asyncio.get_running_loop().create_task(run, name=f"run {task.id}")

        def ended(_: asyncio.Task[None]) -> None:
            self._handed_over.pop(task.id, None)
            self._running.pop(task.id, None)
            del self._runs[task.id]
            if not task.ended:  # its asyncio task was cancelled before it could finish the task
                task.finish(
                    SimulationFailure(TaskErrorCode.INTERNAL, "the embedded QPU was stopped"), self._clock.wall()
                )
            makes_way()

        self._runs[task.id].add_done_callback(ended)

    async def _run(self, task: Task, before: asyncio.Event | None, makes_way: Callable[[], None]) -> None:
        try:
            outcome = await self._simulate(task, makes_way)
        except Exception as error:  # a bug here must not stop the queue
            message = f"the embedded QPU failed: {type(error).__name__}: {error}"
            outcome = SimulationFailure(TaskErrorCode.INTERNAL, message)
        if before is not None:  # several processes simulate, and this QPU answers in order
            await before.wait()
        if not task.ended:
            task.finish(outcome, self._clock.wall())

    async def _simulate(self, task: Task, makes_way: Callable[[], None]) -> Simulation | SimulationFailure:
        assert task.program is not None
        started = self._clock.monotonic()

        def start() -> None:
            nonlocal started
            started = self._clock.monotonic()
            if not task.ended:
                self._running[task.id] = self._handed_over.pop(task.id)
                task.move(TaskStatus.RUNNING, self._clock.wall())

        request = SimulationRequest(
            program=task.program,
            config=task.config,
            qubits=self.settings.qubits,
            max_shots=self.settings.max_shots,
            seed=self._seed_of(task),
            memory_limit_bytes=self._service_settings.memory_limit_bytes,
            noise=self._noise,
        )
        outcome = await self._simulators.run(
            Entry(request, self.settings.id, self._service_settings.time_limit_s, start, makes_way)
        )
        if isinstance(outcome, Simulation):
            left_s = started + outcome.shots * self.settings.seconds_per_shot - self._clock.monotonic()
            if left_s > 0:
                await self._clock.sleep(left_s)
        self._learn(started)
        return outcome

    def _seed_of(self, task: Task) -> int | None:
        if self._service_settings.seed is None:
            return None
        words = f"{self._service_settings.seed} {self.settings.id} {task.number}"
        return random.Random(words).getrandbits(31)  # noqa: S311 - a simulation, not a secret

    def _learn(self, started: float) -> None:
        now = self._clock.monotonic()
        seconds = now - max(started, self._last_end)
        self._last_end = now
        if self._service_time_s is None:
            self._service_time_s = seconds
        else:
            self._service_time_s += _WEIGHT_OF_NEWEST * (seconds - self._service_time_s)
