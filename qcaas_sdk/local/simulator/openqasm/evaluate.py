"""Evaluates expressions: their values, and the places that they name."""

from collections.abc import Sequence
from typing import Any, Protocol

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm import functions, operators
from qcaas_sdk.local.simulator.openqasm.casts import as_bool, as_float, as_int, cast
from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome, ProgramError, Unsupported
from qcaas_sdk.local.simulator.openqasm.machine import Machine
from qcaas_sdk.local.simulator.openqasm.places import (
    Selection,
    checked,
    joined,
    part,
    part_of_array,
    read,
    size_of,
    slice_,
)
from qcaas_sdk.local.simulator.openqasm.scope import Array, Place, Qubits, Scope
from qcaas_sdk.local.simulator.openqasm.types import (
    BIT,
    BOOL,
    DURATION,
    NUMBER,
    REAL,
    ArrayValue,
    Duration,
    Kind,
    Outcome,
    Type,
    Value,
    bits_of,
    register,
)

_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_SIZED = {
    ast.IntType: Kind.INT,
    ast.UintType: Kind.UINT,
    ast.FloatType: Kind.FLOAT,
    ast.AngleType: Kind.ANGLE,
    ast.BitType: Kind.BIT,
}
_MAX_WIDTH = 1 << 16
"""Bits of a number."""


class Host(Protocol):
    """What expressions need of the program around them."""

    def call(self, node: ast.FunctionCall, scope: Scope) -> Value | None:
        """Call a subroutine."""

    def measure(self, node: ast.QuantumMeasurement, scope: Scope) -> Value:
        """Measure."""

    def physical_qubit(self, name: str, at: ast.QASMNode) -> Qubits:
        """The qubit that is called `$0`, `$1`, …."""


