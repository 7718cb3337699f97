"""What type checkers make of calls without `async`; read by mypy and pyright, never run."""

from collections.abc import Iterator
from typing import Any, assert_type

import qcaas_sdk
from qcaas_sdk import JobState, OqcSdk, Transition
from qcaas_sdk.sync import (
    ChildTransition,
    CompositeJob,
    Job,
    JobError,
    JobOutput,
    JobOutputProxy,
    JobResult,
    JobTimeout,
)
from qcaas_sdk.sync import OqcSdk as SyncSdk

PROGRAM = "OPENQASM 2.0;"


def an_sdk() -> None:
    assert_type(OqcSdk.sync("https://cloud.example.org", "token", journal="j.db"), SyncSdk)
    assert_type(OqcSdk.sync.from_env(), SyncSdk)
    with OqcSdk.sync.local() as sdk:
        assert_type(sdk, SyncSdk)
        assert_type(sdk.create_job(program=PROGRAM), Job)
        assert_type(sdk.create_job(program=[PROGRAM]), CompositeJob)
        assert_type(sdk.list_qpus(), list[dict[str, Any]])
        assert_type(sdk.recover(), list[Job | CompositeJob])
        assert_type(sdk.close(), None)


def a_job(job: Job) -> None:
    assert_type(job.submit(), Job)
    assert_type(job.state, JobState)
    assert_type(job.execute(timeout_s=60), JobOutputProxy[JobOutput])
    assert_type(job.execute().one, JobOutput)
    assert_type(job.execute().results()[0], JobResult)
    assert_type(job.result, JobResult | None)
    assert_type(job.events(), Iterator[Transition[JobState]])
    if job.error:
        assert_type(job.error, JobError)
    try:
        job.wait(5)
    except JobTimeout as error:
        error.job.wait()
    except qcaas_sdk.QcaasError:
        pass


def a_composite(composite: CompositeJob) -> None:
    assert_type(composite.as_completed(), Iterator[Job])
    assert_type(composite.events(), Iterator[ChildTransition])
    assert_type(composite.retry_failed(), CompositeJob)
    assert_type(CompositeJob([composite]), CompositeJob)
    assert_type([event.job for event in composite.events()], list[Job])
