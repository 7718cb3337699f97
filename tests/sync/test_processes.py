"""Without `async`, in real processes: Ctrl-C, the end of the interpreter, and processes that are spawned."""

import signal
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from qcaas_sdk import JobState, OqcSdk
from tests.support.programs import BELL
from tests.sync.service import Service

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

BEGIN = f"""
import sys
from qcaas_sdk import OqcSdk
from tests.sync.service import Service
BELL = {BELL!r}
service = Service(released=False)
"""


def started(code: str, *flags: str) -> "subprocess.Popen[str]":
    command = [sys.executable, *flags, "-c", BEGIN + code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.parametrize("wait", ["job.wait()", "list(job.events())", "list(composite.as_completed())"])
def test_ctrl_c_ends_the_wait_and_leaves_the_jobs_recoverable(wait: str, tmp_path: Path) -> None:
    journal = tmp_path / "j.db"
    process = started(f"""
with OqcSdk.sync(**service.options, journal={str(journal)!r}) as sdk:
    composite = sdk.create_job(program=[BELL]).submit()
    (job,) = composite
    try:
        print("waiting", flush=True)
        {wait}
    except KeyboardInterrupt:
        print(job.state, job.refresh().state, flush=True)
        raise
""")
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, errors
    assert printed.split()[1] == "RUNNING"
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    with OqcSdk.sync(**(service := Service()).options, journal=journal) as sdk:
        (found,) = sdk.recover()
        assert found.state in {JobState.SUBMITTED, JobState.RUNNING}
        assert found.wait(60).completed
    assert "/tasks/submit" not in service.seen


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "sdk = None", "del sdk, job"])
def test_the_interpreter_exits_with_an_open_sdk_and_its_journal_is_free(end: str, tmp_path: Path) -> None:
    journal = tmp_path / "j.db"
    process = started(
        f"""
import threading
sdk = OqcSdk.sync(**service.options, journal={str(journal)!r}).open()
job = sdk.create_job(program=BELL).submit()
threading.Thread(target=lambda job=job: job.wait(), daemon=True).start()
service.asked.wait(60)
{end}
""",
        "-W",
        "error::RuntimeWarning",
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "never awaited" not in errors
    with OqcSdk.sync(**Service().options, journal=journal) as sdk:
        assert sdk.recover()[0].wait(60).completed


def in_a_child(program: str) -> dict[str, int]:
    with OqcSdk.sync(**Service().options) as sdk:
        return sdk.create_job(program=program).execute(timeout_s=60).results().one.counts()


def test_it_works_in_a_spawned_process_also_while_one_is_open_here() -> None:
    with OqcSdk.sync(**Service().options), get_context("spawn").Pool(1) as pool:
        assert pool.apply(in_a_child, (BELL,)) == {"0": 1}
