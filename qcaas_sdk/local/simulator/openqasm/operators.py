"""The operators of OpenQASM 3. All bits of the values are known."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.casts import as_bool, as_float, as_int, as_number, cast
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.types import (
    BOOL,
    DURATION,
    MACHINE_WIDTH,
    NUMBER,
    REAL,
    Duration,
    Kind,
    Type,
    Value,
    bits_of,
    number_of,
    wrap,
)

MAX_BITS = 4096
"""The size limit of an integer in an expression; useful programs stay far below."""

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BITWISE: Mapping[str, Callable[[int, int], int]] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}


def binary(  # noqa: PLR0911  # one return for each family of operators
    op: str, left: Value, right: Value, at: ast.QASMNode, *, real: bool
) -> Value:
    """The value of a binary operator.

    Args:
        op: The operator, as it is written.
        left: The left operand.
        right: The right operand.
        at: The place, for errors.
        real: Whether a real number is expected: then 1/2 is a half. Integer variables divide as integers anyway.
    """
    if op in {"&&", "||"}:
        truths = as_bool(left, at), as_bool(right, at)
        return Value(BOOL, all(truths) if op == "&&" else any(truths))
    if Kind.DURATION in {left.type.kind, right.type.kind}:
        return _durations(op, left, right, at)
    if op in _COMPARISONS:
        return Value(BOOL, _COMPARISONS[op](*_comparable(left, right, at, equality=op in {"==", "!="})))
    if op in _BITWISE:
        return _bitwise(op, left, right, at)
    if op in {"<<", ">>"}:
        return shift(op, left, as_int(right, at, "what is shifted by"), at)
    if Kind.ANGLE in {left.type.kind, right.type.kind}:
        return _angles(op, left, right, at)
    if Kind.FLOAT in {left.type.kind, right.type.kind}:
        return Value(REAL, _floats(op, as_float(left, at), as_float(right, at), at))
    return _integers(op, left, right, at, real=real)


def unary(op: str, value: Value, at: ast.QASMNode) -> Value:  # noqa: PLR0911
    """The value of `-`, `!` or `~`."""
    if op == "!":
        return Value(BOOL, not as_bool(value, at))
    kind = value.type.kind
    if op == "~":
        if kind is Kind.BOOL:
            return Value(BOOL, not value.data)
        if kind is Kind.BIT:
            bits = value.data
            return Value(value.type, tuple(1 - bit for bit in bits) if value.type.is_register else 1 - bits)
        if kind in {Kind.FLOAT, Kind.DURATION}:
            raise _no_operator(op, value, value, at)
        return Value(value.type, _as_bits(~value.data, value.type))
    if isinstance(value.data, Duration):
        return Value(DURATION, _scaled(value.data, -1.0))
    if kind is Kind.FLOAT:
        return Value(value.type, -value.data)
    if kind is Kind.ANGLE:
        return Value(value.type, _as_bits(-value.data, value.type))
    type_ = value.type if value.type.is_integer else NUMBER
    return Value(type_, wrap(-as_int(value, at, "what is negated"), type_))


def shift(op: str, value: Value, by: int, at: ast.QASMNode) -> Value:
    """A value with its bits shifted; bits beyond the end are lost."""
    if by < 0:
        raise ProgramError(f"bits cannot be shifted by {by}", at, construct=op)
    if value.type.kind in {Kind.FLOAT, Kind.DURATION, Kind.BOOL} or value.type == Type(Kind.BIT):
        raise ProgramError(f"`{op}` shifts the bits of a register, an integer or an angle, not of {value.type}", at)
    number = number_of(value.data) if value.type.is_register else value.data
    if op == ">>":
        number >>= min(by, MAX_BITS)
    elif value.type.width is not None:
        number <<= min(by, value.type.width)
    elif by + number.bit_length() > MAX_BITS:
        raise ProgramError("the number is too large", at, construct=op)
    else:
        number <<= by
    return Value(value.type, _as_bits(number, value.type))


def _as_bits(number: int, type_: Type) -> Any:
    if type_.is_register:
        return bits_of(number, type_.width or 0)
    if type_.kind is Kind.ANGLE:
        return number & ((1 << (type_.width or MACHINE_WIDTH)) - 1)
    return wrap(number, type_)


def _comparable(left: Value, right: Value, at: ast.QASMNode, *, equality: bool) -> tuple[Any, Any]:
    for one, other in ((left, right), (right, left)):
        if one.type.kind is Kind.ANGLE:
            if other.type.kind is Kind.ANGLE:
                width = max(one.type.width or MACHINE_WIDTH, other.type.width or MACHINE_WIDTH)
                wide = Type(Kind.ANGLE, width)
                return cast(left, wide, at).data, cast(right, wide, at).data
            converted = cast(other, one.type, at)
            return (one.data, converted.data) if one is left else (converted.data, one.data)
    if left.type.is_register and right.type.is_register and left.type != right.type:
        raise ProgramError(f"{left.type} and {right.type} cannot be compared", at)
    if left.type.is_integer and right.type.is_integer:
        common = _common(left, right)
        # int[2]("11") == 3: a literal with as many bits is compared by its bits.
        if None not in {left.type.width, right.type.width} or (
            equality and all(_has_bits_for(v.data, common) for v in (left, right))
        ):
            return wrap(left.data, common), wrap(right.data, common)
    return as_number(left, at), as_number(right, at)


def _has_bits_for(number: int, type_: Type) -> bool:
    return type_.width is not None and -(1 << (type_.width - 1)) <= number < 1 << type_.width


def _bitwise(op: str, left: Value, right: Value, at: ast.QASMNode) -> Value:
    kinds = {left.type.kind, right.type.kind}
    if kinds & {Kind.FLOAT, Kind.DURATION} or (Kind.ANGLE in kinds and len(kinds) > 1):
        raise _no_operator(op, left, right, at)
    if kinds <= {Kind.BOOL, Kind.BIT} and not (left.type.is_register or right.type.is_register):
        bit = _BITWISE[op](int(left.data), int(right.data))
        return Value(BOOL, bool(bit)) if Kind.BOOL in kinds else Value(Type(Kind.BIT), bit)
    for one, other in ((left, right), (right, left)):
        if one.type.is_register or one.type.kind is Kind.ANGLE:
            if other.type.kind is one.type.kind and other.type != one.type:
                raise ProgramError(
                    f"`{op}` needs two operands of the same size, not {left.type} and {right.type}", at, construct=op
                )
            type_ = one.type
            numbers = [number_of(v.data) if v.type.is_register else int(v.data) for v in (left, right)]
            return Value(type_, _as_bits(_BITWISE[op](*numbers), type_))
    common = _common(left, right)
    return Value(common, wrap(_BITWISE[op](int(left.data), int(right.data)), common))


def _common(left: Value, right: Value) -> Type:
    """C99's common type of two integers: the wider one, and unsigned if an unsigned one has that width."""
    types = [v.type if v.type.is_integer else register_type(v.type) for v in (left, right)]
    widths = [type_.width for type_ in types if type_.width is not None]
    if not widths:
        return NUMBER
    width = max(widths)
    unsigned = any(type_.kind is Kind.UINT and type_.width == width for type_ in types)
    return Type(Kind.UINT if unsigned else Kind.INT, width)


