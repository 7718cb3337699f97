"""The classical registers of a program. The simulated cloud runs nothing, but its answers have the right shape."""

import re

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?(?:\*/|\Z))+", re.DOTALL)
_END = re.compile(r"([;{}])")
_QASM2_REGISTER = re.compile(r"\s*creg\s+(\w+)\s*(?:\[([^\]]*)\])?")
_QASM3_VARIABLE = re.compile(r"\s*(output\s+)?(bit|bool|u?int|angle)\b\s*(?:\[([^\]]*)\])?\s*(\w+)")
_CONSTANT = re.compile(r"\s*const\s+u?int\s*(?:\[[^\]]*\])?\s*(\w+)\s*=\s*(\w+)\s*$")

MAX_WIDTH = 1000
"""Wider registers are left out: no QPU is that large."""


def registers(program: str) -> dict[str, int]:
    """The registers in the result of an OpenQASM 2 or 3 text, with their widths in bits.

    These are the variables declared outside of `{}`: those with `output` if there are any, otherwise those of bits if
    there are any, otherwise numbers. A width is a number, or a constant that is declared as a number. Variables with
    any other width are left out.
    """
    outputs: dict[str, int] = {}
    bits: dict[str, int] = {}
    numbers: dict[str, int] = {}
    constants: dict[str, str] = {}
    depth = 0
    parts = _END.split(_BLANK.sub(" ", program))
    for statement, end in zip(parts[::2], parts[1::2], strict=False):
        if depth == 0:
            if constant := _CONSTANT.match(statement):
                constants[constant[1]] = constant[2]
            elif register := _QASM2_REGISTER.match(statement):
                bits[register[1]] = _width(register[2] or "1", constants)
            elif variable := _QASM3_VARIABLE.match(statement):
                output, kind, width, name = variable.groups()
                kept = outputs if output else bits if kind == "bit" else numbers
                kept[name] = _width(width or ("1" if kind in {"bit", "bool"} else "64"), constants)
        depth = max(depth + (end == "{") - (end == "}"), 0)
    return {name: width for name, width in (outputs or bits or numbers).items() if 0 < width <= MAX_WIDTH}


def _width(text: str, constants: dict[str, str]) -> int:
    """The width of a register; 0 if it cannot be told."""
    try:
        return int(constants.get(text.strip(), text), 0)
    except ValueError:
        return 0
