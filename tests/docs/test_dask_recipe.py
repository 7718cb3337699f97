"""The recipe for a Dask cluster works, on one of two processes."""

import ast
import asyncio
from contextlib import redirect_stdout
from io import StringIO

import pytest

from tests.docs.test_code_blocks import ROOT, blocks

PAGE = ROOT / "docs" / "clusters.md"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Dask closes its sockets when its processes end
def test_the_recipe_runs() -> None:
    ((line, code),) = blocks(PAGE, "python", package="dask")
    program = next(block for _, block in blocks(PAGE, "python") if "GHZ =" in block)
    names: dict[str, object] = {"__name__": "page"}
    exec(program[program.index("GHZ =") : program.index("async with")], names)
    compiled = compile("\n" * (line - 1) + code, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with redirect_stdout(StringIO()) as printed:
        asyncio.run(eval(compiled, names))
    for closed in ("client", "cluster"):
        names[closed].close()  # type: ignore[attr-defined]
    assert printed.getvalue().strip() in ("{'000', '111'}", "{'111', '000'}")
