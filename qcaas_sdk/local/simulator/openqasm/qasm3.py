"""Parses OpenQASM 3 with the reference parser of the specification."""

import io
import re
from contextlib import redirect_stderr, suppress

from openqasm3 import ast
from openqasm3.parser import QASM3ParsingError
from openqasm3.parser import parse as parse_tree

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError

_PRINTED = re.compile(r"^line (\d+):(\d+) (.*)$", re.MULTILINE)
_LOCATED = re.compile(r"^L(\d+):C(\d+): (.*)$", re.DOTALL)


def parse(program: str) -> list[ast.Statement | ast.Pragma]:
    """The statements of a program.

    Raises:
        ProgramError: It is not valid OpenQASM 3.
    """
    try:
        return parse_tree(program).statements
    except QASM3ParsingError as error:
        located = _LOCATED.match(str(error))
        if located is not None:
            line, column, message = located.groups()
            raise ProgramError(message, (int(line), int(column))) from None
        raise _first_error(program) from None
    except RecursionError:
        raise
    except Exception as error:  # the parser fails on some programs that its grammar accepts
        raise _first_error(program) from error


def _first_error(program: str) -> ProgramError:
    """The first error of the parser, which prints its errors only in permissive mode."""
    printed = io.StringIO()
    with redirect_stderr(printed), suppress(Exception):
        parse_tree(program, permissive=True)
    found = _PRINTED.search(printed.getvalue())
    if found is None:
        return ProgramError("the syntax of the program is wrong")
    return ProgramError(found[3], (int(found[1]), int(found[2])))