class Evaluator:
    """Evaluates expressions.

    Args:
        machine: What the program runs on; it may know the values of measurements.
        host: The program around the expressions.

    Attributes:
        machine: What the program runs on.
    """

    def __init__(self, machine: Machine, host: Host) -> None:
        self.machine = machine
        self._host = host

    @property
    def depth(self) -> int:
        """How many blocks with a measured condition are open."""
        return self.machine.depth

    # Values.

    def value(self, node: ast.QASMNode, scope: Scope, *, real: bool = False) -> Value:
        """The value of an expression; bits of it may be unknown.

        Args:
            node: The expression.
            scope: Its scope.
            real: Whether a real number is expected, so that 1/2 is a half.
        """
        value = self.any_value(node, scope, real=real)
        if isinstance(value, ArrayValue):
            raise ProgramError("an array is not allowed here", node, construct="array")
        return value

    def any_value(  # noqa: PLR0911, PLR0912  # one case for each kind of expression
        self, node: ast.QASMNode, scope: Scope, *, real: bool = False
    ) -> Value | ArrayValue:
        """The value of an expression, which may be an array."""
        match node:
            case ast.IntegerLiteral(value=number):
                return Value(NUMBER, number)
            case ast.FloatLiteral(value=real_number):
                return self._finite(real_number, node)
            case ast.BooleanLiteral(value=truth):
                return Value(BOOL, truth)
            case ast.BitstringLiteral(value=number, width=width):
                return Value(register(width), bits_of(number, width))
            case ast.DurationLiteral(value=amount, unit=unit):
                if unit.name == "dt":
                    return Value(DURATION, Duration(samples=amount))
                return Value(DURATION, Duration(seconds=amount * _SECONDS[unit.name]))
            case ast.DurationOf():
                return Value(DURATION, Duration(known=False))
            case ast.UnaryExpression(op=op, expression=inner):
                return operators.unary(op.name, self.known(self.value(inner, scope, real=real), node), node)
            case ast.BinaryExpression():
                return self._binary(node, scope, real=real)
            case ast.Cast(type=type_, argument=inner):
                to = self.type(type_, scope, node)
                return self.cast(self.value(inner, scope, real=to.kind is Kind.FLOAT), to, node)
            case ast.FunctionCall():
                return self._function(node, scope, real=real)
            case ast.SizeOf():
                return self._size_of(node, scope)
            case ast.QuantumMeasurement():
                return self._host.measure(node, scope)
            case ast.Identifier(name=name) if scope.find(name) is None and not name.startswith("$"):
                return self._constant(name, node)
            case ast.Identifier() | ast.Concatenation():
                return read(self.place(node, scope), node)
            case ast.IndexExpression():
                return self._indexed(node, scope)
            case ast.ImaginaryLiteral():
                raise Unsupported("complex numbers are not supported by this QPU", node, "complex")
            case _:
                raise ProgramError(f"{_words(node)} is not allowed in an expression", node, construct=_words(node))

    def known(self, value: Value, at: ast.QASMNode) -> Value:
        """A value with all its bits known."""
        data = value.data
        if isinstance(data, Outcome):
            bit = self._outcome(data, at)
            return Value(value.type, bool(bit) if value.type.kind is Kind.BOOL else bit)
        if isinstance(data, tuple) and any(isinstance(bit, Outcome) for bit in data):
            return Value(
                value.type, tuple(self._outcome(bit, at) if isinstance(bit, Outcome) else bit for bit in data)
            )
        return value

    def _outcome(self, outcome: Outcome, at: ast.QASMNode) -> int:
        try:
            return self.machine.outcome(outcome)
        except NeedsOutcome as error:
            error.at = error.at or at
            raise

    def cast(self, value: Value, to: Type, at: ast.QASMNode) -> Value:
        """A value in another type; an unknown bit stays unknown if only its type changes."""
        if value.type == to:
            return value
        if {value.type.kind, to.kind} <= {Kind.BIT, Kind.BOOL} and value.type.width in {None, 1}:
            bit = value.data[0] if value.type.is_register else value.data
            if isinstance(bit, Outcome) and to.width in {None, 1}:
                return Value(to, (bit,) if to.is_register else bit)
        return cast(self.known(value, at), to, at)

    def integer(self, node: ast.QASMNode, scope: Scope, what: str) -> int:
        """The value of an expression that must be an integer."""
        return as_int(self.known(self.value(node, scope), node), node, what)

    def real(self, node: ast.QASMNode, scope: Scope) -> float:
        """The value of an expression as a real number, such as an angle in radians."""
        return as_float(self.known(self.value(node, scope, real=True), node), node)

    def truth(self, node: ast.QASMNode, scope: Scope) -> bool:
        """The value of a condition."""
        return as_bool(self.known(self.value(node, scope), node), node)

    def _binary(self, node: ast.BinaryExpression, scope: Scope, *, real: bool) -> Value:
        op = node.op.name
        left = self.known(self.value(node.lhs, scope, real=real), node.lhs)
        if op in {"&&", "||"} and as_bool(left, node.lhs) is (op == "||"):
            return Value(BOOL, op == "||")
        right = self.known(self.value(node.rhs, scope, real=real), node.rhs)
        return operators.binary(op, left, right, node, real=real)

    def _function(self, node: ast.FunctionCall, scope: Scope, *, real: bool) -> Value:
        name = node.name.name
        if name not in functions.NAMES:
            result = self._host.call(node, scope)
            if result is None:
                raise ProgramError(f"'{name}' returns no value, and one is needed here", node, construct="def")
            return result
        real = real or name in functions.TAKE_REALS
        arguments = [self.known(self.value(argument, scope, real=real), argument) for argument in node.arguments]
        return functions.call(name, arguments, node, real=real)

    @staticmethod
    def _constant(name: str, node: ast.QASMNode) -> Value:
        if name not in functions.CONSTANTS:
            raise ProgramError(f"'{name}' is not declared", node)
        return Value(REAL, functions.CONSTANTS[name])

    @staticmethod
    def _finite(number: float, node: ast.QASMNode) -> Value:
        as_float(Value(REAL, number), node)
        return Value(REAL, number)

    def _size_of(self, node: ast.SizeOf, scope: Scope) -> Value:
        place = self.place(node.target, scope)
        dimension = 0 if node.index is None else self.integer(node.index, scope, "the dimension in `sizeof`")
        if isinstance(place, Array):
            return Value(NUMBER, place.cells.shape[checked(dimension, place.cells.ndim, node)])
        if dimension != 0:
            raise ProgramError(f"there is no dimension {dimension}", node, construct="sizeof")
        return Value(NUMBER, size_of(place, node))

    def _indexed(self, node: ast.IndexExpression, scope: Scope) -> Value | ArrayValue:
        root = node.collection
        while isinstance(root, ast.IndexExpression):
            root = root.collection
        if isinstance(root, (ast.Identifier, ast.Concatenation)):
            return read(self.place(node, scope), node)
        value = self.known(self.value(node.collection, scope), node)
        if value.type.is_register:
            bits = value.data
        elif value.type.kind in {Kind.INT, Kind.UINT, Kind.ANGLE} and value.type.width is not None:
            bits = bits_of(value.data, value.type.width)
        else:
            raise ProgramError(f"{value.type} has no elements", node, construct="index")
        (selection,) = self.selections(node.index, [len(bits)], scope, node)
        if isinstance(selection, int):
            return Value(BIT, bits[selection])
        return Value(register(len(selection)), tuple(bits[index] for index in selection))

    # Places.

    def place(self, node: ast.QASMNode, scope: Scope) -> Place:
        """What an expression names: qubits, bits, variables, parts of them."""
        match node:
            case ast.Identifier(name=name):
                if name.startswith("$"):
                    if scope.in_gate:
                        raise ProgramError(f"a gate cannot name '{name}': it acts on its own qubits", node)
                    return self._host.physical_qubit(name, node)
                return scope.look_up(name, node)
            case ast.IndexedIdentifier(name=identifier, indices=groups):
                place = self.place(identifier, scope)
                for group in groups:
                    place = self._part(place, group, scope, node)
                return place
            case ast.IndexExpression(collection=collection, index=index):
                return self._part(self.place(collection, scope), index, scope, node)
            case ast.Concatenation(lhs=left, rhs=right):
                return joined(self.place(left, scope), self.place(right, scope), node)
            case _:
                raise ProgramError(f"{_words(node)} names no register or variable", node, construct=_words(node))

    def _part(self, place: Place, index: ast.IndexElement, scope: Scope, at: ast.QASMNode) -> Place:
        if isinstance(place, Array):
            count = 1 if isinstance(index, ast.DiscreteSet) else len(index)
            shape = place.cells.shape
            inside = min(count, len(shape))
            if inside < count:
                raise ProgramError(f"the array has {len(shape)} dimension(s), not {count}", at, construct="index")
            return part_of_array(place, self.selections(index, shape[:inside], scope, at))
        (selection,) = self.selections(index, [size_of(place, at)], scope, at)
        return part(place, selection)

    def selections(
        self, index: ast.IndexElement, sizes: Sequence[int], scope: Scope, at: ast.QASMNode
    ) -> list[Selection]:
        """What an index selects, dimension by dimension."""
        if isinstance(index, ast.DiscreteSet):
            members = [self.integer(member, scope, "an index") for member in index.values]
            if not members:
                raise ProgramError("a register cannot be indexed by an empty set", at, construct="index")
            return [tuple(checked(member, sizes[0], at) for member in members)]
        if len(index) == 1 or len(sizes) > 1:
            return [self._selection(item, size, scope, at) for item, size in zip(index, sizes, strict=True)]
        # q[0, 2]: older programs write q[{0, 2}] like this
        chosen = [self._selection(item, sizes[0], scope, at) for item in index]
        return [tuple(i for item in chosen for i in ((item,) if isinstance(item, int) else item))]

    def _selection(
        self, item: ast.Expression | ast.RangeDefinition, size: int, scope: Scope, at: ast.QASMNode
    ) -> Selection:
        if not isinstance(item, ast.RangeDefinition):
            return checked(self.integer(item, scope, "an index"), size, item if item.span else at)
        start, stop, step = (
            None if bound is None else self.integer(bound, scope, "a bound of a slice")
            for bound in (item.start, item.end, item.step)
        )
        return slice_(start, stop, step, size, at)

    def qubits(self, node: ast.QASMNode, scope: Scope) -> Qubits:
        """The qubits that an operand names."""
        place = self.place(node, scope)
        if not isinstance(place, Qubits):
            raise ProgramError("a qubit is needed here", node)
        return place

    # Types.

    def type(self, node: ast.ClassicalType, scope: Scope, at: ast.QASMNode) -> Type:
        """A scalar type, with its width evaluated."""
        if isinstance(node, ast.BoolType):
            return BOOL
        if isinstance(node, (ast.DurationType, ast.StretchType)):
            return DURATION
        if isinstance(node, ast.ComplexType):
            raise Unsupported("complex numbers are not supported by this QPU", at, "complex")
        kind = _SIZED.get(type(node))
        if kind is None:
            raise ProgramError("this type is not allowed here", at, construct=_words(node))
        size: Any = getattr(node, "size", None)
        if size is None:
            return Type(kind) if kind is Kind.BIT else Type(kind, 64)
        return Type(kind, self.size(size, scope, f"the width of `{kind.value}`"))

    def size(self, node: ast.Expression, scope: Scope, what: str) -> int:
        """A size or a width: a positive integer."""
        size = self.integer(node, scope, what)
        if size < 1:
            raise ProgramError(f"{what} must be at least 1, not {size}", node)
        if size > _MAX_WIDTH and "qubit" not in what and "`bit`" not in what:
            raise ProgramError(f"{what} can be at most {_MAX_WIDTH}, not {size}", node)
        return size


def _words(node: object) -> str:
    return "`" + type(node).__name__ + "`"
