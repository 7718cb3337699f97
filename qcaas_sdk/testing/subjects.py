"""What `lifecycle_machine` drives when it is to drive jobs: a job, or a tree of composites, on a simulated cloud."""

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field

from qcaas_sdk.composite import Child, CompositeJob
from qcaas_sdk.errors import RateLimited, ServerWarning
from qcaas_sdk.job import Job, JobEvent
from qcaas_sdk.sdk import OqcSdk
from qcaas_sdk.testing import invariants
from qcaas_sdk.testing.cloud import SimulatedCloud
from qcaas_sdk.testing.faults import RequestKind
from qcaas_sdk.testing.lifecycle import Subject
from qcaas_sdk.testing.outcomes import NEVER_ENDS
from qcaas_sdk.testing.strategies import Tree, make_tree
from qcaas_sdk.testing.virtual_time import VirtualClock
from qcaas_sdk.testing.witness import Witness, broken

PATIENCE_S = 30.0
"""Virtual seconds that the verbs of a subject wait: its task may never end."""

JOB_VERBS = (
    "job.submit()",
    "job.refresh()",
    "job.wait(timeout_s=30)",
    "job.execute(timeout_s=30)",
    "job.cancel()",
    "job.cancel_if_active()",
)
COMPOSITE_VERBS = (*(verb.replace("job.", "composite.") for verb in JOB_VERBS), "composite.retry_failed()", "add()")


@define(eq=False)
class WatchedPage:
    """A page that notes when an id was durable: nothing may be submitted under it before.

    Attributes:
        cloud: The service.
        durable: When each id was, in virtual seconds.
    """

    cloud: SimulatedCloud
    durable: dict[str, float] = field(factory=dict)

    async def reserved(self, task_id: str) -> None:
        """A disk takes its time."""
        await asyncio.sleep(0.001)
        self.durable[task_id] = self.cloud.now

    async def unreserved(self) -> None:
        """A disk takes its time."""
        await asyncio.sleep(0.001)

    def moved(self, job: Job, event: JobEvent) -> None:
        """Nothing is kept."""

    def reconfigured(self, job: Job) -> None:
        """Nothing is kept."""

    def added(self, children: Sequence[Child]) -> None:
        """Nothing is kept."""

    async def written(self) -> None:
        """There is nothing to wait for."""

    def written_before_sent(self) -> None:
        """No program has left before its id was durable.

        Raises:
            InvariantBroken: One has.
        """
        for record in self.cloud.ledger.requests(RequestKind.SUBMIT):
            for task_id in record.task_ids:
                if record.at < self.durable.get(task_id, record.at + 1):
                    raise broken(f"task {task_id} was submitted at {record.at:g} s, before its id was written down")


def _sdk(cloud: SimulatedCloud, qpu_id: str) -> OqcSdk:
    return OqcSdk(cloud.url, cloud.token, default_qpu_id=qpu_id, http_transport=cloud.transport, clock=VirtualClock())


def _prelude(cloud: SimulatedCloud, qpu_id: str, made: str) -> list[str]:
    return [
        f"cloud = {cloud!r}",
        "async with OqcSdk(",
        "    cloud.url, cloud.token, http_transport=cloud.transport, clock=VirtualClock(),",
        f"    default_qpu_id={qpu_id!r},",
        ") as sdk:",
        f"    {made}",
    ]


async def job_on(cloud: SimulatedCloud, program: str) -> Subject:
    """A subject that is one job.

    Args:
        cloud: The service; its faults begin once the SDK is open.
        program: Its program.
    """
    return await _subject(cloud, program)


async def composite_on(cloud: SimulatedCloud, tree: list[Tree]) -> Subject:
    """A subject that is a composite of jobs and composites.

    Args:
        cloud: As for `job_on`.
        tree: Its programs.
    """
    return await _subject(cloud, tree)


async def _subject(cloud: SimulatedCloud, tree: Tree) -> Subject:
    warnings.simplefilter("ignore", ServerWarning)
    qpu_id = cloud.qpu_ids[0]
    sdk = _sdk(cloud, qpu_id)
    witness = Witness(cloud)
    witness.watch(sdk)
    page = WatchedPage(cloud)
    with cloud.calm():
        await sdk.open()
    model = make_tree(sdk, tree)
    witness.watch(model)
    witness.__enter__()
    for job in witness.jobs:
        job.page = page
    name = "job" if isinstance(model, Job) else "composite"

    def add() -> Awaitable[object]:
        assert isinstance(model, CompositeJob)
        job = sdk.create_job(program="OPENQASM 2.0; // added")
        job.page = page
        model.add(job)
        return asyncio.sleep(0)

    async def rest() -> None:
        cloud.clear_up()
        for job in witness.jobs:
            if NEVER_ENDS in job.program:
                await _sooner_or_later(job.cancel)
        await _sooner_or_later(model.wait)
        if not model.ended:
            raise broken(f"{model!r} was waited for, and has not ended")

    async def close() -> None:
        witness.__exit__()
        await sdk.close()

    verbs: dict[str, Callable[[], Awaitable[object]]] = {
        f"{name}.submit()": model.submit,
        f"{name}.refresh()": model.refresh,
        f"{name}.wait(timeout_s=30)": lambda: model.wait(timeout_s=PATIENCE_S),
        f"{name}.execute(timeout_s=30)": lambda: model.execute(timeout_s=PATIENCE_S),
        f"{name}.cancel()": model.cancel,
        f"{name}.cancel_if_active()": model.cancel_if_active,
    }
    after = {f"{name}.refresh()": _asked(invariants.agrees_after_a_look, witness)}
    if isinstance(model, CompositeJob):
        verbs |= {f"{name}.retry_failed()": model.retry_failed, "add()": add}
    made = f"sdk.create_job(program={tree!r})" if isinstance(tree, str) else f"make_tree(sdk, {tree!r})"
    return Subject(
        machine=model._machine,
        model=model,
        name=name,
        prelude=_prelude(cloud, qpu_id, f"{name} = {made}"),
        verbs=verbs,
        moves=lambda: model.transitions,
        ledger=cloud.ledger,
        always=[
            *(_asked(one, witness) for one in (*invariants.ALWAYS, invariants.free_when_idle)),
            page.written_before_sent,
        ],
        after=after,
        rest=rest,
        close=close,
    )


async def _sooner_or_later(work: Callable[[], Awaitable[object]]) -> None:
    """Nothing goes wrong any more, but the client may have been asked for silence by a fault of before."""
    while True:
        try:
            await work()
        except RateLimited as error:
            await asyncio.sleep(error.retry_after_s or 1.0)
        else:
            return


def _asked(invariant: invariants.Invariant, witness: Witness) -> Callable[[], None]:
    return lambda: invariant(witness)
