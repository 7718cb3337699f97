"""A writer that checks the rule that no paid run is lost: an id is durable before a program is submitted under it."""

import asyncio

from attrs import define, field

from qcaas_sdk._record import NullWriter
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.faults import RequestKind
from qcaas_sdk.testing.recorder import broken


@define(eq=False)
class WatchedWriter(NullWriter):
    """A writer that notes when an id was durable: nothing may be submitted under it before.

    Attributes:
        cloud: The service.
        durable: When each id was, in virtual seconds.
    """

    cloud: SimulatedCloud
    durable: dict[str, float] = field(factory=dict)

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """A disk takes its time."""
        await asyncio.sleep(0.001)
        self.durable[task_id] = self.cloud.now

    async def unreserved(self, qpu_url: str | None) -> None:
        """A disk takes its time."""
        await asyncio.sleep(0.001)

    def written_before_sent(self) -> None:
        """No program has left before its id was durable.

        Raises:
            InvariantBroken: One has.
        """
        for record in self.cloud.ledger.requests(RequestKind.SUBMIT):
            for task_id in record.task_ids:
                if record.at < self.durable.get(task_id, record.at + 1):
                    raise broken(f"task {task_id} was submitted at {record.at:g} s, before its id was written down")
