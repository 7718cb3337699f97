"""The classical registers of a program. The simulated cloud runs nothing, but its answers have the right shape."""

import re

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?(?:\*/|\Z))+", re.DOTALL)
_END = re.compile(r"([;{}])")
_QASM2_REGISTER = re.compile(r"\s*creg\s+(\w+)\s*(?:\[([^\]]*)\])?")
_QASM3_REGISTER = re.compile(r"\s*(output\s+)?bit\b\s*(?:\[([^\]]*)\])?\s*(\w+)")
_CONSTANT = re.compile(r"\s*const\s+u?int\s*(?:\[[^\]]*\])?\s*(\w+)\s*=\s*(\w+)\s*$")

MAX_WIDTH = 1000
"""Wider registers are left out: no QPU is that large."""


def registers(program: str) -> dict[str, int]:
    """The classical registers that an OpenQASM 2 or 3 text declares, with their widths in bits.

    Only declarations outside of `{}` count, and only those with `output` if there are any. A width is a number, or a
    constant that is declared as a number; registers with any other width are left out.
    """
    found: dict[str, int] = {}
    outputs: dict[str, int] = {}
    constants: dict[str, str] = {}
    depth = 0
    parts = _END.split(_BLANK.sub(" ", program))
    for statement, end in zip(parts[::2], parts[1::2], strict=False):
        if depth == 0:
            if constant := _CONSTANT.match(statement):
                constants[constant[1]] = constant[2]
            elif register := _QASM2_REGISTER.match(statement):
                found[register[1]] = _width(register[2], constants)
            elif register := _QASM3_REGISTER.match(statement):
                (outputs if register[1] else found)[register[3]] = _width(register[2], constants)
        depth = max(depth + (end == "{") - (end == "}"), 0)
    return {name: width for name, width in (outputs or found).items() if 0 < width <= MAX_WIDTH}


def _width(text: str | None, constants: dict[str, str]) -> int:
    """The width of a register; 0 if it cannot be told."""
    if text is None:
        return 1
    try:
        return int(constants.get(text.strip(), text), 0)
    except ValueError:
        return 0
