"""Unitary operations on qubits, and the modifiers of gates.

A gate is a list of operations. An operation is one of Qiskit's gates, with any number of controls, or a matrix.
Global phases are kept, because they have an effect under a control.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from qiskit.circuit import Gate
from qiskit.circuit.library import standard_gates as gates

Matrix = NDArray[np.complex128]

PHASE = "gphase"
MATRIX = "unitary"

BASE: Mapping[str, type[Gate]] = {
    "id": gates.IGate,
    "x": gates.XGate,
    "y": gates.YGate,
    "z": gates.ZGate,
    "h": gates.HGate,
    "s": gates.SGate,
    "sdg": gates.SdgGate,
    "t": gates.TGate,
    "tdg": gates.TdgGate,
    "sx": gates.SXGate,
    "sxdg": gates.SXdgGate,
    "p": gates.PhaseGate,
    "rx": gates.RXGate,
    "ry": gates.RYGate,
    "rz": gates.RZGate,
    "r": gates.RGate,
    "u": gates.UGate,
    "u1": gates.U1Gate,
    "u2": gates.U2Gate,
    "u3": gates.U3Gate,
    "cu": gates.CUGate,
    "swap": gates.SwapGate,
    "iswap": gates.iSwapGate,
    "dcx": gates.DCXGate,
    "ecr": gates.ECRGate,
    "rxx": gates.RXXGate,
    "ryy": gates.RYYGate,
    "rzz": gates.RZZGate,
    "rzx": gates.RZXGate,
    "rccx": gates.RCCXGate,
    "rcccx": gates.RC3XGate,
}
"""Qiskit's gates, by their names in Qiskit."""

_OWN_INVERSE = frozenset({"id", "x", "y", "z", "h", "swap", "ecr"})
_INVERSES = {"s": "sdg", "t": "tdg", "sx": "sxdg", **{"sdg": "s", "tdg": "t", "sxdg": "sx"}}
_ADDITIVE = frozenset({"p", "rx", "ry", "rz", "rxx", "ryy", "rzz", "rzx", PHASE})
"""Gates with one parameter; an integer power multiplies it."""

MAX_MATRIX_QUBITS = 8
"""Qubits of a gate of several operations that can have a fractional power."""

MAX_REPEATED = 16
"""The largest power that is written as a repetition; a larger one becomes a matrix if possible."""


@frozen(eq=False)
class Operation:
    """One unitary operation.

    Attributes:
        name: A gate in `BASE`, or `PHASE` or `MATRIX`.
        parameters: The parameters of the gate.
        qubits: The qubits that it acts on; the first is the least significant one of a matrix.
        controls: The qubits that must all be 1.
        matrix: The matrix of a `MATRIX`.
    """

    name: str
    parameters: tuple[float, ...] = ()
    qubits: tuple[int, ...] = ()
    controls: tuple[int, ...] = ()
    matrix: Matrix | None = None

    @property
    def wires(self) -> tuple[int, ...]:
        """Its controls and its qubits."""
        return self.controls + self.qubits


Operations = tuple[Operation, ...]


class CannotRaise(Exception):
    """A power that cannot be computed; the message gives the reason."""


@lru_cache(maxsize=4096)
def base_matrix(name: str, parameters: tuple[float, ...]) -> Matrix:
    """The matrix of a gate in `BASE`, or of a phase."""
    if name == PHASE:
        return np.array([[np.exp(1j * parameters[0])]])
    return np.asarray(BASE[name](*parameters).to_matrix(), dtype=np.complex128)


def matrix_of(operation: Operation) -> Matrix:
    """The matrix of an operation on its qubits, without its controls."""
    return base_matrix(operation.name, operation.parameters) if operation.matrix is None else operation.matrix


def moved(operations: Iterable[Operation], to: Sequence[int]) -> Operations:
    """Operations on qubits 0, 1, … moved to others."""
    return tuple(
        Operation(
            operation.name,
            operation.parameters,
            tuple([to[qubit] for qubit in operation.qubits]),
            tuple([to[qubit] for qubit in operation.controls]),
            operation.matrix,
        )
        for operation in operations
    )


def controlled(operations: Iterable[Operation], controls: tuple[int, ...], *, negative: bool = False) -> Operations:
    """Operations that act if all controls are 1, or 0 if `negative`."""
    result = tuple(evolve(operation, controls=controls + operation.controls) for operation in operations)
    if not negative:
        return result
    flips = tuple(Operation("x", qubits=(control,)) for control in controls)
    return flips + result + flips


