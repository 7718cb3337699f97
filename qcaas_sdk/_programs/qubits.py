"""How many qubits an OpenQASM program is certain to use, and which pairs of them it couples.

Only plain statements count: a gate of the standard headers or a measurement, outside blocks, on registers whose sizes
are numbers. Whatever else there is may use more, never less.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

READ_AT_MOST = 128 * 1024
"""Characters. A program that is longer cannot be sent."""

MOST_QUBITS = 10_000
"""A larger register is not looked at."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_VERSION = re.compile(r"\s*OPENQASM\s+[23](?:\.\d+)?\s*;")
_INCLUDE = re.compile(r"\binclude\s*[\"']([^\"'\n]*)[\"']\s*;")
_HEADERS = {"qelib1.inc", "stdgates.inc"}
_PIECE = re.compile(r"[^;{}]*[;{}]")
_DECLARATION = re.compile(
    r"qreg\s+([^\W\d]\w*)\s*\[\s*(\d{1,9})\s*\]|qubit\s*(?:\[\s*(\d{1,9})\s*\]\s*|\s)([^\W\d]\w*)"
)
_STATEMENT = re.compile(r"(?:[^=;]*=\s*)?(measure)\b(.*)|([^\W\d]\w*)\s*(?:\([^;]*\))?\s+(.*)", re.DOTALL)
_OPERAND = re.compile(r"([^\W\d]\w*)\s*(?:\[\s*(\d{1,9})\s*\])?")
_OWN_GATE = re.compile(r"\b(?:gate|opaque|def)\s+([^\W\d]\w*)")

_GATES_OF_1 = frozenset(
    [
        "id",
        "x",
        "y",
        "z",
        "h",
        "s",
        "sdg",
        "t",
        "tdg",
        "sx",
        "p",
        "phase",
        "rx",
        "ry",
        "rz",
        "u",
        "u0",
        "u1",
        "u2",
        "u3",
        "U",
        "sxdg",
    ]
)
_GATES_OF_2 = frozenset(
    ["cx", "CX", "cy", "cz", "ch", "cp", "cphase", "crx", "cry", "crz", "cu", "cu1", "cu3", "swap", "rzz", "rxx"]
)
_GATES_OF_3 = frozenset(["ccx", "cswap", "rccx"])
_GATES = _GATES_OF_1 | _GATES_OF_2 | _GATES_OF_3


class QubitUse(NamedTuple):
    """What a program is certain to use.

    Attributes:
        qubits: How many qubits, at least.
        pairs: Pairs of qubits that a gate couples. Qubits are numbered from 0 in the order of their declarations.
    """

    qubits: int = 0
    pairs: tuple[tuple[int, int], ...] = ()


@lru_cache(maxsize=256)
def qubit_use(program: str) -> QubitUse:
    """What a program is certain to use; nothing, if it is not OpenQASM with a version, or includes other files."""
    code = _COMMENT.sub(" ", program[:READ_AT_MOST].removeprefix("\ufeff"))
    version = _VERSION.match(code)
    if version is None or not _HEADERS.issuperset(_INCLUDE.findall(code)):
        return QubitUse()
    registers: dict[str, range] = {}
    used: set[int] = set()
    pairs: dict[tuple[int, int], None] = {}
    gates = _GATES - set(_OWN_GATE.findall(code))
    for statement in _statements(_INCLUDE.sub(" ", code[version.end() :])):
        if statement == "end":
            break
        if declared := _DECLARATION.fullmatch(statement):
            first = sum(map(len, registers.values()))
            size = int(declared[2] or declared[3] or 1)
            if size > MOST_QUBITS:
                break
            registers[declared[1] or declared[4]] = range(first, first + size)
        elif statement.startswith(
            ("qreg", "qubit")
        ):  # of a size that is not known here: the numbers after it neither
            break
        elif found := _STATEMENT.fullmatch(statement):
            name, operands = (found[1], found[2].partition("->")[0]) if found[1] else (found[3], found[4])
            if name != "measure" and name not in gates:
                continue
            qubits = [_qubits(operand, registers) for operand in operands.split(",")]
            used.update(*qubits)
            if name in _GATES_OF_2 and [len(operand) for operand in qubits] == [1, 1]:
                pairs[qubits[0][0], qubits[1][0]] = None
    return QubitUse(len(used), tuple(pairs))


def _statements(code: str) -> Iterator[str]:
    """The statements outside blocks, without their semicolons."""
    depth = 0
    for piece in _PIECE.findall(code):
        if piece[-1] == ";" and depth == 0:
            yield piece[:-1].strip()
        elif piece[-1] == "{":
            depth += 1
        elif piece[-1] == "}":
            depth -= 1


def _qubits(operand: str, registers: dict[str, range]) -> range:
    """The qubits of an operand; none if it is another expression, or is out of range, which others find."""
    found = _OPERAND.fullmatch(operand.strip())
    if found is None or found[1] not in registers:
        return range(0)
    every = registers[found[1]]
    return every if found[2] is None else every[int(found[2]) : int(found[2]) + 1]
