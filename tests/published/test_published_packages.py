"""OQC's published packages, unchanged, against the embedded QPU on a socket."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk.local import DEFAULT_QPU_ID
from tests.support.environments import python_with

pytestmark = [pytest.mark.published, pytest.mark.xdist_group("published_packages")]

# The packages look at a status page on the internet when something fails. Nothing outside is reached from here:
# what is not this machine goes to a proxy that is not there, which is found out at once.
NO_WAY_OUT = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
}


@contextmanager
def served(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "qcaas_sdk.local", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as url:
        yield url


def session(package: str, version: str, script: str, url: str, **variables: str) -> dict[str, Any]:
    command = [str(python_with(package, version)), str(Path(__file__).parent / script), url]
    environment = {**os.environ, **NO_WAY_OUT, **variables}
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    seen: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
    return seen


def check_common(seen: dict[str, Any]) -> None:
    assert seen["qpu"] == DEFAULT_QPU_ID
    assert seen["features"]["qubits"] == 32
    assert seen["status"] == [{"qpu_id": DEFAULT_QPU_ID, "status": "ACTIVE"}]
    assert seen["calibration"]["qpu_id"] == DEFAULT_QPU_ID
    assert seen["next window"] is None
    assert set(seen["bell"]["c"]) == {"00", "11"}
    assert sum(seen["bell"]["c"].values()) == 200
    assert set(seen["timings"]) == {"created", "submitted", "running", "completed"}
    assert seen["metrics"]["optimized_instruction_count"] == 4
    assert seen["metadata"]["qpu_id"] == DEFAULT_QPU_ID
    assert seen["qpus after a login"] == 1


def test_the_sdk(url: str) -> None:
    seen = session("oqc-qcaas-sdk", "0.1.24", "use_sdk.py", url)
    check_common(seen)
    assert seen["bad"][:2] == ["FAILED", 101]
    assert "line 4" in seen["bad"][2]
    assert seen["composite"] == ["COMPLETED", "FAILED", "COMPLETED"]
    assert seen["outputs"] == [True, False, True]
    assert seen["cancelled"] == "CANCELLED"


def test_the_sdk_with_an_api_gateway_and_its_own_sign_in(tmp_path: Path) -> None:
    with served("--api", "v4") as url:
        variables = {"OQC_QCAAS_V4": "1", "OQC_OIDC_CACHE_ROOT": str(tmp_path)}
        seen = session("oqc-qcaas-sdk", "0.1.24", "use_sdk_v4.py", url, **variables)
    assert seen["qpu"] == DEFAULT_QPU_ID
    assert seen["features"]["qubits"] == 32
    assert seen["status"] == {"qpu_id": DEFAULT_QPU_ID, "status": "ACTIVE"}
    assert seen["calibration"]["qpu_id"] == DEFAULT_QPU_ID
    assert set(seen["bell"]["c"]) == {"00", "11"}
    assert set(seen["timings"]) == {"created", "submitted", "running", "completed"}
    assert seen["metadata"]["qpu_id"] == DEFAULT_QPU_ID
    assert seen["bad"][:2] == ["FAILED", 101]
    assert seen["composite"] == ["COMPLETED", "FAILED", "COMPLETED"]
    assert seen["cancelled"] == "CANCELLED"
    assert seen["qpus with a password"] == seen["qpus with a device code"] == 1


def test_the_client(url: str) -> None:
    seen = session("oqc-qcaas-client", "3.22.1", "use_client.py", url)
    check_common(seen)
    assert seen["bad"][0] == 101
    assert "line 4" in seen["bad"][1]
    assert seen["many"] == [False, True, False]
    assert [entry["position_in_queue"] for entry in seen["task estimates"]["task_wait_times"]] == [0, 1]
    assert seen["qpu estimates"]["qpu_wait_times"][0]["tasks_in_queue"] == 2
    assert seen["cancelled"] == ["CANCELLED", "CANCELLED"]
    assert seen["listed"] >= 7
