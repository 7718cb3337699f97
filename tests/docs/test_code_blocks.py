"""Every code block that a reader may copy works."""

import ast
import asyncio
import os
import re
import shlex
import subprocess
import sys
from codeop import CommandCompiler
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from qcaas_sdk.cli.app import command_line
from tests.published.test_published_packages import NO_WAY_OUT, url
from tests.support.environments import python_with

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "statecharts" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^```(\w+)(?: ([\w-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:#|//) (\w+\.\w+)\n")
PUBLISHED = {"oqc-qcaas-sdk": "0.1.24", "oqc-qcaas-client": "3.22.1"}

served = url  # a QPU on a socket; the fixture needs a name in this module


def blocks(page: Path, *languages: str, package: str | None = None) -> list[tuple[int, str]]:
    """The blocks of a page in these languages, each with the line where it begins.

    A block for a published package names it after the language; it is no block of ours.
    """
    text = page.read_text(encoding="utf-8")
    return [
        (text[: match.start()].count("\n") + 2, match[3])
        for match in FENCE.finditer(text)
        if match[1] in languages and match[2] == package
    ]


def shown_after(page: Path, line: int, code: str) -> str | None:
    """The text block right after a block of code: what it prints."""
    rest = page.read_text(encoding="utf-8").split("\n", line - 1 + code.count("\n") + 1)[-1]
    output = OUTPUT.match(rest)
    return output and output[1]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def is_script(code: str) -> bool:
    """Whether a block is a whole script, to be saved and run."""
    return "asyncio.run(" in code


def save_files(page: Path, folder: Path) -> None:
    """What a page tells the reader to save: the blocks whose first line is a comment with a file's name."""
    for _, block in blocks(page, "python", "text"):
        if file := FILE.match(block):
            (folder / file[1]).write_text(block, encoding="utf-8")


def packages_of(page: Path) -> list[str]:
    return [package for package in PUBLISHED if blocks(page, "python", package=package)]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name)
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_files(page, tmp_path)
    saved = {file.name for file in tmp_path.iterdir()}
    if packages_of(page):
        monkeypatch.setenv("OQC_URL", request.getfixturevalue("served"))
        monkeypatch.setenv("OQC_AUTHENTICATION_TOKEN", "any")
    run_page(page)
    if {file.name for file in tmp_path.iterdir()} - saved:  # it leaves files: a reader who comes back finds them
        run_page(page)


def run_page(page: Path) -> None:
    """Run the Python blocks of a page and compare what they print."""
    names: dict[str, object] = {"__name__": "page"}

    async def run() -> None:
        for line, code in blocks(page, "python"):
            padded = "\n" * (line - 1) + code
            flags = 0 if is_script(code) else ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compiled = compile(padded, str(page), "exec", flags=flags)
            with redirect_stdout(StringIO()) as printed:
                if is_script(code):  # it brings its own event loop
                    await asyncio.to_thread(eval, compiled, names)
                elif (outcome := eval(compiled, names)) is not None:
                    await outcome
            shown = shown_after(page, line, code)
            if shown is not None:
                assert masked(printed.getvalue()) == masked(shown), f"{name(page)}:{line}"

    asyncio.run(run())
    assert len(names) > 2


@pytest.mark.parametrize(
    ("page", "line", "code"),
    [
        pytest.param(page, line, code, id=f"{name(page)}:{line}")
        for page in PAGES
        for package in (None, *packages_of(page))
        for line, code in blocks(page, "python", package=package)
        if not (is_script(code) or FILE.match(code))
    ],
)
def test_a_block_can_be_pasted_into_a_console(page: Path, line: int, code: str) -> None:
    """Line by line, as `python -m asyncio` reads it: there a blank line ends a compound statement."""
    compiler = CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    pending: list[str] = []
    for number, entered in enumerate([*code.splitlines(), ""]):  # and Enter
        pending.append(entered)
        try:
            complete = compiler("\n".join(pending), str(page), "single") is not None
        except SyntaxError as error:
            pytest.fail(f"{name(page)}:{line + number}: {error.msg}: {entered}")
        if complete:
            pending.clear()
    assert pending == []


def test_the_first_code_of_the_readme_and_of_the_site_is_a_script() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "index.md"):
        _, code = blocks(page, "python")[0]
        assert is_script(code)
        assert FILE.match(code)
        assert any(command.startswith("python ") for command, _ in dialogue(page))


@pytest.mark.published
@pytest.mark.parametrize(
    ("page", "package"),
    [pytest.param(page, package, id=f"{name(page)}: {package}") for page in PAGES for package in packages_of(page)],
)
def test_what_a_page_shows_of_a_published_package_runs_there(
    page: Path, package: str, served: str, tmp_path: Path
) -> None:
    lines: list[str] = []
    for line, code in blocks(page, "python", package=package):
        lines += [""] * (line - 1 - len(lines)) + code.splitlines()
    script = tmp_path / page.with_suffix(".py").name
    script.write_text("\n".join(lines), encoding="utf-8")
    runner = (
        "import ast, asyncio, sys; path = sys.argv[1]; "
        "code = compile(open(path).read(), path, 'exec', flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT); "
        "made = eval(code, {}); made is None or asyncio.run(made)"
    )
    environment = {**os.environ, **NO_WAY_OUT, "OQC_URL": served, "OQC_AUTHENTICATION_TOKEN": "any"}
    outcome = subprocess.run(
        [str(python_with(package, PUBLISHED[package])), "-c", runner, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def masked(text: str) -> list[str]:
    """Lines of output without what is another at every run (figures, bars), and without their order."""
    text = re.sub(r"[█-▏]+", "#", text)
    text = re.sub(r"-> RUNNING - .*\nRUNNING ->", "->", text)  # whether a short run is seen is chance
    return sorted(" ".join(line.split()) for line in re.sub(r"\d[\d.]*", "0", text).splitlines())


def dialogue(page: Path) -> list[tuple[str, list[str]]]:
    """The commands of a page's console blocks, each with the output that the page shows."""
    told: list[tuple[str, list[str]]] = []
    for _, block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                told.append((line[2:], []))
            else:
                told[-1][1].append(line)
    return told


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "console")], ids=name)
def test_what_a_page_shows_of_a_terminal_is_what_one_sees(page: Path, tmp_path: Path) -> None:
    save_files(page, tmp_path)
    environment = {**os.environ, "QCAAS_CAMPAIGNS": str(tmp_path / "campaigns"), "NO_COLOR": "1", "COLUMNS": "100"}
    for command, shown in dialogue(page):
        program, *words = shlex.split(command)
        start = {"qcaas": [sys.executable, "-m", "qcaas_sdk"], "python": [sys.executable]}[program]
        outcome = subprocess.run(
            [*start, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert outcome.returncode == 0, f"{command}: {outcome.stderr}"
        assert masked(outcome.stdout) == masked("\n".join(shown)), command


SHELL_LINES = [
    pytest.param(line.split("#")[0].strip(), id=f"{name(page)}: {line.strip()}")
    for page in PAGES
    for _, block in blocks(page, "sh")
    for line in block.splitlines()
    if line.strip()
]


@pytest.mark.parametrize("line", SHELL_LINES)
def test_every_command_of_a_page_exists(line: str) -> None:
    program, *words = line.split()
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE)
    elif program == "qcaas":
        shown = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(command_line(), [words[0], "--help"])
        assert shown.exit_code == 0
        for option in (word for word in words if word.startswith("--")):
            assert option in shown.output
    else:
        assert program == "pip"
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        for extra in re.findall(r"\[([\w,]+)\]", line)[0].split(","):
            assert re.search(rf"^{extra} = \[", project, re.MULTILINE)


def test_every_link_inside_the_project_leads_somewhere() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(
            r"^\[[^]]+\]: ([^#:\s]+)$", text, re.MULTILINE
        ):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
