"""Reserving a task id, and when it is believed that a service reserves none.

Without an id a lost answer cannot be cleared up, so one refusal is not enough: a proxy may have sent it.
"""

import random
import warnings

from attrs import field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._record import JobRecord
from qcaas_sdk._service import Tasks, speaks_of_the_qpu
from qcaas_sdk.errors import RequestRefused, ServerWarning

NO_SUCH_CALL = frozenset({404, 405, 501})
"""Statuses by which a server says that it reserves no ids."""

RESERVATION_ROUNDS = 3
"""How often a reservation is asked for before such an answer is believed, or raised."""

MAX_PAUSE_S = 2.0


@frozen
class Reservation:
    """Gets ids from a service, and remembers whether it reserves any.

    Attributes:
        tasks: The service's calls.
        clock: Time for pauses.
        random: Jitter of these.
    """

    tasks: Tasks
    clock: Clock
    random: random.Random
    _without: set[str] = field(factory=set, init=False)
    """QPUs of which it is believed that no ids are reserved for them."""

    async def task_id(self, job: JobRecord) -> str | None:
        """A new id; None from a service that reserves none.

        That is believed if the service says so in its own words, every time that it is asked, and if it has never
        reserved an id on that host. All else passes.

        Raises:
            QcaasError: No id came; the job stands where it stood.
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
        """Whether the service itself says that it has no such call, and that is not known to be untrue."""
        by_the_service = error.in_the_services_form and not speaks_of_the_qpu(error, qpu_id)
        return by_the_service and not self.tasks.reserves_ids(qpu_id)

    def _believe(self, error: RequestRefused, qpu_id: str) -> None:
        if qpu_id in self._without:
            return
        self._without.add(qpu_id)
        warnings.warn(
            f"the service reserves no task ids for {qpu_id} ({error}): programs are submitted without one, and if "
            "the answer to a submission is lost, the service cannot be asked about it",
            ServerWarning,
            stacklevel=2,
        )
