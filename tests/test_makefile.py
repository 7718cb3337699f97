"""`make PYTHON=…` never runs with another interpreter than you ask for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\necho {line}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose environment is complete, and made with Python 3.11.7."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    script(tmp_path / ".venv" / "bin" / "python", "Python 3.11.7")
    script(tmp_path / ".venv" / "bin" / "qcaas", "it runs")
    script(tmp_path / "same", "Python 3.11.7")
    script(tmp_path / "other", "Python 3.12.1")
    for stamp in (".made", ".ready-to-run", ".ready-to-develop"):
        (tmp_path / ".venv" / stamp).touch()
    return tmp_path


def make(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if name not in {"PYTHON", "MAKEFLAGS", "MAKELEVEL"}}
    return subprocess.run(["make", *words], cwd=folder, env=own, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [(), ("PYTHON=./same",)])
def test_the_environment_that_is_there_is_used(folder: Path, words: tuple[str, ...]) -> None:
    done = make(folder, "run", *words)
    assert (done.returncode, done.stdout) == (0, "it runs\n"), done.stderr


@pytest.mark.parametrize("target", ["run", "quick", "test", "check", "docs"])
@pytest.mark.parametrize("python", ["./other", "./none"])
def test_another_interpreter_than_that_of_the_environment_stops_it(folder: Path, target: str, python: str) -> None:
    done = make(folder, target, f"PYTHON={python}")
    assert done.returncode != 0
    assert done.stdout == f".venv has Python 3.11.7, not {python}: run `make clean` first, or leave PYTHON out\n"


def test_clean_and_help_do_not_ask(folder: Path) -> None:
    assert make(folder, "help", "PYTHON=./other").returncode == 0
    assert make(folder, "clean", "PYTHON=./other").returncode == 0
    assert not (folder / ".venv").exists()
