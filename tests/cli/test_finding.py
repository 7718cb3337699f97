"""Jobs are found again: filters, one JSON shape, old folders, `attach`, `clean`, names that fit twice."""

import asyncio
import json
import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import fastjsonschema
import platformdirs
import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.commands.jobs import moment
from tests.cli.test_campaigns import served
from tests.cli.test_commands import qcaas
from tests.support.programs import BELL, BROKEN

pytestmark = pytest.mark.slow

VALIDATE = fastjsonschema.compile(json.loads(Path("docs/qcaas-job.schema.json").read_text("utf-8")))


def shape(out: str) -> Any:
    """The JSON on stdout, which the schema describes."""
    document = json.loads(out)
    VALIDATE(document)
    return document


async def _two_campaigns(folder: Path) -> None:
    folder.mkdir(parents=True)
    async with OqcSdk.local(journal=folder / "20260101-a.db") as sdk:
        await sdk.create_job(program=[BELL, BELL], tag="night", name="scan", user_metadata={"run": 1}).execute()
    async with OqcSdk.local(journal=folder / "20260102-b.db") as sdk:
        await sdk.create_job(
            program=BROKEN, check=False, tag="night", user_metadata={"run": 2, "who": "Zoë"}
        ).execute()
        sdk.create_job(program=BELL, name="left")


@pytest.fixture
def two(campaigns_folder: Path) -> Path:
    asyncio.run(_two_campaigns(campaigns_folder))
    return campaigns_folder


FILTERS: list[tuple[list[str], list[str]]] = [
    (["--state", "failed"], ["20260102-b/0"]),
    (["--state", "failed", "--state", "created"], ["20260102-b/0", "20260102-b/1"]),
    (["--tag", "night"], ["20260102-b/0", "20260101-a/0", "20260101-a/1"]),
    (["--tag", "night", "--limit", "2"], ["20260102-b/0", "20260101-a/1"]),
    (["--name", "scan"], ["20260101-a/0", "20260101-a/1"]),
    (["--name", "l*"], ["20260102-b/1"]),
    (["--meta", "run=2", "--meta", "who=Zoë"], ["20260102-b/0"]),
    (["--meta", "run=3"], []),
    (["--since", "1h", "--state", "created"], ["20260102-b/1"]),
    (["--until", "1h"], []),
    (["--qpu", "nobody"], []),
    (["20260101-a"], ["20260101-a/0", "20260101-a/1"]),
    (["20260102-b", "--state", "completed"], []),
]


def test_jobs_are_filtered_over_all_campaigns(two: Path) -> None:
    for words, names in FILTERS:
        code, out, err = qcaas("jobs", *words, "--json")
        assert (code, err) == (0, "")
        assert [job["job"] for job in shape(out)] == names, words
        _, out, err = qcaas("jobs", *words)
        assert ("no job matches" in err, out == "") == (not names, not names)
    code, out, _ = qcaas("jobs", "--tag", "night", COLUMNS="40")
    assert code == 0
    head, *lines = out.splitlines()
    assert head.split() == ["job", "program", "state", "task", "QPU", "name", "tag", "run", "who"]
    assert len(lines) == 3, "in a pipe nothing is cut or wrapped"
    assert "Zoë" in lines[0]
    assert ["scan" in line for line in lines] == [False, True, True], "the name of their composite"


def test_a_run_has_a_tag_and_a_name(campaigns_folder: Path, tmp_path: Path) -> None:
    bell, broken = tmp_path / "bell.qasm", tmp_path / "broken.qasm"
    bell.write_text(BELL)
    broken.write_text(BROKEN)
    assert qcaas("run", str(bell), "--name", "one bell", "--tag", "night")[0] == 0
    assert qcaas("run", str(bell), str(broken), "--name", "two", "--tag", "night")[0] == 1
    [job] = shape(qcaas("jobs", "--name", "one bell", "--json")[1])
    assert (job["tag"], job["name"], job["file"], job["state"]) == ("night", "one bell", str(bell), "COMPLETED")
    assert "one bell" in qcaas("show", "one bell")[1]
    two = shape(qcaas("jobs", "--name", "two", "--json")[1])
    assert [(one["file"], one["state"], one["tag"]) for one in two] == [
        (str(bell), "COMPLETED", "night"),
        (str(broken), "FAILED", "night"),
    ]
    head, *lines = qcaas("jobs", "--tag", "night")[1].splitlines()
    assert "name" in head.split()
    assert sorted(re.findall("one bell|two", " ".join(lines))) == ["one bell", "two", "two"]
    assert [row["runs"] for row in json.loads(qcaas("usage", "--by", "tag", "--json")[1])] == [3]


