"""What the page can do with jobs: cancel, run again, continue, and the triggers of a job's own chart."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from qcaas_sdk._base.text import message
from qcaas_sdk._record import JobRecord, JobState, states_in
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job, owner_of_job, record_of_job
from qcaas_sdk.statechart import shipped_chart

CANCEL, RETRY, RESUME = "cancel", "retry", "resume"


class Handles(Protocol):
    """Finds the handles on jobs. Only the process that owns a journal may have handles on its jobs."""

    @property
    def held(self) -> str:
        """Why jobs cannot be changed now; empty if they can."""
        ...

    def known(self, number: int) -> Job | None:
        """The handle on a job, if there is one already."""
        ...

    async def find(self, number: int) -> Job | None:
        """The handle on a job; None if there is no such job.

        Raises:
            QcaasError: This process may not change the jobs now, for example because another one has the journal.
        """
        ...


class Control:
    """Changes jobs through their handles: the machine does what the chart allows, and nothing else.

    Attributes:
        handles: Finds the handles on jobs.
    """

    def __init__(self, handles: Handles, note: Callable[[int, JobRecord, str], None]) -> None:
        """For some jobs.

        Args:
            handles: Finds the handles on them.
            note: Called with a job and why what was begun with it did not go on; empty if it did.
        """
        self.handles = handles
        self._note = note
        self._tasks: set[asyncio.Task[None]] = set()

    def actions(self, number: int, record: JobRecord) -> list[str]:
        """What can be done with a job now. Without a handle, the triggers of its own chart are not known."""
        if self.handles.held:
            return []
        return self._actions(record, self.handles.known(number))

    @staticmethod
    def _actions(record: JobRecord, job: Job | None) -> list[str]:
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
        job = await self.handles.find(number)
        if job is None or action not in self._actions(record_of_job(job), job):
            return False
        self._note(number, record_of_job(job), "")
        match action:
            case "cancel":
                await job.cancel()
                if job.state in states_in("active"):  # the service has not confirmed it yet
                    self._begin(number, job, job.wait)
            case "retry":
                self._begin(number, job, job.execute)
            case "resume":
                self._begin(number, job, job.wait)
            case _:
                await job.trigger(action)
        return True

    def close(self) -> None:
        """Stop waiting for what was begun. The jobs keep a legal state."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, number: int, job: Job, call: Callable[[], Coroutine[Any, Any, object]]) -> None:
        task = asyncio.get_running_loop().create_task(self._watched(number, job, call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, number: int, job: Job, call: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await call()  # called here: if the page is closed before the first step, there is no coroutine to await
        except QcaasError as error:
            self._note(number, record_of_job(job), message(str(error)))
