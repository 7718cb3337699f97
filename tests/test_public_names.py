"""What a user finds on the public classes: exactly these names, and nothing that is not for a user."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import qcaas_sdk
from qcaas_sdk import CompositeJob, Job, JobError, JobOutputProxy, JobResult, MissingExtra, NoOutput, OqcSdk
from qcaas_sdk._programs import erado
from tests.callbacks.fakes import FakeTasks, empty_composite, make_job

RUN = {
    "state", "ended", "completed", "transitions", "events", "outputs", "history", "raise_for_status", "submit",
    "refresh", "wait", "execute", "cancel", "cancel_if_active", "to_snapshot", "save", "observe", "unobserve",
    "diagram", "timeline",
}  # fmt: skip
ONE_JOB = {
    "program", "qpu_id", "config", "tag", "hybrid_marker", "fetch_diagnostics", "held", "estimate", "task_id",
    "server_status", "result",
    "error", "timings", "metrics", "metadata", "reconfigure", "abandon", "cancellation_waits",
    "place", "trigger", "parameters", "name", "user_metadata", "sequence_diagram",
}  # fmt: skip
MANY_JOBS = {
    "name", "jobs", "add", "leaves", "counts", "completed_jobs", "failed_jobs", "cancelled_jobs", "active_jobs",
    "terminal_jobs", "retry_failed", "as_completed",
}  # fmt: skip
TABLES = {"to_dataframe", "to_xarray", "to_counts_dataarray", "like", "plot"}
COUNTS = TABLES | {"counts", "probabilities", "most_frequent", "marginal", "expectation", "standard_error"}
OUTPUT = COUNTS | {
    "parameters",
    "qpu_id", "task_id", "program", "received", "compiler_config", "timings", "metrics", "metadata", "is_error", "ok",
    "job", "to_dict", "to_json", "from_json", "resubmit", "reexecute",
}  # fmt: skip
PUBLIC = {
    Job: RUN | ONE_JOB,
    CompositeJob: RUN | MANY_JOBS,
    OqcSdk: {
        "from_env", "local", "open", "close", "create_job", "dashboard", "attach", "find", "job", "observe",
        "recover", "load", "from_snapshot", "default_qpu_id", "set_default_qpu", "list_qpus", "get_features",
        "get_system_status", "get_calibration", "get_next_window", "usage", "wait_time", "record_requests", "sign_in",
        "sign_out", "sync",
    },
    JobResult: OUTPUT | {"data"},
    JobError: OUTPUT | {"error_code", "error_message", "short"},
    NoOutput: OUTPUT | {"state"},
    JobOutputProxy: TABLES | {
        "first", "last", "one", "all", "map", "filter", "results", "errors", "any_error", "all_ok", "raise_for_error",
        "is_single_instance", "index", "count",
    },
}  # fmt: skip


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_a_class_shows_what_a_user_may_use_and_nothing_else(kind: type) -> None:
    assert public(kind) == PUBLIC[kind]


def test_so_do_the_objects() -> None:
    assert public(make_job(FakeTasks())) == PUBLIC[Job]
    assert public(empty_composite()) == PUBLIC[CompositeJob]
    assert public(OqcSdk("https://q.example", "token")) == PUBLIC[OqcSdk]
    assert public(JobOutputProxy()) == PUBLIC[JobOutputProxy]


def test_what_begins_without_an_underscore_is_what_the_reference_names() -> None:
    page = Path("docs/api/index.md").read_text("utf-8")
    public, internal = page.split("Do not import from other modules", 1)
    named = set(re.findall(r"`qcaas_sdk\.(\w+)`", public)) | set(re.findall(r"`(\w+)`", internal)) - {"qcaas_sdk"}
    rooms = {module.name for module in pkgutil.iter_modules(qcaas_sdk.__path__)}
    assert named == {room for room in rooms if not room.startswith("_")}
    described = {line.rpartition(".")[2].strip() for line in _directives("module")}
    assert set(re.findall(r"`qcaas_sdk\.(\w+)`", public)) == described & rooms


def _directives(name: str) -> list[str]:
    pages = [page.read_text("utf-8") for page in Path("docs/api").glob("*.md")]
    return [line for page in pages for line in page.splitlines() if line.startswith(f".. {name}::")]


def test_everything_that_is_promised_is_there() -> None:
    for name in qcaas_sdk.__all__:
        assert getattr(qcaas_sdk, name) is not None
    assert set(qcaas_sdk.__all__) <= set(dir(qcaas_sdk))


# Classes of compiler-config.


def test_they_are_found_when_they_are_asked_for_and_not_before() -> None:
    code = (
        "import sys, qcaas_sdk; assert 'compiler_config' not in sys.modules; "
        "from qcaas_sdk import EradoConfig, ErasureModel, IdlingErrorConfig; "
        "import compiler_config.experimental.erado.config as there; "
        "assert EradoConfig is there.EradoConfig and ErasureModel is there.ErasureModel; "
        "assert IdlingErrorConfig is there.IdlingErrorConfig"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", erado.NAMES)
def test_one_that_is_not_installed_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erado, "MODULE", "compiler_config.not_there")
    with pytest.raises(MissingExtra, match=rf"{name} needs .*: pip install --upgrade compiler-config"):
        getattr(qcaas_sdk, name)
    with pytest.raises(ImportError):
        exec(f"from qcaas_sdk import {name}", {})


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Erado'"):
        qcaas_sdk.Erado  # noqa: B018  # the attribute is the test
