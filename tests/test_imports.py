"""What `import qcaas_sdk` does not load: libraries and rooms that only some programs need."""

import json
import subprocess
import sys

import pytest

import qcaas_sdk

LATER = {
    "configurations": "compiler_config",
    "HTTP": "httpx",
    "charts": "yaml",
    "the check of charts": "jsonschema",
    "answers": "cattrs",
    "journals": "sqlite3",
    "the machine's engine": "transitions",
    "arrays": "numpy",
    "the display in a terminal": "rich",
    "the command line": "click",
    "messages about secrets": "html",
    "what an SDK makes jobs with": "qcaas_sdk._factory.jobs",
    "limits": "qcaas_sdk._admission.admission",
    "the callbacks of `job`": "qcaas_sdk._callbacks.job",
    "when to poll": "qcaas_sdk._polling.policy",
    "the calls of the service": "qcaas_sdk._service.wire",
    "suggestions": "difflib",
    "sign-in": "qcaas_sdk._oidc.credential",
    "reading journals": "qcaas_sdk._journal.replay",
    "reading snapshots": "qcaas_sdk._snapshot.read",
    "the check of programs": "qcaas_sdk._programs.syntax",
    "circuits": "qcaas_sdk._programs.convert.from_qiskit",
    "callbacks of your own": "qcaas_sdk._callbacks.policy",
    "the meaning of charts": "qcaas_sdk.statechart.validate",
    "tables": "qcaas_sdk.results.tables",
    "pictures": "qcaas_sdk.diagrams",
    "the embedded QPU": "qcaas_sdk.local",
    "the live page": "qcaas_sdk.web",
    "what moves in notebooks": "qcaas_sdk._handles.live",
    "widgets": "anywidget",
    "the testing kit": "qcaas_sdk.testing",
}
"""A module for each thing that is loaded when it is first used."""

MOST_OWN = 103
"""How many modules of the package a plain import may load: each costs about a third of a millisecond."""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that has only imported the package."""
    code = "import json, sys, qcaas_sdk; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_what_only_some_programs_need_is_loaded_later(loaded: set[str]) -> None:
    assert {what: module for what, module in LATER.items() if module in loaded} == {}


def test_it_stays_small(loaded: set[str]) -> None:
    own = [module for module in loaded if module.partition(".")[0] == "qcaas_sdk"]
    assert len(own) <= MOST_OWN


def test_every_public_name_is_found_though_some_are_loaded_later() -> None:
    for name in qcaas_sdk.__all__:
        found = getattr(qcaas_sdk, name)
        assert getattr(qcaas_sdk, name) is found
        assert name in dir(qcaas_sdk)
    with pytest.raises(AttributeError, match="module 'qcaas_sdk' has no attribute 'OqcSkd'"):
        qcaas_sdk.OqcSkd  # noqa: B018  # looked up on purpose
