"""The thread of an SDK without `async`: how little a call takes, and that no caller waits for ever."""

import asyncio
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextvars import ContextVar

import pytest

from qcaas_sdk import OqcSdk, SdkNotOpen
from qcaas_sdk.sync.loop import LoopThread, outcome_of
from tests.support.programs import BELL
from tests.sync.service import Service

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="")


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.stop(60)
    assert thread.ended


async def forever() -> None:
    await asyncio.Event().wait()


class Work:
    """Work without an end, which says when it has begun and when it was cancelled."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await forever()
        finally:
            self.ended.set()


def test_a_call_wakes_the_thread_once_and_only_one_that_waits_makes_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()

    def counting(name: str) -> None:
        given = getattr(asyncio.BaseEventLoop, name)

        def counted(*args: object, **options: object) -> object:
            seen[name] += 1
            return given(*args, **options)

        monkeypatch.setattr(asyncio.BaseEventLoop, name, counted)

    with OqcSdk.sync(**Service().options) as sdk:
        job = sdk.create_job(program=BELL)
        job.execute()
        counting("call_soon_threadsafe")
        counting("create_task")
        assert job.outputs.one.ok
        sdk.create_job(program=BELL)
        assert seen == {"call_soon_threadsafe": 2}
        job.refresh()
        assert seen == {"call_soon_threadsafe": 3, "create_task": 1}


def test_work_that_has_not_begun_when_the_thread_ends_is_over_too(thread: LoopThread) -> None:
    held, hold = threading.Event(), threading.Event()

    def holding() -> None:
        held.set()
        assert hold.wait(60)

    caller = threading.Thread(target=thread.now, args=(holding,))
    caller.start()
    assert held.wait(60)
    begun = [thread.start(forever) for _ in range(3)]
    stopping = threading.Thread(target=thread.stop)
    stopping.start()
    hold.set()
    stopping.join(60)
    caller.join(60)
    assert not stopping.is_alive() and not caller.is_alive()
    for future in begun:
        with pytest.raises(SdkNotOpen, match="closed before this call ended"):
            outcome_of(future)
    with pytest.raises(SdkNotOpen):
        thread.now(bool)


def test_work_ends_when_its_future_is_cancelled(thread: LoopThread) -> None:
    work = Work()
    future = thread.start(work)
    assert work.begun.wait(60)
    assert future.cancel()
    assert work.ended.wait(60)


def test_nothing_holds_what_the_work_used_once_its_caller_goes_on(thread: LoopThread) -> None:
    class Used:
        async def work(self) -> None:
            await asyncio.sleep(0)

    used = Used()
    known = weakref.ref(used)
    seen: list[object] = []
    released = threading.Event()

    async def after_release(used: Used = used) -> None:
        assert released.wait(60)
        await used.work()

    future = thread.start(after_release)
    future.add_done_callback(lambda _: seen.append(known()))
    del used, after_release
    released.set()
    outcome_of(future)
    thread.now(bool)
    assert seen == [None]


def test_ctrl_c_just_after_work_was_begun_cancels_it(thread: LoopThread, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work()
    given = asyncio.BaseEventLoop.call_soon_threadsafe
    interruptions = iter([KeyboardInterrupt()])

    def interrupted(*args: object) -> None:
        given(*args)  # type: ignore[arg-type]  # as given
        for interruption in interruptions:
            assert work.begun.wait(60)
            raise interruption

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_soon_threadsafe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        thread.run(work)
    assert work.ended.wait(60)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_an_error_is_the_callers_and_the_thread_goes_on(thread: LoopThread, error: BaseException) -> None:
    def fails() -> None:
        raise error

    async def fails_later() -> None:
        await asyncio.sleep(0)
        raise error

    for call in (lambda: thread.now(fails), lambda: thread.run(fails_later)):
        with pytest.raises(type(error)) as met:
            call()
        assert met.value is error
    assert thread.now(lambda: 3) == 3


def test_work_sees_the_context_of_its_caller(thread: LoopThread) -> None:
    async def read() -> str:
        return VARIABLE.get()

    VARIABLE.set("mine")
    assert (thread.now(VARIABLE.get), thread.run(read)) == ("mine", "mine")
    elsewhere: Future[str] = Future()
    other = threading.Thread(target=lambda: elsewhere.set_result(thread.now(VARIABLE.get)))
    other.start()
    assert elsewhere.result(60) == ""


def test_who_waits_for_a_future_hears_that_the_thread_was_stopped(thread: LoopThread) -> None:
    begun = thread.start(forever)
    threading.Timer(0.05, thread.stop).start()
    done, _ = wait([begun], timeout=30.0)
    assert done == {begun} and begun.cancelled()
