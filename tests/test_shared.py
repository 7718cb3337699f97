"""What callers share outlives each of them: one is cancelled in any turn of the loop, others join in any turn.

Whoever is not cancelled gets an answer of its own. In virtual time a caller that would wait for ever is a `Deadlock`.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import attrs
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import Job, JobState, JobTimeout, QcaasError
from qcaas_sdk._http import HttpClient, PasswordCredential
from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk._journal.journal import Journal
from qcaas_sdk._service.batching import Batcher
from qcaas_sdk.job import record_of_job
from qcaas_sdk.statechart import TransitionLock
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, run_virtual, sdk_on
from tests.support.examples import scaled
from tests.testing.virtually import virtually

pytestmark = pytest.mark.slow

PROGRAM = "OPENQASM 2.0;"
MAX_S = 2000.0


@frozen
class Caller:
    """Somebody who calls what is shared.

    Attributes:
        joins: The turn of the loop in which it does.
        gives_up: After how many turns it is cancelled, 0 for the very turn in which it calls; None if it waits.
    """

    joins: int
    gives_up: int | None


callers = st.lists(
    st.builds(Caller, joins=st.integers(0, 4), gives_up=st.none() | st.integers(0, 6)), min_size=1, max_size=8
)
any_turn = settings(max_examples=scaled(60), deadline=None)


def every_pair(joins: int, gives_up: int) -> Iterator[list[Caller]]:
    """One caller gives up in any turn, another joins in any turn and waits."""
    for given_up, joined in product(range(gives_up), range(joins)):
        yield [Caller(0, given_up), Caller(joined, None)]


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def play(script: Sequence[Caller], call: Callable[[int], Awaitable[object]]) -> dict[int, object]:
    """Let all callers do as they are told; returns what those got who waited, by their number."""

    async def one(number: int, caller: Caller) -> object:
        await turns(caller.joins)
        calling = asyncio.ensure_future(call(number))
        if caller.gives_up == 0:
            asyncio.get_running_loop().call_soon(calling.cancel)  # right after its first step
        elif caller.gives_up is not None:
            await turns(caller.gives_up)
            calling.cancel()
        try:
            return await calling
        except asyncio.CancelledError:
            assert caller.gives_up is not None, f"caller {number} did not give up, but was cancelled"
            return None

    async with asyncio.timeout(MAX_S):
        ends = await asyncio.gather(*(one(number, caller) for number, caller in enumerate(script)))
    return {number: end for number, end in enumerate(ends) if script[number].gives_up is None}


@given(script=callers, takes=st.integers(0, 6))
@settings(max_examples=scaled(300), deadline=None)
def test_batches(script: list[Caller], takes: int) -> None:
    run_virtual(batches(script, takes))


@pytest.mark.parametrize("takes", range(4))
def test_batches_of_every_pair(takes: int) -> None:
    for script in every_pair(joins=10, gives_up=10):
        run_virtual(batches(script, takes))


async def batches(script: Sequence[Caller], takes: int) -> None:
    sent: list[int] = []

    async def send(_: str, items: Sequence[int]) -> Sequence[int | Exception]:
        await turns(takes)
        sent.extend(items)
        return [item * 10 for item in items]

    batcher = Batcher(send)
    answers = await play(script, lambda number: batcher.add("q", number))
    assert answers == {number: number * 10 for number in answers}
    assert len(sent) == len(set(sent))
    assert set(answers) <= set(sent)
    before = len(sent)
    assert await batcher.add("q", 99) == 990
    assert sent[before:] == [99], "no batch was left open"


@virtually
async def test_a_batch_that_something_else_cancels_lets_its_callers_go() -> None:
    batcher = Batcher(lambda _, items: asyncio.sleep(1000, items))  # type: ignore[arg-type]
    caller = asyncio.create_task(batcher.add("q", 1))
    await turns(4)
    next(task for task in asyncio.all_tasks() if task.get_name() == "batch for q").cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


VERBS = ("submit", "wait", "execute", "refresh", "cancel", "cancel_if_active")


@given(
    script=callers,
    verbs=st.lists(st.sampled_from(VERBS), min_size=8, max_size=8),
    jobs=st.lists(st.integers(0, 2), min_size=8, max_size=8),
    takes_s=st.sampled_from([0.0, 0.3]),
    latency_s=st.sampled_from([0.0, 0.01]),
)
@any_turn
def test_jobs_their_locks_their_batches_and_their_watches(
    script: list[Caller], verbs: list[str], jobs: list[int], takes_s: float, latency_s: float
) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(takes_s))], latency_s=latency_s)
        async with sdk_on(cloud) as sdk:
            made = [sdk.create_job(program=f"{PROGRAM} // {number}") for number in range(3)]

            async def call(number: int) -> None:
                try:
                    await getattr(made[jobs[number]], verbs[number])()
                except QcaasError as error:
                    assert verbs[number] == "submit", error  # of a job that somebody else has submitted

            await play(script, call)
            async with asyncio.timeout(MAX_S):
                await asyncio.gather(*(job.wait() for job in made))
            assert all(job.ended and record_of_job(job).lock is None for job in made)
            for job in made:
                runs = 1 + sum(event.trigger == "reset" for event in job.transitions)
                assert len(cloud.ledger.executions_of(job.program)) <= runs

    run_virtual(scenario())


@given(script=callers, timeouts=st.lists(st.none() | st.sampled_from([0.0, 0.005, 0.02]), min_size=8, max_size=8))
@any_turn
def test_deadlines_of_some_are_no_deadlines_of_others(script: list[Caller], timeouts: list[float | None]) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud(latency_s=0.01)) as sdk:

            async def call(number: int) -> object:
                job = sdk.create_job(program=PROGRAM)
                try:
                    await job.execute(timeout_s=timeouts[number])
                except JobTimeout:
                    assert timeouts[number] is not None
                    await job.wait()
                return job.state

            answers = await play(script, call)
            assert set(answers.values()) <= {JobState.COMPLETED}

    run_virtual(scenario())


@virtually
async def test_the_next_job_does_not_join_a_batch_that_is_being_given_up() -> None:
    async with sdk_on(SimulatedCloud()) as sdk:
        first = sdk.create_job(program=PROGRAM)
        with pytest.raises(JobTimeout):
            await first.execute(timeout_s=0)
        second = sdk.create_job(program=PROGRAM)
        async with asyncio.timeout(60):
            await second.execute()
            await first.wait()
        assert first.completed and second.completed


@pytest.mark.parametrize("verb", ["execute", "submit", "cancel"])
def test_the_next_job_joins_in_any_turn_in_which_another_gives_up(verb: str) -> None:
    async def scenario(script: list[Caller]) -> None:
        cloud = SimulatedCloud()
        async with sdk_on(cloud) as sdk:
            made = [sdk.create_job(program=f"{PROGRAM} // {number}") for number in range(2)]

            async def call(number: int) -> None:
                await getattr(made[number], verb if number == 0 else "execute")()

            await play(script, call)
            assert made[1].completed
            await made[0].wait()
            assert [len(cloud.ledger.executions_of(job.program)) for job in made] <= [1, 1]

    for script in every_pair(joins=8, gives_up=14):
        run_virtual(scenario(script))


@given(script=callers, job_of=st.lists(st.integers(0, 2), min_size=8, max_size=8))
@any_turn
def test_watches(script: list[Caller], job_of: list[int]) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(5.0))])) as sdk:
            composite = await sdk.create_job(program=[PROGRAM] * 3).submit()
            made = [*composite.leaves()]
            answers = await play(script, lambda number: made[job_of[number]].wait())
            for number, job in answers.items():
                assert job is made[job_of[number]] and made[job_of[number]].completed

    run_virtual(scenario())


@virtually
async def test_a_watcher_that_something_else_cancels_leaves_nobody_waiting() -> None:
    async with sdk_on(SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(50.0))])) as sdk:
        job = await sdk.create_job(program=PROGRAM).submit()
        waiting = asyncio.create_task(job.wait())
        await asyncio.sleep(5.0)
        next(task for task in asyncio.all_tasks() if task.get_name().startswith("poll ")).cancel()
        with pytest.raises(QcaasError, match=r"was cancelled; .await job\.wait\(\). goes on"):
            await waiting
        await job.wait()
        assert job.completed


@given(script=callers)
@any_turn
def test_as_completed_and_events(script: list[Caller]) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud(qpus=[SimulatedQpu(service_time=Constant(1.0))])) as sdk:
            composite = sdk.create_job(program=[PROGRAM] * 3)

            async def call(number: int) -> int:
                if number % 2:
                    await composite.wait()
                    job = next(composite.leaves())
                    return 3 if [event.target async for event in job.events()][-1] is JobState.COMPLETED else 0
                return len([job async for job in composite.as_completed()])

            assert set((await play(script, call)).values()) <= {3}

    run_virtual(scenario())


@given(script=callers, holds=st.integers(0, 4))
@any_turn
def test_transition_locks(script: list[Caller], holds: int) -> None:
    async def scenario() -> None:
        lock = TransitionLock()
        inside = 0

        async def call(number: int) -> int:
            nonlocal inside
            async with lock:
                inside += 1
                assert inside == 1
                try:
                    await turns(holds)
                finally:
                    inside -= 1
            return number

        answers = await play(script, call)
        assert answers == {number: number for number in answers}
        assert not lock.locked()

    run_virtual(scenario())


@given(script=callers)
@settings(max_examples=scaled(30), deadline=None)
def test_the_journal(script: list[Caller]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = JournalFile(Path(folder) / "j.db")
        journal = Journal(file)

        async def call(number: int) -> int:
            journal.note(number + 1, "job", {})
            await journal.written()
            return number

        async def scenario() -> None:
            answers = await play(script, call)
            assert set(answers) == {n for n, caller in enumerate(script) if caller.gives_up is None}
            await journal.written()

        run_virtual(scenario())
        entries, damage = journal.read()
        assert damage is None
        written = {entry.entity_id for entry in entries}
        assert {n + 1 for n, caller in enumerate(script) if caller.gives_up is None} <= written
        journal.close()


@given(script=callers, expires=st.sampled_from([None, 0.05]))
@any_turn
def test_one_login_and_the_places_for_requests(script: list[Caller], expires: float | None) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(latency_s=0.02, token_life_s=expires)
        transport = HttpClient(
            cloud.url,
            PasswordCredential(cloud.email, cloud.password),
            http_transport=cloud.transport,
            max_in_flight=2,
        )
        await transport.open()

        async def call(number: int) -> bool:
            answer = await transport.request("GET", "/admin/qpu")
            return isinstance(answer, dict) and "items" in answer

        answers = await play(script, call)
        assert set(answers.values()) <= {True}
        before = len(cloud.ledger.requests("qpus"))
        assert await asyncio.gather(call(0), call(1)) == [True, True]
        one, other = cloud.ledger.requests("qpus")[before : before + 2]
        assert one.at == other.at, "both places are free again"
        await transport.close()

    run_virtual(scenario())


@given(script=callers)
@any_turn
def test_one_list_of_qpus_for_many(script: list[Caller]) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("qpu:1"), SimulatedQpu("qpu:2")], latency_s=0.01)
        async with sdk_on(cloud) as sdk:
            cloud.list_qpu("qpu:2", listed=False)
            await sdk.list_qpus()
            cloud.list_qpu("qpu:2", listed=True)

            async def call(number: int) -> bool:
                job: Job = sdk.create_job(program=PROGRAM)
                # As if it had been made while the QPU was listed.
                record = record_of_job(job)
                record.request = attrs.evolve(record.request, qpu_id="qpu:2")
                await job.execute()
                return job.completed

            assert set((await play(script, call)).values()) <= {True}

    run_virtual(scenario())
