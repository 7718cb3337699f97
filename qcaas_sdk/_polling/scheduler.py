"""The scheduler of an SDK: one poller for each QPU."""

import random

from qcaas_sdk._polling.qpu_poller import Forecaster, QpuPoller
from qcaas_sdk.clock import Clock
from qcaas_sdk.deadline import deadline_here
from qcaas_sdk.job import Job


class PollScheduler:
    """Polls the jobs that somebody waits for, QPU by QPU, however many wait."""

    def __init__(self, clock: Clock, rng: random.Random, forecaster: Forecaster | None = None) -> None:
        """Make ready; nothing is asked before somebody waits.

        Args:
            clock: Where time comes from.
            rng: The source of jitter.
            forecaster: Asked when a wait gets long; None where the service has no forecasts.
        """
        self._clock = clock
        self._rng = rng
        self._forecaster = forecaster
        self._pollers: dict[str, QpuPoller] = {}

    async def until_ended(self, job: Job) -> None:
        """Wait for the job's end.

        Raises:
            QcaasError: A poll of this job met an error; the job keeps its state.
            SdkNotOpen: The SDK was closed meanwhile.
        """
        if job.ended:
            return
        poller = self._pollers.get(job.qpu_id)
        if poller is None:
            poller = self._pollers[job.qpu_id] = QpuPoller(job.qpu_id, self._clock, self._rng, self._forecaster)
        await poller.wait_for(job, deadline_here())

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for poller in self._pollers.values():
            poller.close()
