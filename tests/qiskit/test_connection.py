"""The SDK's thread: it works beside any event loop, and leaves nothing behind."""

import asyncio
import gc
import os
import signal
import threading
import time

import pytest
from qiskit.providers import JobStatus

from qcaas_sdk import AuthenticationError, SdkNotOpen
from qcaas_sdk.local import FaultKind, LocalFault, LocalQpu, LocalSettings
from qcaas_sdk.qiskit import OqcProvider
from tests.qiskit.circuits import bell

pytestmark = pytest.mark.slow

SLOW = LocalSettings(qpus=(LocalQpu(queue_delay_s=600),))


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "qcaas-sync"]


def gone(thread: threading.Thread) -> bool:
    thread.join(10)
    return not thread.is_alive()


def started(provider: OqcProvider) -> threading.Thread:
    before = ours()
    provider.get_backend()
    (thread,) = set(ours()) - set(before)
    return thread


def test_it_works_without_an_event_loop() -> None:
    with OqcProvider.local() as provider:
        assert provider.get_backend().run(bell(), shots=4).result().success
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


async def test_it_works_in_a_running_loop_and_leaves_it_as_it_was() -> None:
    loop, policy = asyncio.get_running_loop(), asyncio.get_event_loop_policy()
    patchable = (type(loop).run_until_complete, asyncio.run, asyncio.Task, asyncio.Future)
    with OqcProvider.local() as provider:
        backend = provider.get_backend()
        assert backend.run(bell(), shots=4).result().success  # blocks, as Qiskit does
        job = backend.run(bell(), shots=4)
        result, _ = await asyncio.gather(asyncio.to_thread(job.result), asyncio.sleep(0))
        assert result.success
    assert asyncio.get_running_loop() is loop and asyncio.get_event_loop_policy() is policy
    assert (type(loop).run_until_complete, asyncio.run, asyncio.Task, asyncio.Future) == patchable
    unrun = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="cannot be called from a running event loop"):
        asyncio.run(unrun)
    unrun.close()


def test_it_works_from_several_loops_and_threads_at_once() -> None:
    with OqcProvider.local() as provider:
        backend = provider.get_backend()

        async def use() -> bool:
            return bool(backend.run(bell(), shots=4).result().success)

        outcomes: list[bool] = []
        threads = [threading.Thread(target=lambda: outcomes.append(asyncio.run(use()))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == [True] * 3


def test_no_thread_starts_before_it_is_needed_and_none_is_left_after_close() -> None:
    before = ours()
    provider = OqcProvider.local()
    assert ours() == before
    thread = started(provider)
    provider.close()
    assert not thread.is_alive()
    provider.close()
    with pytest.raises(SdkNotOpen, match="the provider is closed"):
        provider.get_backend()


def test_an_sdk_that_cannot_open_leaves_no_thread_and_may_be_tried_again() -> None:
    before = ours()
    provider = OqcProvider.local(LocalSettings(token="another"))
    for _ in range(2):
        with pytest.raises(AuthenticationError):
            provider.get_backend()
    assert all(gone(thread) for thread in set(ours()) - set(before))


def test_a_backend_and_a_job_keep_their_provider_alive_and_nothing_else_does() -> None:
    provider = OqcProvider.local(SLOW)
    thread = started(provider)
    job = provider.get_backend().run(bell())
    del provider
    gc.collect()
    assert thread.is_alive() and job.status() is JobStatus.QUEUED
    del job
    gc.collect()
    assert gone(thread)


def test_jobs_under_way_say_that_the_provider_is_closed_and_results_stay() -> None:
    provider = OqcProvider.local()
    job = provider.get_backend().run(bell(), shots=4)
    counts = job.result().get_counts()
    provider.close()
    assert job.status() is JobStatus.DONE and job.result().get_counts() == counts
    assert not job.cancel()

    provider = OqcProvider.local(SLOW)
    job = provider.get_backend().run(bell())
    provider.close()
    for use in (job.result, job.status, job.cancel):
        with pytest.raises(SdkNotOpen):
            use()


def test_a_call_that_waits_hears_of_the_close() -> None:
    provider = OqcProvider.local(SLOW)
    job = provider.get_backend().run(bell())
    threading.Timer(0.2, provider.close).start()
    begin = time.monotonic()
    with pytest.raises(SdkNotOpen):
        job.result(timeout=60)
    assert time.monotonic() - begin < 30


def test_ctrl_c_while_it_opens_closes_it() -> None:
    before = ours()
    fault = LocalFault(FaultKind.SLOW, on="/admin/version", delay_s=1.0)
    provider = OqcProvider.local(LocalSettings(faults=(fault,)))
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        provider.get_backend()
    with pytest.raises(SdkNotOpen):
        provider.get_backend()
    assert all(gone(thread) for thread in set(ours()) - set(before))
