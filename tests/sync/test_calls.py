"""Calls without `async`: from scripts, threads, running loops and observers; what ends them, and what they leave."""

import asyncio
import gc
import os
import pickle
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import qcaas_sdk
from qcaas_sdk import (
    AuthenticationError,
    Budget,
    BudgetExceeded,
    CannotBeCopied,
    IllegalTransition,
    InvalidArgument,
    JobState,
    OqcSdk,
    QcaasError,
    SdkNotOpen,
    WrongEventLoop,
)
from qcaas_sdk.sync import (
    ChildTransition,
    CompositeJob,
    Job,
    JobOutputProxy,
    JobResult,
    JobTimeout,
    NoOutput,
)
from qcaas_sdk.sync import OqcSdk as SyncSdk
from tests.support.programs import BELL
from tests.sync.service import Service


def ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "qcaas-sync"}


def sdk_on(service: Service, **options: Any) -> SyncSdk:
    return OqcSdk.sync(**service.options, **options)


def test_a_job_runs_and_its_outputs_lead_back_to_it() -> None:
    with sdk_on(Service()) as sdk:
        job = sdk.create_job(program=BELL, tag="mine")
        assert (job.state, job.tag, job.result) == (JobState.CREATED, "mine", None)
        outputs = job.execute(timeout_s=60)
        assert isinstance(outputs, JobOutputProxy)
        result = outputs.results().one
        assert isinstance(result, JobResult)
        assert isinstance(result, qcaas_sdk.JobResult)
        assert result.job is job
        assert result is job.result is job.history[0] is job.outputs[0]
        assert result.resubmit() is job
        assert job.wait() is job
        again = result.reexecute()
        assert again == job.result
        assert len(job.history) == 3
        assert [type(one) for one in (job.history[:2], job.history.filter(bool), job.history.errors())] == [
            JobOutputProxy
        ] * 3
        assert isinstance(job.refresh().cancel().cancel_if_active(), Job)
        assert "COMPLETED" in repr(job)
    assert job.result is again, "outputs can be read after the SDK is closed"


def test_a_refused_run_leaves_a_job_as_it_was() -> None:
    with sdk_on(Service(), budget=Budget(runs=1)) as sdk:
        job = sdk.create_job(program=BELL)
        result = job.execute().one
        for call in (job.execute, result.resubmit, result.reexecute):
            with pytest.raises(BudgetExceeded):
                call()
            assert job.result is result


def test_events_and_completed_jobs_are_iterators() -> None:
    with sdk_on(Service()) as sdk:
        composite = sdk.create_job(program=[BELL, BELL])
        one = composite.jobs[0]
        assert isinstance(one, Job)
        assert list(composite.as_completed()) == list(composite.leaves()) == list(composite)
        assert [str(transition.target) for transition in one.events()][-1] == "COMPLETED"
        assert list(composite.events()) == []
        composite.add(other := sdk.create_job(program=BELL))
        events = composite.events()
        with ThreadPoolExecutor() as pool:
            first = pool.submit(next, events)
            other.execute()
            assert isinstance(first.result(60), ChildTransition)
        assert [event.job for event in events] == [other] * 1
        events.close()  # type: ignore[attr-defined]  # a generator


def test_a_loop_that_is_left_early_leaves_nothing() -> None:
    with sdk_on(service := Service(released=False)) as sdk:
        job = sdk.create_job(program=BELL).submit()
        for transition in job.events():
            assert transition.target is JobState.SUBMITTED
            break
        service.release()
        assert job.wait().completed


def test_a_composite_has_one_handle_for_each_job() -> None:
    with sdk_on(Service()) as sdk:
        seen: list[object] = []
        sdk.observe(seen.append)
        job = sdk.create_job(program=BELL)
        inner = sdk.create_job(program=[BELL])
        outer = CompositeJob([job, inner])
        assert outer.jobs == [job, inner]
        assert outer.jobs[0] is job
        assert [*outer.leaves()][1] is inner.jobs[0]
        assert seen == [job, *inner, inner, outer]
        assert len(outer.execute()) == len(outer.outputs) == 2
        assert outer.completed_jobs == [*outer.leaves()]
        fresh = sdk.create_job(program=BELL)
        inner.add(fresh)
        assert isinstance(outer.outputs[2], NoOutput)
        assert outer.outputs[2].job is fresh
        with pytest.raises(InvalidArgument, match="jobs is empty"):
            CompositeJob([])
        with pytest.raises(InvalidArgument, match="job must be"):
            outer.add(3)  # type: ignore[arg-type]  # no job
        with sdk_on(Service()) as other, pytest.raises(InvalidArgument, match="belongs to another SDK"):
            outer.add(other.create_job(program=BELL))


