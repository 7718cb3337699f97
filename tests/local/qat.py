"""The engine `qat` beside the environment of the tests."""

import subprocess
import sys

import pytest

from qcaas_sdk.local import EngineName
from qcaas_sdk.local.simulator.process import SimulatorProcess
from tests.support.environments import environment

INSTALLED = ("qat-compiler==3.5.0", "ibm-platform-services>=0.70")
"""QAT, and what uv would take an older version of, which cannot be built any more."""


def qat_process() -> SimulatorProcess:
    """A process that loads QAT; the caller ends it.

    QAT is kept beside the environment of the tests: Qiskit loads every plugin that it finds installed, and with QAT's
    each start of Aer would cost five times as much.
    """
    python = environment("qat-compiler", INSTALLED)
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, packages])
        return SimulatorProcess(EngineName.QAT)
