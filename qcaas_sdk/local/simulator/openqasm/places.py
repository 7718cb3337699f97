"""Parts of registers and arrays: indices, slices, sets."""

from collections.abc import Sequence
from typing import TypeVar

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.scope import Array, Bits, BitsOf, Place, Qubits, Scalar
from qcaas_sdk.local.simulator.openqasm.types import (
    BIT,
    MACHINE_WIDTH,
    ArrayValue,
    Cell,
    Element,
    Kind,
    Value,
    bits_of,
    register,
)

_T = TypeVar("_T")

Selection = int | tuple[int, ...]
"""One index, or several in order."""


def span(start: int, stop: int, step: int, at: ast.QASMNode) -> range:
    """The numbers of an OpenQASM range, which includes its end."""
    if step == 0:
        raise ProgramError("the step of a range cannot be 0", at, construct="range")
    return range(start, stop + (1 if step > 0 else -1), step)


def checked(index: int, size: int, at: ast.QASMNode) -> int:
    """An index from 0; negative ones count from the end."""
    if not -size <= index < size:
        raise ProgramError(f"index {index} is out of range for size {size}", at, construct="index")
    return index % size


def slice_(start: int | None, stop: int | None, step: int | None, size: int, at: ast.QASMNode) -> tuple[int, ...]:
    """The indices of a slice. It includes both ends; negative ones count from the end of the register."""
    step = 1 if step is None else step
    first, last = (0, size - 1) if step > 0 else (size - 1, 0)
    start = first if start is None else checked(start, size, at)
    stop = last if stop is None else checked(stop, size, at)
    indices = tuple(span(start, stop, step, at))
    if not indices:
        raise ProgramError(f"the slice {start}:{step}:{stop} selects nothing", at, construct="range")
    return indices


def size_of(place: Place, at: ast.QASMNode) -> int:
    """The number of elements that an index can select."""
    match place:
        case Qubits(numbers=elements) | Bits(cells=elements):
            if place.single:
                raise ProgramError("a single bit or qubit has no elements", at, construct="index")
            return len(elements)
        case Array():
            return len(place.cells)
        case BitsOf():
            if place.single:
                raise ProgramError("a single bit has no elements", at, construct="index")
            return len(place.positions)
        case Scalar(type=type_):
            if type_.is_register:
                return type_.width or 0
            if type_.kind in {Kind.INT, Kind.UINT, Kind.ANGLE}:
                return type_.width or MACHINE_WIDTH
            raise ProgramError(f"{type_} has no elements", at, construct="index")


def part(place: Place, selection: Selection) -> Place:
    """The part of a place that an index, or several, select."""
    single = isinstance(selection, int)
    chosen: Sequence[int] = (selection,) if isinstance(selection, int) else selection
    match place:
        case Qubits(numbers=numbers):
            return Qubits(_pick(numbers, chosen), single)
        case Bits(cells=cells):
            return Bits(_pick(cells, chosen), single, place.fixed)
        case BitsOf():
            return BitsOf(place.scalar, _pick(place.positions, chosen), single)
        case Scalar():
            return BitsOf(place, tuple(chosen), single)
        case Array():
            return part_of_array(place, (selection,))


def _pick(items: Sequence[_T], chosen: Sequence[int]) -> tuple[_T, ...]:
    return tuple(items[index] for index in chosen)


def part_of_array(array: Array, selections: Sequence[Selection]) -> Array | Scalar:
    """The part of an array that indices select, one for each of the first dimensions."""
    cells, axis = array.cells, 0
    for selection in selections:
        if isinstance(selection, int):
            cells = cells.take(selection, axis=axis)
        else:
            cells, axis = cells.take(list(selection), axis=axis), axis + 1
    if isinstance(cells, Cell):
        return Scalar(array.type, cells, array.fixed)
    return Array(array.type, cells, array.fixed)


def joined(left: Place, right: Place, at: ast.QASMNode) -> Place:
    """Two registers or arrays as one."""
    if isinstance(left, Qubits) and isinstance(right, Qubits):
        return Qubits(left.numbers + right.numbers, single=False)
    if isinstance(left, Bits) and isinstance(right, Bits):
        return Bits(left.cells + right.cells, single=False, fixed=left.fixed or right.fixed)
    if isinstance(left, Array) and isinstance(right, Array) and left.type == right.type:
        import numpy as np  # noqa: PLC0415  # only arrays need it

        if left.cells.shape[1:] == right.cells.shape[1:]:
            return Array(left.type, np.concatenate([left.cells, right.cells]), fixed=True)
    raise ProgramError("`++` joins two registers or arrays of the same kind", at, construct="++")


def read(place: Place, at: ast.QASMNode) -> Value | ArrayValue:
    """The value of a place."""
    match place:
        case Bits(cells=cells):
            if place.single:
                return Value(BIT, cells[0].content)
            return Value(register(len(cells)), tuple(cell.content for cell in cells))
        case Scalar(type=type_, cell=cell):
            return Value(type_, cell.content)
        case BitsOf(scalar=scalar, positions=positions):
            bits = bits_in(scalar, at)
            if place.single:
                return Value(BIT, bits[positions[0]])
            return Value(register(len(positions)), tuple(bits[position] for position in positions))
        case Array(type=type_, cells=cells):
            return ArrayValue(type_, cells)
        case Qubits():
            raise ProgramError("a qubit has no value: measure it", at, construct="qubit")


def bits_in(scalar: Scalar, at: ast.QASMNode) -> tuple[Element, ...]:
    """The bits of a variable that is not a register of bits."""
    if scalar.type.is_register:
        content: tuple[Element, ...] = scalar.cell.content
        return content
    return bits_of(scalar.cell.content, size_of(scalar, at))
