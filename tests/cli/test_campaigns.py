"""Campaigns: what `qcaas run` writes down, and how `jobs`, `show`, `resume` and `cancel` go on with it."""

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk._journal import in_use
from qcaas_sdk.cli import campaigns
from tests.cli.test_commands import QCAAS, qcaas
from tests.support.programs import BELL, BROKEN

pytestmark = pytest.mark.slow


@pytest.fixture
def bell(tmp_path: Path) -> str:
    (tmp_path / "bell.qasm").write_text(BELL)
    return str(tmp_path / "bell.qasm")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    (tmp_path / "broken.qasm").write_text(BROKEN)
    return str(tmp_path / "broken.qasm")


@contextmanager
def served(*options: str) -> Iterator[dict[str, str]]:
    """A service on loopback, and the environment by which commands find it."""
    server = subprocess.Popen([*QCAAS, "serve", "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = re.findall(r"http://\S+", server.stdout.readline())[0]
    try:
        yield {"OQC_URL": url, "OQC_AUTHENTICATION_TOKEN": "any"}
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
        server.stdout.close()


def interrupted_run(files: list[str], service: dict[str, str], until: Callable[[str], bool]) -> str:
    """Begin a run, press Ctrl-C when a line of its says so, and return all it said."""
    running = subprocess.Popen(
        [*QCAAS, "run", *files],
        env={**os.environ, **service},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = ""
    for line in running.stderr:
        said += line
        if until(line):
            break
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=20)
    assert running.returncode == 130
    return said + rest


def test_a_run_says_where_its_journal_is(bell: str, campaigns_folder: Path) -> None:
    _, _, err = qcaas("run", bell)
    (journal,) = campaigns_folder.glob("*.db")
    assert f"journal: {journal}" in err


def test_a_run_may_write_elsewhere_or_nothing(bell: str, tmp_path: Path, campaigns_folder: Path) -> None:
    assert qcaas("run", bell, "--journal", str(tmp_path / "mine.db"))[0] == 0
    assert (tmp_path / "mine.db").exists()
    assert qcaas("run", bell, "--no-journal")[0] == 0
    assert not campaigns_folder.exists()


def test_campaigns_and_their_jobs_are_listed(bell: str, broken: str, campaigns_folder: Path) -> None:
    assert "no campaigns" in qcaas("jobs")[2]
    qcaas("run", bell, broken)
    (journal,) = campaigns_folder.glob("*.db")
    code, out, _ = qcaas("jobs", COLUMNS="200")
    assert code == 0
    assert re.search(rf"{journal.stem} +2 +1 completed, 1 failed", out)
    code, out, _ = qcaas("jobs", journal.stem[:-2], COLUMNS="200")
    assert re.search(rf"{journal.stem}/0 +{re.escape(bell)} +COMPLETED", out)
    assert re.search(rf"{journal.stem}/1 +{re.escape(broken)} +FAILED", out)
    found = json.loads(qcaas("jobs", "--json")[1])
    assert [(job["job"], job["state"]) for job in found] == [
        (f"{journal.stem}/0", "COMPLETED"),
        (f"{journal.stem}/1", "FAILED"),
    ]


def test_a_job_is_shown_by_its_name_or_its_task(bell: str, campaigns_folder: Path) -> None:
    qcaas("run", bell, "--shots", "300")
    (journal,) = campaigns_folder.glob("*.db")
    code, out, _ = qcaas("show", f"{journal.stem}/0")
    assert code == 0
    assert "CREATED" in out
    assert "COMPLETED" in out
    assert "(300 shots)" in out
    document = json.loads(qcaas("show", f"{journal.stem}/0", "--json")[1])
    assert document["file"] == bell
    assert json.loads(qcaas("show", document["task_id"], "--json")[1]) == document


@pytest.mark.parametrize(
    "words",
    [["show", "nobody"], ["show", "2020/1"], ["jobs", "2020"], ["resume", "2020"], ["cancel", "2020"], ["resume"]],
)
def test_what_is_not_there_is_wrong_usage(words: list[str]) -> None:
    code, out, err = qcaas(*words)
    assert (code, out) == (2, "")
    assert "qcaas jobs" in err


def test_a_damaged_journal_is_named_and_hides_no_other(bell: str, campaigns_folder: Path) -> None:
    qcaas("run", bell)
    (campaigns_folder / "20990101-000000-dead.db").write_bytes(b"no journal at all")
    code, out, err = qcaas("jobs")
    assert code == 0
    assert "1 completed" in out
    assert "20990101-000000-dead.db" in err


def test_control_c_leaves_the_tasks_running_and_resuming_goes_on(bell: str, campaigns_folder: Path) -> None:
    with served("--queue-delay", "1.5") as service:
        said = interrupted_run([bell, bell], service, lambda line: "SUBMITTED" in line)
        (journal,) = campaigns_folder.glob("*.db")
        assert "2 of 2 jobs have not ended; submitted tasks continue on the service" in said
        assert f"to continue: qcaas resume {journal.stem}" in said
        assert "Traceback" not in said
        code, out, err = qcaas("resume", OQC_AUTHENTICATION_TOKEN="any")
        assert code == 0, "the campaign knows its service"
        assert out.count("COMPLETED") == 2
        assert bell in out
        code, _, err = qcaas("resume", OQC_AUTHENTICATION_TOKEN="any")
        assert code == 2
        assert "no campaign has unfinished jobs" in err


def test_a_campaign_is_cancelled_whole_or_job_by_job(bell: str, campaigns_folder: Path) -> None:
    with served("--queue-delay", "60") as service:
        moved = []

        def both(line: str) -> bool:
            moved.append("SUBMITTED" in line)
            return sum(moved) == 2

        interrupted_run([bell, bell], service, both)
        (journal,) = campaigns_folder.glob("*.db")
        code, out, _ = qcaas("cancel", f"{journal.stem}/1", **service)
        assert (code, out.count("CANCELLED")) == (0, 1)
        code, out, _ = qcaas("cancel", journal.stem, **service)
        assert (code, out.count("CANCELLED")) == (0, 1)
        code, _, err = qcaas("cancel", journal.stem, **service)
        assert code == 0
        assert "nothing to cancel" in err
    assert re.search(r"2 cancelled", qcaas("jobs", COLUMNS="200")[1])


def test_an_embedded_campaign_ends_with_its_program(bell: str, campaigns_folder: Path) -> None:
    assert qcaas("run", bell, "--timeout", "0")[0] == 5
    (journal,) = campaigns_folder.glob("*.db")
    for words in (["resume", journal.stem], ["resume"]):
        code, _, err = qcaas(*words)
        assert code == 2
        assert f"{journal.stem}: 1 of 1 job has not ended" in err
        assert f"run them again: qcaas run {bell}\n" in err
    assert "embedded (process ended)" in qcaas("jobs")[1]


def test_an_embedded_campaign_of_another_process_is_its_own(bell: str, campaigns_folder: Path) -> None:
    async def tried() -> Path:
        async with OqcSdk.local(journal=campaigns.new_journal()) as sdk:
            sdk.create_job(program=BELL)
            (journal,) = campaigns_folder.glob("*.db")
            assert in_use(journal)
            code, _, err = await asyncio.to_thread(qcaas, "resume", journal.stem)
            assert (code, "runs on the embedded QPU of another process" in err) == (2, True), err
            assert "embedded (process ended)" not in (await asyncio.to_thread(qcaas, "jobs"))[1]
            return journal

    assert not in_use(asyncio.run(tried()))


def test_a_service_with_version_4_of_the_api_is_found_out(bell: str) -> None:
    with served("--api", "v4") as service:
        code, out, err = qcaas("run", bell, **service)
        assert (code, out.count("COMPLETED")) == (0, 1), err
        code, out, err = qcaas("qpus", **service)
        assert (code, "ACTIVE" in out or "qpu:local" in out) == (0, True), err
