"""From the text of a program to a circuit. Runs inside the simulator process."""

import io
import re
from contextlib import redirect_stderr, suppress
from enum import StrEnum

import openqasm3
from openqasm3.parser import QASM3ParsingError
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit.library import standard_gates as gates

from qcaas_sdk.local.task_error import TaskError, TaskErrorCode

MAX_DECLARED_BITS = 100_000

# Only the headers that come with the parsers: a program must not read files of the machine that serves it.
_KNOWN_INCLUDES = frozenset({"qelib1.inc", "stdgates.inc"})
_INCLUDE_PATH = tuple(path for path in qasm2.LEGACY_INCLUDE_PATH if path.is_absolute())

# Gates that files use without defining them, beside the ones of Qiskit's own legacy list.
_MORE_GATES = (
    qasm2.CustomInstruction("ccz", 0, 3, gates.CCZGate, builtin=True),
    qasm2.CustomInstruction("cs", 0, 2, gates.CSGate, builtin=True),
    qasm2.CustomInstruction("csdg", 0, 2, gates.CSdgGate, builtin=True),
    qasm2.CustomInstruction("dcx", 0, 2, gates.DCXGate, builtin=True),
    qasm2.CustomInstruction("ecr", 0, 2, gates.ECRGate, builtin=True),
    qasm2.CustomInstruction("iswap", 0, 2, gates.iSwapGate, builtin=True),
    qasm2.CustomInstruction("r", 2, 1, gates.RGate, builtin=True),
    qasm2.CustomInstruction("ryy", 1, 2, gates.RYYGate, builtin=True),
    qasm2.CustomInstruction("rzx", 1, 2, gates.RZXGate, builtin=True),
)
_KNOWN_GATES = (*qasm2.LEGACY_CUSTOM_INSTRUCTIONS, *_MORE_GATES)
_GATE_NAMES = frozenset(gate.name for gate in _KNOWN_GATES)
_OWN = "_of_program"

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BEGINNING = re.compile(r"\s*OPENQASM\s+\d")
_VERSION = re.compile(r"\bOPENQASM\s+(\d+)")
_INCLUDE = re.compile(r"""\binclude\s*["']([^"'\n]*)["']""")
_DECLARED = re.compile(r"\b(?:(?:qreg|creg)\s+\w+|qubit|bit)\s*\[\s*(\d+)\s*\]")
_QASM2_NAMED = re.compile(r"\b(?:gate|qreg|creg)\s+(\w+)")
_QIR = re.compile(
    r"^\s*(?:; ModuleID|source_filename\s*=|target (?:triple|datalayout)\s*=|(?:define|declare)\s[^;\n]*@)"
    r"|^\s*%\w+\s*=\s*type\b",
    re.MULTILINE,
)
_QASM3_WORDS = re.compile(r"\bqubit\b|stdgates\.inc")
_SINGLE_BIT = re.compile(r"\bbit\s+([^\W\d]\w*)\s*[;=]")
_ANTLR_COMPLAINT = re.compile(r"^line (\d+):(\d+) (.*)$", re.MULTILINE)
_QISKIT_COMPLAINT = re.compile(r"^(?:<input>:)?(\d+),(\d+): (.*)$", re.DOTALL)


class Language(StrEnum):
    """What a program may be written in."""

    QASM2 = "OpenQASM 2"
    QASM3 = "OpenQASM 3"
    QIR = "QIR"


def parse(program: str) -> QuantumCircuit:
    """Read OpenQASM 2 (with the gates that older files take for granted) or OpenQASM 3.

    Raises:
        TaskError: The text is not a program that can run here; the message names the line where it can.
    """
    language, code = inspect(program)
    match language:
        case Language.QIR:
            raise TaskError(
                TaskErrorCode.UNSUPPORTED_LANGUAGE,
                "the program is QIR, which the engine 'aer' cannot run: use the engine 'qat', or OpenQASM 2 or 3",
            )
        case Language.QASM3:
            return _parse_qasm3(program)
        case Language.QASM2:
            return _parse_qasm2(code)