def register_type(type_: Type) -> Type:
    """The integer type of bits in arithmetic."""
    return Type(Kind.UINT, type_.width) if type_.is_register else NUMBER


def _quotient(one: int, other: int) -> int:
    """Rounded towards zero."""
    return abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)


def _integers(op: str, left: Value, right: Value, at: ast.QASMNode, *, real: bool) -> Value:
    common = _common(left, right)
    one, other = wrap(int(as_number(left, at)), common), wrap(int(as_number(right, at)), common)
    if op in {"/", "%"} and other == 0:
        raise ProgramError("division by zero", at, construct=op)
    match op:
        case "+":
            result = one + other
        case "-":
            result = one - other
        case "*":
            result = one * other
        case "/":
            if real and common.width is None and one % other:
                return Value(REAL, one / other)
            result = _quotient(one, other)
        case "%":
            result = abs(one) % abs(other) * (1 if one >= 0 else -1)
        case "**":
            return _power(one, int(as_number(right, at)), common, at)
        case _:
            raise _no_operator(op, left, right, at)
    if result.bit_length() > MAX_BITS:
        raise ProgramError("the number is too large", at, construct=op)
    return Value(common, wrap(result, common))


def _power(base: int, exponent: int, type_: Type, at: ast.QASMNode) -> Value:
    if exponent < 0:
        return Value(REAL, _floats("**", float(base), float(exponent), at))
    if type_.width is not None:
        return Value(type_, wrap(pow(base, exponent, 1 << type_.width), type_))
    if base.bit_length() * exponent > MAX_BITS and abs(base) > 1:
        raise ProgramError("the number is too large", at, construct="**")
    return Value(type_, base**exponent)


def _floats(op: str, one: float, other: float, at: ast.QASMNode) -> float:
    try:
        match op:
            case "+":
                result: Any = one + other
            case "-":
                result = one - other
            case "*":
                result = one * other
            case "/":
                result = one / other
            case "%":
                result = math.fmod(one, other)
            case "**":
                result = one**other
            case _:
                raise ProgramError(f"`{op}` does not take real numbers", at, construct=op)
    except ZeroDivisionError:
        raise ProgramError("division by zero", at, construct=op) from None
    except (OverflowError, ValueError):
        result = math.inf
    if isinstance(result, complex) or not math.isfinite(result):
        raise ProgramError(f"the value of `{op}` is not a finite real number", at, construct=op)
    return float(result)


