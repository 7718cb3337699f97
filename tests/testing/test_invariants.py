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
    Recorder,
    SimulatedCloud,
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


async def a_run(cloud: SimulatedCloud, spoil: Callable[[Recorder, Job], object]) -> Recorder:
    """A job that completes, and then something that is done to it."""
    async with sdk_on(cloud) as sdk:
        with Recorder(cloud) as recorder:
            recorder.watch(sdk)
            job = sdk.create_job(program=PROGRAM)
            await job.execute()
            check(recorder, *ALWAYS, free_when_idle)
            spoil(recorder, job)
    return recorder


def judged(spoil: Callable[[Recorder, Job], object], *invariants: Invariant) -> None:
    async def run() -> None:
        cloud = SimulatedCloud(require_transition=False)
        recorder = await a_run(cloud, spoil)
        check(recorder, *invariants)

    run_virtual(run())


def test_a_run_that_is_right_passes_all_of_them() -> None:
    judged(lambda *_: None)


def test_a_result_of_a_job_that_is_not_completed() -> None:
    with pytest.raises(InvariantBroken, match="state=FAILED"):
        judged(lambda _, job: place(record_of_job(job), JobState.FAILED), result_and_error_belong)


def test_a_secret_in_the_log_in_any_depth() -> None:
    def log(recorder: Recorder, _: Job) -> None:
        logging.getLogger("qcaas_sdk.somewhere.deep").debug("sent %s", recorder.secrets[0])

    with pytest.raises(InvariantBroken, match=r"a secret is in this text: sent \*{5}$"):
        judged(log, no_secret_anywhere)


def test_a_secret_in_what_the_user_says_was_shown() -> None:
    with pytest.raises(InvariantBroken, match="a secret is in this text"):
        judged(lambda recorder, _: recorder.hear(f"token={recorder.secrets[0]}"), no_secret_anywhere)


def test_a_task_that_nobody_holds() -> None:
    async def run() -> None:
        cloud = SimulatedCloud(require_transition=False)
        async with sdk_on(cloud) as sdk:
            await sdk.create_job(program=PROGRAM).execute()
            recorder = Recorder(cloud)
            recorder.watch(sdk.create_job(program=PROGRAM))
            with pytest.raises(InvariantBroken, match="no job has its id: it is lost"):
                nothing_lost(recorder)

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
        recorder = Recorder(cloud)
        with pytest.raises(InvariantBroken, match="outside a transition"):
            no_http_outside_transitions(recorder)
        with pytest.raises(InvariantBroken, match="although the service had it"):
            executed_at_most_once(recorder)

    run_virtual(run())


def test_what_asks_the_service_needs_a_simulated_one() -> None:
    with pytest.raises(ValueError, match="make the recorder with its SimulatedCloud"):
        nothing_lost(Recorder())


def test_the_recorder_hears_debug_messages_and_others_get_what_they_would_have_got(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("qcaas_sdk._http")
    before = logging.getLogger("qcaas_sdk").level
    with Recorder() as recorder:
        logger.debug("for the recorder alone")
        logger.warning("for everybody")
    logger.debug("after that, for nobody")
    assert caplog.messages == ["for everybody"]
    assert list(recorder.texts()) == ["for the recorder alone", "for everybody"]
    assert logging.getLogger("qcaas_sdk").level == before
    assert logging.getLogger("qcaas_sdk").propagate
