"""The gates of the two header files, and those that OpenQASM 2 files use without a definition.

The matrices of `stdgates.inc` are exactly those of the specification, with the global phase. Those of `qelib1.inc`
are the published ones up to a global phase, which has no effect in OpenQASM 2.
"""

import math
from collections.abc import Callable, Mapping

from attrs import frozen

from qcaas_sdk.local.simulator.openqasm.operations import PHASE, Operation, Operations


@frozen
class GateSignature:
    """A gate that is known without a definition in the program.

    Attributes:
        parameters: How many parameters it has.
        qubits: How many qubits it acts on.
        operations: From its parameters to its operations on qubits 0, 1, ….
        min_operations: The smallest number of these operations.
    """

    parameters: int
    qubits: int
    operations: Callable[..., Operations]
    min_operations: int = 1


def _plain(name: str, parameters: int = 0, qubits: int = 1, controls: int = 0) -> GateSignature:
    control = tuple(range(controls))
    target = tuple(range(controls, controls + qubits))

    def operations(*values: float) -> Operations:
        return (Operation(name, values, target, control),)

    return GateSignature(parameters, qubits + controls, operations)


def _u(theta: float, phi: float, lam: float) -> Operations:
    # The specification's U is that of Qiskit times exp(iθ/2).
    return Operation(PHASE, (theta / 2,)), Operation("u", (theta, phi, lam), (0,))


def _u2(phi: float, lam: float) -> Operations:
    return _u3(math.pi / 2, phi, lam)


def _u3(theta: float, phi: float, lam: float) -> Operations:
    return Operation(PHASE, (-(phi + lam) / 2,)), Operation("u", (theta, phi, lam), (0,))


def _cu(theta: float, phi: float, lam: float, gamma: float) -> Operations:
    return Operation("p", (gamma,), (0,)), Operation("u", (theta, phi, lam), (1,), (0,))


_SHARED: Mapping[str, GateSignature] = {
    **{name: _plain(name) for name in ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx")},
    **{name: _plain(name, 1) for name in ("p", "rx", "ry", "rz")},
    **{f"c{name}": _plain(name, controls=1) for name in ("x", "y", "z", "h")},
    **{f"c{name}": _plain(name, 1, controls=1) for name in ("p", "rx", "ry", "rz")},
    "u1": _plain("p", 1),
    "cu": GateSignature(4, 2, _cu),
    "swap": _plain("swap", qubits=2),
    "ccx": _plain("x", controls=2),
    "cswap": _plain("swap", qubits=2, controls=1),
}

BUILT_IN = {"U": GateSignature(3, 1, _u)}
"""The gates of OpenQASM 3 without a header; `gphase` is a statement, not a gate."""

STDGATES: Mapping[str, GateSignature] = {
    **_SHARED,
    "CX": _plain("x", controls=1),
    "phase": _plain("p", 1),
    "cphase": _plain("p", 1, controls=1),
    "u2": GateSignature(2, 1, _u2),
    "u3": GateSignature(3, 1, _u3),
}

BUILT_IN_2 = {"U": _plain("u", 3), "CX": _plain("x", controls=1)}

QELIB1: Mapping[str, GateSignature] = {
    **_SHARED,
    "cu": _plain("cu", 4, 2),
    "u": _plain("u", 3),
    "u1": _plain("u1", 1),
    "u2": _plain("u2", 2),
    "u3": _plain("u3", 3),
    "u0": GateSignature(1, 1, lambda _gamma: (), 0),
    "sxdg": _plain("sxdg"),
    "cu1": _plain("u1", 1, controls=1),
    "cu3": _plain("u3", 3, controls=1),
    "csx": _plain("sx", controls=1),
    "rxx": _plain("rxx", 1, 2),
    "rzz": _plain("rzz", 1, 2),
    "rccx": _plain("rccx", qubits=3),
    "rc3x": _plain("rcccx", qubits=4),
    "c3x": _plain("x", controls=3),
    "c3sqrtx": _plain("sx", controls=3),
    "c4x": _plain("x", controls=4),
}

UNDEFINED_2: Mapping[str, GateSignature] = {
    "ccz": _plain("z", controls=2),
    "cs": _plain("s", controls=1),
    "csdg": _plain("sdg", controls=1),
    "delay": GateSignature(1, 1, lambda _time: (), 0),
    "dcx": _plain("dcx", qubits=2),
    "ecr": _plain("ecr", qubits=2),
    "iswap": _plain("iswap", qubits=2),
    "r": _plain("r", 2),
    "ryy": _plain("ryy", 1, 2),
    "rzx": _plain("rzx", 1, 2),
}
"""Gates that OpenQASM 2 files use, although no header defines them."""
