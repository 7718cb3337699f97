"""Random trees of composites on a simulated cloud, in any order, with cancels: what must hold at every moment."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, Job, JobEvent, JobState, OqcSdk
from qcaas_sdk.composite import Child, join
from qcaas_sdk.job_state import ENDED
from qcaas_sdk.testing import Constant, Exponential, SimulatedCloud, SimulatedQpu, VirtualClock, run_virtual
from tests.weather import programs

QPUS = ("q1", "q2")

Tree = list[Any]
"""A leaf is the place of its QPU; a list is a composite."""

trees = st.recursive(
    st.sampled_from(range(len(QPUS))), lambda child: st.lists(child, min_size=1, max_size=4), max_leaves=10
)


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


def check_joins(tree: CompositeJob) -> None:
    """Invariant 7, from the children themselves and not from what is counted."""
    for part in parts(tree):
        if isinstance(part, CompositeJob):
            counts = Counter(child.state for child in part.jobs)
            assert part.state is join({state: counts[state] for state in JobState})


class Campaign:
    """A tree on a cloud, and what is seen of it."""

    def __init__(self, cloud: SimulatedCloud) -> None:
        self.cloud = cloud
        self.numbers = iter(range(1000))

    async def run(self, shape: Tree, disturbances: list[Disturbance]) -> CompositeJob:
        async with OqcSdk(
            self.cloud.url, self.cloud.token, http_transport=self.cloud.transport, clock=VirtualClock()
        ) as sdk:
            self.sdk = sdk
            tree = self.composite(shape)
            for job in tree.leaves():
                job.observe(lambda job, event: self.moved(tree, job, event))
            happenings = [asyncio.create_task(self.happen(tree, one)) for one in disturbances]
            await tree.wait()
            await asyncio.gather(*happenings)
            await tree.wait()  # what was added, or runs again
        return tree

    def composite(self, shape: Tree) -> CompositeJob:
        composite = self.sdk.create_job(program=[self.program()], qpu_id=QPUS[0])
        for child in shape:
            composite.add(self.composite(child) if isinstance(child, list) else self.job(child))
        return composite

    def job(self, qpu: int) -> Job:
        return self.sdk.create_job(program=self.program(), qpu_id=QPUS[qpu])

    def program(self) -> str:
        number = next(self.numbers)
        return f"{programs(1, number)[0]}{' simulated: fails' if number % 7 == 3 else ''}"

    def moved(self, tree: CompositeJob, job: Job, event: JobEvent) -> None:
        assert event.source not in ENDED or event.trigger == "reset", "invariant 1"
        assert event.trigger != "poll" or event.source is not JobState.CREATED
        assert (job.result is not None) == (job.state is JobState.COMPLETED), "invariant 2"
        assert (job.error is not None) == (job.state is JobState.FAILED)
        check_joins(tree)

    async def happen(self, tree: CompositeJob, one: Disturbance) -> None:
        await asyncio.sleep(one.at_s)
        everything = list(parts(tree))
        part = everything[one.part % len(everything)]
        match one.what:
            case "add" if isinstance(part, CompositeJob):
                added = self.job(one.part % len(QPUS))
                part.add(added)
                added.observe(lambda job, event: self.moved(tree, job, event))
            case "retry_failed" if isinstance(part, CompositeJob):
                if part.ended:  # one that is under way may still fail
                    await part.retry_failed()
            case "give up waiting":
                waiting = asyncio.create_task(part.wait())
                await asyncio.sleep(0.5)
                waiting.cancel()
            case "cancel" | "cancel_if_active" | "refresh" | "wait":
                await getattr(part, one.what)()
        check_joins(tree)


@given(
    shape=st.lists(trees, min_size=1, max_size=4),
    disturbances=disturbances,
    in_order=st.booleans(),
    exponential=st.booleans(),
    seed=st.integers(0, 100),
)
@settings(max_examples=80, deadline=None)
def test_what_is_paid_for_is_held_once_and_states_are_joins_at_every_moment(
    shape: Tree, disturbances: list[Disturbance], in_order: bool, exponential: bool, seed: int
) -> None:
    service_time = Exponential(1.0) if exponential else Constant(1.0)
    qpus = [SimulatedQpu(id_, service_time=service_time, in_order=in_order) for id_ in QPUS]
    cloud = SimulatedCloud(seed=seed, qpus=qpus, latency_s=0.01)
    tree = run_virtual(Campaign(cloud).run(shape, disturbances))
    assert tree.ended
    assert cloud.ledger.violations == (), "invariant 5, and the contract"
    assert len(tree.outputs) == len(list(tree.leaves()))
    assert [output.program for output in tree.outputs] == [job.program for job in tree.leaves()]
    held = Counter(output.task_id for job in tree.leaves() for output in job.history)
    ran = Counter(execution.task_id for execution in cloud.ledger.executions)
    assert set(held.values()) <= {1}, "invariant 3: one run, one output"
    assert set(ran.values()) <= {1}, "invariant 4: one run executes at most once"
    whole = {*cloud.ledger.tasks("COMPLETED"), *cloud.ledger.tasks("FAILED")}
    assert held.keys() == whole, "invariant 4: what ran to its end is held, and nothing else"
