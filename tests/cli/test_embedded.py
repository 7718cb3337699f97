"""`qcaas run` and `qcaas serve` with another embedded QPU: with noise, or on a Dask cluster."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from qcaas_sdk.cli.app import command_line
from tests.local.service import BELL

QCAAS = [sys.executable, "-m", "qcaas_sdk"]
FLIPS = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; x q[0]; measure q -> c;'
NOISE = {"one_qubit": {"0": {"fRO": 0.5}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.qasm").write_text(BELL)
    (tmp_path / "flips.qasm").write_text(FLIPS)
    (tmp_path / "noise.json").write_text(json.dumps(NOISE))
    return tmp_path


def qcaas(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command_line(), list(words))
    return done.exit_code, done.stdout, done.stderr


def counts_of(out: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(out)[0]["result"]["c"]
    return found


@pytest.mark.usefixtures("folder")
class TestNoise:
    def test_a_calibration_file_makes_the_results_noisy(self) -> None:
        code, out, err = qcaas("run", "flips.qasm", "--no-journal", "--json", "--noise", "noise.json")
        assert code == 0, err
        assert 350 < counts_of(out)["0"] < 650

    def test_a_preset_is_known_by_name(self) -> None:
        code, _, err = qcaas("run", "bell.qasm", "--no-journal", "--noise", "toshiko")
        assert code == 0, err
        assert "with the noise toshiko" in err

    @pytest.mark.parametrize("command", ["run bell.qasm --no-journal", "serve --port 0"])
    def test_what_is_neither_file_nor_preset_is_refused(self, command: str) -> None:
        code, _, err = qcaas(*command.split(), "--noise", "tosihko")
        assert code == 2
        assert err == (
            "qcaas: --noise 'tosihko' is neither a file nor a preset: use the path of a calibration file in JSON or "
            "YAML, or one of: toshiko\n"
        )

    def test_a_file_that_is_no_calibration_is_named(self, folder: Path) -> None:
        (folder / "noise.json").write_text("[]")
        code, _, err = qcaas("run", "bell.qasm", "--no-journal", "--noise", "noise.json")
        assert code == 2
        assert "noise.json is not a calibration" in err

    @pytest.mark.parametrize("option", ["--noise toshiko", "--dask tcp://127.0.0.1:1"])
    def test_a_service_has_its_own_noise_and_its_own_machines(self, option: str) -> None:
        code, _, err = qcaas("run", "bell.qasm", *option.split(), "--url", "http://127.0.0.1:1")
        assert code == 2
        assert f"{option.split(maxsplit=1)[0]} is for the embedded QPU" in err


@pytest.mark.parametrize("command", ["run bell.qasm --no-journal", "serve --port 0"])
def test_without_dask_the_message_names_the_extra(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder.exists()
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, err = qcaas(*command.split(), "--dask", "tcp://127.0.0.1:1")
    assert code == 2
    assert "simulation on a Dask cluster" in err
    assert "qcaas-sdk[dask]" in err


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Dask closes its sockets when its processes end
class TestDask:
    def test_run_simulates_on_the_cluster(self, folder: Path, cluster: Any) -> None:
        done = subprocess.run(
            [*QCAAS, "run", "bell.qasm", "--no-journal", "--json", "--dask", cluster.scheduler_address],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert sum(counts_of(done.stdout).values()) == 1000
        assert cluster.scheduler_address in done.stderr or done.stderr == ""

    def test_serve_simulates_on_the_cluster(self, folder: Path, cluster: Any) -> None:
        server = subprocess.Popen(
            [*QCAAS, "serve", "--port", "0", "--dask", cluster.scheduler_address], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            (url,) = re.findall(r"http://\S+", server.stdout.readline())
            assert httpx.get(f"{url}/admin/version").status_code == 200
            done = subprocess.run(
                [*QCAAS, "run", "bell.qasm", "--no-journal", "--json", "--url", url],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
                env={"OQC_AUTHENTICATION_TOKEN": "any", "PATH": ""},
            )
            assert done.returncode == 0, done.stderr
            assert sum(counts_of(done.stdout).values()) == 1000
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=30) == 0
            if server.stdout is not None:
                server.stdout.close()
