"""When a job asks how it stands. It never speaks to a server itself: it triggers the job's `poll`."""

import asyncio
import random

from attrs import define, field

from qcaas_sdk.clock import Clock
from qcaas_sdk.errors import SdkNotOpen
from qcaas_sdk.job import Job, JobEvent

FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 5.0
GROWTH = 1.5


@define(eq=False)
class _Watch:
    """A job that somebody waits for.

    Attributes:
        ended: Done when the job has ended, or has met trouble.
        waiters: How many coroutines wait.
        polling: The task that asks.
    """

    ended: asyncio.Future[None]
    waiters: int = 0
    polling: asyncio.Task[None] | None = field(default=None)


class PollScheduler:
    """Polls every job that somebody waits for, one poller a job however many wait."""

    def __init__(self, clock: Clock, random: random.Random) -> None:
        self._clock = clock
        self._random = random
        self._watches: dict[Job, _Watch] = {}

    async def until_ended(self, job: Job) -> None:
        """Wait for the job's end, polling it at growing, jittered intervals.

        Raises:
            QcaasError: A poll met trouble; the job stands where it stood.
            SdkNotOpen: The SDK was closed meanwhile.
        """
        if job.ended:
            return
        watch = self._watches.get(job) or self._begin(job)
        watch.waiters += 1
        try:
            await asyncio.shield(watch.ended)
        finally:
            watch.waiters -= 1
            if watch.waiters == 0:
                self._stop(job, watch)

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for job, watch in list(self._watches.items()):
            self._fail(watch, SdkNotOpen(f"the SDK was closed while {job!r} was awaited; the server goes on with it"))
            self._stop(job, watch)

    def _begin(self, job: Job) -> _Watch:
        watch = self._watches[job] = _Watch(asyncio.get_running_loop().create_future())
        job.observe(self._on_move)
        watch.polling = asyncio.create_task(self._poll(job, watch), name=f"poll {job.task_id}")
        return watch

    def _stop(self, job: Job, watch: _Watch) -> None:
        if self._watches.get(job) is not watch:
            return
        del self._watches[job]
        job.unobserve(self._on_move)
        watch.ended.cancel()
        if watch.polling is not None:
            watch.polling.cancel()

    def _on_move(self, job: Job, _event: JobEvent) -> None:
        watch = self._watches.get(job)
        if job.ended and watch is not None and not watch.ended.done():
            watch.ended.set_result(None)

    async def _poll(self, job: Job, watch: _Watch) -> None:
        pause = FIRST_PAUSE_S
        try:
            while not job.ended:
                await job.refresh()
                if not job.ended:
                    await self._clock.sleep(pause * self._random.uniform(0.7, 1.3))
                    pause = min(pause * GROWTH, LONGEST_PAUSE_S)
        except Exception as error:
            self._fail(watch, error)

    @staticmethod
    def _fail(watch: _Watch, error: Exception) -> None:
        if not watch.ended.done():
            watch.ended.set_exception(error)
            watch.ended.exception()  # seen: whoever still waits gets it too
