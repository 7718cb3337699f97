"""Gates as matrices, written down from their textbook definitions; qubit 0 of a gate is its first argument."""

import cmath
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]


def _matrix(rows: list[list[complex]]) -> Matrix:
    return np.array(rows, dtype=np.complex128)


def _exp(angle: float) -> complex:
    return cmath.exp(1j * angle)


def _u(theta: float, phi: float, lam: float) -> Matrix:
    cos, sin = math.cos(theta / 2), math.sin(theta / 2)
    return _matrix([[cos, -_exp(lam) * sin], [_exp(phi) * sin, _exp(phi + lam) * cos]])


def _u3(theta: float, phi: float, lam: float) -> Matrix:
    return _exp(-(phi + lam) / 2) * _u(theta, phi, lam)


def _rx(theta: float) -> Matrix:
    return _u(theta, -math.pi / 2, math.pi / 2)


def _ry(theta: float) -> Matrix:
    return _u(theta, 0.0, 0.0)


def _rz(lam: float) -> Matrix:
    return _matrix([[_exp(-lam / 2), 0], [0, _exp(lam / 2)]])


def _p(lam: float) -> Matrix:
    return _matrix([[1, 0], [0, _exp(lam)]])


X, Y, Z = _matrix([[0, 1], [1, 0]]), _matrix([[0, -1j], [1j, 0]]), _matrix([[1, 0], [0, -1]])
H = _matrix([[1, 1], [1, -1]]) / math.sqrt(2)
SX = _matrix([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2
SWAP = _matrix([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def controlled(gate: Matrix, *, on: int = 1) -> Matrix:
    """The gate with one more qubit before its own, which must be in state `on`."""
    identity = np.eye(len(gate), dtype=np.complex128)
    empty = np.zeros_like(gate)
    blocks = [[identity, empty], [empty, gate]] if on else [[gate, empty], [empty, identity]]
    return np.block(blocks)


def power(gate: Matrix, exponent: int) -> Matrix:
    """The gate so many times; its inverse for negative exponents."""
    return np.linalg.matrix_power(gate if exponent >= 0 else gate.conj().T, abs(exponent))


GATES: dict[str, tuple[int, int, Callable[..., Matrix]]] = {
    "id": (0, 1, lambda: np.eye(2, dtype=np.complex128)),
    "x": (0, 1, lambda: X),
    "y": (0, 1, lambda: Y),
    "z": (0, 1, lambda: Z),
    "h": (0, 1, lambda: H),
    "s": (0, 1, lambda: _p(math.pi / 2)),
    "sdg": (0, 1, lambda: _p(-math.pi / 2)),
    "t": (0, 1, lambda: _p(math.pi / 4)),
    "tdg": (0, 1, lambda: _p(-math.pi / 4)),
    "rx": (1, 1, _rx),
    "ry": (1, 1, _ry),
    "rz": (1, 1, _rz),
    "u1": (1, 1, _p),
    "u2": (2, 1, lambda phi, lam: _u3(math.pi / 2, phi, lam)),
    "u3": (3, 1, _u3),
    "cx": (0, 2, lambda: controlled(X)),
    "cy": (0, 2, lambda: controlled(Y)),
    "cz": (0, 2, lambda: controlled(Z)),
    "ch": (0, 2, lambda: controlled(H)),
    "swap": (0, 2, lambda: SWAP),
    "crz": (1, 2, lambda lam: controlled(_rz(lam))),
    "ccx": (0, 3, lambda: controlled(controlled(X))),
}
"""In both header files. Name: parameters, qubits, matrix."""

ONLY_2: dict[str, tuple[int, int, Callable[..., Matrix]]] = {
    "cu1": (1, 2, lambda lam: controlled(_p(lam))),
    # As Qiskit's and pytket's qelib1.inc have it; the first published one leaves out a phase of the control.
    "cu3": (3, 2, lambda theta, phi, lam: controlled(_u(theta, phi, lam))),
}

ONLY_3: dict[str, tuple[int, int, Callable[..., Matrix]]] = {
    "p": (1, 1, _p),
    "sx": (0, 1, lambda: SX),
    "cp": (1, 2, lambda lam: controlled(_p(lam))),
    "crx": (1, 2, lambda theta: controlled(_rx(theta))),
    "cry": (1, 2, lambda theta: controlled(_ry(theta))),
    "cphase": (1, 2, lambda lam: controlled(_p(lam))),
    "phase": (1, 1, _p),
    "CX": (0, 2, lambda: controlled(X)),
    "cswap": (0, 3, lambda: controlled(SWAP)),
    "cu": (
        4,
        2,
        lambda theta, phi, lam, gamma: np.kron(_p(gamma), np.eye(2)) @ controlled(_u(theta, phi, lam)),
    ),
}
