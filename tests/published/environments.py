"""Environments of their own for published packages, made once and kept under `.envs/`."""

import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENTS = Path(__file__).parents[2] / ".envs"


def python_with(package: str, version: str) -> Path:
    """The interpreter of an environment that holds one published package, unchanged.

    Raises:
        AssertionError: It cannot be installed; a test that needs it must fail, and say why.
    """
    folder = ENVIRONMENTS / package
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = folder / "installed"
    requirement = f"{package}=={version}"
    if not (done.exists() and done.read_text() == requirement and python.exists()):
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement)
        done.write_text(requirement)
    return python


def _run(*command: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert outcome.returncode == 0, f"{' '.join(command)} failed:\n{outcome.stdout}\n{outcome.stderr}"
