"""`qcaas usage`: what the campaigns of the user have used."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from qcaas_sdk.cli.app import command_line
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on

PROGRAM = "OPENQASM 2.0;"

app = command_line()


@pytest.fixture(autouse=True)
def campaigns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two campaigns, and a file that is not one."""
    monkeypatch.setenv("QCAAS_CAMPAIGNS", str(tmp_path))

    async def ran(name: str, jobs: int) -> None:
        async with sdk_on(SimulatedCloud(), journal=tmp_path / name) as sdk:
            await sdk.create_job(program=[PROGRAM] * jobs, tag="vqe", shots=10).execute()

    run_virtual(ran("one.db", 1))
    run_virtual(ran("two.db", 2))
    (tmp_path / "other.db").write_text("not a journal")
    return tmp_path


def test_all_campaigns_are_added_up() -> None:
    outcome = CliRunner().invoke(app, ["usage", "--by", "campaign", "--by", "tag"])
    assert outcome.exit_code == 0
    lines = [line.split() for line in outcome.stdout.splitlines()]
    assert [line[:4] for line in lines[1:3]] == [["one", "vqe", "1", "10"], ["two", "vqe", "2", "20"]]
    assert lines[3][:3] == ["total", "3", "30"]
    assert "other.db" in outcome.stderr


def test_one_campaign_as_json() -> None:
    outcome = CliRunner().invoke(app, ["usage", "two", "--json"])
    (row,) = json.loads(outcome.stdout)
    assert (row["qpu_id"], row["runs"], row["shots"], row["timed_runs"]) == ("qpu:sim:1", 2, 20, 2)


def test_filters_leave_out_the_rest() -> None:
    outcome = CliRunner().invoke(app, ["usage", "two", "--tag", "another"])
    assert outcome.stdout.splitlines()[-1].split() == ["total", "0", "0", "-"]


@pytest.mark.parametrize("words", [["--by", "colour"], ["--since", "yesterday"], ["no-such-campaign"]])
def test_what_is_wrong_is_said(words: list[str]) -> None:
    outcome = CliRunner().invoke(app, ["usage", *words])
    assert outcome.exit_code != 0
    assert "colour" in outcome.output or "since" in outcome.output or "no-such-campaign" in outcome.output
