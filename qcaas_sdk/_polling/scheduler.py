"""The scheduler of an SDK: one poller for each QPU."""

import random
from collections.abc import Callable
from contextlib import suppress

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._handles.deadline import deadline_here
from qcaas_sdk._polling.qpu_poller import Forecaster, Poll, QpuPoller
from qcaas_sdk._record import JobRecord
from qcaas_sdk.errors import WrongEventLoop, WrongProcess


class PollScheduler:
    """Polls the jobs that callers wait for, QPU by QPU."""

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        forecaster: Forecaster | None = None,
        guard: LoopGuard | None = None,
        recent_errors: Callable[[str, float], str] = lambda _qpu_id, _since: "",
    ) -> None:
        """Prepare; nothing is asked before a caller waits.

        Args:
            clock: Where time comes from.
            rng: The source of jitter.
            forecaster: Asked when a wait gets long; None where the service has no forecasts.
            guard: Refuses a caller in another event loop.
            recent_errors: What a QPU has answered since a moment, if those were errors only.
        """
        self._clock = clock
        self._rng = rng
        self._forecaster = forecaster
        self._guard = guard or LoopGuard()
        self._recent_errors = recent_errors
        self._on_close: dict[object, Callable[[], None]] = {}
        self._pollers: dict[tuple[str, bool], QpuPoller] = {}  # by QPU, and whether its jobs wait for a cancellation

    @property
    def is_open(self) -> bool:
        """Whether its SDK is open, and works in this event loop or thread."""
        with suppress(WrongEventLoop, WrongProcess):
            self._guard.check()
            return self._guard.entered
        return False

    async def until_ended(self, job: JobRecord, poll: Poll) -> None:
        """Wait for the end of the job's current run.

        Args:
            job: The job.
            poll: Asks once for its status.

        Raises:
            QcaasError: A poll of this job met an error; the job keeps its state.
            SdkNotOpen: The SDK was closed meanwhile.
            WrongEventLoop: It was opened in another loop.
        """
        if job.run_ended:
            return
        self._guard.check()
        await self._poller_of(job).wait_for(job, poll, deadline_here())

    def _poller_of(self, job: JobRecord) -> QpuPoller:
        """The poller of its QPU. Jobs whose cancellation waits have one of their own: they end in no order."""
        waits = job.cancellation_waits
        poller = self._pollers.get((job.qpu_id, waits))
        if poller is None:
            forecaster = None if waits else self._forecaster
            poller = self._pollers[job.qpu_id, waits] = QpuPoller(job.qpu_id, self._clock, self._rng, forecaster)
        return poller

    def on_close(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback` called when the scheduler is closed; returns what undoes that."""
        token = object()
        self._on_close[token] = callback
        return lambda: self._on_close.pop(token, None) and None

    def recent_errors(self, qpu_id: str, since: float) -> str:
        """What a QPU has answered since a moment, if those were errors only, as half a sentence."""
        return self._recent_errors(qpu_id, since)

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for poller in self._pollers.values():
            poller.close()
        for callback in [*self._on_close.values()]:
            callback()
