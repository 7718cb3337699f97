"""The words in which falsifying examples are written down, so that they can be run again."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import Job


async def side_by_side(*works: Awaitable[object]) -> None:
    """Run all of them to their ends, and let none of their errors stop the others."""
    for end in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(end, BaseException) and not isinstance(end, QcaasError):
            raise end


async def given_up(work: Awaitable[object], *, turns: int = 0, seconds: float = 0.0) -> None:
    """Await something for so many seconds, and then so many turns of the loop; then cancel that await."""
    task = asyncio.ensure_future(work)
    try:
        await wait_a_little(task, turns, seconds)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, QcaasError):
            await task


async def wait_a_little(task: "asyncio.Future[object]", turns: int, seconds: float) -> None:
    """Give a task so many seconds, and then so many turns of the loop."""
    if seconds > 0:
        await asyncio.wait([task], timeout=seconds)
    for _ in range(turns):
        if task.done():
            break
        await asyncio.sleep(0)


async def add(composite: CompositeJob, job: Job) -> None:
    """Add one more job."""
    composite.add(job)


async def reconfigure(job: Job) -> None:
    """Make it ready for another run, of another program."""
    job.reconfigure(program="OPENQASM 3.0; // again")
