"""`qcaas run` refuses programs that are certain to fail, before any of them is sent."""

import json
from pathlib import Path

import httpx
import pytest

from qcaas_sdk.local import LocalQpu
from tests.cli.test_check import folder  # noqa: F401  # a fixture
from tests.cli.test_commands import qcaas
from tests.cli.test_troubles import against, cloud

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]


class Counting(httpx.AsyncBaseTransport):
    """Notes the paths that were requested."""

    def __init__(self, service: httpx.AsyncBaseTransport) -> None:
        self.paths: list[str] = []
        self._service = service

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return await self._service.handle_async_request(request)

    @property
    def about_tasks(self) -> list[str]:
        return [path for path in self.paths if "tasks" in path]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("undeclared.qasm", "line 1, column 75: undefined identifier 'r'"),
        ("syntax.qasm", "line "),
        ("turn.qasm", "pass --parameters FILE"),
        ("notes.qasm", "(--no-check skips this check)"),
    ],
)
def test_nothing_is_sent_of_a_wrong_program_and_no_campaign_begins(
    file: str, told: str, campaigns_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Counting(cloud(LocalQpu(id="qpu:a")))
    code, out, err = against(monkeypatch, service, "run", file)
    assert (code, out, service.paths) == (2, "", [])
    first, last = err.splitlines()
    assert first.startswith(f"qcaas: {file}: ") and told in first
    assert "create_job" not in err, "that is for users of the package"
    assert last == f"qcaas: nothing was submitted: 1 mistake in {file}"
    assert not [*campaigns_folder.glob("*")]


def test_the_message_is_that_of_the_check() -> None:
    _, checked, _ = qcaas("check", "undeclared.qasm", "turn.qasm")
    _, _, refused = qcaas("run", "undeclared.qasm", "turn.qasm")
    assert [f"qcaas: {line}" for line in checked.splitlines()] == refused.splitlines()[:2]


def test_one_wrong_file_keeps_all_from_being_sent_and_every_wrong_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Counting(cloud(LocalQpu(id="qpu:a")))
    code, out, err = against(monkeypatch, service, "run", "undeclared.qasm", "bell.qasm", "turn.qasm", "--json")
    assert (code, out, service.paths) == (2, "", [])
    assert [line.split(": ")[1] for line in err.splitlines()] == [
        "undeclared.qasm",
        "turn.qasm",
        "nothing was submitted",
    ]
    assert err.endswith("2 mistakes in undeclared.qasm, turn.qasm\n")


@pytest.mark.parametrize("words", ["wide.qasm", "bell.qasm --shots 1000000000", "bell.qasm wide.qasm"])
def test_the_limits_of_the_qpu_count(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Counting(cloud(LocalQpu(id="qpu:a")))
    code, out, err = against(monkeypatch, service, "run", *words.split())
    assert (code, out, service.about_tasks) == (2, "", [])
    assert not [path for path in service.paths if path.endswith("qpu:a")], "the list of QPUs says what is needed"
    assert "nothing was submitted: 1 mistake in " in err


def test_a_mistake_that_many_values_share_is_one_line(folder: Path) -> None:  # noqa: F811  # the fixture
    (folder / "many.json").write_text(json.dumps([{"theta": number} for number in range(50)]))
    code, _, err = qcaas("run", "turn.qasm", "--parameters", "many.json", "--shots", "1000000000", "--no-journal")
    assert code == 2
    lines = [line for line in err.splitlines() if line.startswith("qcaas: ")]
    assert len(lines) == 2 and "50 jobs" in lines[0]
    assert lines[1] == "qcaas: nothing was submitted: 50 mistakes in turn.qasm"


def test_the_check_can_be_left_out() -> None:
    code, out, _ = qcaas("run", "undeclared.qasm", "bell.qasm", "--no-check", "--json")
    assert code == 1
    assert [job["state"] for job in json.loads(out)] == ["FAILED", "COMPLETED"]


def test_the_help_says_what_happens() -> None:
    told = " ".join(qcaas("run", "--help")[1].split())
    assert "If a program is certain to fail, nothing is sent" in told
