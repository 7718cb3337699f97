"""Environments of their own for tests, made by uv once and kept under `.envs/`."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parents[2]
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
    if kit:
        return environment(f"{package} and the kit", [f"{package}=={version}"], extras="testing")
    return environment(package, [f"{package}=={version}"])


def environment(
    name: str, requirements: Sequence[str] = (), *, extras: str | None = None, lowest: bool = False
) -> Path:
    """The interpreter of an environment.

    Args:
        name: Its name.
        requirements: What is in it. If that has changed, or what this project asks for, it is made again.
        extras: This checkout is in it too, with these extras.
        lowest: The lowest versions that are allowed, instead of the newest.

    Raises:
        AssertionError: Something cannot be installed.
    """
    folder, wanted = ENVIRONMENTS / name, list(requirements)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if extras is not None:
        wanted += ["--editable", f"{ROOT}[{extras}]"]
    if lowest:
        wanted += ["--resolution", "lowest-direct"]
    recipe = "\n".join([*wanted, *([] if extras is None else [(ROOT / "pyproject.toml").read_text("utf-8")])])
    done = folder / "installed"
    with _locked(folder):
        if not (done.exists() and done.read_text("utf-8") == recipe and python.exists()):
            shutil.rmtree(folder, ignore_errors=True)
            uv("venv", "--python", sys.executable, str(folder))
            uv("pip", "install", "--python", str(python), *wanted)
            done.write_text(recipe, "utf-8")
    return python


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time makes an environment; the others wait and then find it."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{folder.name}.lock").open("w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def uv(*words: str) -> str:
    """Run uv, and return what it prints.

    Raises:
        AssertionError: It fails.
    """
    command = [sys.executable, "-m", "uv", "--quiet", *words]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert outcome.returncode == 0, f"{' '.join(command)} failed:\n{outcome.stdout}\n{outcome.stderr}"
    return outcome.stdout
