"""Declarations of qubits, variables, constants, inputs and outputs."""

from typing import Any

import numpy as np
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.assignment import write
from qcaas_sdk.local.simulator.openqasm.casts import cast
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError, Unsupported
from qcaas_sdk.local.simulator.openqasm.execution import Execution
from qcaas_sdk.local.simulator.openqasm.scope import Array, Bits, Qubits, Scalar, Scope
from qcaas_sdk.local.simulator.openqasm.subroutines import UNSET, variable
from qcaas_sdk.local.simulator.openqasm.types import (
    BOOL,
    DURATION,
    NUMBER,
    REAL,
    ArrayValue,
    Cell,
    Duration,
    Kind,
    Type,
    Value,
    bits_of,
    register,
)
from qcaas_sdk.local.simulator.task_error import TaskErrorCode

MAX_DECLARED_BITS = 100_000
"""How many qubits and bits a program can declare."""

_MAX_DIMENSIONS = 7
"""As the specification of OpenQASM 3 says."""


def declare_qubits(program: Execution, node: ast.QubitDeclaration, scope: Scope) -> None:
    """A qubit or a quantum register."""
    if scope is not program.globals:
        raise ProgramError("qubits are declared at the top level only", node, construct="qubit")
    size = 1 if node.size is None else program.evaluator.size(node.size, scope, "the number of qubits")
    registers = program.registers
    _count(program, size, scope, node)
    numbers = tuple(range(registers.count, registers.count + size))
    registers.count += size
    scope.declare(node.qubit.name, Qubits(numbers, single=node.size is None), node)
    registers.qubits[node.qubit.name] = numbers


def declare(program: Execution, node: ast.ClassicalDeclaration | ast.ConstantDeclaration, scope: Scope) -> None:
    """A variable or a constant."""
    name = node.identifier.name
    fixed = isinstance(node, ast.ConstantDeclaration)
    if isinstance(node.type, ast.ArrayType):
        scope.declare(name, _array(program, node, node.type, scope, fixed=fixed), node)
        return
    if isinstance(node.type, ast.StretchType):
        # It only sets how long to wait, and waiting has no effect here.
        scope.declare(name, Scalar(DURATION, Cell(Duration(known=False)), fixed=True), node)
        return
    type_ = _type(program, node, node.type, scope)
    value: Value | None = None
    if node.init_expression is not None:
        given = program.evaluator.value(node.init_expression, scope, real=type_.kind is Kind.FLOAT)
        value = program.evaluator.cast(given, type_, node)
        if fixed:
            value = program.evaluator.known(value, node)
    symbol = variable(type_, value, program.machine, fixed=fixed)
    scope.declare(name, symbol, node)
    if scope is program.globals and not fixed:
        _note(program, name, symbol)


def declare_input(program: Execution, node: ast.IODeclaration, scope: Scope) -> None:
    """An `input` or `output`."""
    name = node.identifier.name
    if isinstance(node.type, (ast.ArrayType, ast.ArrayReferenceType)):
        raise Unsupported(f"`{node.io_identifier.name} {name}` is an array: not supported by this QPU", node, "array")
    type_ = _type(program, node, node.type, scope)
    if node.io_identifier.name == "output":
        if type_.kind in {Kind.FLOAT, Kind.DURATION}:
            raise Unsupported(
                f"`output {name}` is of type {type_}, and results are bits: use bit, int, uint, bool or angle",
                node,
                "output",
            )
        symbol = variable(type_, None, program.machine)
        _note(program, name, symbol)
        program.registers.outputs.add(name)
    else:
        if name not in program.inputs:
            raise Unsupported(
                f"`input {name}` has no value: a task has no input values; declare '{name}' with "
                "its value in the program",
                node,
                "input",
            )
        symbol = variable(type_, cast(_given(program.inputs[name], node), type_, node), program.machine, fixed=True)
    scope.declare(name, symbol, node)


def _given(given: float | bool | str, at: ast.QASMNode) -> Value:
    if isinstance(given, bool):
        return Value(BOOL, given)
    if isinstance(given, str):
        if not given or set(given) - {"0", "1"}:
            raise ProgramError(f"the input value {given!r} is not a string of bits", at, construct="input")
        return Value(register(len(given)), bits_of(int(given, 2), len(given)))
    return Value(NUMBER if isinstance(given, int) else REAL, given)


def _type(program: Execution, node: ast.QASMNode, type_: ast.ClassicalType, scope: Scope) -> Type:
    result = program.evaluator.type(type_, scope, node)
    if result.kind is Kind.BIT:
        _count(program, result.width or 1, scope, node)
    return result


def _note(program: Execution, name: str, symbol: Bits | Scalar) -> None:
    if isinstance(symbol, Bits):
        program.registers.bits[name] = symbol
    elif symbol.type.kind not in {Kind.FLOAT, Kind.DURATION}:
        program.registers.others[name] = symbol


def _count(program: Execution, more: int, scope: Scope, at: ast.QASMNode) -> None:
    if scope is program.globals:  # what a block declares exists only in the block
        program.declared += more
    if max(program.declared, more) > MAX_DECLARED_BITS:
        raise ProgramError(
            f"the program declares more than {MAX_DECLARED_BITS} qubits and bits",
            at,
            code=TaskErrorCode.TOO_MANY_QUBITS,
        )


def _array(
    program: Execution,
    node: ast.ClassicalDeclaration | ast.ConstantDeclaration,
    type_: ast.ArrayType,
    scope: Scope,
    *,
    fixed: bool,
) -> Array:
    evaluator = program.evaluator
    base = evaluator.type(type_.base_type, scope, node)
    shape = tuple(evaluator.size(size, scope, "the size of an array") for size in type_.dimensions)
    if len(shape) > _MAX_DIMENSIONS:
        raise ProgramError(f"an array has at most {_MAX_DIMENSIONS} dimensions, not {len(shape)}", node)
    elements = 1
    for size in shape:
        elements *= size
    _count(program, elements, scope, node)
    nothing = bits_of(0, base.width or 0) if base.is_register else UNSET.get(base.kind, 0)
    cells = np.empty(elements, dtype=object)
    for index in range(elements):
        cells[index] = Cell(nothing, program.machine.depth)
    array = Array(base, cells.reshape(shape), fixed=fixed)
    init: Any = node.init_expression
    if isinstance(init, ast.ArrayLiteral):
        _fill(program, array.cells, init, base, scope)
    elif init is not None:
        value = evaluator.any_value(init, scope)
        if not isinstance(value, ArrayValue):
            raise ProgramError("an array is needed here", node, construct="array")
        write(Array(base, array.cells), value, node, evaluator)
    return array


def _fill(program: Execution, cells: Any, literal: ast.ArrayLiteral, base: Type, scope: Scope) -> None:
    values = literal.values
    if len(values) != len(cells):
        raise ProgramError(f"{len(cells)} elements are needed here, not {len(values)}", literal, construct="array")
    evaluator = program.evaluator
    for part, item in zip(cells, values, strict=True):
        if isinstance(item, ast.ArrayLiteral) and not isinstance(part, Cell):
            _fill(program, part, item, base, scope)
            continue
        value = evaluator.any_value(item, scope, real=base.kind is Kind.FLOAT)
        if isinstance(part, Cell):
            if isinstance(value, ArrayValue):
                raise ProgramError("one value is needed here, not an array", item, construct="array")
            program.machine.store(part, evaluator.cast(value, base, item).data)
        else:
            write(Array(base, part), value, item, evaluator)
