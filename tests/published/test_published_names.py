"""The public names, calls and attributes of OQC's published SDK are here too, but for those that are left out."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import qcaas_sdk
from tests.published.use_names import seen
from tests.support.environments import ROOT, python_with

pytestmark = pytest.mark.published

LEFT_OUT = {
    "OqcSdk.url": "`repr(sdk)` shows it",
    "OqcSdk.is_retryable_error": "the SDK retries by itself; the errors that remain have `temporary`",
    "OqcSdk.RETRYABLE_POLL_EXCEPTIONS": "as `is_retryable_error`",
    "JobState.UNKNOWN": "a job has one of six states; `job.server_status` has the server's word",
    "JobResult.from_job": "the SDK creates outputs; `JobResult(…)` takes every field",
    "JobError.from_job": "as `JobResult.from_job`",
    "JobOutputProxy.append": "outputs cannot be changed; `[*outputs, another]` is a list",
    "JobOutputProxy.prepend": "as `append`",
    "JobOutputProxy.attr_policy": "attributes of the only output can be read; with several outputs it is an error",
}
"""What is not here, with the reason; docs/from-oqc-qcaas-sdk.md has the same table."""

ARGUMENTS_LEFT_OUT = {
    "Job.(…)": {"program", "qpu_id", "config", "task_id", "tag", "hybrid_marker", "fetch_diagnostics"},  # create_job
    "Job.reconfigure": {"kwargs"},  # program, qpu_id and config, by name
    "JobOutput.(…)": {"job"},  # JobResult and JobError take it
    "JobOutputProxy.(…)": {"attr_policy"},
    "ExperimentalConfig.(…)": {"compiler_kwargs"},  # any name: they are keywords
}


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    command = [
        str(python_with("oqc-qcaas-sdk", "0.1.24")),
        str(Path(__file__).parent / "use_names.py"),
        "oqc_qcaas_sdk",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_every_public_name_is_here(theirs: dict[str, Any]) -> None:
    assert {"OqcSdk", "CompositeJobSnapshot", "EradoConfig", "bits"} <= set(theirs["names"])
    assert set(theirs["names"]) - set(seen(qcaas_sdk)["names"]) == set()


def test_every_attribute_is_here_or_left_out_on_purpose(theirs: dict[str, Any]) -> None:
    ours = seen(qcaas_sdk)["classes"]
    missing = {
        f"{kind}.{name}" for kind, names in theirs["classes"].items() for name in names if name not in ours[kind]
    }
    assert missing == set(LEFT_OUT)


def test_every_argument_has_the_same_name(theirs: dict[str, Any]) -> None:
    ours = seen(qcaas_sdk)["classes"]
    missing = {
        f"{kind}.{name}": set(arguments) - set(ours[kind][name] or ())
        for kind, names in theirs["classes"].items()
        for name, arguments in names.items()
        if arguments and name in ours[kind] and set(arguments) - set(ours[kind][name] or ())
    }
    assert missing == ARGUMENTS_LEFT_OUT


def test_the_page_says_what_is_left_out() -> None:
    page = (ROOT / "docs" / "from-oqc-qcaas-sdk.md").read_text("utf-8")
    table = page[page.index("## What is not here") :]
    rows = dict(line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `"))
    assert {name.strip("`"): reason for name, reason in rows.items()} == {
        **LEFT_OUT,
        "await output": "an output is there already",
        "ExperimentalConfig.validate": "`config.base_config.validate(…)` is the same",
    }
