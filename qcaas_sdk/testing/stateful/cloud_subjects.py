"""What `lifecycle_machine` drives when it is to drive jobs: a job, or a tree of composites, on a simulated cloud."""

import asyncio
import json
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any

from attrs import define, field

from qcaas_sdk._admission import BUDGET_SPENT
from qcaas_sdk._handles.errors import BudgetExceeded, NoPlace, TaskLost
from qcaas_sdk._record import JobState, Run
from qcaas_sdk.composite import Child, CompositeJob, record_of
from qcaas_sdk.errors import RateLimited, ServerWarning
from qcaas_sdk.job import Job, held_back, record_of_job
from qcaas_sdk.oqc_sdk import OqcSdk
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.statechart import Machine
from qcaas_sdk.testing import invariants
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.outcomes import NEVER_ENDS
from qcaas_sdk.testing.on_cloud import sdk_on
from qcaas_sdk.testing.recorder import Recorder, broken
from qcaas_sdk.testing.stateful import replay
from qcaas_sdk.testing.stateful.strategies import Tree, make_tree
from qcaas_sdk.testing.stateful.subject import Subject
from qcaas_sdk.testing.stateful.watched_writer import WatchedWriter

LET_GO_S = 60.0
"""Virtual seconds after which a job that a guard holds back is cancelled, at the very end."""

MAX_ROUNDS = 50
"""How often a subject with limits is waited for at the very end."""

PATIENCE_S = 30.0
"""Virtual seconds that the verbs of a subject wait: its task may never end."""

CANCELLED_HALFWAY = "side_by_side(given_up(job.submit(), seconds=0.018), job.cancel())"
"""A submission is given up, and the job cancelled, while that may still be on its way."""

RECONFIGURED_HALFWAY = "side_by_side(given_up(job.submit(), seconds=0.018), reconfigure(job))"
"""The job gets another program while its submission may still be on its way; that is given up."""

CANCELLED_MEANWHILE = "side_by_side(job.wait(timeout_s=30), job.cancel())"
"""The job is cancelled as soon as it is submitted, while it is waited for."""

CANCELLED_UNSEEN = "cancelled_unseen(job)"
"""The job is cancelled soon after its submission has succeeded or failed, without a question in between."""

JOB_VERBS = (
    CANCELLED_HALFWAY,
    CANCELLED_MEANWHILE,
    CANCELLED_UNSEEN,
    RECONFIGURED_HALFWAY,
    "job.submit()",
    "job.refresh()",
    "job.wait(timeout_s=30)",
    "job.execute(timeout_s=30)",
    "job.cancel()",
    "job.cancel_if_active()",
    "job.abandon()",
    "reconfigure(job)",
)
ONE_GIVES_UP = "side_by_side(given_up(one.submit(), seconds=0.018), composite.submit())"
"""One job's submission is given up while all are submitted."""

COMPOSITE_VERBS = (
    *(verb.replace("job.", "composite.") for verb in JOB_VERBS[4:-2]),
    "composite.retry_failed()",
    "one.submit()",
    "one.cancel()",
    ONE_GIVES_UP,
    "add(composite, subject.one_more())",
)


