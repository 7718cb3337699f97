"""Polls the awaited jobs of one QPU, as the policy decides."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from copy import copy
from typing import Any, Protocol

from attrs import define

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._polling.decisions import Ask, Forecasted, GetForecast, Idle, Joined, Left, Observation, Sleep
from qcaas_sdk._polling.policy import PollingPolicy
from qcaas_sdk._record import JobRecord, JobTransition
from qcaas_sdk.errors import QcaasError, SdkNotOpen


class Forecast(Protocol):
    """What the service expects of a QPU's queue."""

    @property
    def opens_in_s(self) -> float:
        """Seconds until the next access window begins; 0 when nothing is closed."""
        ...

    @property
    def free_in_s(self) -> float | None:
        """Seconds until the queue as it is now has been served, as far as the service knows."""
        ...


Poll = Callable[[], Coroutine[Any, Any, object]]
"""Asks once for the status of a job."""

Forecaster = Callable[[str], Awaitable[Forecast]]
"""Asks for the forecast of a QPU, by its id."""


@define(eq=False, repr=False)
class Waiter:
    """A job that is awaited; `done` when it has ended or met an error. However many wait, it is one."""

    done: asyncio.Future[None]
    ask: Poll
    count: int = 0
    poll: asyncio.Task[object] | None = None


class QpuPoller:
    """Runs the policy of one QPU while at least one caller waits for one of its jobs."""

    def __init__(self, qpu_id: str, clock: Clock, rng: random.Random, forecaster: Forecaster | None) -> None:
        """Start without jobs; see `PollScheduler` for the arguments."""
        self._qpu_id = qpu_id
        self._clock = clock
        self._rng = rng
        self._forecaster = forecaster
        self._policy = PollingPolicy[JobRecord](has_forecasts=forecaster is not None)
        self._observations: list[Observation[JobRecord]] = []
        self._waiters: dict[JobRecord, Waiter] = {}
        self._awaited = 0  # waiters that are not done
        self._deadlines: Counter[float] = Counter()
        self._running: asyncio.Task[None] | None = None
        self._is_sleeping = False

    async def wait_for(self, job: JobRecord, poll: Poll, deadline_at: float | None) -> None:
        """Wait until a job has ended.

        Raises:
            QcaasError: A poll of this job met an error; or the SDK was closed.
        """
        waiter = self._waiter(job, poll)
        waiter.count += 1
        self._note_deadline(deadline_at, 1)
        try:
            await asyncio.shield(waiter.done)
        finally:
            self._note_deadline(deadline_at, -1)
            waiter.count -= 1
            if waiter.count == 0:
                self._forget(job, waiter)

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for job in list(self._waiters):
            self._fail(
                job, SdkNotOpen(f"the SDK was closed while you waited for {job!r}; the run goes on at the server")
            )
        self._stop()

    # Who waits.

    def _waiter(self, job: JobRecord, poll: Poll) -> Waiter:
        waiter = self._waiters.get(job)
        if waiter is not None and not waiter.done.done():
            return waiter
        if waiter is not None:  # of the previous run; those who waited for that have yet to wake up
            self._forget(job, waiter)
        waiter = self._waiters[job] = Waiter(asyncio.get_running_loop().create_future(), poll)
        job.observe(self._on_transition)
        job.wait_for_errors(self._fail)
        self._observations.append(Joined(job, job.run.place, self._submitted_at(job)))
        self._awaited += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name=f"poll {self._qpu_id}")
            self._running.add_done_callback(self._on_stopped)
        return waiter

    def _submitted_at(self, job: JobRecord) -> float | None:
        """When the last transition happened, on the policy's clock; None if this process cannot know."""
        if job.run.place is None:
            return None
        age = self._clock.wall() - job.transitions[-1].at
        return self._clock.monotonic() - max(age.total_seconds(), 0.0)

    def _forget(self, job: JobRecord, waiter: Waiter) -> None:
        if self._waiters.get(job) is not waiter:
            return
        del self._waiters[job]
        job.unobserve(self._on_transition)
        job.ignore_errors(self._fail)
        if waiter.poll is not None:
            waiter.poll.cancel()
        if not waiter.done.done():
            waiter.done.cancel()
            self._leave(job)

    def _leave(self, job: JobRecord) -> None:
        self._observations.append(Left(job))
        self._awaited -= 1
        if not self._awaited and self._is_sleeping:
            self._stop()

    def _on_transition(self, job: JobRecord, _event: JobTransition | None) -> None:
        waiter = self._waiters.get(job)
        if waiter is not None and job.run_ended and not waiter.done.done():
            waiter.done.set_result(None)
            self._leave(job)

    def _fail(self, job: JobRecord, error: BaseException) -> None:
        waiter = self._waiters.get(job)
        if waiter is not None and not waiter.done.done():
            waiter.done.set_exception(error)
            waiter.done.exception()  # marked as seen: those who still wait get it too
            self._leave(job)

    def _note_deadline(self, deadline_at: float | None, change: int) -> None:
        if deadline_at is None:
            return
        self._deadlines[deadline_at] += change
        if not self._deadlines[deadline_at]:
            del self._deadlines[deadline_at]
        self._policy.deadline_at = min(self._deadlines, default=None)

    # What the policy decides.

    async def _run(self) -> None:
        while True:
            match self._policy.step(self._new_observations(), self._clock.monotonic(), self._rng.random):
                case Ask(jobs):
                    await self._ask(jobs)
                case Sleep(seconds):
                    self._is_sleeping = True
                    await self._clock.sleep(seconds)
                    self._is_sleeping = False
                case GetForecast():
                    await self._get_forecast()
                case Idle():
                    self._running = None
                    return

    def _new_observations(self) -> list[Observation[JobRecord]]:
        new, self._observations = self._observations, []
        return new

    async def _ask(self, jobs: tuple[JobRecord, ...]) -> None:
        polls = []
        for job in jobs:
            waiter = self._waiters[job]
            waiter.poll = asyncio.create_task(waiter.ask())
            polls.append(waiter.poll)
        answers = await asyncio.gather(*polls, return_exceptions=True)
        for job, poll, answer in zip(jobs, polls, answers, strict=True):
            asked = self._waiters.get(job)
            if isinstance(answer, Exception) and asked is not None and asked.poll is poll:  # no later waiter
                self._fail(job, answer)

    async def _get_forecast(self) -> None:
        """Ask for the forecast; if that fails, polling goes on without."""
        assert self._forecaster is not None  # the policy was told
        try:
            forecast = await self._forecaster(self._qpu_id)
        except QcaasError:
            return
        self._observations.append(Forecasted(forecast.opens_in_s, forecast.free_in_s or 0.0))

    def _on_stopped(self, running: asyncio.Task[None]) -> None:
        """If the poller fails, or something else cancels it, every waiter gets an error."""
        if running is not self._running:
            return  # it was stopped from here, or is complete
        self._running, self._is_sleeping = None, False
        error = asyncio.CancelledError() if running.cancelled() else running.exception()
        if isinstance(error, asyncio.CancelledError):
            error = QcaasError(f"the task that polls {self._qpu_id} was cancelled; `await job.wait()` goes on")
        if error is not None:
            for job in list(self._waiters):  # an error that is shared would keep the frames of all who got it
                self._fail(job, copy(error) if isinstance(error, QcaasError) else error)
            self._stop()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running, self._is_sleeping = None, False
        self._policy.note(self._new_observations(), self._clock.monotonic())
