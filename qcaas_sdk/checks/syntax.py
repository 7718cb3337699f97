"""Is it OpenQASM? Syntax, and registers that nobody declared; by the package `openqasm`, where it is installed.

What is refused here cannot run anywhere. Whether a gate exists is for the service to say: it may know more gates than
the header files do.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from qcaas_sdk.errors import MalformedProgram

if TYPE_CHECKING:
    import openqasm
    from openqasm import ast

PARSED_AT_MOST = 32 * 1024
"""Characters in one call of `create_job`. Parsing takes about 15 microseconds for each; the rest is not looked at."""

_BEGINNING = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*OPENQASM\s+(2|3)(?:\.\d+)?\s*;", re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_EMPTY = re.compile(r"((?:[;{}]|//[^\n]*\n|\*/)\s*);")
_KNOWN_HEADERS = {"qelib1.inc", "stdgates.inc"}
_FATAL = ("undefined identifier ", "index ")
"""How the messages begin that speak of a register which is not declared, or not that long."""


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
    language = f"OpenQASM {beginning[1]}"
    try:
        wrong = _undeclared(openqasm.parse(_without_empty_statements(program) if beginning[1] == "2" else program))
    except openqasm.UnsupportedVersionError:
        return
    except openqasm.QasmSyntaxError as error:
        wrong = error
    except RecursionError:  # deeper than this parser goes; others may
        return
    if wrong is not None:
        line, column = wrong.line, None if wrong.column is None else wrong.column + 1
        raise MalformedProgram(wrong.message, language=language, line=line, column=column)


def _without_empty_statements(program: str) -> str:
    """OpenQASM 2 as most of its parsers take it, and this one does not: with `;;`. Places stay what they were."""
    if not _EMPTY.search(program):
        return program
    code = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), program)
    while _EMPTY.search(code):
        code = _EMPTY.sub(r"\1 ", code)
    return code


def _undeclared(tree: "ast.Program") -> "openqasm.QasmError | None":
    """What is wrong with the registers of a program; what a header of the user's own declares is not known."""
    import openqasm  # noqa: PLC0415  # as above
    from openqasm import ast  # noqa: PLC0415  # as above

    headers = [statement for statement in tree.statements if isinstance(statement, ast.Include)]
    if any(header.filename not in _KNOWN_HEADERS for header in headers):
        return None
    # The headers declare gates only, and reading them takes a hundred times longer than a small program does.
    tree.statements = [statement for statement in tree.statements if not isinstance(statement, ast.Include)]
    problems = openqasm.analyze(tree).errors
    return next((problem for problem in problems if problem.message.startswith(_FATAL)), None)