def _angles(op: str, left: Value, right: Value, at: ast.QASMNode) -> Value:  # noqa: PLR0912
    both = left.type.kind is right.type.kind
    if op == "**" or (not both and Kind.FLOAT in {left.type.kind, right.type.kind} and op in {"*", "/"}):
        return Value(REAL, _floats(op, as_float(left, at), as_float(right, at), at))
    if not both and op in {"*", "/"}:
        if op == "/" and right.type.kind is Kind.ANGLE:
            raise _no_operator(op, left, right, at)
        type_ = left.type if left.type.kind is Kind.ANGLE else right.type
        one, other = (int(v.data) if not v.type.is_register else number_of(v.data) for v in (left, right))
    else:
        type_ = left.type if left.type.kind is Kind.ANGLE else right.type
        if both and (right.type.width or MACHINE_WIDTH) > (left.type.width or MACHINE_WIDTH):
            type_ = right.type
        one, other = cast(left, type_, at).data, cast(right, type_, at).data
    if op in {"/", "%"} and other == 0:
        raise ProgramError("division by zero", at, construct=op)
    match op:
        case "+":
            result = one + other
        case "-":
            result = one - other
        case "*":
            result = one * other
        case "/":
            result = _quotient(one, other)
        case _:
            raise _no_operator(op, left, right, at)
    if op == "/" and both:
        return Value(Type(Kind.UINT, type_.width or MACHINE_WIDTH), result)
    if op == "*" and both:
        raise _no_operator(op, left, right, at)
    return Value(type_, _as_bits(result, type_))


def _durations(op: str, left: Value, right: Value, at: ast.QASMNode) -> Value:
    one, other = left.data, right.data
    if isinstance(one, Duration) and isinstance(other, Duration):
        if op in {"+", "-"}:
            sign = 1.0 if op == "+" else -1.0
            return Value(
                DURATION,
                Duration(
                    one.seconds + sign * other.seconds,
                    one.samples + sign * other.samples,
                    known=one.known and other.known,
                ),
            )
        pair = _same_unit(one, other, at)
        if op == "/":
            return Value(REAL, _floats("/", *pair, at))
        if op in _COMPARISONS:
            return Value(BOOL, _COMPARISONS[op](*pair))
    elif op == "*":
        duration, factor = (one, right) if isinstance(one, Duration) else (other, left)
        return Value(DURATION, _scaled(duration, as_float(factor, at)))
    elif op == "/" and isinstance(one, Duration):
        return Value(DURATION, _scaled(one, _floats("/", 1.0, as_float(right, at), at)))
    raise _no_operator(op, left, right, at)


def _scaled(duration: Duration, factor: float) -> Duration:
    return Duration(duration.seconds * factor, duration.samples * factor, known=duration.known)


def _same_unit(one: Duration, other: Duration, at: ast.QASMNode) -> tuple[float, float]:
    if not (one.known and other.known):
        raise ProgramError("timing is not simulated, so this duration is not known", at, construct="duration")
    if not (one.samples or other.samples):
        return one.seconds, other.seconds
    if not (one.seconds or other.seconds):
        return one.samples, other.samples
    raise ProgramError("timing is not simulated, so the length of a `dt` is not known", at, construct="dt")


def _no_operator(op: str, left: Value, right: Value, at: ast.QASMNode) -> ProgramError:
    types = str(left.type) if left is right else f"{left.type} and {right.type}"
    return ProgramError(f"`{op}` does not take {types}", at, construct=op)


def rotate(value: Value, by: int, at: ast.QASMNode) -> Value:
    """A value with its bits rotated to the left, or to the right if `by` is negative."""
    type_ = value.type
    width = MACHINE_WIDTH if type_.width is None else type_.width
    if type_.kind in {Kind.FLOAT, Kind.DURATION, Kind.BOOL} or type_ == Type(Kind.BIT):
        raise ProgramError(f"the bits of {type_} cannot be rotated", at)
    number = number_of(value.data) if type_.is_register else value.data & ((1 << width) - 1)
    by %= width
    return Value(type_, _as_bits((number << by | number >> (width - by)) & ((1 << width) - 1), type_))


def popcount(value: Value, at: ast.QASMNode) -> Value:
    """The number of bits that are 1."""
    if value.type.kind in {Kind.FLOAT, Kind.DURATION}:
        raise ProgramError(f"`popcount` does not take {value.type}", at, construct="popcount")
    if value.type.is_register:
        return Value(NUMBER, sum(value.data))
    number = int(value.data)
    if number < 0:
        number &= (1 << (value.type.width or MACHINE_WIDTH)) - 1
    return Value(NUMBER, number.bit_count())