def test_errors_have_the_job_short_tracebacks_and_advice_without_await() -> None:
    with sdk_on(service := Service(released=False)) as sdk:
        job = sdk.create_job(program=BELL)
        with pytest.raises(JobTimeout, match=r"`job\.wait\(\)` waits again") as met:
            job.wait(timeout_s=0.05)
        assert isinstance(met.value, qcaas_sdk.JobTimeout)
        assert met.value.job is job
        assert len(traceback.extract_tb(met.value.__traceback__)) <= 4
        service.release()
        assert isinstance(met.value.job.wait(), Job)
        with pytest.raises(IllegalTransition, match=r"`job\.execute\(\)` runs it again"):
            job.submit()
        copied = pickle.loads(pickle.dumps(met.value))
        assert (type(copied), copied.job) == (JobTimeout, None)
        with pytest.raises(InvalidArgument, match="shots must be") as wrong:
            sdk.create_job(program=BELL, shots=0)
        assert len(traceback.extract_tb(wrong.value.__traceback__)) <= 4


def test_jobs_and_sdks_say_how_they_can_be_passed_on() -> None:
    with sdk_on(Service()) as sdk:
        job = sdk.create_job(program=BELL)
        job.execute()
        for thing, advice in ((job, "to_snapshot"), (sdk, "open another SDK"), (CompositeJob([job]), "to_snapshot")):
            with pytest.raises(CannotBeCopied, match=advice):
                pickle.dumps(thing)
        other = sdk.from_snapshot(job.to_snapshot())
        assert isinstance(other, Job)
        assert other.result == job.result
        copied = pickle.loads(pickle.dumps(job.result))
        assert (type(copied), copied, copied.job) == (JobResult, job.result, None)


# Where calls come from.


async def test_it_works_inside_a_running_loop_and_leaves_it_as_it_was() -> None:
    loop, policy = asyncio.get_running_loop(), asyncio.get_event_loop_policy()
    patchable = (type(loop).run_until_complete, asyncio.run, asyncio.Task, asyncio.Future)
    with sdk_on(Service()) as sdk:
        assert sdk.create_job(program=BELL).execute().one.ok
        done = await asyncio.gather(*(asyncio.to_thread(sdk.create_job(program=BELL).execute) for _ in range(3)))
        assert all(outputs.one.ok for outputs in done)
    assert asyncio.get_running_loop() is loop and asyncio.get_event_loop_policy() is policy
    assert (type(loop).run_until_complete, asyncio.run, asyncio.Task, asyncio.Future) == patchable


def test_many_threads_use_one_sdk_and_one_job() -> None:
    with sdk_on(service := Service()) as sdk:
        job = sdk.create_job(program=BELL)
        with ThreadPoolExecutor(8) as pool:
            waited = list(pool.map(lambda _: job.wait(60), range(8)))
            made = list(pool.map(lambda _: sdk.create_job(program=BELL).execute().one.ok, range(40)))
        assert waited == [job] * 8
        assert service.seen.count("/tasks/submit") <= 41
        assert made == [True] * 40
        assert len(ours()) == 1


def test_two_sdks_are_two_threads() -> None:
    before = ours()
    with sdk_on(Service()) as one, sdk_on(Service()) as other:
        assert len(ours() - before) == 2
        assert one.create_job(program=BELL).execute().one.ok
        assert other.create_job(program=BELL).execute().one.ok
    assert ours() == before


def test_an_observer_reads_and_makes_jobs_but_a_call_that_waits_is_refused() -> None:
    with sdk_on(Service()) as sdk:
        job = sdk.create_job(program=BELL)
        met: list[Any] = []

        def observer(seen: Job, transition: object) -> None:
            assert seen is job
            met.append((seen.state, threading.current_thread().name, seen.outputs, sdk.create_job(program=BELL)))
            for call in (seen.wait, seen.refresh, sdk.list_qpus, sdk.close, lambda: next(iter(seen.events()))):
                try:
                    call()
                except WrongEventLoop as error:
                    met.append(str(error))

        job.observe(observer)
        job.execute(timeout_s=60)
        job.unobserve(observer)
        told = len(met)
        assert told >= 12
        assert {one for one in met if isinstance(one, str)} == {
            one for one in met if isinstance(one, str) and "observers, prompts and the callbacks" in one
        }
        assert sum(isinstance(one, str) for one in met) == 5 * sum(isinstance(one, tuple) for one in met)
        assert {one[1] for one in met if isinstance(one, tuple)} == {"qcaas-sync"}
        job.execute()
        assert len(met) == told
        with pytest.raises(InvalidArgument, match="observer"):
            job.observe(3)  # type: ignore[arg-type]  # no function


