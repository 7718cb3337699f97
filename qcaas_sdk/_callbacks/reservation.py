"""Reserves a task id, and decides whether a service reserves none.

Without an id the SDK cannot ask about a lost answer, so one refusal is not enough: it may come from a proxy.
"""

import random

from attrs import field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._record import JobRecord
from qcaas_sdk._service import Tasks, speaks_of_the_qpu
from qcaas_sdk.errors import RequestRefused
from qcaas_sdk.errors.base import warn_of_server

NO_SUCH_CALL = frozenset({404, 405, 501})
"""HTTP statuses of a server that reserves no ids."""

RESERVATION_ROUNDS = 3
"""How many times to try before such an answer is accepted or raised."""

MAX_PAUSE_S = 2.0
"""Seconds between two tries, at most."""


@frozen(eq=False, repr=False)
class Reservation:
    """Gets ids from a service, and remembers whether it reserves any.

    Attributes:
        tasks: The service's calls.
        clock: The source of time.
        random: The source of jitter.
    """

    tasks: Tasks
    clock: Clock
    random: random.Random
    _without: set[str] = field(factory=set, init=False)
    """QPUs whose service reserves no ids."""

    async def task_id(self, job: JobRecord) -> str | None:
        """A new id; None if the service reserves none.

        That is accepted only if every answer is in the service's own format and no id was ever reserved on that host.

        Raises:
            QcaasError: There is no id; the job keeps its state.
        """
        qpu_id = job.qpu_id
        in_its_own_words = 0
        for attempt in range(1, RESERVATION_ROUNDS + 1):
            try:
                return await self.tasks.reserve(qpu_id, job.tag)
            except RequestRefused as error:
                if error.status not in NO_SUCH_CALL:
                    raise
                in_its_own_words += self._says_so(error, qpu_id)
                if in_its_own_words == attempt and (attempt == RESERVATION_ROUNDS or qpu_id in self._without):
                    self._believe(error, qpu_id)
                    return None
                if attempt == RESERVATION_ROUNDS:
                    raise
            await self.clock.sleep(self.random.uniform(0.2, 1.0) * min(2.0 ** (attempt - 1), MAX_PAUSE_S))
        raise AssertionError("the last round returns or raises")

    def _says_so(self, error: RequestRefused, qpu_id: str) -> bool:
        """Whether the service itself answers that it has no such call, and no reservation has worked there."""
        by_the_service = error.in_the_services_form and not speaks_of_the_qpu(error, qpu_id)
        return by_the_service and not self.tasks.reserves_ids(qpu_id)

    def _believe(self, error: RequestRefused, qpu_id: str) -> None:
        if qpu_id in self._without:
            return
        self._without.add(qpu_id)
        warn_of_server(
            f"the service reserves no task ids for {qpu_id} ({error}). Programs are submitted without an id; if the "
            "answer to a submission is lost, the SDK cannot ask about it"
        )
