"""What an SDK without a journal does where one with a journal writes and recovers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qcaas_sdk._record import NULL_WRITER, JobRecord, JournalWriter, Limits, Usage
from qcaas_sdk.composite import Child
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job
from qcaas_sdk.results.usage import UsageKey

if TYPE_CHECKING:
    from qcaas_sdk import _journal


class WithoutJournal:
    """Writes nothing. `Recovery` is what an SDK with a journal has instead."""

    async def open(self, service: str) -> None:
        """Open the journal.

        Raises:
            JournalError: It cannot be used; `JournalInUse` if another SDK has it open, `BadJournal` if it is damaged.
        """

    @property
    def path(self) -> Path | None:
        """The journal's file; None for no journal."""
        return None

    @property
    def names(self) -> Mapping[str, int]:
        """The numbers of jobs and composites that have a name, by name."""
        return {}

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

    def writer_of_job(self, job: JobRecord, at: datetime) -> JournalWriter:
        """The writer of a new job, which was made at a moment."""
        return NULL_WRITER

    def writer_of_composite(self, name: str | None, limits: Limits) -> JournalWriter:
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

    def usage(
        self, keys: Sequence[UsageKey], wanted: "_journal.JobFilter"
    ) -> Iterator[tuple[tuple[str, ...], Usage]]:
        """What the jobs in the journal have used, also if the SDK is not open.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
        """
        raise QcaasError("usage() needs a journal: make the SDK with OqcSdk(…, journal='campaign.db')")

    def find(self, wanted: "_journal.JobFilter") -> list[Job]:
        """The jobs of the journal that match, the newest first; for those in use, the same objects.

        Raises:
            QcaasError: There is no journal.
            JournalError: It cannot be read.
            ChartMismatch: As `recover`.
        """
        raise QcaasError("find() needs a journal: open the SDK with OqcSdk(…, journal='campaign.db')")

    def of_task(self, task_id: str) -> Job | None:
        """The job of the journal that has, or had, a task."""
        return None

    def some(self, numbers: Sequence[int]) -> list[Child]:
        """The jobs and composites with these numbers; for those in use, the same objects.

        Raises:
            JournalError: The journal cannot be read.
            ChartMismatch: As `recover`.
        """
        return []

    def job(self, number: int) -> Job | None:
        """The job with a number; None if there is no such job."""
        return None