# Opening and closing.


def test_no_thread_starts_before_it_is_opened_and_none_is_left() -> None:
    before = ours()
    sdk = sdk_on(Service())
    assert ours() == before
    for call in (lambda: sdk.create_job(program=BELL), sdk.list_qpus):
        with pytest.raises(SdkNotOpen, match=r"use `with OqcSdk.sync\(...\) as sdk`, or `sdk.open\(\)` first"):
            call()
    assert sdk.open() is sdk.open() is sdk
    job = sdk.create_job(program=BELL)
    sdk.close()
    sdk.close()
    assert ours() == before
    with pytest.raises(SdkNotOpen):
        job.submit()
    with sdk:
        assert job.execute().one.ok
    assert ours() == before


def test_an_sdk_that_cannot_open_leaves_no_thread_and_may_be_tried_again() -> None:
    before = ours()
    pytest.importorskip("starlette")
    from qcaas_sdk.local import LocalSettings

    sdk = OqcSdk.sync.local(LocalSettings(token="another"))
    for _ in range(2):
        with pytest.raises(AuthenticationError):
            sdk.open()
    assert ours() == before


def test_a_call_that_waits_hears_of_the_close() -> None:
    with ThreadPoolExecutor() as pool, sdk_on(service := Service(released=False)) as sdk:
        job = sdk.create_job(program=BELL)
        waiting = pool.submit(job.wait)
        assert service.asked.wait(60)
        sdk.close()
        with pytest.raises(SdkNotOpen):
            waiting.result(60)
    assert not job.ended


def test_the_journal_goes_on_in_another_sdk(tmp_path: Path) -> None:
    with sdk_on(Service(released=False), journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL).submit()
        assert sdk.recover() == [job]
    with sdk_on(Service(), journal=tmp_path / "j.db") as sdk:
        (found,) = sdk.recover()
        assert found.wait().completed


@pytest.mark.slow
def test_one_that_is_forgotten_warns_and_ends(recwarn: pytest.WarningsRecorder) -> None:
    before = ours()
    sdk = sdk_on(Service()).open()
    job = sdk.create_job(program=BELL)
    (thread,) = ours() - before
    del sdk
    gc.collect()
    assert job.execute().one.ok, "a job keeps its SDK open"
    with pytest.warns(ResourceWarning, match="an SDK without `async` was not closed"):
        del job
        for _ in range(600):  # the thread may be about to let go of the job
            gc.collect()
            thread.join(0.1)
            if not thread.is_alive():
                break
    assert not thread.is_alive()


def test_one_that_is_closed_or_never_opened_does_not_warn() -> None:
    with sdk_on(Service()):
        pass
    sdk_on(Service())
    gc.collect()  # a warning would be an error


def test_an_error_that_is_not_ours_keeps_its_traceback() -> None:
    with sdk_on(Service()) as sdk:
        job = sdk.create_job(program=BELL)
        with pytest.raises(OSError, match="No such file") as met:
            job.save("/nowhere/at/all.json")
        assert any("atomic_file" in frame.filename for frame in traceback.extract_tb(met.value.__traceback__))


# Other processes.


def test_after_a_fork_there_is_a_named_error_and_no_deadlock(tmp_path: Path) -> None:
    with sdk_on(Service(), journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        job.execute()
        calls = [job.execute, job.refresh, sdk.list_qpus, sdk.close, sdk.open, lambda: sdk.create_job(program=BELL)]
        assert _forked(calls) == b"WrongProcess" * len(calls) + b"read COMPLETED"
        assert job.execute().one.ok, "the parent goes on"


async def test_after_a_fork_with_async_there_is_one_too(tmp_path: Path) -> None:
    async with OqcSdk(**Service().options, journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        await job.execute()
        calls = [
            lambda: asyncio.run(job.execute()),
            lambda: asyncio.run(sdk.list_qpus()),
            lambda: asyncio.run(sdk.close()),
            lambda: asyncio.run(sdk.open()),
            lambda: sdk.create_job(program=BELL),
            sdk.recover,
        ]
        done = await asyncio.to_thread(_forked, calls)
        assert done == b"WrongProcess" * len(calls) + b"read "
        assert (await job.execute()).one.ok


def _forked(calls: list[Any]) -> bytes:
    """What calls raise in a child process; it is killed if they never end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        try:
            signal_alarm(60)
            for call in calls:
                try:
                    call()
                except QcaasError as error:
                    os.write(writer, type(error).__name__.encode())
            owner = getattr(calls[0], "__self__", None)
            os.write(writer, f"read {owner.state if owner and owner.result is not None else ''}".encode())
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as told:
        return told.read()


def signal_alarm(seconds: int) -> None:
    import signal

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
