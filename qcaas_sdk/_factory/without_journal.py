"""What an SDK without a journal does where one with a journal writes and recovers."""

from qcaas_sdk._record import NULL_WRITER, JobRequest, JournalWriter, PolicyState
from qcaas_sdk.composite import Child
from qcaas_sdk.errors import QcaasError


class WithoutJournal:
    """Writes nothing. `Recovery` is what an SDK with a journal has instead."""

    async def open(self, service: str) -> None:
        """Open the journal.

        Raises:
            JournalError: It cannot be used; `JournalInUse` if another SDK has it open, `BadJournal` if it is damaged.
        """

    @property
    def reserving(self) -> frozenset[str]:
        """The QPUs for which earlier processes reserved ids."""
        return frozenset()

    async def close(self) -> None:
        """Write the remaining entries and close the journal.

        Raises:
            JournalError: It could not be written.
        """

    def drop(self) -> None:
        """As `close`, without an event loop.

        Raises:
            JournalError: As `close`.
        """

    def writer_of_job(
        self, request: JobRequest, *, fetch_diagnostics: bool, policy: PolicyState | None
    ) -> JournalWriter:
        """The writer of a new job."""
        return NULL_WRITER

    def writer_of_composite(self) -> JournalWriter:
        """The writer of a new composite."""
        return NULL_WRITER

    def register(self, child: Child) -> None:
        """Remember a job or composite while it is in use; if it is not in the journal yet, write it there."""

    def recover(self, *, ended: bool) -> list[Child]:
        """The jobs and composites that are not part of another; for those in use, the same objects.

        Args:
            ended: Also those that have ended.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
            ChartMismatch: A job runs on a chart that the SDK does not have.
        """
        raise QcaasError("recover() needs a journal: open the SDK with OqcSdk(…, journal='campaign.db')")
