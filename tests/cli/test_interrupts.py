"""Ctrl-C between two steps of the event loop: no coroutine is left that was never awaited."""

import asyncio
import gc
import warnings
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from qcaas_sdk import JobState, OqcSdk
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import INTERRUPTED, finish
from qcaas_sdk.cli.running import until_ended
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on
from qcaas_sdk.web.control import Control
from qcaas_sdk.web.in_process import OwnJobs, numbered_from_0
from tests.support.programs import BELL


@contextmanager
def nothing_unawaited() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in seen] == []


def test_jobs_that_are_given_up_before_their_first_step() -> None:
    async def interrupted() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            jobs = [("one", sdk.create_job(program=BELL)), ("two", sdk.create_job(program=BELL))]
            screen = Screen(quiet=True)
            run = asyncio.create_task(until_ended(jobs, lambda job: job.wait(), screen, Connection(None), None))
            await asyncio.sleep(0)  # it has begun, its jobs have not
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run

    with nothing_unawaited():
        run_virtual(interrupted())


def test_a_command_that_is_given_up_before_its_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    async def command() -> None:
        raise AssertionError("it has not begun")

    def interrupted_at_once(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            loop.call_soon(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
            runner.run(main)

    def exit_code() -> int:
        try:
            finish(command())
        except click.exceptions.Exit as ended:
            return ended.exit_code
        return 0

    monkeypatch.setattr(asyncio, "run", interrupted_at_once)
    with nothing_unawaited():
        assert exit_code() == INTERRUPTED


async def test_an_action_of_the_page_that_is_closed_before_its_first_step(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        handles = OwnJobs(numbered_from_0(factory_of(sdk).recovery.job))
        with nothing_unawaited():
            control = Control(handles, lambda number, record, said: None)
            assert await control.act(0, "resume")
            control.close()
            await asyncio.sleep(0)
        assert job.state is JobState.CREATED
