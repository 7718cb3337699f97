"""What is proved: programs that use an SDK, each with a world, and the bounds within which all schedules are run."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from attrs import field, frozen

from qcaas_sdk import (
    CompositeJob,
    IllegalTransition,
    Job,
    JobState,
    JobTimeout,
    PasswordCredential,
    QcaasError,
    SubmissionInDoubt,
)
from qcaas_sdk.testing import (
    Bounds,
    CloudWorld,
    Constant,
    Dropped,
    SimulatedQpu,
    Slow,
    Status,
    TokenExpired,
    cancellable,
    check,
    choose,
    crash_point,
    explore,
    never_more_in_flight,
    sdk_on,
)

PROGRAM = "OPENQASM 2.0;"
REFUSED = "OPENQASM 2.0; // simulated: refused"
ONE_DEVIATION = Bounds(deviations=1)
ONE_CRASH = Bounds(deviations=0, crashes=1)
PATIENCE_S = 600.0
SHORT_S = (0.15, 0.2, 0.05, 0.1)
"""Seconds after which a caller gives up: in the middle of requests that take 0.1 s each, and at their ends."""
QUICK = [SimulatedQpu(service_time=Constant(0.5))]


@frozen
class Scenario:
    """One proof.

    Attributes:
        name: What it shows.
        run: The program.
        bounds: The bounds, each of which is explored completely.
        world: What its world is made with.
        small: Bounds for `make test`.
        kind: The class of its world.
    """

    name: str
    run: Callable[[CloudWorld], Coroutine[Any, Any, object]]
    bounds: tuple[Bounds, ...]
    world: dict[str, Any] = field(factory=dict)
    small: Bounds = ONE_DEVIATION
    kind: type[CloudWorld] = CloudWorld

    def make(self) -> CloudWorld:
        """A new world."""
        return self.kind(**({"qpus": QUICK} | self.world))


async def all_of(*work: Coroutine[Any, Any, object]) -> list[str]:
    """Run things side by side, each of which may be cancelled; how each ended."""
    tasks = [cancellable(one, name=f"caller {number}") for number, one in enumerate(work, 1)]
    await asyncio.wait(tasks)
    return [_ending(task) for task in tasks]


def _ending(task: "asyncio.Task[object]") -> str:
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    if error is None:
        return "fine"
    if not isinstance(error, QcaasError | JobTimeout):
        raise error
    return type(error).__name__


async def at_rest(world: CloudWorld, *jobs: Job | CompositeJob) -> tuple[str, ...]:
    """Wait for the ends of jobs with nothing going wrong any more; the states in which they end."""
    world.cloud.clear_up()
    for job in jobs:
        await job.wait(timeout_s=PATIENCE_S)
    return tuple(job.state.value for job in jobs)


def check_known(world: CloudWorld, *jobs: Job | CompositeJob) -> None:
    """Whatever was submitted, by any process, belongs to a job that the journal knows."""
    known = {job.task_id for job in jobs if isinstance(job, Job)}
    acted = [record for record in world.cloud.ledger.requests("submit") if record.acted]
    sent = {task_id for record in acted for task_id in record.task_ids}
    assert sent <= known, f"paid for, and lost: {sent - known}"


async def two_callers(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        ends = await all_of(job.execute(), job.wait())
        (state,) = await at_rest(world, job)
        assert state == "COMPLETED"
        assert len(job.history) == 1 or "fine" in ends
        assert len(world.cloud.ledger.executions) == len(job.history)
        return *ends, state


async def submit_against_cancel(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        ends = await all_of(job.submit(), job.cancel())
        (state,) = await at_rest(world, job)
        assert state in {"COMPLETED", "CANCELLED"}
        return *ends, state


async def execute_against_close(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        ends = await all_of(job.execute(), sdk.close())
    async with world.sdk() as sdk:
        again = sdk.from_snapshot(job.to_snapshot())
        world.recorder.replace(job, again)
        (state,) = await at_rest(world, again)
        assert state == "COMPLETED"
        assert len(world.cloud.ledger.executions) == 1
        return *ends, state


async def last_polls(world: CloudWorld) -> list[float]:
    """When an undisturbed job is polled for the last times: a deadline can meet its completion there."""
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.submit()
        await job.wait()
        return [record.at for record in world.cloud.ledger.requests("info")][-2:]


async def three_callers(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        ends = await all_of(job.submit(), job.cancel(), job.submit())
        (state,) = await at_rest(world, job)
        assert state in {"COMPLETED", "CANCELLED"}
        return *ends, state


async def gives_up_and_submits_again(world: CloudWorld) -> object:
    """The caller gives up while the batch still sends its program, and submits again at once."""
    async with world.sdk() as sdk:
        job, other = (sdk.create_job(program=PROGRAM) for _ in range(2))

        async def again() -> None:
            with suppress(JobTimeout):
                await job.submit(timeout_s=choose(*SHORT_S))
            await job.submit()

        ends = await all_of(again(), other.submit())
        states = await at_rest(world, job, other)
        assert states == ("COMPLETED", "COMPLETED")
        return *ends, *states


async def gives_up_and_cancels(world: CloudWorld) -> object:
    """The caller gives up while the batch still sends its program, cancels the job, and tries to submit it."""
    async with world.sdk() as sdk:
        job, other = (sdk.create_job(program=PROGRAM) for _ in range(2))

        async def and_cancel() -> None:
            with suppress(JobTimeout):
                await job.submit(timeout_s=choose(*SHORT_S))
            await job.cancel()
            with suppress(IllegalTransition, SubmissionInDoubt):
                await job.submit()

        ends = await all_of(and_cancel(), other.submit())
        states = await at_rest(world, job, other)
        struck = [record.fault.what for record in world.cloud.ledger.requests() if record.fault]
        late = any(isinstance(what, Slow) for what in struck)  # then the task may run before it can be cancelled
        assert ends[0] != "fine" or states[0] == "CANCELLED" or late
        return *ends, *states


async def a_late_submission(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        one, other, late = (sdk.create_job(program=PROGRAM) for _ in range(3))

        async def later() -> None:
            await asyncio.sleep(choose(0.0, 0.05, 0.1))
            await late.submit()

        ends = await all_of(one.submit(), other.submit(), later())
        assert ends == ["fine"] * 3
        states = await at_rest(world, one, other, late)
        assert set(states) == {"COMPLETED"}
        return *ends, *states


async def wait_against_refresh(world: CloudWorld) -> object:
    """One caller begins to wait while another one sees the end of the job."""
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.submit()
        await asyncio.sleep(1.0)
        ends = await all_of(job.refresh(), job.wait(timeout_s=PATIENCE_S))
        assert job.ended == (ends != ["cancelled", "cancelled"]) or "cancelled" in ends
        assert "JobTimeout" not in ends
        (state,) = await at_rest(world, job)
        return *ends, state


async def run_again(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.execute()
        outputs: list[object] = []

        async def execute() -> None:
            (output,) = await job.execute(timeout_s=PATIENCE_S)
            outputs.append(output)

        ends = await all_of(execute(), execute())
        (state,) = await at_rest(world, job)
        assert all(output in list(job.history)[1:] for output in outputs)
        runs = len(world.cloud.ledger.executions)
        assert runs <= 3
        return *ends, state, runs


async def two_open(world: CloudWorld) -> object:
    sdk = sdk_on(world.cloud)

    async def use() -> None:
        await sdk.open()
        await sdk.list_qpus()

    ends = await all_of(use(), use())
    uses = ends.count("fine")
    assert "cancelled" in ends or len(world.cloud.ledger.requests("qpus")) == 1 + uses, "it was opened twice"
    assert set(ends) <= {"fine", "cancelled"}
    await sdk.close()
    return tuple(ends)


async def deadline_against_completion(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.submit()
        deadline = choose(*DEADLINES)
        ends = await all_of(job.wait(timeout_s=deadline), job.wait())
        (state,) = await at_rest(world, job)
        assert state == "COMPLETED"
        return *ends, state


async def composite_of_three(world: CloudWorld) -> object:
    """One is refused, then retried; meanwhile all is cancelled."""
    async with world.sdk() as sdk:
        composite = sdk.create_job(program=[PROGRAM, REFUSED, PROGRAM])
        await composite.wait(timeout_s=PATIENCE_S)
        assert composite.state is JobState.FAILED
        assert composite.counts[JobState.COMPLETED] == 2
        ends = await all_of(composite.retry_failed(), composite.cancel())
        with suppress(QcaasError):
            await composite.wait(timeout_s=PATIENCE_S)
        states = await at_rest(world, *composite.leaves())
        assert composite.ended
        return *ends, *states


async def crash_at_every_write(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.execute(timeout_s=PATIENCE_S)
        return job.state.value


async def two_jobs_and_a_crash(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        one, other = (sdk.create_job(program=PROGRAM) for _ in range(2))

        async def later() -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await other.submit(timeout_s=PATIENCE_S)

        await asyncio.gather(one.submit(timeout_s=PATIENCE_S), later())
        return one.state.value, other.state.value


async def after_two_jobs(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        jobs = sdk.recover(all=True)
        states = await at_rest(world, *jobs)
        check_known(world, *jobs)
        assert len(world.cloud.ledger.executions) <= 2
        return "recovered", *states


class CancellingWorld(CloudWorld):
    """Knows whether `cancel()` has returned."""

    returned = False


async def cancelled_and_a_crash(world: CloudWorld) -> object:
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.submit()
        await job.cancel()
        await crash_point("the return of cancel()")
        assert isinstance(world, CancellingWorld)
        world.returned = True
        await crash_point("some time after")
        return job.state.value


async def after_a_cancellation(world: CloudWorld) -> object:
    """What was cancelled is not active again."""
    async with world.sdk() as sdk:
        jobs = sdk.recover()
        assert isinstance(world, CancellingWorld)
        assert not (jobs and world.returned)
        return "recovered", *await at_rest(world, *jobs)


async def after_a_crash(world: CloudWorld) -> object:
    """Another process goes on with what the journal has."""
    async with world.sdk() as sdk:
        jobs = sdk.recover(all=True)
        states = await at_rest(world, *jobs)
        check_known(world, *jobs)
        assert len(world.cloud.ledger.executions) <= 1
        assert all(state == "COMPLETED" for state in states)
        return "recovered", *states


async def refresh_of_a_token(world: CloudWorld) -> object:
    credential = PasswordCredential(world.cloud.email, world.cloud.password)
    async with world.sdk(authentication_token=None, credential=credential) as sdk:
        one, other = (sdk.create_job(program=PROGRAM) for _ in range(2))
        ends = await all_of(one.submit(), other.submit())
        if ends == ["fine", "fine"]:
            ends += await all_of(one.refresh(), other.refresh())
            assert "AuthenticationError" not in ends
        states = await at_rest(world, one, other)
        assert states == ("COMPLETED", "COMPLETED")
        struck = sum(record.fault is not None for record in world.cloud.ledger.requests())
        given_up = ends.count("cancelled")  # a login that is given up is made again
        logins = len(world.cloud.ledger.requests("login"))
        assert logins <= 1 + struck + given_up, "one login for each token that has expired"
        return *ends, *states


async def ends_in_the_turn_of_its_batch(world: CloudWorld) -> object:
    """A call ends in the turn in which it has opened a batch, and a second one joins."""
    async with world.sdk() as sdk:
        one, other = (sdk.create_job(program=PROGRAM) for _ in range(2))
        ends = await all_of(one.submit(timeout_s=0.0), other.submit())
        states = await at_rest(world, one, other)
        assert states == ("COMPLETED", "COMPLETED")
        return *ends, *states


async def one_place(world: CloudWorld) -> object:
    """Two callers, one place at the QPU, and a third job once it is free again."""
    async with world.sdk(max_in_flight=1) as sdk:
        one, other, last = (sdk.create_job(program=PROGRAM) for _ in range(3))
        ends = await all_of(one.submit(), other.submit())
        world.cloud.clear_up()
        sent = [job for job in (one, other) if job.task_id is not None]  # one in doubt is settled first
        given_up = [job for job in (one, other) if job.task_id is None]
        states = await at_rest(world, *sent, last, *given_up)
        check(world.recorder, never_more_in_flight(1))
        assert set(states) == {"COMPLETED"}
        return *ends, *states


async def attached_twice(world: CloudWorld) -> object:
    """Two callers attach one task: they get one job, and the service is asked once."""
    async with world.sdk() as sdk:
        job = sdk.create_job(program=PROGRAM)
        await job.submit()
        task_id = job.task_id
        world.recorder.forget(job)
    async with world.sdk() as sdk:
        attached: list[Job] = []

        async def attach() -> None:
            attached.append(await sdk.attach(str(task_id)))

        asked = len(world.cloud.ledger.requests())
        ends = await all_of(attach(), attach())
        assert len({id(job) for job in attached}) <= 1
        assert len(world.cloud.ledger.requests()) - asked <= 1 + ends.count("cancelled")
        return *ends, *await at_rest(world, *attached[:1])


DEADLINES: list[float] = explore.replay("-", last_polls, world=lambda: CloudWorld(qpus=QUICK))  # type: ignore[assignment]  # what last_polls returns

SCENARIOS = [
    Scenario(
        "two callers on one job",
        two_callers,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1), Bounds(deviations=1, faults=1)),
        {"faults": [Dropped(after_acting=True), Status(503)]},
    ),
    Scenario(
        "submit against cancel",
        submit_against_cancel,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1), Bounds(deviations=1, faults=1)),
        {"faults": [Dropped(after_acting=True), Status(503)]},
    ),
    Scenario(
        "execute against close",
        execute_against_close,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1)),
    ),
    Scenario(
        "wait with a deadline against completion",
        deadline_against_completion,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1)),
    ),
    Scenario(
        "a composite of three: one refused, retried and cancelled",
        composite_of_three,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1)),
    ),
    Scenario(
        "a journal, and a crash at every write",
        crash_at_every_write,
        (Bounds(deviations=1, crashes=1), Bounds(deviations=0, crashes=2)),
        {"journal": True, "recovery": after_a_crash},
        ONE_CRASH,
    ),
    Scenario(
        "a token is refreshed in mid-submission",
        refresh_of_a_token,
        (Bounds(deviations=2, faults=1), Bounds(deviations=1, faults=1, cancellations=1)),
        {"faults": [TokenExpired()], "on": ["reserve", "submit", "info"]},
        Bounds(deviations=1, faults=1),
    ),
    Scenario(
        "a call ends in the turn in which it opened a batch",
        ends_in_the_turn_of_its_batch,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1)),
    ),
    Scenario("two callers open an SDK", two_open, (Bounds(deviations=2), Bounds(deviations=1, cancellations=1))),
    Scenario(
        "three callers on one job", three_callers, (Bounds(deviations=2), Bounds(deviations=1, cancellations=1))
    ),
    Scenario(
        "submit, give up and submit again",
        gives_up_and_submits_again,
        (Bounds(deviations=1), Bounds(deviations=0, cancellations=1), Bounds(deviations=0, faults=1)),
        {"latency_s": 0.1, "faults": [Slow(5.0, acts_late=True)], "on": ["submit"]},
    ),
    Scenario(
        "submit, give up, cancel and submit again",
        gives_up_and_cancels,
        (Bounds(deviations=1), Bounds(deviations=0, cancellations=1), Bounds(deviations=0, faults=1)),
        {"latency_s": 0.1, "faults": [Dropped(), Slow(50.0, acts_late=True)], "cancel_of_reserved": "ignored"},
    ),
    Scenario("three submissions and a late one", a_late_submission, (Bounds(deviations=1),), {"latency_s": 0.1}),
    Scenario(
        "wait against refresh at the end",
        wait_against_refresh,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1)),
    ),
    Scenario("two callers run a job again", run_again, (Bounds(deviations=2),)),
    Scenario(
        "two jobs in one journal, and a crash at every write",
        two_jobs_and_a_crash,
        (Bounds(deviations=1, crashes=1),),
        {"journal": True, "recovery": after_two_jobs},
        ONE_CRASH,
    ),
    Scenario(
        "a cancelled job, and a crash at every write",
        cancelled_and_a_crash,
        (Bounds(deviations=1, crashes=1),),
        {"journal": True, "recovery": after_a_cancellation},
        ONE_CRASH,
        CancellingWorld,
    ),
    Scenario(
        "one place for two submissions",
        one_place,
        (Bounds(deviations=2), Bounds(deviations=1, cancellations=1), Bounds(deviations=1, faults=1)),
        {"faults": [Dropped(after_acting=True)], "on": ["submit"]},
    ),
    Scenario(
        "two callers attach a task", attached_twice, (Bounds(deviations=2), Bounds(deviations=1, cancellations=1))
    ),
]
