"""The jobs of an SDK that exist already: in its journal, or in files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, overload

from qcaas_sdk import _snapshot
from qcaas_sdk._factory.jobs import JobFactory
from qcaas_sdk._guards import arguments
from qcaas_sdk._journal import service_name
from qcaas_sdk._polling import PollScheduler
from qcaas_sdk._sdk.connection import Connection
from qcaas_sdk._service import Tasks
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.job import Job


class KnownJobs(Connection):
    """The part of `OqcSdk` that gives back jobs. Its journal and its scheduler open and close with the connection."""

    _jobs: JobFactory
    _scheduler: PollScheduler
    _tasks: Tasks

    async def _open_jobs(self) -> None:
        await self._jobs.recovery.open(service_name(self._transport.base_url))
        self._tasks.note_reserving(self._jobs.recovery.reserving)

    async def _close_jobs(self, *, orphaned: bool) -> None:
        if orphaned:
            self._jobs.drop()
            self._jobs.recovery.drop()
        else:
            await self._jobs.close()
            self._scheduler.close()
            await self._jobs.recovery.close()

    def observe(self, observer: Callable[[Job | CompositeJob], None]) -> None:
        """Call `observer` with every job and composite that is created or loaded from now on; it must not raise."""
        arguments.function(observer, "observer", "a function of one job")
        self._jobs.observe(observer)

    def recover(self, *, all: bool = False) -> list[Job | CompositeJob]:  # noqa: A002  # read as a word: recover(all=True)
        """The jobs and composites in the journal that have not ended, including those of earlier processes.

        Nothing is sent. `await job.wait()` continues a job from its last recorded state. If your process already uses
        a job, you get the same object. Jobs of a composite are returned as part of it.

        Args:
            all: Also return those that have ended, with results and history.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: The SDK has no journal.
            JournalError: The journal cannot be read.
            ChartMismatch: A job runs on a chart that this SDK does not have, or that does not know its state.
        """
        self._require_open("recover")
        return self._jobs.recovery.recover(ended=arguments.flag(all, "all"))

    def load(self, path: str | Path) -> Job | CompositeJob:
        """A job or composite from a file that `save` wrote, in this SDK or the published one.

        If it has not ended, `await job.wait()` continues it. Nothing is sent, and no QPU is looked up.

        Raises:
            SdkNotOpen: The SDK is not open.
            FileNotFoundError: There is no such file; `PermissionError` if you may not read it.
            BadSnapshot: The file is not a snapshot, or is damaged; the error says where.
            ChartMismatch: As `recover`.
            InvalidArgument: `path` is not a path.
        """
        self._require_open("load")
        file = arguments.path(path, "path")
        return self._jobs.loaded(_snapshot.parsed(_snapshot.read_whole(file), str(file)), str(file))

    @overload
    def from_snapshot(self, snapshot: JobSnapshot) -> Job: ...
    @overload
    def from_snapshot(self, snapshot: CompositeJobSnapshot) -> CompositeJob: ...
    @overload
    def from_snapshot(self, snapshot: Mapping[str, Any]) -> Job | CompositeJob: ...
    def from_snapshot(self, snapshot: Mapping[str, Any]) -> Job | CompositeJob:
        """A job or composite from the value of `to_snapshot`; otherwise as `load`.

        Raises:
            SdkNotOpen: The SDK is not open.
            BadSnapshot: It is not a snapshot, or is damaged; the error says where.
        """
        self._require_open("from_snapshot")
        return self._jobs.loaded(_snapshot.plain(snapshot, _snapshot.IN_MEMORY), _snapshot.IN_MEMORY)
