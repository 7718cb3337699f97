"""The ready invariants judge any run of anybody's code; the mutants show that lifecycle machines find by them."""

import logging
from collections.abc import Callable

import httpx
import pytest

from qcaas_sdk import Job, JobState
from qcaas_sdk.job import record_of_job
from qcaas_sdk.statechart import place
from qcaas_sdk.testing import (
    ALWAYS,
    InvariantBroken,
    SimulatedCloud,
    Witness,
    check,
    executed_at_most_once,
    free_when_idle,
    no_http_outside_transitions,
    no_secret_anywhere,
    nothing_lost,
    result_and_error_belong,
    run_virtual,
    sdk_on,
)
from qcaas_sdk.testing.invariants import Invariant

PROGRAM = "OPENQASM 2.0;"


async def a_run(cloud: SimulatedCloud, spoil: Callable[[Witness, Job], object]) -> Witness:
    """A job that completes, and then something that is done to it."""
    async with sdk_on(cloud) as sdk:
        with Witness(cloud) as witness:
            witness.watch(sdk)
            job = sdk.create_job(program=PROGRAM)
            await job.execute()
            check(witness, *ALWAYS, free_when_idle)
            spoil(witness, job)
    return witness


def judged(spoil: Callable[[Witness, Job], object], *invariants: Invariant) -> None:
    async def run() -> None:
        cloud = SimulatedCloud(require_transition=False)
        witness = await a_run(cloud, spoil)
        check(witness, *invariants)

    run_virtual(run())


def test_a_run_that_is_right_passes_all_of_them() -> None:
    judged(lambda *_: None)


def test_a_result_of_a_job_that_is_not_completed() -> None:
    with pytest.raises(InvariantBroken, match="state=FAILED"):
        judged(lambda _, job: place(record_of_job(job), JobState.FAILED), result_and_error_belong)


def test_a_secret_in_the_log_in_any_depth() -> None:
    def log(witness: Witness, _: Job) -> None:
        logging.getLogger("qcaas_sdk.somewhere.deep").debug("sent %s", witness.secrets[0])

    with pytest.raises(InvariantBroken, match=r"a secret has got out: sent \*{5}$"):
        judged(log, no_secret_anywhere)


def test_a_secret_in_what_the_user_says_was_shown() -> None:
    with pytest.raises(InvariantBroken, match="a secret has got out"):
        judged(lambda witness, _: witness.hear(f"token={witness.secrets[0]}"), no_secret_anywhere)


def test_a_task_that_nobody_holds() -> None:
    async def run() -> None:
        cloud = SimulatedCloud(require_transition=False)
        async with sdk_on(cloud) as sdk:
            await sdk.create_job(program=PROGRAM).execute()
            witness = Witness(cloud)
            witness.watch(sdk.create_job(program=PROGRAM))
            with pytest.raises(InvariantBroken, match="no job knows of it: it is lost"):
                nothing_lost(witness)

    run_virtual(run())


def test_requests_of_somebody_who_goes_around_the_library() -> None:
    async def run() -> None:
        cloud = SimulatedCloud(require_transition=False)
        async with httpx.AsyncClient(transport=cloud.transport, base_url=cloud.url) as client:
            headers = {"Authentication-Token": cloud.token}
            body = {"qpu_id": cloud.qpu_ids[0], "program": PROGRAM}
            (task,) = (await client.post("/tasks/submit", json={"tasks": [body]}, headers=headers)).json()
            again = {"tasks": [body | task]}
            await client.post("/tasks/submit", json=again, headers=headers)
        witness = Witness(cloud)
        with pytest.raises(InvariantBroken, match="outside a transition"):
            no_http_outside_transitions(witness)
        with pytest.raises(InvariantBroken, match="to a service that had it"):
            executed_at_most_once(witness)

    run_virtual(run())


def test_what_asks_the_service_needs_a_simulated_one() -> None:
    with pytest.raises(ValueError, match="make the witness with its SimulatedCloud"):
        nothing_lost(Witness())


def test_the_witness_hears_debug_messages_and_others_get_what_they_would_have_got(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("qcaas_sdk._http")
    before = logging.getLogger("qcaas_sdk").level
    with Witness() as witness:
        logger.debug("for the witness alone")
        logger.warning("for everybody")
    logger.debug("after that, for nobody")
    assert caplog.messages == ["for everybody"]
    assert list(witness.texts()) == ["for the witness alone", "for everybody"]
    assert logging.getLogger("qcaas_sdk").level == before
    assert logging.getLogger("qcaas_sdk").propagate
