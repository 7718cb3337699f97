"""The commands as a script sees them: output, errors, exit codes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from qcaas_sdk import __version__
from qcaas_sdk.cli.app import command_line
from tests.support.passing_clock import PassingClock
from tests.support.programs import BELL, BROKEN

pytestmark = pytest.mark.slow

QCAAS = [sys.executable, "-W", "error", "-m", "qcaas_sdk"]


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OQC_URL", "OQC_AUTHENTICATION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    texts = {"bell": BELL, "broken": BROKEN, "empty": "", "binary": b"\xff\xfe"}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return {name: str(tmp_path / name) for name in [*texts, "missing"]}


def qcaas(*words: str, stdin: str | None = None, **environment: str) -> tuple[int, str, str]:
    done = CliRunner(env={"COLUMNS": "120"} | environment).invoke(command_line(), list(words), input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_a_program_runs_on_the_embedded_qpu_and_it_says_so(files: dict[str, str]) -> None:
    code, out, err = qcaas("run", files["bell"], "--shots", "200")
    assert code == 0
    assert f"{files['bell']}: COMPLETED" in out
    assert "c  (200 shots)" in out
    assert set(re.findall(r"^  (\d\d)  ", out, re.MULTILINE)) == {"00", "11"}
    assert "the embedded QPU" in err
    assert "CREATED -> SUBMITTED" in err


def test_several_programs_are_jobs_of_their_own(files: dict[str, str]) -> None:
    code, out, _ = qcaas("run", files["bell"], files["broken"], files["bell"])
    assert code == 1, "one of them failed"
    assert out.count("COMPLETED") == 2
    assert "FAILED" in out
    assert "frobnicate" in out


def test_json_is_all_there_is_on_stdout(files: dict[str, str]) -> None:
    code, out, _ = qcaas("run", "--json", files["bell"], files["broken"])
    assert code == 1
    good, bad = json.loads(out)
    assert good["state"] == "COMPLETED"
    assert sum(good["result"]["c"].values()) == 1000
    assert [move["to"] for move in good["transitions"]][-1] == "COMPLETED"
    assert (bad["state"], bad["result"]) == ("FAILED", None)
    assert "frobnicate" in bad["error"]["message"]


def test_a_byte_order_mark_is_not_part_of_a_program(tmp_path: Path) -> None:
    file = tmp_path / "from_windows.qasm"
    file.write_text(BELL, encoding="utf-8-sig")
    assert qcaas("run", str(file))[0] == 0


def test_help_says_how_many_shots_there_are_if_none_are_named() -> None:
    assert "Default: 1000" in qcaas("run", "--help")[1]


def test_a_program_can_come_from_stdin() -> None:
    code, out, _ = qcaas("run", "-", stdin=BELL)
    assert code == 0
    assert "-: COMPLETED" in out


@pytest.mark.parametrize(
    ("name", "message"),
    [("empty", "is empty"), ("missing", "No such file"), ("binary", "it is not UTF-8 text")],
)
def test_a_file_that_cannot_be_run_is_wrong_usage(files: dict[str, str], name: str, message: str) -> None:
    code, out, err = qcaas("run", files[name])
    assert (code, out) == (2, "")
    assert err.startswith("qcaas: ") and files[name] in err
    assert message in err
    assert err.count("\n") == 1


def test_an_unknown_qpu_is_wrong_usage_and_names_the_known_ones(files: dict[str, str]) -> None:
    code, _, err = qcaas("run", files["bell"], "--qpu", "qpu:x")
    assert code == 2
    assert "QPU 'qpu:x' is not active" in err
    assert "qpu:local:1:aer" in err


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "x", "--shots", "0"],
        ["run", "x", "--shots", "9999999999"],
        ["run", "x", "--token", "t"],
        ["rnu"],
    ],
)
def test_wrong_words_are_wrong_usage(words: list[str]) -> None:
    assert qcaas(*words)[0] == 2


def test_a_service_without_a_token_is_wrong_usage(files: dict[str, str]) -> None:
    code, _, err = qcaas("run", files["bell"], "--url", "https://cloud.example.org")
    assert code == 2
    assert "OQC_AUTHENTICATION_TOKEN" in err


def test_a_service_that_is_down_has_a_code_of_its_own(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk.sdk.SystemClock", PassingClock)
    url = f"http://127.0.0.1:{closed_port()}"
    code, out, err = qcaas("run", files["bell"], OQC_URL=url, OQC_AUTHENTICATION_TOKEN="t0ken")
    assert (code, out) == (4, "")
    assert "no connection" in err
    assert "t0ken" not in err


def test_time_that_is_up_has_a_code_of_its_own(files: dict[str, str]) -> None:
    code, out, err = qcaas("run", files["bell"], "--timeout", "0")
    assert code == 5
    assert "CREATED" in out
    assert "did not end within" in err


def test_the_qpus_are_listed_for_people_and_for_scripts() -> None:
    code, out, _ = qcaas("qpus")
    assert code == 0
    assert "qpu:local:1:aer" in out
    assert json.loads(qcaas("qpus", "--json")[1])[0]["id"] == "qpu:local:1:aer"


def test_the_version_is_the_packages() -> None:
    assert qcaas("--version")[:2] == (0, f"qcaas-sdk {__version__}\n")


def test_the_demo_shows_chart_states_counts_and_what_is_next() -> None:
    code, out, _ = qcaas("demo")
    assert code == 0
    assert "statecharts/job.yaml" in out
    assert re.search(r"CREATED .* SUBMITTED .* The server has it\.", out)
    assert "COMPLETED" in out
    assert "(1000 shots)" in out
    assert "qcaas run FILE.qasm" in out


def test_counts_are_plain_where_the_terminal_is() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "100"}
    done = subprocess.run([*QCAAS, "demo"], env=environment, capture_output=True, check=True)
    assert b"####" in done.stdout
    assert b"CREATED -> " in done.stdout


# `qcaas serve`, as a process.


@pytest.fixture
def served() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    server = subprocess.Popen([*QCAAS, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    first = server.stdout.readline()
    yield re.findall(r"http://\S+", first)[0], server
    server.send_signal(signal.SIGINT)
    server.wait(timeout=20)
    server.stdout.close()


def test_serving_says_where_and_ends_cleanly(
    files: dict[str, str], served: tuple[str, subprocess.Popen[str]]
) -> None:
    url, server = served
    assert url.startswith("http://127.0.0.1:")
    service = {"OQC_URL": url, "OQC_AUTHENTICATION_TOKEN": "any"}
    code, out, err = qcaas("run", files["bell"], **service)
    assert code == 0
    assert "COMPLETED" in out
    assert f"on {url}" in err
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=20) == 0


def test_an_engine_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    code, _, err = qcaas("serve", "--engine", "magic")
    assert code == 2
    assert "'aer'" in err
    assert "'qat'" in err


def test_a_busy_port_is_said(served: tuple[str, subprocess.Popen[str]]) -> None:
    port = served[0].rsplit(":", 1)[1]
    done = subprocess.run([*QCAAS, "serve", "--port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupted_run_says_so_and_leaves_no_traceback(files: dict[str, str]) -> None:
    slow = subprocess.Popen(
        [*QCAAS, "serve", "--port", "0", "--queue-delay", "60"], stdout=subprocess.PIPE, text=True
    )
    assert slow.stdout is not None
    url = re.findall(r"http://\S+", slow.stdout.readline())[0]
    environment = {**os.environ, "OQC_URL": url, "OQC_AUTHENTICATION_TOKEN": "any"}
    running = subprocess.Popen(
        [*QCAAS, "run", files["bell"]], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "SUBMITTED" in line:
            break
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    slow.send_signal(signal.SIGINT)
    assert slow.wait(timeout=20) == 0
    slow.stdout.close()
