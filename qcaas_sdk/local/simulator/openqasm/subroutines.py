"""Binds the arguments of subroutines to names in their bodies."""

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.machine import Machine
from qcaas_sdk.local.simulator.openqasm.scope import Array, Bits, Qubits, Scalar, Scope, Symbol
from qcaas_sdk.local.simulator.openqasm.types import Cell, Duration, Kind, Type, Value


def bind(
    definition: ast.SubroutineDefinition,
    call: ast.FunctionCall,
    caller: Scope,
    body: Scope,
    evaluator: Evaluator,
    machine: Machine,
) -> None:
    """Declare the parameters of a subroutine in the scope of its body.

    Raises:
        ProgramError: The arguments do not fit.
    """
    name = definition.name.name
    if len(call.arguments) != len(definition.arguments):
        raise ProgramError(f"'{name}' takes {len(definition.arguments)} argument(s), not {len(call.arguments)}", call)
    for parameter, argument in zip(definition.arguments, call.arguments, strict=True):
        symbol: Symbol
        if isinstance(parameter, ast.QuantumArgument):
            symbol = _qubits(parameter, argument, caller, body, evaluator)
        elif isinstance(parameter.type, (ast.ArrayType, ast.ArrayReferenceType)):
            symbol = _array(parameter, argument, caller, body, evaluator)
        else:
            type_ = evaluator.type(parameter.type, body, parameter)
            value = evaluator.value(argument, caller, real=type_.kind is Kind.FLOAT)
            symbol = variable(type_, evaluator.cast(value, type_, argument), machine)
        body.declare(parameter.name.name, symbol, parameter)


def variable(type_: Type, value: Value | None, machine: Machine, *, fixed: bool = False) -> Bits | Scalar:
    """A new variable with a value of its type; without one it is 0."""
    if type_.kind is not Kind.BIT:
        cell = Cell(UNSET.get(type_.kind, 0), machine.depth)
        if value is not None:
            machine.store(cell, value.data)
        return Scalar(type_, cell, fixed)
    cells = tuple(machine.bit() for _ in range(type_.width or 1))
    if value is not None:
        for cell, bit in zip(cells, value.data if type_.is_register else (value.data,), strict=True):
            machine.store(cell, bit)
    return Bits(cells, single=not type_.is_register, fixed=fixed)


UNSET = {Kind.BOOL: False, Kind.FLOAT: 0.0, Kind.DURATION: Duration()}
"""The value of a variable before its first assignment, if it is not the integer 0."""


def _qubits(
    parameter: ast.QuantumArgument, argument: ast.Expression, caller: Scope, body: Scope, evaluator: Evaluator
) -> Qubits:
    given = evaluator.qubits(argument, caller)
    if parameter.size is None:
        if len(given.numbers) != 1:
            raise ProgramError(f"one qubit is needed here, not a register of {len(given.numbers)}", argument)
        return Qubits(given.numbers, single=True)
    size = evaluator.size(parameter.size, body, "the number of qubits")
    if len(given.numbers) != size:
        raise ProgramError(f"{size} qubit(s) are needed here, not {len(given.numbers)}", argument)
    return Qubits(given.numbers, single=False)


def _array(
    parameter: ast.ClassicalArgument, argument: ast.Expression, caller: Scope, body: Scope, evaluator: Evaluator
) -> Array:
    given = evaluator.place(argument, caller)
    type_ = parameter.type
    if not isinstance(type_, (ast.ArrayType, ast.ArrayReferenceType)) or not isinstance(given, Array):
        raise ProgramError("an array is needed here", argument, construct="array")
    base = evaluator.type(type_.base_type, body, parameter)
    if base != given.type:
        raise ProgramError(f"an array of {base} is needed here, not of {given.type}", argument, construct="array")
    if isinstance(type_.dimensions, list):
        shape = tuple(evaluator.size(size, body, "the size of an array") for size in type_.dimensions)
        fits = shape == given.cells.shape
    else:
        fits = evaluator.size(type_.dimensions, body, "the number of dimensions") == given.cells.ndim
    if not fits:
        raise ProgramError("the array has the wrong shape", argument, construct="array")
    readonly = parameter.access is None or parameter.access.name != "mutable"
    if not readonly and given.fixed:
        raise ProgramError("a read-only array cannot be passed as mutable", argument, construct="mutable")
    return Array(given.type, given.cells, fixed=readonly)
