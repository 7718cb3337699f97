"""Every code block that a reader may copy works."""

import ast
import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qcaas_sdk.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "statecharts" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> list[tuple[int, str]]:
    """The blocks of a page in these languages, each with the line where it begins."""
    text = page.read_text(encoding="utf-8")
    return [
        (text[: match.start()].count("\n") + 2, match[2]) for match in FENCE.finditer(text) if match[1] in languages
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path) -> None:
    names: dict[str, object] = {"__name__": "page", "asyncio": asyncio}

    async def run() -> None:
        for line, code in blocks(page, "python"):
            padded = "\n" * (line - 1) + code
            compiled = compile(padded, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if "asyncio.run(" in code:  # a whole script, which brings its own event loop
                await asyncio.to_thread(eval, compiled, names)
                continue
            outcome = eval(compiled, names)
            if outcome is not None:
                await outcome

    asyncio.run(run())
    assert len(names) > 2


SHELL_LINES = [
    pytest.param(line.split("#")[0].strip(), id=f"{page.name}: {line.strip()}")
    for page in PAGES
    for _, block in blocks(page, "sh", "console")
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
        shown = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, [words[0], "--help"])
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
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readmes_picture_has_exactly_the_charts_states_and_moves() -> None:
    from qcaas_sdk.statechart import shipped_chart

    ((_, picture),) = blocks(ROOT / "README.md", "mermaid")
    chart = shipped_chart("job")
    moves = {(source, target, t.trigger) for source, t, _, target in chart.moves() if source != target}
    arrows = re.findall(r"^\s+(\w+) --> (\w+): ⇄? ?(.*)$", picture, re.MULTILINE)
    drawn = {(source, target, trigger) for source, target, triggers in arrows for trigger in triggers.split(", ")}
    assert drawn == moves
