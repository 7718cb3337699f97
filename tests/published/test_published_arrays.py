"""scipp arrays, patterns and experimental configurations: the same as OQC's published SDK makes them."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import qcaas_sdk
from qcaas_sdk import ExperimentalConfig, JobError, JobOutputProxy, JobResult
from tests.published.use_arrays import seen
from tests.support.environments import python_with

pytestmark = [pytest.mark.published, pytest.mark.xdist_group("published_arrays")]

ABOUT: dict[str, Any] = {"qpu_id": "q", "task_id": "t", "program": "p", "received": datetime(2026, 1, 1, tzinfo=UTC)}
OURS = ExperimentalConfig(noise=True, bond_dimension=5, repeats=10)


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    command = [
        str(python_with("oqc-qcaas-sdk", "0.1.24")),
        str(Path(__file__).parent / "use_arrays.py"),
        "arrays",
        OURS.to_json(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def outputs(data: list[Any]) -> JobOutputProxy[JobResult | JobError]:
    return JobOutputProxy(
        [
            JobResult(**ABOUT, data=one) if one is not None else JobError(**ABOUT, error_code=1, error_message="no")
            for one in data
        ]
    )


def test_arrays_patterns_and_indices_are_the_same(theirs: dict[str, Any]) -> None:
    ours = json.loads(json.dumps(seen(qcaas_sdk, outputs)))
    assert len(ours) == len(theirs["arrays"]) > 20
    for number, (here, there) in enumerate(zip(ours, theirs["arrays"], strict=True)):
        if "raises" in there[0]:  # ours may be of more kinds, never of fewer: `except ValueError` goes on working
            assert set(there[0]["raises"]) <= set(here[0]["raises"]), f"case {number} of arrays.json"
            here[0] = there[0]
        assert here == there, f"case {number} of arrays.json"


def test_an_experimental_configuration_is_read_there_and_said_in_the_same_words(theirs: dict[str, Any]) -> None:
    noise, bond_dimension, repeats, external, text = theirs["config"]
    assert (noise, bond_dimension, repeats) == (True, 5, 10)
    assert external == OURS.external_config
    assert json.loads(text) == json.loads(OURS.to_json())
    assert ExperimentalConfig.from_json(text).to_json() == OURS.to_json()
