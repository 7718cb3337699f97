"""While jobs wait for places, the runs that hold those are polled, even if no other code waits for them."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from contextvars import Context
from typing import Any

from qcaas_sdk._record import JobRecord, JobState
from qcaas_sdk.errors import QcaasError

Follow = Callable[[JobRecord], Coroutine[Any, Any, object]]
"""Polls a job until its run has ended."""


class Watches:
    """Waits for the ends of runs, one task each."""

    def __init__(self, follow: Follow, over: Callable[[JobRecord], None]) -> None:
        """Nothing is watched.

        Args:
            follow: How to wait for the end of a run.
            over: Called when a watch has ended, before its run or with it.
        """
        self._follow = follow
        self._over = over
        self._tasks: dict[JobRecord, asyncio.Task[None]] = {}
        self._errors: dict[JobRecord, QcaasError] = {}
        """Why a watch has ended before its run."""
        self._unrecovered: set[JobRecord] = set()
        """Jobs in the journal that nobody has recovered."""

    def __contains__(self, job: JobRecord) -> bool:
        return job in self._tasks

    def begin(self, job: JobRecord) -> bool:
        """Watch a run from now on; False if its end cannot be waited for."""
        active = job.state is not JobState.CREATED or job.cancellation_waits
        if not active or job in self._unrecovered or job in self._errors:
            return False
        self._tasks[job] = asyncio.get_running_loop().create_task(
            self._watch(job), name=f"wait for a place at {job.qpu_id}", context=Context()
        )
        return True

    async def _watch(self, job: JobRecord) -> None:
        try:
            await self._follow(job)
        except QcaasError as error:
            self._errors[job] = error
        finally:
            if self._tasks.get(job) is asyncio.current_task():
                del self._tasks[job]
        self._over(job)

    def problem(self, job: JobRecord) -> tuple[str, QcaasError | None]:
        """Why the end of a run cannot be waited for and what to do about it, and the error behind that, if any."""
        if (error := self._errors.get(job)) is not None:
            return f"the SDK cannot wait for {job!r}: {error}", error
        if job in self._unrecovered:
            return f"{job!r} is in the journal: `sdk.recover()` it, and wait for it", None
        return f"{job!r} may have been submitted: `await job.wait()` finds out, `await job.cancel()` cancels it", None

    def forgive(self, job: JobRecord) -> None:
        """Let a run be watched again, although an error has ended its watch."""
        self._errors.pop(job, None)

    def found_unrecovered(self, jobs: Collection[JobRecord]) -> None:
        """Take note of jobs in a journal that no code has recovered: they cannot be watched."""
        self._unrecovered = set(jobs)

    def made(self, job: JobRecord) -> None:
        """Take note that a job was made, loaded or recovered."""
        self._unrecovered.discard(job)

    def stop(self, job: JobRecord) -> None:
        """End the watch of a run, if there is one."""
        if (watch := self._tasks.pop(job, None)) is not None:
            watch.cancel()

    def forget(self, job: JobRecord) -> None:
        """Know nothing of a run that is over; the watch that has just seen that comes to its end by itself."""
        self._errors.pop(job, None)
        if (watch := self._tasks.pop(job, None)) is not None and watch is not asyncio.current_task():
            watch.cancel()

    def close(self) -> None:
        """End all watches."""
        for watch in self._tasks.values():
            watch.cancel()
        self._tasks = {}

    def drop(self) -> None:
        """As `close`, if the event loop has ended."""
        self._tasks = {}
