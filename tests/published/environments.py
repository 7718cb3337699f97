"""Environments of their own for published packages, made once and kept under `.envs/`."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".envs"


def python_with(package: str, version: str, *, kit: bool = False) -> Path:
    """The interpreter of an environment that holds one published package, unchanged.

    Args:
        package: Its name.
        version: Its version.
        kit: Whether this project is there too, with its testing kit.

    Raises:
        AssertionError: It cannot be installed; a test that needs it must fail, and say why.
    """
    folder = ENVIRONMENTS / (f"{package} and the kit" if kit else package)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = folder / "installed"
    requirement = f"{package}=={version}"
    with _locked(folder):
        if not (done.exists() and done.read_text() == requirement and python.exists()):
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(folder))
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run(*install, requirement, *(["--editable", f"{ROOT}[testing]"] if kit else []))
            done.write_text(requirement)
    return python


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time makes an environment; the others wait and then find it."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{folder.name}.lock").open("w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert outcome.returncode == 0, f"{' '.join(command)} failed:\n{outcome.stdout}\n{outcome.stderr}"
