"""Jobs on tasks that exist at the service already, however they got there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._handles.errors import TaskLost
from qcaas_sdk._record import UNKNOWN, JobRecord, JobRequest, Run
from qcaas_sdk.composite import Child
from qcaas_sdk.errors import AuthenticationError, UnknownTask
from qcaas_sdk.job import Job, record_of_job


class Attaching:
    """Attaches tasks, each once: an id that a job of the SDK has already gives that job."""

    def __init__(
        self,
        clock: Clock,
        make: Callable[[JobRecord], Job],
        register: Callable[[Job], None],
        recover: Callable[[str], Job | None],
    ) -> None:
        """Nothing is attached yet.

        Args:
            clock: The source of time.
            make: Makes the handle on a record.
            register: Tells the journal and the observers of a job.
            recover: The job of the journal that has this task id, if there is one.
        """
        self._clock = clock
        self._make = make
        self._register = register
        self._recover = recover
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def attach(self, task_id: str, qpu_id: str, in_use: Iterable[Child], *, fetch_diagnostics: bool) -> Job:
        """The job on a task.

        Args:
            task_id: The server's id of the task.
            qpu_id: The QPU to ask; empty if the service has one URL for all and the answer says which.
            in_use: The jobs and composites of the SDK that are in use.
            fetch_diagnostics: Ask again for diagnostics that the answer lacks.

        Raises:
            UnknownTask: The service does not have it, or not for this account.
            QcaasError: There was no usable answer.
        """
        async with self._turn(task_id):
            jobs = (child for child in in_use if isinstance(child, Job))
            known = next((job for job in jobs if _has(job, task_id)), None) or self._recover(task_id)
            if known is not None:
                return known
            record = JobRecord(
                request=JobRequest(UNKNOWN, qpu_id),
                fetch_diagnostics=fetch_diagnostics,
                made_s=self._clock.monotonic(),
            )
            record.run = Run(task_id, attached=True, in_doubt=True)
            job = self._make(record)
            try:
                await job.refresh()
            except TaskLost:
                raise _unknown(task_id, qpu_id, "the service does not know it") from None
            except AuthenticationError as error:
                if error.status != 403:
                    raise
                raise _unknown(task_id, qpu_id, "this account may not see it") from None
            self._register(job)
            return job

    @asynccontextmanager
    async def _turn(self, task_id: str) -> AsyncIterator[None]:
        """One call for each id at a time: the next one finds the job of the first."""
        turn = self._turns.get(task_id)
        if turn is None:
            turn = self._turns[task_id] = asyncio.Lock()
        async with turn:
            yield


def _has(job: Job, task_id: str) -> bool:
    record = record_of_job(job)
    return record.task_id == task_id or any(output.task_id == task_id for output in record.history)


def _unknown(task_id: str, qpu_id: str, reason: str) -> UnknownTask:
    where = f"on {qpu_id}" if qpu_id else "at the service"
    return UnknownTask(
        f"there is no task {task_id} {where} for this account: {reason}. Check the id, the QPU and the account",
        task_id=task_id,
        qpu_id=qpu_id,
    )
