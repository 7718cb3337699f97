"""When a job is polled: as long as somebody waits, by one poller, and trouble reaches those who wait."""

import asyncio
import random

import pytest

from qcaas_sdk.errors import SdkNotOpen, ServerUnavailable
from qcaas_sdk.job_state import JobState
from qcaas_sdk.scheduler import LONGEST_PAUSE_S, PollScheduler
from tests.effects import fakes
from tests.effects.fakes import FakeTasks, make_job_in
from tests.test_lifecycle import PassingClock


async def test_many_who_wait_share_one_poller() -> None:
    tasks = FakeTasks(report=[fakes.RUNNING] * 5 + [fakes.COMPLETED])
    job = await make_job_in(JobState.SUBMITTED, tasks)
    await asyncio.gather(*(job.wait() for _ in range(10)))
    assert job.completed
    assert tasks.calls == ["report"] * 6


async def test_pauses_grow_to_a_limit() -> None:
    clock = PassingClock()
    scheduler = PollScheduler(clock, random.Random(0))
    tasks = FakeTasks(report=[fakes.RUNNING] * 40 + [fakes.COMPLETED])
    job = await make_job_in(JobState.RUNNING, tasks)
    await scheduler.until_ended(job)
    assert 0.5 * 20 * LONGEST_PAUSE_S < clock.now < 1.3 * 40 * LONGEST_PAUSE_S


async def test_trouble_reaches_everybody_who_waits_and_the_job_can_be_awaited_again() -> None:
    trouble = ServerUnavailable("down", may_have_arrived=True)
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[trouble, fakes.COMPLETED]))
    ends = await asyncio.gather(job.wait(), job.wait(), return_exceptions=True)
    assert ends == [trouble, trouble]
    await job.wait()
    assert job.completed


async def test_nobody_waiting_means_nobody_asking() -> None:
    tasks = FakeTasks(report=fakes.RUNNING)
    job = await make_job_in(JobState.RUNNING, tasks)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await job.wait()
    await asyncio.sleep(0)
    asked = len(tasks.calls)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(tasks.calls) == asked
    assert job._lock is None


async def test_an_end_that_another_caller_brings_about_is_noticed_at_once() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=[fakes.RUNNING, fakes.RUNNING, fakes.CANCELLED]))
    scheduler = PollScheduler(PassingClock(), random.Random(0))
    scheduler._clock.sleep = lambda seconds: asyncio.Event().wait()  # type: ignore[method-assign,assignment]  # for ever
    waiting = asyncio.create_task(scheduler.until_ended(job))
    for _ in range(5):
        await asyncio.sleep(0)
    await job.cancel()
    await job.refresh()
    async with asyncio.timeout(5):
        await waiting
    assert job.state is JobState.CANCELLED


async def test_closing_wakes_those_who_wait() -> None:
    job = await make_job_in(JobState.RUNNING, FakeTasks(report=fakes.RUNNING))
    scheduler = PollScheduler(PassingClock(), random.Random(0))
    waiting = asyncio.create_task(scheduler.until_ended(job))
    await asyncio.sleep(0)
    scheduler.close()
    with pytest.raises(SdkNotOpen, match="was closed while"):
        await waiting
    assert job.state is JobState.RUNNING
