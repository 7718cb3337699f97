"""Environments of their own for published packages, made once and kept under `.envs/`."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
    editable = [f"{ROOT}[testing]"] if kit else []
    return environment(f"{package} and the kit" if kit else package, [f"{package}=={version}"], editable)


def environment(name: str, requirements: Sequence[str], editable: Sequence[str] = ()) -> Path:
    """The interpreter of an environment.

    Args:
        name: Its name.
        requirements: What is in it; if that has changed, it is made again.
        editable: Checkouts that are in it too.

    Raises:
        AssertionError: Something cannot be installed.
    """
    folder, wanted = ENVIRONMENTS / name, " ".join(requirements)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = folder / "installed"
    with _locked(folder):
        if not (done.exists() and done.read_text() == wanted and python.exists()):
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(folder))
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run(*install, *requirements, *(word for checkout in editable for word in ("--editable", checkout)))
            done.write_text(wanted)
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
