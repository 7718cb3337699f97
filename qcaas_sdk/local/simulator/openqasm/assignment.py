"""Assigns values to places."""

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.casts import cast
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.places import bits_in
from qcaas_sdk.local.simulator.openqasm.scope import Array, Bits, BitsOf, Place, Qubits, Scalar
from qcaas_sdk.local.simulator.openqasm.types import BIT, ArrayValue, Kind, Value, number_of, register


def write(place: Place, value: Value | ArrayValue, at: ast.QASMNode, evaluator: Evaluator) -> None:
    """Assign a value to a place."""
    match place:
        case Qubits():
            raise ProgramError("a qubit cannot be assigned to", at, construct="qubit")
        case BitsOf(scalar=scalar):
            if scalar.fixed:
                raise _fixed(at)
            _write_bits_of(place, scalar, value, at, evaluator)
        case _ if place.fixed:
            raise _fixed(at)
        case Array():
            _write_array(place, value, at, evaluator)
        case _ if isinstance(value, ArrayValue):
            raise ProgramError("an array cannot be assigned to a variable", at, construct="array")
        case Scalar(type=type_, cell=cell):
            evaluator.machine.store(cell, evaluator.cast(value, type_, at).data)
        case Bits(cells=cells):
            if place.single:
                evaluator.machine.store(cells[0], evaluator.cast(value, BIT, at).data)
                return
            bits = evaluator.cast(value, register(len(cells)), at).data
            for cell, bit in zip(cells, bits, strict=True):
                evaluator.machine.store(cell, bit)


def _write_bits_of(
    place: BitsOf, scalar: Scalar, value: Value | ArrayValue, at: ast.QASMNode, evaluator: Evaluator
) -> None:
    if isinstance(value, ArrayValue):
        raise ProgramError("an array cannot be assigned to bits", at, construct="array")
    bits = list(bits_in(scalar, at))
    to = BIT if place.single else register(len(place.positions))
    data = evaluator.cast(value, to, at).data
    for position, bit in zip(place.positions, (data,) if place.single else data, strict=True):
        bits[position] = bit
    if scalar.type.is_register:
        evaluator.machine.store(scalar.cell, tuple(bits))
        return
    known = evaluator.known(Value(register(len(bits)), tuple(bits)), at).data
    if scalar.type.kind is Kind.ANGLE:
        evaluator.machine.store(scalar.cell, number_of(known))
    else:
        evaluator.machine.store(scalar.cell, cast(Value(register(len(bits)), known), scalar.type, at).data)


def _write_array(place: Array, value: Value | ArrayValue, at: ast.QASMNode, evaluator: Evaluator) -> None:
    if not isinstance(value, ArrayValue) or value.cells.shape != place.cells.shape:
        raise ProgramError("the shapes of the two arrays differ", at, construct="array")
    contents = [evaluator.cast(Value(value.type, cell.content), place.type, at).data for cell in value.cells.flat]
    for cell, content in zip(place.cells.flat, contents, strict=True):
        evaluator.machine.store(cell, content)


def _fixed(at: ast.QASMNode) -> ProgramError:
    return ProgramError("a constant or a read-only argument cannot be assigned to", at, construct="const")
