"""What `import qcaas_sdk`, `qcaas run` and the simulator process do not load, and what they spend on garbage."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

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
    "callbacks of your own": "qcaas_sdk._callbacks.own_callbacks",
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

NOT_TO_RUN = {
    "pictures": "qcaas_sdk.diagrams",
    "tables of results": "qcaas_sdk.results.tables",
    "the live page": "qcaas_sdk.web",
    "live views and tables in a terminal": "rich.table",
    "arrays": "numpy",
    "circuits": "qiskit",
    "XML": "xml.etree.ElementTree",
}
"""What `qcaas run` does not load, besides what is loaded when it is first used."""

NOT_TO_SIMULATE = {
    "the reader for large programs": "qcaas_sdk.local.simulator.openqasm.program",
    "what it reads into": "openqasm3.ast",
    "noise": "qcaas_sdk.local.simulator.engines.noisy",
    "classes of attrs": "attrs",
}
"""What the simulator process does not load for a small program."""

BELL = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;'

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


@pytest.mark.slow
def test_qcaas_run_loads_only_what_it_needs(tmp_path: Path) -> None:
    program = tmp_path / "bell.qasm"
    program.write_text(BELL)
    end = at_the_end("from _qcaas import main; main()", "run", "--no-journal", str(program))
    assert {what: module for what, module in NOT_TO_RUN.items() if module in end.modules} == {}
    assert end.frozen > 10_000, "Python looks for garbage among all objects before it ends"


@pytest.mark.slow
def test_a_small_program_needs_no_reader_of_ours() -> None:
    request = {"program": BELL, "config": None, "qubits": 2, "max_shots": 1000}
    end = at_the_end(
        "from importlib.util import find_spec, module_from_spec as bare; "
        "sys.modules['qcaas_sdk'] = bare(find_spec('qcaas_sdk')); "
        "sys.modules['qcaas_sdk.local'] = bare(find_spec('qcaas_sdk.local')); "  # as the process is started
        "from qcaas_sdk.local.simulator.worker import main; main('aer', int(sys.argv[1]))",
        str(os.getpid()),
        given=json.dumps({"run": [[0, False, request]]}),
    )
    assert '"results"' in end.said
    assert {what: module for what, module in NOT_TO_SIMULATE.items() if module in end.modules} == {}
    assert end.frozen > 100_000, "Python looks for garbage among what Aer has loaded"


class End(NamedTuple):
    """A process that has ended.

    Attributes:
        said: What it wrote to stdout.
        modules: What it had loaded.
        frozen: How many objects the garbage collector left out.
    """

    said: str
    modules: list[str]
    frozen: int


def at_the_end(code: str, *arguments: str, given: str = "") -> End:
    """Run code in a process of its own."""
    tell = "print(json.dumps([sorted(sys.modules), gc.get_freeze_count()]), file=sys.__stderr__)"
    code = f"import atexit, gc, json, sys; atexit.register(lambda: {tell}); {code}"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], input=given, capture_output=True, text=True, check=True
    )
    return End(done.stdout, *json.loads(done.stderr.splitlines()[-1]))
