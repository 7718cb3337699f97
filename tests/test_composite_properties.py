"""Random trees of composites, in any order, with cancels: what must hold at every moment, and what the user holds."""

import asyncio
from collections.abc import Iterator

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, Job, OqcSdk
from qcaas_sdk._record import JobTransition
from qcaas_sdk.composite import Child
from qcaas_sdk.testing import (
    ALWAYS,
    OUTCOMES,
    Recorder,
    SimulatedCloud,
    check,
    clouds,
    composite_is_join,
    free_when_idle,
    given_up,
    job_trees,
    make_tree,
    programs,
    result_and_error_belong,
    run_virtual,
    sdk_on,
)
from qcaas_sdk.testing.cloud.outcomes import NEVER_ENDS, OTHER_WORDS
from qcaas_sdk.testing.stateful.strategies import Tree
from tests.support.examples import scaled

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("each_api")]

QPUS = ("q1", "q2")
ends = programs(outcomes=[words for words in OUTCOMES if NEVER_ENDS not in words and OTHER_WORDS not in words])


@frozen
class Disturbance:
    """Something that happens to a part of the tree while it runs.

    Attributes:
        at_s: When.
        part: Which part: its place among all composites and jobs, modulo their number.
        what: What happens.
    """

    at_s: float
    part: int
    what: str


disturbances = st.lists(
    st.builds(
        Disturbance,
        st.floats(0.0, 12.0),
        st.integers(0, 30),
        st.sampled_from(["cancel", "cancel_if_active", "refresh", "wait", "retry_failed", "add", "give up waiting"]),
    ),
    max_size=6,
)


def parts(child: Child) -> Iterator[Child]:
    yield child
    if isinstance(child, CompositeJob):
        for one in child.jobs:
            yield from parts(one)


async def happen(tree: CompositeJob, one: Disturbance, sdk: OqcSdk) -> None:
    await asyncio.sleep(one.at_s)
    everything = list(parts(tree))
    part = everything[one.part % len(everything)]
    match one.what:
        case "add" if isinstance(part, CompositeJob):
            part.add(sdk.create_job(program="OPENQASM 2.0; // added", qpu_id=QPUS[one.part % len(QPUS)]))
        case "retry_failed" if isinstance(part, CompositeJob):
            if part.ended:  # one that is under way may still fail
                await part.retry_failed()
        case "give up waiting":
            await given_up(part.wait(), seconds=0.5)
        case "cancel" | "cancel_if_active" | "refresh" | "wait":
            await getattr(part, one.what)()


@given(clouds(QPUS, schedules=st.just([])), st.sampled_from(QPUS), job_trees(ends), disturbances)
@settings(max_examples=scaled(80), deadline=None)
def test_what_is_paid_for_is_held_once_and_states_are_joins_at_every_moment(
    cloud: SimulatedCloud, qpu: str, shape: list[Tree], disturbances: list[Disturbance]
) -> None:
    async def campaign() -> None:
        async with sdk_on(cloud, default_qpu_id=qpu) as sdk:
            with Recorder(cloud) as recorder:
                recorder.watch(sdk)
                tree = make_tree(sdk, shape)
                assert isinstance(tree, CompositeJob)

                def at_every_moment(_: Job, __: JobTransition) -> None:
                    check(recorder, composite_is_join, result_and_error_belong)

                for job in tree.leaves():
                    job.observe(at_every_moment)
                happenings = [asyncio.create_task(happen(tree, one, sdk)) for one in disturbances]
                await tree.wait()
                await asyncio.gather(*happenings)
                await tree.wait()  # what was added, or runs again
                check(recorder, *ALWAYS, free_when_idle)
        assert tree.ended
        assert len(tree.outputs) == len(list(tree.leaves()))
        assert [output.program for output in tree.outputs] == [job.program for job in tree.leaves()]

    run_virtual(campaign())
