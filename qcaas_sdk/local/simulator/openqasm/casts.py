"""Casts between classical types. All bits of the values are known."""

import math
import struct
from typing import Any

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.types import (
    BOOL,
    MACHINE_WIDTH,
    Duration,
    Kind,
    Type,
    Value,
    bits_of,
    number_of,
    wrap,
)

_FLOATS = {16: "e", 32: "f"}


def as_number(value: Value, at: ast.QASMNode | None) -> int | float:
    """A value as a number; an angle in radians."""
    if value.type.is_register:
        return number_of(value.data)
    if value.type.kind is Kind.ANGLE:
        return radians(value)
    if value.type.kind is Kind.DURATION:
        raise ProgramError("a duration is not a number", at, construct="duration")
    return value.data if isinstance(value.data, float) else int(value.data)


def as_int(value: Value, at: ast.QASMNode | None, what: str) -> int:
    """A value as an integer, where an integer is required."""
    if value.type.kind in {Kind.FLOAT, Kind.ANGLE, Kind.DURATION}:
        raise ProgramError(f"{what} must be an integer, not {value.type}", at, construct=str(value.type))
    return int(as_number(value, at))


def as_float(value: Value, at: ast.QASMNode | None) -> float:
    """A value as a real number."""
    try:
        number = float(as_number(value, at))
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ProgramError("the value is not a finite number", at)
    return number


def as_bool(value: Value, at: ast.QASMNode | None) -> bool:
    """A value as true or false."""
    if value.type.kind is Kind.DURATION:
        raise ProgramError("a duration is neither true nor false", at, construct="duration")
    return any(value.data) if value.type.is_register else bool(value.data)


def radians(value: Value) -> float:
    """The angle of an `angle`, from 0 to 2π."""
    return math.ldexp(float(value.data), -_width(value.type)) * math.tau


def angle(number: float, type_: Type, at: ast.QASMNode | None) -> Value:
    """The nearest `angle` of a type."""
    if not math.isfinite(number):
        raise ProgramError("the angle is not a finite number", at, construct="angle")
    width = _width(type_)
    return Value(type_, round(math.ldexp(math.remainder(number, math.tau) / math.tau, width)) & ((1 << width) - 1))


def cast(value: Value, to: Type, at: ast.QASMNode | None) -> Value:
    """A value in another type, by the rules of the specification, which are those of C99.

    Raises:
        ProgramError: There is no such cast, or the sizes differ.
    """
    if value.type == to:
        return value
    kind = to.kind
    if Kind.DURATION in {kind, value.type.kind}:
        if isinstance(value.data, Duration) and kind is Kind.DURATION:
            return Value(to, value.data)
        raise _impossible(value.type, to, at)
    data: Any
    match kind:
        case Kind.BOOL:
            data = as_bool(value, at)
        case Kind.BIT:
            data = _bits(value, to, at)
        case Kind.FLOAT:
            data = _rounded(as_float(value, at), to, at)
        case Kind.ANGLE:
            return _angle(value, to, at)
        case _:
            data = wrap(_integer(value, to, at), to)
    return Value(to, data)


def _integer(value: Value, to: Type, at: ast.QASMNode | None) -> int:
    if value.type.kind is Kind.ANGLE:
        raise _impossible(value.type, to, at)
    if value.type.kind is Kind.FLOAT:
        return math.trunc(as_float(value, at))
    return int(as_number(value, at))


def _bits(value: Value, to: Type, at: ast.QASMNode | None) -> Any:
    if value.type.kind is Kind.FLOAT:
        raise _impossible(value.type, to, at)
    width = 1 if to.width is None else to.width
    if value.type.kind is Kind.BIT:
        bits = value.data if value.type.is_register else (value.data,)
        if len(bits) != width:
            raise ProgramError(f"{len(bits)} bits do not fit into {to}", at, construct=str(to))
    elif to.width is None:
        bits = (int(as_bool(value, at)),)
    else:
        bits = bits_of(int(value.data), width)
    return bits if to.width is not None else bits[0]


def _angle(value: Value, to: Type, at: ast.QASMNode | None) -> Value:
    width = _width(to)
    if value.type.kind is Kind.ANGLE:
        shift = width - _width(value.type)
        data = value.data << shift if shift >= 0 else (value.data + (1 << (-shift - 1))) >> -shift
        return Value(to, data & ((1 << width) - 1))
    if value.type.kind is Kind.BIT:
        return Value(to, number_of(_bits(value, Type(Kind.BIT, width), at)))
    return angle(as_float(value, at), to, at)


def _rounded(number: float, to: Type, at: ast.QASMNode | None) -> float:
    layout = _FLOATS.get(_width(to))
    if layout is None:
        return number
    try:
        return float(struct.unpack(layout, struct.pack(layout, number))[0])
    except OverflowError:
        raise ProgramError(f"{number} is too large for {to}", at, construct=str(to)) from None


def _width(type_: Type) -> int:
    return MACHINE_WIDTH if type_.width is None else type_.width


def _impossible(have: Type, want: Type, at: ast.QASMNode | None) -> ProgramError:
    return ProgramError(f"{have} cannot be cast to {want}", at, construct=f"cast to {want}")


def truth(value: Value, at: ast.QASMNode | None) -> Value:
    """A value as a `bool`."""
    return Value(BOOL, as_bool(value, at))
