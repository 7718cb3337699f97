"""Text that no reader of OpenQASM or QIR could take for a program: a file name, Python code, a web page.

A text that declares its language passes, whatever follows: its faults are for others to find. So does anything that
might be OpenQASM 3, which needs no declaration.
"""

import re
from functools import lru_cache

from qcaas_sdk.errors import InvalidProgram

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_QASM = re.compile(r"\s*OPENQASM\b")
_QIR = re.compile(r"^\s*(?:define|declare)\b.*@", re.MULTILINE)
_STATEMENT = re.compile(r"[^\W\d]|[\d$@#{(\-+~!.;]")
"""What a statement of OpenQASM 3 can begin with."""
_PYTHON = re.compile(
    r"^[ \t]*(?:import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?|from[ \t]+[\w.]+[ \t]+import\b.*|"
    r"(?:async[ \t]+)?def[ \t]+\w+\(.*\).*:|class[ \t]+\w+.*:|print\(.*\))[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
_FILE_NAME = re.compile(r"[^\n;{}]*(?:[/\\]|\.\w{1,8}\Z)[^\n;{}]*")


@lru_cache(maxsize=256)
def check_plausible(program: str) -> None:
    """Refuse text that cannot be a program.

    Raises:
        InvalidProgram: It cannot; the error says what it looks like, and what to pass instead.
    """
    if _QASM.match(program) or _QIR.search(program):
        return
    code = _COMMENT.sub(" ", program.removeprefix("\ufeff")).strip()
    if not code or _QASM.match(code):
        return
    python = _PYTHON.search(code)
    if ";" in code and not python and _STATEMENT.match(code) and not code.startswith('{"'):
        return
    beginning = program.strip()
    shown = repr(beginning[:60]) + ("…" if len(beginning) > 60 else "")
    if python or re.match(r"\w[\w.]*[ \t]*=[^=].*\(", code):
        hint = "it looks like Python code: pass the circuit that this code makes, or its OpenQASM text"
    elif _FILE_NAME.fullmatch(beginning):
        hint = f"it looks like a file name: pass pathlib.Path({beginning[:60]!r}) to send the content of that file"
    else:
        hint = "it has neither OpenQASM statements nor QIR functions"
    raise InvalidProgram(
        f"the program {shown} is neither OpenQASM nor QIR: {hint} (create_job(check=False) skips this check)"
    )
