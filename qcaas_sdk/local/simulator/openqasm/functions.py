"""Built-in functions and constants of OpenQASM 2 and 3."""

import math
from collections.abc import Callable, Mapping, Sequence

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.casts import as_float, as_int
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError, Unsupported
from qcaas_sdk.local.simulator.openqasm.operators import binary, popcount, rotate
from qcaas_sdk.local.simulator.openqasm.types import REAL, Kind, Value

CONSTANTS: Mapping[str, float] = {
    "pi": math.pi,
    "π": math.pi,
    "tau": math.tau,
    "τ": math.tau,
    "euler": math.e,
    "ℇ": math.e,
}

_REAL: Mapping[str, Callable[[float], float]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
NAMES = frozenset({*_REAL, "mod", "popcount", "pow", "rotl", "rotr", "real", "imag"})
TAKE_REALS = frozenset(_REAL)
"""Functions of real numbers: in their arguments, 1/2 is a half."""


def call(name: str, arguments: Sequence[Value], at: ast.QASMNode, *, real: bool) -> Value:
    """The value of a built-in function of OpenQASM 3.

    Raises:
        ProgramError: It does not take these arguments, or has no value for them.
    """
    if name in {"real", "imag"}:
        raise Unsupported("complex numbers are not supported by this QPU", at, "complex")
    expected = 1 if name in _REAL or name == "popcount" else 2
    if len(arguments) != expected:
        raise ProgramError(f"`{name}` takes {expected} argument(s), not {len(arguments)}", at, construct=name)
    first = arguments[0]
    if name in _REAL:
        return real_function(name, _REAL[name], first, at)
    if name == "popcount":
        return popcount(first, at)
    second = arguments[1]
    if name == "mod":
        return binary("%", first, second, at, real=real)
    if name == "pow":
        return binary("**", first, second, at, real=real)
    by = as_int(second, at, "what is rotated by")
    return rotate(first, by if name == "rotl" else -by, at)


def real_function(name: str, function: Callable[[float], float], argument: Value, at: ast.QASMNode) -> Value:
    """The value of a function of one real number."""
    if argument.type.kind is Kind.DURATION:
        raise ProgramError(f"`{name}` does not take a duration", at, construct=name)
    number = as_float(argument, at)
    try:
        result = float(function(number))
    except (ValueError, OverflowError):
        raise ProgramError(f"`{name}` has no finite value for {number}", at, construct=name) from None
    return Value(REAL, result)
