"""Braket's circuits, by `Circuit.to_ir`."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qcaas_sdk._programs.convert.refusals import measures_nothing, not_writable, unbound
from qcaas_sdk.errors import InvalidProgram

if TYPE_CHECKING:
    from braket.circuits import Circuit

GATES = {
    "i": "a { id a; }",
    "si": "a { sdg a; }",
    "ti": "a { tdg a; }",
    "v": "a { h a; s a; h a; }",
    "vi": "a { h a; sdg a; h a; }",
    "phaseshift": "(t) a { p(t) a; }",
    "gpi": "(f) a { x a; rz(2 * f) a; }",
    "gpi2": "(f) a { rz(-f) a; rx(pi / 2) a; rz(f) a; }",
    "prx": "(t, v) a { rz(-v) a; rx(t) a; rz(v) a; }",
    "cnot": "a, b { cx a, b; }",
    "ccnot": "a, b, c { ccx a, b, c; }",
    "cv": "a, b { h b; cp(pi / 2) a, b; h b; }",
    "cphaseshift": "(t) a, b { cp(t) a, b; }",
    "cphaseshift00": "(t) a, b { x a; x b; cp(t) a, b; x a; x b; }",
    "cphaseshift01": "(t) a, b { x a; cp(t) a, b; x a; }",
    "cphaseshift10": "(t) a, b { x b; cp(t) a, b; x b; }",
    "iswap": "a, b { s a; s b; h a; cx a, b; cx b, a; h b; }",
    "pswap": "(t) a, b { swap a, b; cx a, b; p(t) b; cx a, b; }",
    "xx": "(t) a, b { h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; }",
    "yy": "(t) a, b { rx(pi / 2) a; rx(pi / 2) b; cx a, b; rz(t) b; cx a, b; rx(-pi / 2) a; rx(-pi / 2) b; }",
    "zz": "(t) a, b { cx a, b; rz(t) b; cx a, b; }",
    "xy": (
        "(t) a, b { h a; h b; cx a, b; rz(-t / 2) b; cx a, b; h a; h b; "
        "rx(pi / 2) a; rx(pi / 2) b; cx a, b; rz(-t / 2) b; cx a, b; rx(-pi / 2) a; rx(-pi / 2) b; }"
    ),
    "ecr": ("a, b { h b; cx a, b; rz(pi / 4) b; cx a, b; h b; x a; h b; cx a, b; rz(-pi / 4) b; cx a, b; h b; }"),
    "ms": ("(f, g, t) a, b { rz(-f) a; rz(-g) b; h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; rz(f) a; rz(g) b; }"),
}
"""Braket's gates that `stdgates.inc` does not have, up to a global phase.

Parameters are named in the order of the alphabet: Qiskit's importer, which others use too, sorts them.

The matrices are those of the classes in `braket.circuits.gates`; a test compares each.
"""

_VERSION = re.compile(r"^OPENQASM 3(?:\.\d+)?;\n")
_PRAGMA = re.compile(r"^#pragma braket (\w+)", re.MULTILINE)


def text_of(circuit: "Circuit") -> str:
    """OpenQASM 3 that means what the circuit means, with Braket's own gates defined in it.

    Raises:
        InvalidProgram: A parameter has no value, or the circuit needs what only Braket knows (noise, unitaries,
            result types, verbatim boxes).
    """
    from braket.circuits.serialization import IRType  # noqa: PLC0415  # loaded: there is a circuit

    if not circuit.instructions:
        raise measures_nothing("Braket", "it is empty")
    if circuit.parameters:
        raise unbound("Braket", circuit.parameters, "call circuit.make_bound_circuit({…}) first")
    try:
        text = str(circuit.to_ir(IRType.OPENQASM).source)
    except (ValueError, NotImplementedError, TypeError) as error:
        raise not_writable("Braket", error) from error
    pragma = _PRAGMA.search(text)
    if pragma is not None:
        raise InvalidProgram(
            f"the Braket circuit has a {pragma[1]!r}, which only Braket's own services support: send gates and "
            "measurements, and compute observables from the counts"
        )
    used = set(re.findall(r"\w+", text))
    gates = "".join(f"gate {name}{_spaced(body)}\n" for name, body in GATES.items() if name in used)
    return _VERSION.sub(f'OPENQASM 3.0;\ninclude "stdgates.inc";\n{gates}', text)


def parameters(circuit: "Circuit") -> tuple[list[str], list[str]]:
    """The names of its parameters."""
    return sorted(map(str, circuit.parameters)), []


def bound(circuit: "Circuit", values: Mapping[str, float]) -> "Circuit":
    """The circuit with these values."""
    return circuit.make_bound_circuit(dict(values))


def _spaced(body: str) -> str:
    return body if body.startswith("(") else f" {body}"
