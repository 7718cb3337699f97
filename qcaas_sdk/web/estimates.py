"""The service's own estimates of its queues, asked for now and then while a browser shows the page."""

from collections.abc import Awaitable, Callable, Iterable

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk.errors import QcaasError

EVERY_S = 30.0
"""Seconds between two requests about one QPU."""

LOOK_EVERY_S = 1.0
"""Seconds between two looks whether there is a reason to ask."""

AskService = Callable[[str], Awaitable[WaitEstimate]]


class Estimates:
    """The latest estimate of each QPU.

    Attributes:
        known: By the id of the QPU; a QPU without a usable answer is missing.
    """

    def __init__(self, ask: AskService, clock: Clock) -> None:
        """Nothing is asked yet.

        Args:
            ask: Asks the service about a QPU.
            clock: The source of time.
        """
        self.known: dict[str, WaitEstimate] = {}
        self._ask = ask
        self._clock = clock
        self._asked_at: dict[str, float] = {}

    async def follow(self, wanted: Callable[[], Iterable[str]]) -> None:
        """Ask about the QPUs that are wanted, until the task is cancelled."""
        while True:
            for qpu_id in [*wanted()]:
                await self.ask(qpu_id)
            await self._clock.sleep(LOOK_EVERY_S)

    async def ask(self, qpu_id: str) -> None:
        """Ask about one QPU, unless that was done lately."""
        now = self._clock.monotonic()
        if now - self._asked_at.get(qpu_id, float("-inf")) < EVERY_S:
            return
        self._asked_at[qpu_id] = now
        try:
            self.known[qpu_id] = await self._ask(qpu_id)
        except QcaasError:  # this service has no estimates, or not now
            self.known.pop(qpu_id, None)
