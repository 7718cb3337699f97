"""Reads programs. Runs inside the simulator process."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit

from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome, ProgramError, Unsupported
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

if TYPE_CHECKING:
    from qcaas_sdk.local.simulator.openqasm.program import Program

MAX_DECLARED_BITS = 100_000
"""As in `openqasm/declarations.py`; here found before the program is parsed."""

# Only these headers: a program must not read files of the machine that runs it.
_KNOWN_INCLUDES = frozenset({"qelib1.inc", "stdgates.inc"})

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BEGINNING = re.compile(r"\s*OPENQASM\s+\d")
_VERSION = re.compile(r"\bOPENQASM\s+(\d+)")
_INCLUDE = re.compile(r"""\binclude\s*["']([^"'\n]*)["']""")
_DECLARED = re.compile(r"\b(?:(?:qreg|creg)\s+\w+|qubit|bit)\s*\[\s*(\d+)\s*\]")
_QIR = re.compile(
    r"^\s*(?:; ModuleID|source_filename\s*=|target (?:triple|datalayout)\s*=|(?:define|declare)\s[^;\n]*@)"
    r"|^\s*%\w+\s*=\s*type\b",
    re.MULTILINE,
)
_QASM3_WORDS = re.compile(r"\bqubit\b|stdgates\.inc")
_QISKIT_MESSAGE = re.compile(r"^(?:<input>:)?(\d+),(\d+): (.*)$", re.DOTALL)


class Language(StrEnum):
    """The languages of programs."""

    QASM2 = "OpenQASM 2"
    QASM3 = "OpenQASM 3"
    QIR = "QIR"


def load(program: str) -> "Program":
    """Read OpenQASM 2 (with the gates that older files assume) or OpenQASM 3.

    Raises:
        TaskError: The text is not a program; the message names line and column if they are known.
    """
    language, code = inspect(program)
    match language:
        case Language.QIR:
            raise TaskError(
                TaskErrorCode.UNSUPPORTED_LANGUAGE,
                "the program is QIR, which the engine 'aer' cannot run: use the engine 'qat', or OpenQASM 2 or 3",
            )
        case Language.QASM3:
            return _parsed(3, code)
        case Language.QASM2:
            return _parsed(2, code)


def _parsed(version: int, code: str) -> "Program":
    # Qiskit's own reader, which is loaded anyway, is enough for small programs; this one takes long to import.
    from qcaas_sdk.local.simulator.openqasm.program import parse  # noqa: PLC0415

    return parse(version, code)


def parse(program: str) -> QuantumCircuit:
    """The circuit of a program.

    Raises:
        TaskError: The text is not a program that can run here, or it cannot be expressed as one circuit.
    """
    try:
        return load(program).record().circuit
    except NeedsOutcome as error:
        raise Unsupported(
            "what the program does with its measurements cannot be expressed as one circuit",
            error.at,
            "measure",
        ) from None


def inspect(program: str) -> tuple[Language, str]:
    """The language of a program, and its code without comments, after the checks that need no parser.

    Raises:
        TaskError: It is not a program, includes a file of this machine, or is much too large.
    """
    if program.startswith("\ufeff"):  # some editors put it in front of a file; places stay where they are
        program = " " + program[1:]
    if not program.strip():
        raise TaskError(TaskErrorCode.SYNTAX, "the program is empty")
    code = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), program)
    version = _VERSION.search(code)
    # A comment may mention QIR, and a name may be a keyword of it; but a version line is certain.
    if _BEGINNING.match(code) is None and (program.startswith("BC") or _QIR.search(code)):
        return Language.QIR, program
    _check_includes(code)
    _check_sizes(code)
    if version is None:
        return (Language.QASM3 if _QASM3_WORDS.search(code) else Language.QASM2), code
    match version[1]:
        case "2":
            return Language.QASM2, code
        case "3":
            return Language.QASM3, code
        case other:
            raise TaskError(
                TaskErrorCode.UNSUPPORTED_LANGUAGE, f"OpenQASM {other} is not supported: use version 2 or 3"
            )


def declared_qubits(language: Language, code: str) -> int | None:
    """How many qubits an OpenQASM program declares; None if it cannot be read here.

    Raises:
        TaskError: It declares far too many qubits and bits.
    """
    try:
        return _parsed(3 if language is Language.QASM3 else 2, code).declared_qubits()
    except ProgramError as error:
        if error.code is TaskErrorCode.TOO_MANY_QUBITS:
            raise
        return None


def _check_includes(code: str) -> None:
    for include in _INCLUDE.finditer(code):
        if include[1] not in _KNOWN_INCLUDES:
            raise ProgramError(
                f"only {' and '.join(sorted(_KNOWN_INCLUDES))} can be included, not {include[1]!r}",
                _place(code, include.start()),
                construct="include",
            )


def _check_sizes(code: str) -> None:
    declared = 0
    for declaration in _DECLARED.finditer(code):
        declared += int(declaration[1][:12])
        if declared > MAX_DECLARED_BITS:
            raise ProgramError(
                f"the program declares more than {MAX_DECLARED_BITS} qubits and bits",
                _place(code, declaration.start()),
                code=TaskErrorCode.TOO_MANY_QUBITS,
            )


def syntax_error(language: Language, message: str) -> TaskError:
    """The message of a parser as an error, with line and column first if they are known."""
    located = _QISKIT_MESSAGE.match(message)
    if located is not None:
        line, column, text = located.groups()
        message = f"line {line}, column {column}: {text}"
    return TaskError(TaskErrorCode.SYNTAX, f"{message} ({language})")


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - (text.rfind("\n", 0, position) + 1)
