"""What a composite does with its jobs: reads them, and moves them together, or one after another as they end."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from typing import Any

from attrs import frozen

from qcaas_sdk._base.text import counted
from qcaas_sdk._handles.handle import Handle, closed_while_followed
from qcaas_sdk._handles.outputs import JobOutput, JobOutputProxy, NoOutput, job_failed
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._record import ChildRecord, CompositeRecord, JobState, JobTransition, states_in
from qcaas_sdk.errors import IllegalTransition, SubmissionInDoubt
from qcaas_sdk.job import Job, again, record_of_job

MAX_NAMED = 3
"""How many of the jobs that raised an error a message names."""


@frozen
class ChildTransition:
    """A transition of one of the jobs of a composite.

    Attributes:
        job: The job.
        transition: Its transition.
    """

    job: Job
    transition: JobTransition


class CompositeReadings(Handle):
    """The part of `CompositeJob` that only reads its jobs."""

    __slots__ = ()

    def leaves(self) -> Iterator[Job]:
        """All jobs, including those in child composites, in order."""
        raise NotImplementedError

    @property
    def completed_jobs(self) -> list[Job]:
        """The jobs that have a result. Like all of these lists, with the jobs of inner composites."""
        return self._in(JobState.COMPLETED)

    @property
    def failed_jobs(self) -> list[Job]:
        """The jobs that have failed."""
        return self._in(JobState.FAILED)

    @property
    def cancelled_jobs(self) -> list[Job]:
        """The jobs that were cancelled."""
        return self._in(JobState.CANCELLED)

    @property
    def active_jobs(self) -> list[Job]:
        """The jobs that are submitted or running."""
        return self._in(*states_in("active"))

    @property
    def terminal_jobs(self) -> list[Job]:
        """The jobs that have ended: completed, failed or cancelled, and not to run again by their chart."""
        return [job for job in self.leaves() if job.ended]

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """One output per job, in order; `NoOutput` for a job that has none (cancelled or not ended)."""
        return JobOutputProxy([_output_or_none(job) for job in self.leaves()])

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs of all jobs, job by job, oldest first."""
        return JobOutputProxy([output for job in self.leaves() for output in job.history])

    def raise_for_status(self) -> None:
        """Raise `JobFailed` if a job has failed; otherwise do nothing.

        Raises:
            JobFailed: For the first job that has failed.
        """
        for job in self.leaves():
            if (error := record_of_job(job).error) is not None:
                raise job_failed(error)

    def _in(self, *states: JobState) -> list[Job]:
        return [job for job in self.leaves() if job.state in states]


async def all_of(jobs: Iterable[Job], call: Callable[[Job], Coroutine[Any, Any, object]]) -> None:
    """Make a call for each job, and wait for all; then raise the first error, with a note that names the jobs."""
    called = list(jobs)
    ends = await asyncio.gather(*map(call, called), return_exceptions=True)
    failed = [(job, end) for job, end in zip(called, ends, strict=True) if isinstance(end, BaseException)]
    if failed:
        names = ", ".join(repr(job) for job, _ in failed[:MAX_NAMED])
        more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
        first = ". This is the error of the first" if len(failed) > 1 else ""
        others = ". The other jobs are not affected" if len(failed) < len(ends) else ""
        error = failed[0][1]
        error.add_note(f"{len(failed)} of {counted(len(ends), 'job')} raised an error: {names}{more}{first}{others}")
        raise error


async def as_completed(jobs: Iterable[Job]) -> AsyncIterator[Job]:
    """Run every job that has not ended, and yield each as it ends; those that have already ended come first."""
    ended: asyncio.Queue[Job | None] = asyncio.Queue()
    pending = []
    for job in dict.fromkeys(jobs):  # a job can be in two child composites
        if job.ended:
            ended.put_nowait(job)
        else:
            pending.append(job)

    def tell(record: ChildRecord, _: JobTransition | None) -> None:
        if record.ended and (job := running.pop(record, None)):  # a later run of it is not yielded
            ended.put_nowait(job)

    running: dict[ChildRecord, Job] = {record_of_job(job): job for job in pending}
    for job in pending:
        record_of_job(job).observe(tell)
    waiting = asyncio.create_task(all_of(pending, Job.wait))
    waiting.add_done_callback(lambda _: ended.put_nowait(None))
    try:
        while (next_one := await ended.get()) is not None:
            yield next_one
        await waiting
    finally:
        if waiting.done() and not waiting.cancelled():
            waiting.exception()  # marks it as retrieved if the loop was left early
        waiting.cancel()
        for job in pending:
            record_of_job(job).unobserve(tell)


async def transitions_of(
    followed: object, record: CompositeRecord, owner: Owner, leaves: Callable[[], Iterable[Job]]
) -> AsyncIterator[ChildTransition]:
    """The transitions of the jobs of a composite from now on, until every one has ended; those of later jobs too."""
    owner.composite_machine.check_caller()
    events: deque[ChildTransition] = deque()
    news, closed = asyncio.Event(), asyncio.Event()
    jobs: dict[Job, None] = {}
    composites: dict[CompositeRecord, None] = {}

    def tell(job: Job, transition: JobTransition) -> None:
        events.append(ChildTransition(job, transition))
        news.set()

    def wake(*_: object) -> None:
        news.set()

    def close() -> None:
        closed.set()
        news.set()

    def follow() -> None:
        for composite in record.composites():
            if composite not in composites:
                composites[composite] = None
                composite.followers = (*composite.followers, follow)
        for job in leaves():
            if job not in jobs:
                jobs[job] = None
                job.observe(tell)
        news.set()

    follow()
    record.observe(wake)
    forget = owner.scheduler.on_close(close)
    try:
        while events or record.state not in states_in("ended"):
            news.clear()
            while events:
                yield events.popleft()
            if record.state in states_in("ended") or events:
                continue
            if closed.is_set():
                raise closed_while_followed(followed)
            await news.wait()
    finally:
        record.unobserve(wake)
        forget()
        for job in jobs:
            job.unobserve(tell)
        for composite in composites:
            composite.followers = tuple(other for other in composite.followers if other is not follow)


def is_to_be_submitted(job: Job) -> bool:
    """Whether the composite still has to submit it: not if it is submitted or its cancellation waits."""
    return job.state is JobState.CREATED and not job.cancellation_waits


async def submit(job: Job) -> None:
    try:
        await job.submit()
    except (IllegalTransition, SubmissionInDoubt):
        if is_to_be_submitted(job):  # otherwise another coroutine has submitted or cancelled it
            raise


async def submit_again(job: Job) -> None:
    """Submit a job that has ended once more."""
    if job.ended:  # otherwise another coroutine has begun its next run
        async with again(job):
            await submit(job)


def _output_or_none(job: Job) -> JobOutput:
    for output in job.outputs:
        return output
    return NoOutput(
        qpu_id=job.qpu_id,
        task_id=job.task_id,
        program=job.program,
        received=None,
        compiler_config=job.config,
        parameters=job.parameters,
        job=job,
        state=job.state,
    )
