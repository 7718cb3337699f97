"""What the page can do with jobs: cancel, run again, continue, and the triggers of a job's own chart."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from qcaas_sdk._base.text import message
from qcaas_sdk._record import JobRecord, JobState, states_in
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job, owner_of_job, record_of_job
from qcaas_sdk.statechart import shipped_chart

CANCEL, RETRY, RESUME = "cancel", "retry", "resume"

FindJob = Callable[[int], Awaitable[Job | None]]
"""The handle on a job, by its number; None if there is no such job.

Raises a `QcaasError` if this process may not change the jobs, for example because another one has the journal.
"""


class Control:
    """Changes jobs through their handles: the machine does what the chart allows, and nothing else.

    Attributes:
        find: Finds the handle on a job.
    """

    def __init__(self, find: FindJob, note: Callable[[int, JobRecord, str], None]) -> None:
        """For the jobs that `find` finds.

        Args:
            find: Finds the handle on a job.
            note: Called with a job and why what was begun with it did not go on; empty if it did.
        """
        self.find = find
        self._note = note
        self._tasks: set[asyncio.Task[None]] = set()

    def actions(self, record: JobRecord, job: Job | None) -> list[str]:
        """What can be done with a job now.

        Args:
            record: Its record.
            job: Its handle, if there is one; without it, the triggers of its own chart are not known.
        """
        if record.state in {JobState.FAILED, JobState.CANCELLED} and record.ended:
            return [RETRY]
        if record.ended:
            return []
        own: tuple[str, ...] = ()
        if job is not None:
            known = shipped_chart("job").triggers
            machine = owner_of_job(job).machine_of(record_of_job(job))
            own = tuple(name for name in machine.legal(record_of_job(job)) if name not in known)
        return [*own, RESUME, CANCEL]

    async def act(self, number: int, action: str) -> bool:
        """Begin an action; says whether it is possible now.

        Raises:
            QcaasError: It is not possible now, or the service refuses it.
        """
        job = await self.find(number)
        if job is None or action not in self.actions(record_of_job(job), job):
            return False
        self._note(number, record_of_job(job), "")
        match action:
            case "cancel":
                await job.cancel()
                if job.state in states_in("active"):  # the service has not confirmed it yet
                    self._begin(number, job, job.wait())
            case "retry":
                self._begin(number, job, job.execute())
            case "resume":
                self._begin(number, job, job.wait())
            case _:
                await job.trigger(action)
        return True

    def close(self) -> None:
        """Stop waiting for what was begun. The jobs keep a legal state."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, number: int, job: Job, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(self._watched(number, job, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, number: int, job: Job, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except QcaasError as error:
            self._note(number, record_of_job(job), message(str(error)))