def test_a_sweep_has_a_name(campaigns_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rotation.qasm").write_text(
        'OPENQASM 3.0; include "stdgates.inc"; input float theta; qubit q; bit c; rx(theta) q; c = measure q;'
    )
    (tmp_path / "values.csv").write_text("theta\n0.0\n3.14\n")
    words = ["run", str(tmp_path / "rotation.qasm"), "--parameters", str(tmp_path / "values.csv"), "--name", "sweep"]
    assert qcaas(*words)[0] == 0
    found = shape(qcaas("jobs", "--name", "sweep", "--json")[1])
    assert [job["parameters"] for job in found] == [{"theta": 0.0}, {"theta": 3.14}]


def test_a_name_or_tag_that_cannot_be_used_runs_nothing(campaigns_folder: Path, tmp_path: Path) -> None:
    bell, journal = tmp_path / "bell.qasm", tmp_path / "night.db"
    bell.write_text(BELL)
    assert qcaas("run", str(bell), "--name", "mine", "--journal", str(journal))[0] == 0
    for words in (["--name", "mine"], ["--name", ""], ["--tag", "x" * 10_001], [str(bell), "--name", "mine"]):
        code, out, err = qcaas("run", str(bell), *words, "--journal", str(journal))
        assert (code, out) == (2, ""), err
        assert words[-2].removeprefix("--") in err
    assert len(json.loads(qcaas("jobs", str(journal), "--json")[1])) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--state", "done"], "state must be one of"),
        (["--since", "yesterday"], "--since 'yesterday': expected how long ago, for example 30m"),
        (["--meta", "run"], "expected KEY=VALUE"),
    ],
)
def test_a_wrong_filter_is_wrong_usage(words: list[str], said: str, two: Path) -> None:
    code, out, err = qcaas("jobs", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_times_are_written_as_people_write_them() -> None:
    assert moment("90m", "since") == timedelta(minutes=90)
    assert moment("2d", "since") == timedelta(days=2)
    assert moment("1w", "since") == timedelta(weeks=1)
    assert moment("2026-01-31", "until") == datetime(2026, 1, 31)


def test_every_command_prints_the_same_json(two: Path, tmp_path: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    (job,) = shape(qcaas("run", str(tmp_path / "bell.qasm"), "--json")[1])
    assert shape(qcaas("show", job["job"], "--json")[1]) == job
    assert shape(qcaas("jobs", job["campaign"], "--json")[1]) == [job]
    (alone,) = shape(qcaas("run", str(tmp_path / "bell.qasm"), "--no-journal", "--json")[1])
    assert (alone["job"], alone["state"]) == (None, "COMPLETED")
    assert len(shape(qcaas("jobs", "--json")[1])) == 5
    assert shape(qcaas("show", "left", "--json")[1])["job"] == "20260102-b/1"


def test_a_name_that_fits_twice_lists_what_it_fits(two: Path) -> None:
    for command in ("cancel", "jobs", "resume"):
        code, out, err = qcaas(command, "202601")
        assert (code, out) == (2, "")
        assert "several campaign names begin with '202601': 20260102-b, 20260101-a" in err
    (two / "20260101-a2.db").write_bytes((two / "20260101-a.db").read_bytes())
    assert qcaas("jobs", "20260101-a")[0] == 0, "a whole name is not ambiguous"


@pytest.mark.parametrize("first", [True, False])
def test_campaigns_are_in_the_state_folder_and_old_ones_are_found_too(
    first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QCAAS_CAMPAIGNS")
    monkeypatch.setattr(platformdirs, "user_state_path", lambda name: tmp_path / "state" / name)
    monkeypatch.setattr(click, "get_app_dir", lambda name: str(tmp_path / "config" / name))
    place = tmp_path / ("state" if first else "config") / "qcaas" / "campaigns"
    asyncio.run(_two_campaigns(place))
    assert campaigns.folder() == tmp_path / "state" / "qcaas" / "campaigns"
    assert {job["campaign"] for job in shape(qcaas("jobs", "--json")[1])} == {"20260101-a", "20260102-b"}
    assert qcaas("show", "20260101-a/0")[0] == 0


def test_a_composite_is_not_a_job_and_the_message_says_where_its_jobs_are(two: Path) -> None:
    code, _, err = qcaas("show", "20260101-a/2")
    assert code == 2
    assert "campaign 20260101-a has no job 2, but a composite; see `qcaas jobs 20260101-a`" in err
    code, _, err = qcaas("show", "scan")
    assert code == 2
    assert "'scan' is the name of a composite: `qcaas jobs --name scan` lists its jobs" in err


async def _sweep(folder: Path) -> None:
    folder.mkdir(parents=True)
    program = "OPENQASM 3.0; input float a; input int n; qubit q; U(a, 0, 0) q; bit c; c = measure q;"
    async with OqcSdk.local(journal=folder / "sweep.db") as sdk:
        sdk.create_job(program=program, parameters=[{"a": 0.25, "n": 1}, {"a": 1e-9, "n": 2}])


def test_a_job_of_a_sweep_shows_its_values(campaigns_folder: Path) -> None:
    asyncio.run(_sweep(campaigns_folder))
    _, out, _ = qcaas("jobs", "sweep")
    assert [line.split()[1:3] for line in out.splitlines()[1:]] == [["a=0.25", "n=1"], ["a=1e-09", "n=2"]]
    code, out, _ = qcaas("show", "sweep/1")
    assert code == 0
    assert ["parameter", "a", "1e-09"] in [line.split() for line in out.splitlines()]


def test_jobs_states_and_names_are_not_wrapped_on_a_narrow_terminal(two: Path) -> None:
    code, out, _ = qcaas("jobs", "--tag", "night", FORCE_COLOR="1", COLUMNS="50")
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(map(len, plain.splitlines())) <= 50
    for whole in ("20260101-a/0", "20260102-b/0", "COMPLETED", "FAILED"):
        assert whole in plain
    _, out, _ = qcaas("jobs", FORCE_COLOR="1", COLUMNS="40")
    assert "20260101-a" in re.sub(r"\x1b\[[0-9;]*m", "", out)


def test_a_run_that_the_service_refuses_leaves_no_campaign(tmp_path: Path, campaigns_folder: Path) -> None:
    (tmp_path / "bell.qasm").write_text(BELL)
    assert qcaas("run", str(tmp_path / "bell.qasm"), "--qpu", "nobody")[0] == 2
    assert list(campaigns_folder.iterdir()) == []


def aged(folder: Path, days: float) -> None:
    for path in folder.iterdir():
        os.utime(path, times=(time.time() - days * 86400,) * 2)


def test_clean_deletes_what_has_ended_long_ago_and_nothing_else(two: Path) -> None:
    async def leave_one_at_a_service() -> None:
        async with OqcSdk.local(journal=two / "20260103-c.db") as sdk:
            await sdk.create_job(program=BELL).execute()

    assert qcaas("clean")[0] == 0
    aged(two, 31)
    asyncio.run(leave_one_at_a_service())
    code, out, err = qcaas("clean")
    assert (code, "pass --yes" in err) == (2, True)
    assert out.split("\n")[:2] == ["20260102-b  2 jobs", "20260101-a  2 jobs"]
    assert len(list(two.glob("*.db"))) == 3, "nothing without a yes"
    code, out, err = qcaas("clean", "--yes")
    assert (code, "deleted 2 campaigns" in err) == (0, True)
    assert {path.name.split(".")[0] for path in two.iterdir()} == {"20260103-c"}
    assert qcaas("clean", "--older-than", "soon")[0] == 2


def test_clean_leaves_a_campaign_that_somebody_works_on(two: Path) -> None:
    async def scenario() -> tuple[int, str, str]:
        async with OqcSdk.local(journal=two / "20260102-b.db"):
            aged(two, 31)
            return await asyncio.to_thread(qcaas, "clean", "--yes")

    assert asyncio.run(scenario())[0] == 0
    assert [path.name for path in two.glob("*.db")] == ["20260102-b.db"]


def test_a_task_of_another_program_becomes_a_job(campaigns_folder: Path) -> None:
    with served() as service:

        async def elsewhere() -> str:
            async with OqcSdk(service["OQC_URL"], "any") as sdk:
                (qpu,) = await sdk.list_qpus()
                job = sdk.create_job(program=BELL, qpu_id=qpu["id"], tag="theirs")
                await job.submit()
                return str(job.task_id)

        task = asyncio.run(elsewhere())
        code, out, _ = qcaas("attach", task, "--json", **service)
        assert code == 0
        (job,) = shape(out)
        assert (job["state"], job["task_id"], job["tag"]) == ("COMPLETED", task, "theirs")
        assert qcaas("attach", task, **service)[0] == 0
        assert len(list(campaigns_folder.glob("*.db"))) == 1, "the campaign that has it is used again"
        code, _, err = qcaas("attach", "nobody-has-it", **service)
        assert (code, "there is no task nobody-has-it" in err) == (2, True)
        assert len(list(campaigns_folder.glob("*.db"))) == 1
    code, _, err = qcaas("attach", "nobody-has-it")
    assert (code, "set OQC_URL" in err) == (2, True)


def test_a_damaged_journal_shows_what_can_be_read(two: Path) -> None:
    import sqlite3

    db = sqlite3.connect(two / "20260102-b.db")
    db.executescript(
        "DROP TRIGGER no_update; "
        "UPDATE entries SET sum = 0 WHERE number = (SELECT max(number) FROM entries WHERE subject = 1);"
    )
    db.close()
    code, out, err = qcaas("jobs", "20260102-b", "--json")
    assert code == 0
    assert "is damaged or missing" in err
    assert [job["job"] for job in json.loads(out)] == ["20260102-b/1"]