def inspect(program: str) -> tuple[Language, str]:
    """The language of a program, and its code without comments, after the checks that need no parser.

    Raises:
        TaskError: It is none, wants a file of this machine, or is of absurd size.
    """
    if not program.strip():
        raise TaskError(TaskErrorCode.SYNTAX, "the program is empty")
    code = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), program)
    # A comment may speak of QIR, and a name may be a word of it; a version in front is certain.
    if _BEGINNING.match(code) is None and (program.startswith("BC") or _QIR.search(code)):
        return Language.QIR, program
    _check_includes(code)
    _check_sizes(code)
    version = _VERSION.search(code)
    if version is None:
        return (Language.QASM3 if _QASM3_WORDS.search(code) else Language.QASM2), code
    match version[1]:
        case "2":
            return Language.QASM2, code
        case "3":
            return Language.QASM3, code
        case other:
            raise TaskError(
                TaskErrorCode.UNSUPPORTED_LANGUAGE, f"OpenQASM {other} is not known here: versions 2 and 3 are"
            )


def names_of_single_bits(program: str) -> list[str]:
    """The names of OpenQASM 3 bits that belong to no register, in the order of their declaration.

    The importer numbers such bits in this order and forgets their names.
    """
    return _SINGLE_BIT.findall(_COMMENT.sub(" ", program))


def _check_includes(code: str) -> None:
    for include in _INCLUDE.finditer(code):
        if include[1] not in _KNOWN_INCLUDES:
            raise TaskError(
                TaskErrorCode.SYNTAX,
                f"line {_line(code, include.start())}: only {' and '.join(sorted(_KNOWN_INCLUDES))} can be included, "
                f"not {include[1]!r}",
            )


def _check_sizes(code: str) -> None:
    declared = 0
    for declaration in _DECLARED.finditer(code):
        declared += int(declaration[1][:12])
        if declared > MAX_DECLARED_BITS:
            raise TaskError(
                TaskErrorCode.TOO_MANY_QUBITS,
                f"line {_line(code, declaration.start())}: the program declares more than {MAX_DECLARED_BITS} "
                "qubits and bits",
            )


def name_of_register(name: str) -> str:
    """The name that the program gave to a register of its circuit."""
    return name.removesuffix(_OWN)


def _parse_qasm2(code: str) -> QuantumCircuit:
    # A program may give a name of a known gate to a gate or register of its own. Qiskit would take its own gate
    # without a word, or refuse the register; under another name the program means what it says.
    for name in set(_QASM2_NAMED.findall(code)) & _GATE_NAMES:
        code = re.sub(rf"\b{name}\b", name + _OWN, code)
    try:
        return qasm2.loads(
            code,
            include_path=_INCLUDE_PATH,
            custom_instructions=_KNOWN_GATES,
            custom_classical=qasm2.LEGACY_CUSTOM_CLASSICAL,
        )
    except qasm2.QASM2ParseError as error:
        raise syntax_error(Language.QASM2, error.message) from error


def _parse_qasm3(program: str) -> QuantumCircuit:
    try:
        return qasm3.loads(program)
    except qasm3.QASM3ImporterError as error:
        raise syntax_error(Language.QASM3, error.message) from error
    except QASM3ParsingError as error:
        raise syntax_error(Language.QASM3, str(error) or _first_complaint(program)) from error
    except Exception as error:  # the importer lets out whatever its pieces raise
        message = getattr(error, "message", "") or str(error)
        raise TaskError(
            TaskErrorCode.SYNTAX,
            f"this part of OpenQASM 3 is not understood here ({type(error).__name__}: {message}); "
            "OpenQASM 2 may say the same",
        ) from error


def _first_complaint(program: str) -> str:
    """What the parser finds wrong: it raises without a word, and prints if it is told to go on."""
    printed = io.StringIO()
    with redirect_stderr(printed), suppress(Exception):
        openqasm3.parse(program, permissive=True)
    complaint = _ANTLR_COMPLAINT.search(printed.getvalue())
    return "the syntax is wrong" if complaint is None else f"{complaint[1]},{complaint[2]}: {complaint[3]}"


def syntax_error(language: Language, message: str) -> TaskError:
    """A parser's complaint, with its line and column in front where it has them."""
    located = _QISKIT_COMPLAINT.match(message)
    if located is not None:
        line, column, text = located.groups()
        message = f"line {line}, column {column}: {text}"
    return TaskError(TaskErrorCode.SYNTAX, f"{message} ({language})")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
