"""Observers: they are called with each transition, and must not raise. If one does, nothing else suffers."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from qcaas_sdk import CompositeJob, InvalidArgument, JobState, OqcSdk
from qcaas_sdk.testing import Completed, SimulatedCloud, run_virtual, sdk_on
from tests.sync.service import Service

PROGRAM = "OPENQASM 2.0;"
DONE = JobState.COMPLETED


class Broken(Exception):
    """What an observer raises."""


def raises(*_: object) -> None:
    raise Broken


def at_the_end(job: Any, _: object) -> None:
    if job.ended:
        raise Broken


def sdk() -> OqcSdk:
    return sdk_on(SimulatedCloud(outcome=lambda _: Completed({"c": {"0": 1000}})))


def test_the_error_of_an_observer_names_the_job() -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            job = opened.create_job(program=PROGRAM, tag="mine")
            job.observe(raises)
            with pytest.raises(Broken) as caught:
                await job.execute()
            (note,) = caught.value.__notes__
            assert note.startswith("in an observer of Job(id=")
            assert "tag='mine'" in note
            job.unobserve(raises)
            assert (await job.wait()).completed

    run_virtual(scenario())


@pytest.mark.parametrize("early", [True, False])
def test_the_error_at_the_end_goes_to_each_who_waits_whenever_the_observer_was_added(early: bool) -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            job = opened.create_job(program=PROGRAM)
            if early:
                job.observe(at_the_end)
            waiting = [asyncio.create_task(job.wait()) for _ in range(3)]
            await asyncio.sleep(0.1)
            assert not job.ended
            if not early:
                job.observe(at_the_end)
            ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [Broken] * 3
            assert job.outputs.one.ok
            assert (await job.wait()).completed

    run_virtual(scenario())


def test_those_who_follow_are_told_although_an_observer_before_them_raises() -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            job = opened.create_job(program=PROGRAM)
            job.observe(at_the_end)
            seen: list[JobState] = []
            job.observe(lambda _, transition: seen.append(transition.target))
            composite = CompositeJob(jobs=[job])
            with pytest.raises(Broken):
                await composite.wait()
            assert seen[-1] is DONE
            assert (composite.state, composite.counts[DONE]) == (DONE, 1)

    run_virtual(scenario())


def test_an_error_names_how_many_other_observers_have_raised() -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            job = opened.create_job(program=PROGRAM)
            job.observe(at_the_end)
            job.observe(lambda job, _: 1 / 0 if job.ended else 0)
            with pytest.raises(Broken) as caught:
                await job.wait()
            assert caught.value.__notes__[1:] == ["another observer raised: ZeroDivisionError('division by zero')"]

    run_virtual(scenario())


def test_a_composite_names_the_jobs_whose_observers_raise() -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            composite = opened.create_job(program=[f"{PROGRAM} // {number}" for number in range(20)])
            bad = [*composite.leaves()][1:9]
            for job in bad[:2]:
                job.observe(at_the_end)
            with pytest.raises(Broken) as caught:
                await composite.wait()
            first, note = caught.value.__notes__
            assert first.startswith("in an observer of Job(id=")
            assert note == (
                f"2 of 20 jobs raised an error: {bad[0]!r}, {bad[1]!r}. This is the error of the first. "
                "The other jobs are not affected"
            )
            assert composite.completed
            for job in bad:
                job.unobserve(at_the_end)
                job.observe(at_the_end)
            with pytest.raises(Broken) as caught:
                await composite.execute()
            assert f"{bad[2]!r} and 5 more. This is the error of the first" in caught.value.__notes__[1]

    run_virtual(scenario())


def test_the_error_of_a_composites_own_observer_names_the_composite() -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            composite = opened.create_job(program=[PROGRAM])
            composite.observe(at_the_end)
            with pytest.raises(Broken) as caught:
                await composite.execute()
            assert caught.value.__notes__[0].startswith("in an observer of CompositeJob(jobs=1")
            assert composite.completed

    run_virtual(scenario())


def test_the_error_of_an_observer_of_the_sdk_names_the_job() -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            opened.observe(raises)
            with pytest.raises(Broken) as caught:
                opened.create_job(program=PROGRAM, tag="mine")
            (note,) = caught.value.__notes__
            assert note.startswith("in an observer of the SDK that was called with Job(id=")

    run_virtual(scenario())


# Functions that wait.


async def waits(*_: object) -> None:
    """A coroutine function: as an observer it would never run."""


async def yields(*_: object) -> AsyncIterator[None]:
    """An asynchronous generator: it would not run either."""
    yield


class Waits:
    """An object whose call is a coroutine function."""

    async def __call__(self, *_: object) -> None: ...


WAITING = [waits, yields, Waits(), Waits().__call__, partial(waits, 1)]


@pytest.mark.parametrize("observer", WAITING)
def test_an_observer_that_waits_is_refused(observer: Any) -> None:
    async def scenario() -> None:
        async with sdk() as opened:
            job, composite = opened.create_job(program=PROGRAM), opened.create_job(program=[PROGRAM])
            for kind, watched in (("job", job), ("composite", composite)):
                with pytest.raises(
                    InvalidArgument, match=r"^observer must be a function .*, not async, not "
                ) as error:
                    watched.observe(observer)
                assert f"`async for transition in {kind}.events()`" in str(error.value)
            with pytest.raises(InvalidArgument, match="not async"):
                opened.observe(observer)
            outputs = await job.execute()
            for call in (outputs.filter, outputs.map):
                with pytest.raises(InvalidArgument, match="a function of one output, not async"):
                    call(observer)

    run_virtual(scenario())


@pytest.mark.parametrize("observer", WAITING)
def test_an_observer_that_waits_is_refused_without_async_too(observer: Any) -> None:
    with OqcSdk.sync(**Service().options) as opened:
        job, composite = opened.create_job(program=PROGRAM), opened.create_job(program=[PROGRAM])
        for watched in (job, composite):
            with pytest.raises(InvalidArgument, match=r"not async.*`for transition in .*\.events\(\)`"):
                watched.observe(observer)
        with pytest.raises(InvalidArgument, match="not async"):
            opened.observe(observer)
