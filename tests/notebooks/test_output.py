"""What a widget gets while a job or a composite runs: little, seldom, and the still picture in the end."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, Job, JobState, OqcSdk
from qcaas_sdk._handles.live.output import EVERY_S, output_of
from qcaas_sdk.composite import record_of
from qcaas_sdk.testing import Constant, Exponential, SimulatedQpu, run_virtual
from tests.diagrams.scenes import FAILS, in_virtual_time
from tests.notebooks.kernel import VIEW, FakeView, Kernel
from tests.policies.charts import PROGRAM, failing, retries
from tests.support.examples import scaled
from tests.support.hostile import NASTY

GOOD = "OPENQASM 3;"
MAX_BYTES = 250
"""What an update of a composite may need, whatever its size."""


def play(scene: Callable[[OqcSdk], Coroutine[Any, Any, None]], seconds: float = 1.0) -> None:
    in_virtual_time(scene, SimulatedQpu(service_time=Exponential(seconds)))


def shown(kernel: Kernel, handle: Job | CompositeJob) -> FakeView:
    """Show a handle, as the last line of a cell does."""
    handle._ipython_display_()
    return next(view for view in kernel.views if view.name == kernel.displayed[-1][1])


def counted(composite: CompositeJob) -> list[int]:
    states = [job.state for job in composite.leaves()]
    return [states.count(state) for state in JobState]


@pytest.mark.parametrize("jobs", [10, 600])
def test_updates_of_a_composite_are_small_and_few_and_end_with_the_picture(kernel: Kernel, jobs: int) -> None:
    async def scene(sdk: OqcSdk) -> None:
        composite = sdk.create_job(program=[FAILS if place % 5 == 3 else GOOD for place in range(jobs)])
        view = shown(kernel, composite)
        await composite.execute()
        await asyncio.sleep(10)
        assert len(view.updates) > 5
        for _, update in view.updates:
            assert sum(update["counts"]) == jobs
            assert len(json.dumps(update)) <= MAX_BYTES
        ((last, still),) = view.ends
        assert last["counts"] == counted(composite) == [0, 0, 0, jobs - jobs // 5, jobs // 5, 0]
        assert last["entered"][1] == jobs
        assert last["over"]
        assert f"{jobs} of {jobs} ended in " in last["pace"]
        assert still == composite._repr_mimebundle_()
        assert last["svg"] == still["image/svg+xml"]

    play(scene, 20 / jobs)


@settings(max_examples=scaled(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    groups=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    seconds=st.floats(0.01, 3.0),
    cancelled=st.sets(st.integers(0, 15)),
)
def test_whatever_happens_the_last_counts_are_the_true_ones_and_updates_keep_their_distance(
    kernel: Kernel, groups: list[int], seconds: float, cancelled: set[int]
) -> None:
    async def scene(sdk: OqcSdk) -> None:
        first = sdk.create_job(program=GOOD)
        inner = [CompositeJob([sdk.create_job(program=GOOD) for _ in range(size)]) for size in groups if size]
        composite = CompositeJob([first, *inner])
        before = [record_of(first).observers]
        view = shown(kernel, composite)
        added = sdk.create_job(program=FAILS)
        (inner[0] if inner else composite).add(added)
        leaves = [*composite.leaves()]
        running = asyncio.gather(*(job.execute() for job in leaves), return_exceptions=True)
        await asyncio.sleep(seconds)
        for place, job in enumerate(leaves):
            if place in cancelled and not job.ended:
                await job.cancel()
        await running
        await asyncio.sleep(1)
        ((last, _),) = view.ends
        assert last["counts"] == counted(composite)
        assert sum(last["counts"]) == len(leaves)
        times = [at for at, _ in view.updates]
        assert all(later - earlier > EVERY_S - 1e-6 for earlier, later in pairwise(times))
        updates = [view.first, *(update for _, update in view.updates)]
        assert all(one != other for one, other in pairwise(updates)), "an update without a change"
        assert output_of(record_of(composite)) is None
        assert not record_of(composite).observers
        assert [record_of(job).observers for job in leaves[:1]] == before

    play(scene, seconds)


def test_nothing_is_sent_while_nothing_changes(kernel: Kernel) -> None:
    async def scene(sdk: OqcSdk) -> None:
        job = sdk.create_job(program=GOOD, tag="Bell")
        view = shown(kernel, job)
        await job.execute()
        assert [update["told"] for _, update in view.updates] == ["submitted", "running"]
        ((last, still),) = view.ends
        assert last["told"] == "completed"
        assert still == job._repr_mimebundle_()

    in_virtual_time(scene, SimulatedQpu(service_time=Constant(3600.0)))


def test_what_it_says_of_a_job_stays_true_while_time_passes(kernel: Kernel) -> None:
    async def scene(sdk: OqcSdk) -> None:
        job = sdk.create_job(program=GOOD, tag="Bell")
        view = shown(kernel, job)
        await job.submit()
        await asyncio.sleep(1)
        ((_, update),) = view.updates
        assert update["since"] == round(job.transitions[-1].at.timestamp() * 1000)
        assert update["alt"] == "Bell is submitted. created 400 ms, submitted."
        assert update["svg"].count(" ms</text>") == 1

    in_virtual_time(scene, SimulatedQpu(service_time=Constant(3600.0)))


def test_the_same_thing_in_two_cells_is_one_widget(kernel: Kernel) -> None:
    async def scene(sdk: OqcSdk) -> None:
        job = sdk.create_job(program=GOOD)
        assert shown(kernel, job) is shown(kernel, job)
        bundle = job._repr_mimebundle_()
        assert len(kernel.views) == 1
        assert bundle[VIEW] == kernel.views[0].name
        assert [name for _, name in kernel.displayed] == [bundle[VIEW]] * 2
        await job.execute()
        assert len(kernel.views[0].ends) == 1

    play(scene)


def test_closing_the_sdk_leaves_the_picture_of_that_moment(kernel: Kernel) -> None:
    kept: list[tuple[CompositeJob, FakeView]] = []

    async def scene(sdk: OqcSdk) -> None:
        composite = sdk.create_job(program=[GOOD] * 3)
        kept.append((composite, shown(kernel, composite)))
        await composite.jobs[0].submit()

    play(scene, 3600.0)
    ((composite, view),) = kept
    ((last, still),) = view.ends
    assert last["counts"] == [2, 1, 0, 0, 0, 0]
    assert "1 submitted" in still["text/html"]
    assert not record_of(composite).followers
    with pytest.raises(NotImplementedError):
        composite._ipython_display_()
    assert VIEW not in composite._repr_mimebundle_()


def test_a_cell_that_is_gone_gets_nothing_until_it_is_back(kernel: Kernel) -> None:
    async def scene(sdk: OqcSdk) -> None:
        composite = sdk.create_job(program=[GOOD] * 20)
        view = shown(kernel, composite)
        running = asyncio.create_task(composite.execute())
        await asyncio.sleep(3)
        view.hidden = True
        seen = len(view.updates)
        assert seen
        await asyncio.sleep(3)
        assert len(view.updates) == seen
        view.hidden = False
        await asyncio.to_thread(view.again)
        await asyncio.sleep(0)
        assert view.updates[-1][1]["counts"] == counted(composite)
        await running
        assert len(view.ends) == 1

    in_virtual_time(scene, SimulatedQpu(service_time=Constant(1.0)))


def test_a_job_that_runs_again_by_itself_has_not_ended(kernel: Kernel) -> None:
    async def scenario() -> None:
        async with retries(failing(1)) as sdk:
            job = sdk.create_job(program=PROGRAM)
            view = shown(kernel, job)
            await job.wait()
            told = [update["told"] for _, update in view.updates]
            assert "failed (pausing)" in told
            assert any(one.endswith(", run 2") for one in told)
            ((last, _),) = view.ends
            assert last["told"].startswith("completed")

    run_virtual(scenario())


def test_a_broken_widget_stops_no_job(kernel: Kernel, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(sdk: OqcSdk) -> None:
        jobs = [sdk.create_job(program=GOOD) for _ in range(2)]
        shown(kernel, jobs[0]).broken = True
        assert shown(kernel, jobs[1]) is not kernel.views[0]
        with caplog.at_level(logging.WARNING):
            await asyncio.gather(*(job.execute() for job in jobs))
        assert [job.state for job in jobs] == [JobState.COMPLETED] * 2
        assert len(kernel.views[1].ends) == 1

    play(scene)
    assert caplog.text.count("does not show") == 1
    assert "the kernel is about to end" in caplog.text


@pytest.mark.parametrize("text", [*(one for one in NASTY if "\ud800" not in one), "x" * 10_000])
def test_every_text_of_a_job_is_one_printable_line_and_short(kernel: Kernel, text: str) -> None:
    async def scene(sdk: OqcSdk) -> None:
        job = sdk.create_job(program=FAILS, tag=text)
        view = shown(kernel, job)
        await job.execute()
        ((last, still),) = view.ends
        for update in [view.first, *(update for _, update in view.updates), last]:
            texts = [value for key, value in update.items() if isinstance(value, str) and key != "svg"]
            assert all(one.isprintable() and len(one) <= 500 for one in texts)
            assert len(json.dumps(update)) < 6_000
            assert "<script" not in update["svg"]
        assert "<script" not in still["text/html"] + still["image/svg+xml"]

    play(scene)