def inverse(operations: Sequence[Operation]) -> Operations:
    """The inverse of operations."""
    return tuple(map(_inverse, reversed(operations)))


def _inverse(operation: Operation) -> Operation:
    name = operation.name
    if name in _OWN_INVERSE:
        return operation
    if name in _INVERSES:
        return evolve(operation, name=_INVERSES[name])
    if name in _ADDITIVE:
        return evolve(operation, parameters=(-operation.parameters[0],))
    if name == "u":
        theta, phi, lam = operation.parameters
        return evolve(operation, parameters=(-theta, -lam, -phi))
    if name == "r":
        theta, phi = operation.parameters
        return evolve(operation, parameters=(-theta, phi))
    return _with_matrix(operation, matrix_of(operation).conj().T)


def power(operations: Operations, exponent: float, at_most: int) -> Operations | None:  # noqa: PLR0911
    """Operations to a power: repeated for an integer, or the principal power of their matrix.

    Args:
        operations: The operations.
        exponent: The power.
        at_most: The largest number of resulting operations.

    Returns:
        The operations; None if there are more than `at_most`.

    Raises:
        CannotRaise: The matrix would be too large.
    """
    if exponent < 0:
        return power(inverse(operations), -exponent, at_most)
    whole = float(exponent).is_integer()
    if exponent == 0 or not operations:
        return ()
    if len(operations) == 1:
        (operation,) = operations
        if whole and operation.name in _ADDITIVE:
            return (evolve(operation, parameters=(operation.parameters[0] * exponent,)),)
        if not whole or exponent > MAX_REPEATED:
            return (_with_matrix(operation, _matrix_power(matrix_of(operation), exponent)),)
    if whole and exponent <= MAX_REPEATED:
        return operations * int(exponent)
    wires = tuple(sorted({wire for operation in operations for wire in operation.wires}))
    if len(wires) > MAX_MATRIX_QUBITS:
        if whole:
            return operations * int(exponent) if exponent * len(operations) <= at_most else None
        raise CannotRaise(f"`pow` of a gate on {len(wires)} qubits takes at most {MAX_MATRIX_QUBITS} of them")
    matrix = _matrix_power(unitary(operations, wires), exponent)
    return (Operation(MATRIX, qubits=wires, matrix=matrix),)


def unitary(operations: Iterable[Operation], wires: Sequence[int]) -> Matrix:
    """The matrix of operations; the first wire is its least significant qubit."""
    count = len(wires)
    axis = {wire: count - 1 - position for position, wire in enumerate(wires)}
    state = np.eye(1 << count, dtype=np.complex128).reshape((2,) * count + (1 << count,))
    for operation in operations:
        apply(state, operation, axis)
    return state.reshape(1 << count, 1 << count)


def apply(state: Matrix, operation: Operation, axis: Mapping[int, int]) -> None:
    """Apply an operation to a state, in place.

    Args:
        state: An array with an axis of length 2 for each qubit; more axes can follow.
        operation: What to apply.
        axis: The axis of each qubit.
    """
    index: list[int | slice] = [slice(None)] * state.ndim
    for control in operation.controls:
        index[axis[control]] = 1
    matrix = matrix_of(operation)
    views: list[Matrix] = []
    for row in range(len(matrix)):
        for position, qubit in enumerate(operation.qubits):
            index[axis[qubit]] = row >> position & 1
        views.append(state[(*index, ...)])
    diagonal = np.diagonal(matrix)
    if np.count_nonzero(matrix) == np.count_nonzero(diagonal):
        for row, factor in enumerate(diagonal):
            if factor != 1:
                views[row] *= factor
        return
    before = [view.copy() for view in views]
    for row, view in enumerate(views):
        view[...] = sum(factor * part for factor, part in zip(matrix[row], before, strict=True) if factor != 0)


def _with_matrix(operation: Operation, matrix: Matrix) -> Operation:
    if operation.name == PHASE:
        return evolve(operation, parameters=(float(np.angle(matrix[0, 0])),))
    return evolve(operation, name=MATRIX, parameters=(), matrix=matrix)


def _matrix_power(matrix: Matrix, exponent: float) -> Matrix:
    """The principal power of a unitary matrix, from its eigenvalues."""
    from scipy.linalg import schur  # noqa: PLC0415  # Qiskit brings it; few programs need it

    triangular, basis = schur(matrix, output="complex")
    angles = np.angle(np.diagonal(triangular))
    angles[angles < -math.pi + 1e-9] = math.pi  # rounding must not turn the angle of -1 into -π
    raised: Matrix = (basis * np.exp(1j * angles * exponent)) @ basis.conj().T
    return raised
