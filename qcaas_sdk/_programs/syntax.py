"""Check OpenQASM syntax and undeclared registers with the package `openqasm`, if it is installed.

What is refused here cannot run anywhere. Whether a gate exists is for the service to say: it may know more gates than
the header files do. In doubt a program passes: no complaint is believed before a second look.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from qcaas_sdk._programs.grammar import is_grammatical, is_undeclared, with_free_names
from qcaas_sdk.errors import MalformedProgram

if TYPE_CHECKING:
    import openqasm
    from openqasm import ast

PARSED_AT_MOST = 32 * 1024
"""Characters in one call of `create_job`. Parsing takes about 15 microseconds for each; the rest is not looked at."""

_BEGINNING = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*OPENQASM\s+(2|3)(?:\.\d+)?\s*;", re.DOTALL)
_KNOWN_HEADERS = {"qelib1.inc", "stdgates.inc"}
_UNDECLARED = re.compile(r"undefined identifier '([^']+)'")


@lru_cache(maxsize=256)
def check_syntax(program: str) -> None:
    """Refuse text that declares itself as OpenQASM 2 or 3 and is none, or uses a register that it does not declare.

    Everything else passes: QIR, text without a version, and everything if `openqasm` is not installed.

    Raises:
        MalformedProgram: It is wrong; the error has line and column.
    """
    beginning = _BEGINNING.match(program)
    if beginning is None:
        return
    try:
        import openqasm  # noqa: PLC0415  # an extra
    except ModuleNotFoundError:
        return
    version = int(beginning[1])
    text, names = with_free_names(program, version)
    try:
        wrong = _undeclared(openqasm.parse(text), text)
    except openqasm.UnsupportedVersionError:
        return
    except openqasm.QasmSyntaxError as error:
        wrong = None if version == 3 and is_grammatical(program) else error
    except RecursionError:  # deeper than this parser goes; others may
        return
    if wrong is not None:
        message = wrong.message
        for given, original in names.items():
            message = message.replace(f"'{given}'", f"'{original}'")
        column = None if wrong.column is None else wrong.column + 1
        raise MalformedProgram(message, language=f"OpenQASM {version}", line=wrong.line, column=column)


def _undeclared(tree: "ast.Program", text: str) -> "openqasm.QasmError | None":
    """What is wrong with the registers of a program; what a header of the user's own declares is not known."""
    import openqasm  # noqa: PLC0415  # as above
    from openqasm import ast  # noqa: PLC0415  # as above

    headers = [statement for statement in tree.statements if isinstance(statement, ast.Include)]
    if any(header.filename not in _KNOWN_HEADERS for header in headers):
        return None
    # The headers declare gates only, and reading them takes a hundred times longer than a small program does.
    tree.statements = [statement for statement in tree.statements if not isinstance(statement, ast.Include)]
    for problem in openqasm.analyze(tree).errors:
        name = _UNDECLARED.match(problem.message)
        if name is not None and is_undeclared(name[1], text, problem.line, problem.column):
            return problem
        if problem.message.startswith("index "):
            return problem
    return None
