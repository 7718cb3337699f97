"""What a composite does with its jobs: together, one after another as they end, or in place of an output."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any

from attrs import frozen

from qcaas_sdk._handles.handle import closed_while_followed
from qcaas_sdk._handles.outputs import JobOutput, NoOutput
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._record import ChildRecord, CompositeRecord, JobState, JobTransition, states_in
from qcaas_sdk.errors import IllegalTransition, SubmissionInDoubt
from qcaas_sdk.job import Job, again, on_close_of, record_of_job


@frozen
class ChildTransition:
    """A transition of one of the jobs of a composite.

    Attributes:
        job: The job.
        transition: Its transition.
    """

    job: Job
    transition: JobTransition


async def all_of(works: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Wait for all; then raise the first error, with a note that says how many jobs raised one."""
    ends = await asyncio.gather(*works, return_exceptions=True)
    errors = [end for end in ends if isinstance(end, BaseException)]
    if errors:
        errors[0].add_note(f"{len(errors)} of {len(ends)} jobs raised an error; the others are not affected")
        raise errors[0]


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
    waiting = asyncio.create_task(all_of(job.wait() for job in pending))
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
    jobs: dict[Job, Callable[[], None]] = {}
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
                jobs[job] = on_close_of(job, close)
                job.observe(tell)
        news.set()

    follow()
    record.observe(wake)
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
        for job, forget in jobs.items():
            job.unobserve(tell)
            forget()
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


def output_or_none(job: Job) -> JobOutput:
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
