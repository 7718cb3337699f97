"""The world of a scenario that uses an SDK: a simulated cloud, and a journal that outlives the process."""

import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from qcaas_sdk.errors import ServerWarning
from qcaas_sdk.job import record_of_job
from qcaas_sdk.oqc_sdk import OqcSdk
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.faults import Fault, RequestKind, What
from qcaas_sdk.testing.exploration import choose, tell
from qcaas_sdk.testing.invariants import ALWAYS, Invariant, check, free_when_idle
from qcaas_sdk.testing.on_cloud import sdk_on
from qcaas_sdk.testing.recorder import Recorder

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # a directory of this run is made in it
"""Where a journal lies if this is there: no disk has to be waited for."""


class CloudWorld:
    """A world for `explore`: a service, what is on disk, and a recorder of all jobs.

    Attributes:
        cloud: The service.
        recorder: Records all jobs; at the end it checks the invariants.
        deaths: How often the process has died.
    """

    def __init__(
        self,
        *,
        faults: Sequence[What] = (),
        on: Sequence[RequestKind | str] = (),
        journal: bool = False,
        recovery: "Callable[[CloudWorld], Awaitable[object]] | None" = None,
        invariants: Sequence[Invariant] = (*ALWAYS, free_when_idle),
        **options: Any,
    ) -> None:
        """Make a world.

        Args:
            faults: What may go wrong with each request; `Bounds(faults=…)` says how often.
            on: The kinds of request that a fault may strike; none for all.
            journal: Whether the SDKs have a journal.
            recovery: What another process does if the process dies.
            invariants: What must hold at the end.
            **options: As for `SimulatedCloud`.
        """
        self.cloud = SimulatedCloud(**options)
        self.recorder = Recorder(self.cloud)
        self.deaths = 0
        self._faults = [Fault(what) for what in faults]
        self._on = frozenset(RequestKind(kind) for kind in on)
        self._recovery = recovery
        self._invariants = invariants
        self._folder = None
        if journal:
            place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
            self._folder = tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True)

    @asynccontextmanager
    async def sdk(self, **options: Any) -> AsyncIterator[OqcSdk]:
        """An open SDK on the service; faults begin once it is open."""
        warnings.simplefilter("ignore", ServerWarning)
        sdk = sdk_on(self.cloud, journal=self.journal, **options)
        with self.cloud.calm():
            await sdk.open()
        self.recorder.watch(sdk)
        self.cloud.decide_faults(self._decide)
        try:
            yield sdk
        finally:
            await sdk.close()

    @property
    def journal(self) -> Path | None:
        """The journal of this process: after a death, a copy of what was durable."""
        return None if self._folder is None else Path(self._folder.name) / f"{self.deaths}.db"

    def died(self) -> None:
        """Keep what was durable; the jobs of the process and its requests that have not arrived are lost."""
        for record in self.cloud.ledger.requests():
            if record.done_at is None:
                record.done_at = self.cloud.now
        before = self.journal
        self.deaths += 1
        after = self.journal
        self.recorder.forget(*self.recorder.jobs)
        if before is not None and after is not None and before.exists():
            with closing(sqlite3.connect(before)) as old, closing(sqlite3.connect(after)) as new:
                old.backup(new)

    async def recover(self) -> object:
        """What another process does."""
        return "died" if self._recovery is None else await self._recovery(self)

    def check(self) -> None:
        """Check the invariants."""
        check(self.recorder, *self._invariants)

    def state(self) -> object:
        """The states of all jobs and of their tasks at the service, and what each job knows about its task id."""
        jobs, tasks = self.recorder.jobs, self.cloud.ledger.tasks()
        seen: dict[str, set[str]] = {
            "jobs": {job.state.value for job in jobs},
            "service": {str(self.cloud.ledger.truth_of(one)) for one in tasks},
            "known": {_known(record_of_job(job).run) for job in jobs},
        }
        return "; ".join(f"{what}: {', '.join(sorted(states)) or 'none'}" for what, states in seen.items())

    def close(self) -> None:
        """Remove the journal."""
        if self._folder is not None:
            self._folder.cleanup()

    def _decide(self, kind: RequestKind, qpu_id: str | None) -> Fault | None:
        tell(f"sdk->>service: {kind.value}")
        if not self._faults or (self._on and kind not in self._on):
            return None
        fault = choose(None, *self._faults, counts_as="faults")
        if fault is not None:
            tell(f"Note over service: {type(fault.what).__name__}")
        return fault


def _known(run: Any) -> str:
    if run.task_id is None:
        return "no id"
    return "in doubt" if run.in_doubt else "id"