@define(eq=False)
class OnCloud(Subject):
    """A job or composite on a simulated cloud, and its recorder; made by `job_on` and `composite_on`.

    Attributes:
        cloud: The service.
        sdk: The SDK that has made it.
        recorder: Its recorder.
        writer: Records when its reserved ids were written down.
        options: Other arguments of the SDK.
    """

    cloud: SimulatedCloud = field(kw_only=True)
    sdk: OqcSdk = field(kw_only=True)
    recorder: Recorder = field(kw_only=True)
    writer: WatchedWriter = field(kw_only=True)
    options: Mapping[str, Any] = field(factory=dict, kw_only=True)
    _kept: dict[Job, Run] = field(factory=dict, init=False)
    _cancels: bool = field(default=False, init=False)

    async def fire(self, trigger: str) -> None:
        """Trigger a transition."""
        self._cancels |= trigger == "cancel"
        await self.machine.fire(self.record, trigger)

    async def _cancelling(self, call: Callable[[], Awaitable[object]]) -> None:
        self._cancels = True
        await call()

    def nothing_cancelled_unasked(self) -> None:
        """Raise if a task was cancelled before any verb or trigger that cancels was used."""
        if not self._cancels:
            invariants.nothing_cancelled_unasked(self.cloud.ledger)

    async def move_to_another_process(self) -> None:
        """Save it, close its SDK, and load it with another SDK. The test goes on with the loaded one."""
        snapshot = json.loads(json.dumps(self.model.to_snapshot()))
        await self.sdk.close()
        self.sdk = await _open(self.cloud, self.recorder, self.options)
        loaded = self.sdk.from_snapshot(snapshot)
        self.recorder.replace(self.model, loaded)
        self._take(loaded)

    async def attach(self, task_id: str) -> Job:
        """Attach a task. The test goes on with the attached job."""
        attached = await self.sdk.attach(task_id)
        self.recorder.forget(*(job for job in self.recorder.jobs if job is not attached))
        self._take(attached)
        return attached

    def _take(self, model: Child) -> None:
        """Drive this model from now on."""
        self.model, self.record = model, record_of(model)
        self.machine = _machine_of(self.sdk, model)
        for job in self.recorder.jobs:
            record_of_job(job).writer = self.writer
        name = self.name
        self.verbs = {
            f"{name}.submit()": model.submit,
            f"{name}.refresh()": model.refresh,
            f"{name}.wait(timeout_s=30)": lambda: model.wait(timeout_s=PATIENCE_S),
            f"{name}.execute(timeout_s=30)": lambda: model.execute(timeout_s=PATIENCE_S),
            f"{name}.cancel()": model.cancel,
            f"{name}.cancel_if_active()": model.cancel_if_active,
        }
        if isinstance(model, CompositeJob):
            self.verbs |= {
                "composite.retry_failed()": self._retry_failed,
                "one.submit()": lambda: next(model.leaves()).submit(),
                "one.cancel()": lambda: next(model.leaves()).cancel(),
                ONE_GIVES_UP: self._one_gives_up,
                "add(composite, subject.one_more())": self._add,
            }
        else:
            self.verbs |= {
                CANCELLED_HALFWAY: self._cancelled_halfway,
                CANCELLED_MEANWHILE: self._cancelled_meanwhile,
                CANCELLED_UNSEEN: self._cancelled_unseen,
                RECONFIGURED_HALFWAY: self._reconfigured_halfway,
                "job.abandon()": model.abandon,
                "reconfigure(job)": self._reconfigure,
            }
        self.verbs |= {verb: partial(self._cancelling, call) for verb, call in self.verbs.items() if "cancel" in verb}

    async def _one_gives_up(self) -> None:
        await replay.side_by_side(_given_up_soon(next(self.model.leaves())), self.model.submit())

    async def _cancelled_halfway(self) -> None:
        await replay.side_by_side(_given_up_soon(self.model), self.model.cancel())

    async def _cancelled_meanwhile(self) -> None:
        await replay.side_by_side(self.model.wait(timeout_s=PATIENCE_S), self.model.cancel())

    async def _cancelled_unseen(self) -> None:
        await replay.cancelled_unseen(self.model)

    async def _reconfigured_halfway(self) -> None:
        await replay.side_by_side(_given_up_soon(self.model), self._reconfigure())

    async def _retry_failed(self) -> None:
        self._kept = {job: record_of_job(job).run for job in self.recorder.jobs if job.state is not JobState.FAILED}
        await self.model.retry_failed()

    def _only_failed_retried(self) -> None:
        for job, run in self._kept.items():
            if record_of_job(job).run is not run:
                raise broken(f"{job!r} had not failed, but was run again")
        for job in self.recorder.jobs:
            if job not in self._kept and job.state is JobState.CREATED:
                raise broken(f"{job!r} had failed, but was not run again")

    def _all_cancelled(self) -> None:
        invariants.agrees_after_a_look(self.recorder)
        for job in self.recorder.jobs:
            if not job.ended and not record_of_job(job).run.cancel_asked:
                raise broken(f"{job!r} was to be cancelled, but no code called cancel()")

    def one_more(self) -> Job:
        """A job that can be added."""
        job: Job = self.sdk.create_job(program="OPENQASM 2.0; // added")
        record_of_job(job).writer = self.writer
        return job

    async def _add(self) -> None:
        await replay.add(self.model, self.one_more())

    async def _reconfigure(self) -> None:
        await replay.reconfigure(self.model)

    async def _rest(self) -> None:
        self._cancels = True  # what would not end
        self.cloud.clear_up()
        for job in self.recorder.jobs:
            if NEVER_ENDS in job.program:
                await sooner_or_later(job.cancel)
        letting_go = asyncio.create_task(self._let_go())
        try:
            await sooner_or_later(self._end)
        finally:
            letting_go.cancel()
        if not self.model.ended:
            raise broken(f"{self.model!r} was waited for, and has not ended")

    async def _end(self) -> None:
        """Wait for its end; what no limit lets run any more is cancelled."""
        for _ in range(MAX_ROUNDS):
            try:
                await self.model.wait()
            except BudgetExceeded:
                for job in [job for job in self.recorder.jobs if job.held == BUDGET_SPENT]:
                    await sooner_or_later(job.cancel)
            except NoPlace:
                for job in [job for job in self.recorder.jobs if record_of_job(job).run.lost and not job.ended]:
                    await job.abandon()
            else:
                return
        raise broken(f"{self.model!r} was waited for, and does not come to its end")

    async def _let_go(self) -> None:
        """Cancel the jobs that a guard of their chart holds back: nobody else will let them go."""
        while True:
            await asyncio.sleep(LET_GO_S)
            for job in self.recorder.jobs:
                if held_back(job):
                    await sooner_or_later(job.cancel)

    async def _close(self) -> None:
        self.recorder.__exit__()
        await self.sdk.close()


