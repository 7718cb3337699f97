"""How a run with many jobs ends: each thing once, what is alike together, the summary and the next command last."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qcaas_sdk import JobState
from qcaas_sdk._record import JobRecord, JobRequest, JobTransition
from qcaas_sdk.cli.ending import alike
from qcaas_sdk.cli.watched import under_way
from qcaas_sdk.local import LocalQpu
from tests.cli.test_commands import qcaas
from tests.cli.test_troubles import against, cloud
from tests.support.programs import BELL, BROKEN

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bell.qasm").write_text(BELL)
    (tmp_path / "broken.qasm").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_97_jobs_that_did_not_end_are_a_few_lines(
    folder: Path, campaigns_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = cloud(LocalQpu(queue_delay_s=3600))
    code, out, err = against(monkeypatch, service, "run", *["bell.qasm"] * 97, "--timeout", "4")
    assert code == 5
    assert out == "97 jobs of bell.qasm: SUBMITTED\n"
    lines = err.splitlines()
    assert len(lines) <= 8, err
    assert sum("did not end within the time limit" in line for line in lines) == 1
    (journal,) = campaigns_folder.glob("*.db")
    assert lines[-2:] == [
        "97 of 97 jobs have not ended; submitted tasks continue on the service",
        f"to continue: qcaas resume {journal.stem}",
    ]
    assert max(map(len, lines[-1:])) <= 50, "the next command is on one line of a narrow terminal"


@pytest.mark.slow
def test_without_a_journal_every_task_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = cloud(LocalQpu(queue_delay_s=3600))
    _, _, err = against(monkeypatch, service, "run", *["bell.qasm"] * 12, "--timeout", "2", "--no-journal")
    assert err.count("qcaas attach ") == 12, "nothing else knows their ids"


@pytest.mark.slow
def test_jobs_that_failed_alike_are_one_line_and_those_with_counts_are_shown(folder: Path) -> None:
    code, out, err = qcaas("run", *["broken.qasm"] * 10, "bell.qasm")
    assert code == 1
    assert "bell.qasm: COMPLETED" in out
    assert out.count("FAILED") == 1
    assert "10 jobs of broken.qasm: FAILED" in out
    assert err.splitlines()[-1].startswith("journal: ")


def test_few_are_named_and_many_are_grouped() -> None:
    few = [("a", 1, "no answer in 3 s"), ("b", 2, "no answer in 4 s")]
    assert list(alike(few)) == [("a", 1), ("b", 2)]
    task = "7a6b0c3e-0000-4000-8000-00000000000"
    many = [(f"f{n}", n, f"task {task}{n} was lost after {n}.5 s" if n % 2 else "gone") for n in range(10)]
    assert list(alike(many)) == [("5 jobs (f0, f2, f4 and 2 more)", 0), ("5 jobs (f1, f3, f5 and 2 more)", 1)]
    assert list(alike([("a", n, "x") for n in range(9)])) == [("9 jobs of a", 0)]
    assert list(alike([])) == []


def job(*moves: tuple[float, JobState]) -> JobRecord:
    record = JobRecord(request=JobRequest(BELL, "q"))
    for minutes, state in moves:
        at = NOON + timedelta(minutes=minutes)
        record.transitions.append(JobTransition(JobState.CREATED, state, "poll", "so", at, 0.0))
    return record


def test_a_watcher_counts_from_the_begin_of_the_process_that_works_now() -> None:
    submitted, done = JobState.SUBMITTED, JobState.COMPLETED
    assert under_way([], NOON) == (0.0, 0)
    jobs = [job((-500, submitted), (-490, done)), job((-500, submitted), (-10, done)), job((-20, submitted))]
    assert under_way(jobs, NOON) == (1200.0, 1), "the work of an earlier process counts for nothing"
    assert under_way(jobs[:1], NOON) == (0.0, 1), "it begins now"
    assert under_way(jobs[1:], NOON - timedelta(minutes=15))[0] >= 0.0
