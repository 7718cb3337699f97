"""What a page shows is clean under the type checkers that users have: mypy --strict, and pyright."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_code_blocks import PAGES, ROOT, blocks, is_script, name

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("types of pages")]

UNTYPED = ("compiler_config", "qiskit", "pytket", "cirq", "pennylane", "braket", "scipp")
"""Packages that tell a type checker nothing; a user of theirs has said so in a configuration of their own."""

MYPY = "[mypy]\nstrict = True\nallow_redefinition = True\n" + "".join(
    f"\n[mypy-{package}.*]\nignore_missing_imports = True\nfollow_imports = skip\n" for package in UNTYPED
)
PYRIGHT = {
    "typeCheckingMode": "standard",
    "reportMissingModuleSource": False,
    "useLibraryCodeForTypes": False,
    "pythonVersion": "3.11",
}


def module(page: Path) -> str:
    """The blocks of a page as one module in which every line has the number that it has on the page.

    A block with `asyncio.run(` is a whole script, and stands as it is. All others are what one types at a prompt that
    knows `await`: they are the body of one coroutine function.
    """
    lines = [""] * len(page.read_text(encoding="utf-8").splitlines())
    inside = False
    for line, code in blocks(page, "python"):
        script = is_script(code)
        if not script and not inside:  # a fence stands before every block: that is the place for the header
            lines[line - 2] = "async def page() -> None:"
        inside = not script
        for number, text in enumerate(code.splitlines(), line - 1):
            lines[number] = f"    {text}" if text and not script else text
    return "\n".join(lines) + "\n"


CACHE = ROOT / ".mypy_cache" / "blocks of pages"
"""What mypy knows of all packages since the last run; it asks of each whether it has changed."""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A module for each page, by the page's name; all in one folder."""
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for page in PAGES:
        if blocks(page, "python"):
            written[name(page)] = folder / (re.sub(r"\W", "_", name(page).removesuffix(".md")) + ".py")
            written[name(page)].write_text(module(page), encoding="utf-8")
    (folder / "mypy.ini").write_text(MYPY, encoding="utf-8")
    settings = {**PYRIGHT, "extraPaths": [str(ROOT)], "include": ["."]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    return written


def test_mypy_finds_nothing(modules: dict[str, Path]) -> None:
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(CACHE)]
    command += [file.name for file in modules.values()]
    folder = next(iter(modules.values())).parent
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    found = [line for line in done.stdout.splitlines() if re.match(r"\w+\.py:", line)]
    assert found == [], "\n".join(found)
    assert "checked 0" not in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="needs pyright")
def test_pyright_finds_nothing(modules: dict[str, Path]) -> None:
    folder = next(iter(modules.values())).parent
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    told = json.loads(done.stdout)
    found = [
        f"{Path(one['file']).name}:{one['range']['start']['line'] + 1}: {one['message']}"
        for one in told["generalDiagnostics"]
        if one["severity"] == "error"
    ]
    assert found == [], "\n".join(found)
    assert told["summary"]["filesAnalyzed"] == len(modules)


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    page = ROOT / "README.md"
    (tmp_path / "wrong.py").write_text(module(page) + "\nreveal: int = 'text'\n", encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(MYPY, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(CACHE), "wrong.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "wrong.py" in done.stdout
    assert "Incompatible types in assignment" in done.stdout
