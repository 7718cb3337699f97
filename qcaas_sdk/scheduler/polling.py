"""The scheduler: a queue for each QPU, and whoever waits for a job in it."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

from qcaas_sdk._record import JobRecord
from qcaas_sdk.clock import Clock
from qcaas_sdk.deadline import deadline_here
from qcaas_sdk.loop_guard import LoopGuard
from qcaas_sdk.scheduler.queue import Forecaster, Queue


class PollScheduler:
    """Polls the jobs that somebody waits for, QPU by QPU, however many wait."""

    def __init__(
        self,
        clock: Clock,
        random: random.Random,
        forecaster: Forecaster | None = None,
        guard: LoopGuard | None = None,
        recent_errors: Callable[[str, float], str] = lambda _qpu_id, _since: "",
    ) -> None:
        """Make ready; nothing is asked before somebody waits.

        Args:
            clock: Where time comes from.
            random: Where jitter comes from.
            forecaster: Asked when a wait gets long; None where there is nobody to ask.
            guard: Refuses who waits in another event loop.
            recent_errors: What a QPU has answered since a moment, if those were errors only.
        """
        self._clock = clock
        self._random = random
        self._forecaster = forecaster
        self._guard = guard or LoopGuard()
        self._recent_errors = recent_errors
        self._queues: dict[str, Queue] = {}

    async def until_ended(self, job: JobRecord, poll: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Wait for the job's end.

        Args:
            job: The job.
            poll: Asks once how it stands.

        Raises:
            QcaasError: A poll of this job met trouble; the job stands where it stood.
            SdkNotOpen: The SDK was closed meanwhile.
            WrongEventLoop: It was opened in another loop.
        """
        if job.ended:
            return
        self._guard.check()
        queue = self._queues.get(job.qpu_id)
        if queue is None:
            queue = self._queues[job.qpu_id] = Queue(job.qpu_id, self._clock, self._random, self._forecaster)
        watch = queue.watch(job, poll)
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

    def recent_errors(self, qpu_id: str, since: float) -> str:
        """What a QPU has answered since a moment, if those were errors only, as half a sentence."""
        return self._recent_errors(qpu_id, since)

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for queue in self._queues.values():
            queue.close()
