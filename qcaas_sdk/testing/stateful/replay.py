"""The words in which falsifying examples are written down, so that they can be run again."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job
from qcaas_sdk.testing.stateful.strategies import OUTCOMES


async def side_by_side(*works: Awaitable[object]) -> None:
    """Run all of them to the end. An error of one does not stop the others."""
    for end in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(end, BaseException) and not isinstance(end, QcaasError):
            raise end


async def given_up(work: Awaitable[object], *, turns: int = 0, seconds: float = 0.0) -> None:
    """Await something for this many seconds, and then this many iterations of the event loop; then cancel the await.

    It runs in the task of the caller, so in `side_by_side` it begins before the arguments after it.
    """
    loop = asyncio.get_running_loop()
    handles: list[asyncio.Handle] = []
    with suppress(TimeoutError, QcaasError):
        async with asyncio.timeout(None) as limit:

            def pass_turns(left: int) -> None:
                if left:
                    handles.append(loop.call_soon(pass_turns, left - 1))
                else:
                    limit.reschedule(loop.time())

            handles.append(loop.call_later(seconds, pass_turns, turns))
            try:
                await work
            finally:
                handles[-1].cancel()


async def wait_a_little(task: "asyncio.Future[object]", turns: int, seconds: float) -> None:
    """Give a task so many seconds, and then so many turns of the loop."""
    if seconds > 0:
        await asyncio.wait([task], timeout=seconds)
    for _ in range(turns):
        if task.done():
            break
        await asyncio.sleep(0)


async def cancelled_unseen(job: Job) -> None:
    """Submit it, and cancel it a second later: it may have ended meanwhile, and the job has not asked."""
    with suppress(QcaasError):
        await job.submit()
    await asyncio.sleep(1.0)
    await job.cancel()


async def add(composite: CompositeJob, job: Job) -> None:
    """Add one more job."""
    composite.add(job)


async def reconfigure(job: Job) -> None:
    """Prepare it for another run, with another program that has another outcome: the next one in `OUTCOMES`."""
    at = next((number for number, words in enumerate(OUTCOMES) if words and words in job.program), 0)
    job.reconfigure(program=f"OPENQASM 3.0; // again\n{OUTCOMES[(at + 1) % len(OUTCOMES)]}")
