"""The scheduler: a queue for each QPU, and whoever waits for a job in it."""

import asyncio
import random

from qcaas_sdk.clock import Clock
from qcaas_sdk.deadline import deadline_here
from qcaas_sdk.job import Job
from qcaas_sdk.scheduler.queue import Forecaster, Queue


class PollScheduler:
    """Polls the jobs that somebody waits for, QPU by QPU, however many wait."""

    def __init__(self, clock: Clock, random: random.Random, forecaster: Forecaster | None = None) -> None:
        """Make ready; nothing is asked before somebody waits.

        Args:
            clock: Where time comes from.
            random: Where jitter comes from.
            forecaster: Asked when a wait gets long; None where there is nobody to ask.
        """
        self._clock = clock
        self._random = random
        self._forecaster = forecaster
        self._queues: dict[tuple[str, bool], Queue] = {}  # by QPU, and whether its jobs wait for their cancellation

    async def until_ended(self, job: Job) -> None:
        """Wait for the job's end.

        Raises:
            QcaasError: A poll of this job met trouble; the job stands where it stood.
            SdkNotOpen: The SDK was closed meanwhile.
        """
        if job.ended:
            return
        queue = self._queue_of(job)
        watch = queue.watch(job)
        watch.waiters += 1
        deadline = deadline_here()
        queue.deadlines[deadline] += 1
        try:
            await asyncio.shield(watch.done)
        finally:
            queue.deadlines[deadline] -= 1
            if not queue.deadlines[deadline]:
                del queue.deadlines[deadline]
            watch.waiters -= 1
            if watch.waiters == 0:
                queue.forget(job, watch)

    def _queue_of(self, job: Job) -> Queue:
        """The queue of its QPU; those whose cancellation waits have a queue of their own: they end in no order."""
        waits = job.cancellation_waits
        queue = self._queues.get((job.qpu_id, waits))
        if queue is None:
            forecaster = None if waits else self._forecaster
            queue = self._queues[job.qpu_id, waits] = Queue(job.qpu_id, self._clock, self._random, forecaster)
        return queue

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for queue in self._queues.values():
            queue.close()
