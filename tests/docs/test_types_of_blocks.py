"""What a page shows is clean under a user's type checkers."""

import ast
from pathlib import Path

from tests.docs.test_code_blocks import blocks

UNTYPED = ("compiler_config", "qiskit", "qiskit_aer", "pytket", "cirq", "pennylane", "braket", "scipp", "matplotlib")
"""Packages without types of their own: a user's mypy is told so, once."""


def script(page: Path) -> str:
    """The blocks of a page as one module; those with `await` at top level are in a function of their own.

    A block that is a whole script stands as it is. Lines keep their numbers where that is possible: each is marked
    with the line of the page that it comes from.
    """
    lines: list[str] = ["import asyncio", "", "", "async def page() -> None:"]
    scripts: list[str] = []
    for line, code in blocks(page, "python"):
        if is_script(code):
            scripts += [f"# line {line}", *code.splitlines()]
        else:
            lines += [f"    # line {line}", *(f"    {each}" if each else "" for each in code.splitlines())]
    return "\n".join([*scripts, *lines, "    await asyncio.sleep(0)", ""])


def is_script(code: str) -> bool:
    """Whether it is a module of its own, and not lines for a prompt that has `await`."""
    tree = compile(code, "block", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Module)
    return "asyncio.run(" in code