async def job_on(cloud: SimulatedCloud, program: str, **options: Any) -> OnCloud:
    """A subject that is one job.

    Args:
        cloud: The service; its faults begin once the SDK is open.
        program: Its program.
        **options: Other arguments of the SDK, for example `job_chart` and `callbacks`.
    """
    return await _subject(cloud, program, options)


async def composite_on(cloud: SimulatedCloud, tree: list[Tree], **options: Any) -> OnCloud:
    """A subject that is a composite of jobs and composites.

    Args:
        cloud: As for `job_on`.
        tree: Its programs.
        **options: As for `job_on`.
    """
    return await _subject(cloud, tree, options)


async def _subject(cloud: SimulatedCloud, tree: Tree, options: Mapping[str, Any]) -> OnCloud:
    warnings.simplefilter("ignore", ServerWarning)
    recorder = Recorder(cloud)
    sdk = await _open(cloud, recorder, options)
    model = make_tree(sdk, tree)
    recorder.__enter__()
    writer = WatchedWriter(cloud)
    name = "job" if isinstance(model, Job) else "composite"
    given = [f"{key}={value!r}" for key, value in options.items()]
    subject = OnCloud(
        machine=_machine_of(sdk, model),
        model=model,
        name=name,
        imports=["import asyncio", "import random", "from qcaas_sdk.testing import *"],
        prelude=[
            "random.seed(0)",
            f"cloud = {cloud!r}",
            f"subject = await {name}_on({', '.join(['cloud', repr(tree), *given])})",
            f"{name} = subject.model",
            *([] if name == "job" else ["one = next(composite.leaves())"]),
        ],
        transitions=lambda: subject.model.transitions,
        ledger=cloud.ledger,
        always=[
            *(_asked(one, recorder) for one in (*invariants.ALWAYS, invariants.free_when_idle)),
            writer.written_before_sent,
            *(_asked(one, recorder) for one in _limits_of(options)),
        ],
        cloud=cloud,
        sdk=sdk,
        recorder=recorder,
        writer=writer,
        options=options,
    )
    subject.rest, subject.close = subject._rest, subject._close
    subject.always = [*subject.always, subject.nothing_cancelled_unasked]
    subject.after = {
        "poll": _asked(invariants.agrees_after_a_look, recorder),
        "cancel": _asked(invariants.agrees_after_a_look, recorder),
        f"{name}.refresh()": _asked(invariants.agrees_after_a_look, recorder),
        f"{name}.cancel()": subject._all_cancelled,
        CANCELLED_UNSEEN: subject._all_cancelled,
        f"{name}.retry_failed()": subject._only_failed_retried,
    }
    subject._take(model)
    return subject


def _limits_of(options: Mapping[str, Any]) -> Iterator[invariants.Invariant]:
    """What must hold of the limits of an SDK."""
    if (most := options.get("max_in_flight")) is not None:
        yield invariants.never_more_in_flight(most)
    budget = options.get("budget")
    if budget is not None and budget.runs is not None:
        yield invariants.never_over_budget(budget.runs)


def _machine_of(sdk: OqcSdk, model: Child) -> Machine[Any, Any]:
    factory = factory_of(sdk)
    return factory.machine if isinstance(model, Job) else factory.composite_machine


async def _open(cloud: SimulatedCloud, recorder: Recorder, options: Mapping[str, Any]) -> OqcSdk:
    sdk = sdk_on(cloud, **options)
    recorder.watch(sdk)
    with cloud.calm():
        await sdk.open()
    return sdk


async def _given_up_soon(job: Job) -> None:
    """Give a submission up; begun only when this is, so that nothing is left that was never awaited."""
    await replay.given_up(job.submit(), seconds=0.018)


async def sooner_or_later(work: Callable[[], Awaitable[object]]) -> None:
    """Do something until it is done.

    No new fault happens, but an earlier one may have asked to wait, or made the service forget a task.
    """
    while True:
        try:
            await work()
        except RateLimited as error:
            await asyncio.sleep(error.retry_after_s or 1.0)
        except TaskLost as error:
            await error.job.abandon()
        else:
            return


def _asked(invariant: invariants.Invariant, recorder: Recorder) -> Callable[[], None]:
    return lambda: invariant(recorder)
