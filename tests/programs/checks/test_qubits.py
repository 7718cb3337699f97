"""How many qubits a program is certain to use: never more than it really does."""

import pytest

from qcaas_sdk._programs import QubitUse, qubit_use
from tests.local.reference.exact import Apply, If, Measure, Reset, Step, While
from tests.local.reference.rich import random_program

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


@pytest.mark.parametrize(
    ("program", "qubits", "pairs"),
    [
        (f"{TWO}qreg q[3]; creg c[3]; measure q -> c;", 3, ()),
        (f"{TWO}qreg q[9]; creg c[9]; cx q[2],q[7]; measure q[2] -> c[0];", 2, ((2, 7),)),
        (f"{TWO}qreg a[2]; qreg b[2]; cx a[1],b[0]; swap b[1], a[0];", 4, ((1, 2), (3, 0))),
        (f"{TWO}qreg a[2]; qreg b[2]; cx a,b;", 4, ()),
        (f"{THREE}qubit one; qubit[2] q; bit c; cp(pi / 2) one, q[1]; c = measure one;", 2, ((0, 2),)),
        (f"{THREE}qubit[4] q; bit[2] c; c = measure q[{{0, 1}}]; c[0] = measure q[3];", 1, ()),
        (f"{THREE}qubit[4] q; // x q[0];\n/* x q[1]; */ x q[2];", 1, ()),
        (f"{THREE}qubit[4] q; x q[0]; end; x q[1];", 1, ()),
        # Not certain: blocks, own gates, modifiers, barriers.
        (f"{THREE}qubit[4] q; if (false) {{ cx q[0], q[1]; }} barrier q;", 0, ()),
        (f"{TWO}gate cx a,b {{ }} qreg q[2]; cx q[0],q[1];", 0, ()),
        (f"{THREE}qubit[4] q; ctrl @ x q[0], q[1]; mine q[2];", 0, ()),
        (f"{THREE}const int n = 2; qubit[n] q; qubit[2] r; x r[0];", 0, ()),
        # Not read at all.
        ("qubit[2] q; x q[0];", 0, ()),
        ('OPENQASM 2.0; include "mine.inc"; qreg q[2]; x q[0];', 0, ()),
        (f"{TWO}qreg q[999999999]; x q;", 0, ()),
        (f"{TWO}qreg q[2]; x q[5]; x r[0]; x;", 0, ()),
        ("", 0, ()),
        (f"{THREE}qubit[2] q; }} x q[0]; {{", 0, ()),
    ],
)
def test_what_is_certain(program: str, qubits: int, pairs: tuple[tuple[int, int], ...]) -> None:
    assert qubit_use(program) == QubitUse(qubits, pairs)


@pytest.mark.parametrize("seed", range(200))
def test_a_random_program_uses_at_least_that(seed: int) -> None:
    program = random_program(seed)
    found = qubit_use(program.text)
    assert found.qubits <= len(_used(program.steps))
    assert {frozenset(pair) for pair in found.pairs} <= _coupled(program.steps)


def test_random_programs_put_it_to_the_test() -> None:
    found = [qubit_use(random_program(seed).text) for seed in range(200)]
    assert sum(use.qubits > 1 for use in found) > 50
    assert sum(bool(use.pairs) for use in found) > 20


def _used(steps: tuple[Step, ...]) -> set[int]:
    used: set[int] = set()
    for step in steps:
        match step:
            case Apply(_, qubits):
                used |= set(qubits)
            case Measure(qubit, _) | Reset(qubit):
                used.add(qubit)
            case If(_, body, otherwise):
                used |= _used(body) | _used(otherwise)
            case While(_, body):
                used |= _used(body)
    return used


def _coupled(steps: tuple[Step, ...]) -> set[frozenset[int]]:
    coupled: set[frozenset[int]] = set()
    for step in steps:
        match step:
            case Apply(_, qubits):
                coupled.add(frozenset(qubits))
            case If(_, body, otherwise):
                coupled |= _coupled(body) | _coupled(otherwise)
            case While(_, body):
                coupled |= _coupled(body)
    return coupled
