"""OpenQASM 3 to a syntax tree, by the reference parser of the specification."""

import io
import re
from contextlib import redirect_stderr, suppress

import openqasm3
from openqasm3 import ast
from openqasm3.parser import QASM3ParsingError

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError

_COMPLAINT = re.compile(r"^line (\d+):(\d+) (.*)$", re.MULTILINE)
_LOCATED = re.compile(r"^L(\d+):C(\d+): (.*)$", re.DOTALL)


def parse(program: str) -> list[ast.Statement | ast.Pragma]:
    """The statements of a program.

    Raises:
        ProgramError: It is no OpenQASM 3.
    """
    try:
        return openqasm3.parse(program).statements
    except QASM3ParsingError as error:
        located = _LOCATED.match(str(error))
        if located is not None:
            line, column, message = located.groups()
            raise ProgramError(message, (int(line), int(column))) from None
        raise _first_complaint(program) from None
    except RecursionError:
        raise
    except Exception as error:  # the parser trips over some of what its grammar lets through
        raise _first_complaint(program) from error


def _first_complaint(program: str) -> ProgramError:
    """What the parser finds wrong: it raises without a word, and prints if it is told to go on."""
    printed = io.StringIO()
    with redirect_stderr(printed), suppress(Exception):
        openqasm3.parse(program, permissive=True)
    complaint = _COMPLAINT.search(printed.getvalue())
    if complaint is None:
        return ProgramError("the syntax of the program is wrong")
    return ProgramError(complaint[3], (int(complaint[1]), int(complaint[2])))
