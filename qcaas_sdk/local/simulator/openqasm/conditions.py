"""Turns conditions on measured bits into formulas that a circuit can evaluate."""

from collections.abc import Sequence

from attrs import frozen
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.casts import as_bool
from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.formulas import Formula, both, differ, either, negate
from qcaas_sdk.local.simulator.openqasm.scope import Scope
from qcaas_sdk.local.simulator.openqasm.types import Kind, Outcome, Value, bits_of

_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


@frozen
class _Word:
    """The bits of an operand of a comparison.

    Attributes:
        bits: Bit 0 first; all higher bits are 0.
        width: The width of the integer type that it was cast to; the other operand gets the same width.
        signed: Whether its highest bit is a sign.
    """

    bits: tuple[Formula, ...]
    width: int | None = None
    signed: bool = False


def formula_of(node: ast.Expression, scope: Scope, evaluator: Evaluator) -> Formula:  # noqa: PLR0911
    """A condition as a formula.

    Raises:
        NeedsOutcome: It has more than logic and comparisons of bits.
    """
    match node:
        case ast.UnaryExpression(op=op, expression=inner) if op.name == "!":
            return negate(formula_of(inner, scope, evaluator))
        case ast.UnaryExpression(op=op, expression=inner) if op.name == "~":
            return negate(_single(inner, scope, evaluator))
        case ast.BinaryExpression(op=op, lhs=left, rhs=right) if op.name in {"&&", "||"}:
            join = both if op.name == "&&" else either
            return join(formula_of(left, scope, evaluator), formula_of(right, scope, evaluator))
        case ast.BinaryExpression(op=op, lhs=left, rhs=right) if op.name in {"&", "|", "^"}:
            join = {"&": both, "|": either, "^": differ}[op.name]
            return join(_single(left, scope, evaluator), _single(right, scope, evaluator))
        case ast.BinaryExpression(op=op, lhs=left, rhs=right) if op.name in _COMPARISONS:
            return _compare(op.name, _word(left, scope, evaluator), _word(right, scope, evaluator), node)
        case ast.Cast(type=ast.BoolType(), argument=inner):
            return formula_of(inner, scope, evaluator)
        case _:
            return _any(_bits(evaluator.value(node, scope), node))


def equal(target: ast.Expression, values: Sequence[ast.Expression], scope: Scope, evaluator: Evaluator) -> Formula:
    """The formula that is true if an expression has one of several values."""
    word = _word(target, scope, evaluator)
    result: Formula = False
    for value in values:
        result = either(result, _compare("==", word, _word(value, scope, evaluator), target))
    return result


def _single(node: ast.Expression, scope: Scope, evaluator: Evaluator) -> Formula:
    """A bit or bool as a formula; `&` and `~` of registers are not formulas."""
    if isinstance(node, (ast.UnaryExpression, ast.BinaryExpression)):
        return formula_of(node, scope, evaluator)
    if isinstance(node, ast.Cast) and isinstance(node.type, ast.BoolType):
        return formula_of(node, scope, evaluator)
    value = evaluator.value(node, scope)
    if value.type.kind not in {Kind.BIT, Kind.BOOL} or value.type.is_register:
        raise NeedsOutcome(node)
    return _bits(value, node)[0]


def _any(bits: Sequence[Formula]) -> Formula:
    result: Formula = False
    for bit in bits:
        result = either(result, bit)
    return result


def _bits(value: Value, at: ast.QASMNode) -> tuple[Formula, ...]:
    if value.type.kind is Kind.BIT:
        data = value.data if value.type.is_register else (value.data,)
        return tuple(bit if isinstance(bit, Outcome) else bool(bit) for bit in data)
    if isinstance(value.data, Outcome):
        return (value.data,)
    return (as_bool(value, at),)


def _word(node: ast.Expression, scope: Scope, evaluator: Evaluator) -> _Word:
    if isinstance(node, ast.Cast) and isinstance(node.type, (ast.IntType, ast.UintType)):
        type_ = evaluator.type(node.type, scope, node)
        inner = _word(node.argument, scope, evaluator)
        width = type_.width or 0
        if inner.signed and width > len(inner.bits):
            raise NeedsOutcome(node)
        bits = (*inner.bits, *(False for _ in range(width - len(inner.bits))))[:width]
        return _Word(bits, width, signed=type_.kind is Kind.INT and bits[-1] is not False)
    if isinstance(node, ast.Cast) and isinstance(node.type, ast.BitType):
        return _word(node.argument, scope, evaluator)
    if isinstance(node, (ast.UnaryExpression, ast.BinaryExpression)) and not _is_number(node, scope, evaluator):
        return _Word((formula_of(node, scope, evaluator),))
    value = evaluator.value(node, scope)
    if value.type.kind in {Kind.BIT, Kind.BOOL}:
        return _Word(_bits(value, node))
    if not value.type.is_integer or (value.data < 0 and value.type.width is not None):
        raise NeedsOutcome(node)
    if value.data < 0:
        return _Word(tuple(bit == 1 for bit in bits_of(value.data, value.data.bit_length() + 1)), signed=True)
    bits = tuple(bit == 1 for bit in bits_of(value.data, max(1, value.data.bit_length())))
    return _Word(bits, value.type.width)


def _is_number(node: ast.Expression, scope: Scope, evaluator: Evaluator) -> bool:
    try:
        evaluator.known(evaluator.value(node, scope), node)
    except NeedsOutcome:
        return False
    return True


def _compare(op: str, left: _Word, right: _Word, at: ast.QASMNode) -> Formula:
    one, other = left.bits, right.bits
    if op in {"==", "!="}:
        width = max((word.width for word in (left, right) if word.width is not None), default=None)
        if width is not None:
            one, other = (_padded(word, width) for word in (left, right))
        elif left.signed or right.signed:
            return op == "!="  # a negative number, and bits
    elif left.signed or right.signed:
        raise NeedsOutcome(at)
    size = max(len(one), len(other))
    one, other = (bits + (False,) * (size - len(bits)) for bits in (one, other))
    if op in {"==", "!="}:
        unequal = _any([differ(a, b) for a, b in zip(one, other, strict=True)])
        return unequal if op == "!=" else negate(unequal)
    if op in {">", "<="}:
        one, other = other, one
    less: Formula = False
    for a, b in zip(one, other, strict=True):
        less = either(both(negate(a), b), both(negate(differ(a, b)), less))
    return less if op in {"<", ">"} else negate(less)


def _padded(word: _Word, width: int) -> tuple[Formula, ...]:
    filler: Formula = word.bits[-1] if word.signed else False
    return word.bits + (filler,) * max(0, width - len(word.bits))
