"""The values of the variable of a `for`."""

from collections.abc import Iterable, Sequence

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.machine import Budget
from qcaas_sdk.local.simulator.openqasm.places import span
from qcaas_sdk.local.simulator.openqasm.scope import Bits, Scalar, Scope
from qcaas_sdk.local.simulator.openqasm.types import BIT, NUMBER, ArrayValue, Cell, Kind, Type, Value

_EARLY = (ast.BreakStatement, ast.ReturnStatement, ast.EndStatement)


def values_of(
    node: ast.ForInLoop, scope: Scope, evaluator: Evaluator, budget: Budget
) -> tuple[Type, Iterable[Value]]:
    """The type of the variable of a loop, and the values that it takes.

    Raises:
        ProgramError: It has no such values, or too many.
    """
    type_ = evaluator.type(node.type, scope, node)
    chosen = node.set_declaration
    if isinstance(chosen, ast.RangeDefinition):
        return type_, _range(chosen, node, scope, evaluator, budget)
    if isinstance(chosen, ast.DiscreteSet):
        real = type_.kind is Kind.FLOAT
        return type_, [evaluator.value(member, scope, real=real) for member in chosen.values]
    value = evaluator.any_value(chosen, scope)
    if isinstance(value, ArrayValue):
        if value.cells.ndim != 1:
            raise ProgramError("`for` iterates over arrays of one dimension only", node, construct="for")
        return type_, [Value(value.type, cell.content) for cell in value.cells]
    if not value.type.is_register:
        raise ProgramError(f"`for` cannot iterate over {value.type}", node, construct="for")
    return type_, [Value(BIT, bit) for bit in value.data]


def declare_variable(node: ast.ForInLoop, type_: Type, item: Value, scope: Scope, evaluator: Evaluator) -> None:
    """Set the variable of a loop to its next value."""
    value = evaluator.cast(item, type_, node)
    if type_.kind is not Kind.BIT:
        scope.declare(node.identifier.name, Scalar(type_, Cell(value.data, evaluator.depth)), node)
        return
    bits = value.data if type_.is_register else (value.data,)
    cells = tuple(Cell(bit, evaluator.depth) for bit in bits)
    scope.declare(node.identifier.name, Bits(cells, single=not type_.is_register), node)


def _range(
    chosen: ast.RangeDefinition, node: ast.ForInLoop, scope: Scope, evaluator: Evaluator, budget: Budget
) -> Iterable[Value]:
    if chosen.start is None or chosen.end is None:
        raise ProgramError("the range of a `for` needs a start and an end", node, construct="for")
    start, end, step = (
        evaluator.integer(bound, scope, "a bound of a `for`")
        for bound in (chosen.start, chosen.end, chosen.step or ast.IntegerLiteral(1))
    )
    numbers = span(start, end, step, node)
    length = max(0, (numbers.stop - numbers.start + step - (1 if step > 0 else -1)) // step)
    if not _may_end_early(node.block):
        budget.check_steps(length, node)  # before the first iteration
    return (Value(NUMBER, number) for number in numbers)


def _may_end_early(statements: Sequence[object]) -> bool:
    for item in statements:
        if isinstance(item, _EARLY):
            return True
        if isinstance(item, (list, tuple)):
            if _may_end_early(item):
                return True
        elif isinstance(item, ast.QASMNode) and _may_end_early(list(vars(item).values())):
            return True
    return False
