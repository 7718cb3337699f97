"""Programs that once came out wrong, with what is right."""

import pytest

from tests.local.openqasm.service import QASM2, QASM3, certain

CASES = {
    "a gate of the program, called as one of Qiskit's": (
        f"{QASM3}gate rzz(t) a, b {{ cx a, b; rz(2*t) b; cx a, b; }}\nqubit[2] q; bit[2] c;\n"
        "h q[0]; rzz(pi/2) q[0], q[1]; h q[0]; c = measure q;",
        {"c": "10"},
    ),
    "the same without a header": (
        "OPENQASM 3.0;\ngate h q { U(pi, 0, pi) q; }\nqubit q; bit c; h q; c = measure q;",
        {"c": "1"},
    ),
    "parameters out of alphabetical order": (
        f"{QASM3}gate foo(theta, phi) q {{ rx(theta) q; rz(phi) q; }}\nqubit[1] q; bit[1] c; foo(pi, 0) q[0]; c = measure q;",  # noqa: E501
        {"c": "1"},
    ),
    "the phase of u3 under a control": (
        f"{QASM3}qubit[2] q; bit[2] c; h q[0]; ctrl @ u3(0, pi, pi) q[0], q[1]; h q[0]; c = measure q;",
        {"c": "10"},
    ),
    "an if at the end": (f"{QASM2}qreg q[1];creg c[1];if(c==0) measure q[0] -> c[0];", {"c": "0"}),
    "a measurement that an if does not touch": (
        f"{QASM2}qreg q[2];creg c[1];if(c==0) x q[0];measure q[1] -> c[0];",
        {"c": "0"},
    ),
    "a while that ends a program": (
        f"{QASM3}qubit[1] q; bit[1] c; while (!c[0]) {{ x q[0]; c[0] = measure q[0]; }}",
        {"c": "1"},
    ),
    "a break by what was measured": (
        f"{QASM3}qubit[1] q; bit[1] c; for int i in [0:4] {{ x q[0]; c[0] = measure q[0]; if (c[0]) {{ break; }} }}",
        {"c": "1"},
    ),
    "a register called as this loader once called its own": (
        f"{QASM2}qreg q[1];creg m_of_program[1];x q[0];measure q -> m_of_program;",
        {"m_of_program": "1"},
    ),
    "a creg without a size": (
        "OPENQASM 3;\nqubit[2] q; creg e; bit b; U(pi,0,pi) q[1]; b = measure q[1]; e = measure q[0];",
        {"e": "0", "b": "1"},
    ),
    "a word of QIR in a comment": (
        f"{QASM2}// see %Qubit in QIR\n/*\ndefine it\n*/qreg q[1];creg c[1];x q[0];measure q -> c;",
        {"c": "1"},
    ),
    "a sum in four bits": (
        f"{QASM3}gate majority a, b, c {{ cx c, b; cx c, a; ccx a, b, c; }}\n"
        "gate unmaj a, b, c { ccx a, b, c; cx c, a; cx a, b; }\n"
        "qubit cin; qubit[4] a; qubit[4] b; qubit cout; bit[5] sum; const uint[4] p = 11; const uint[4] r = 14;\n"
        "for int i in [0:3] { if (bool(p[i])) x a[i]; if (bool(r[i])) x b[i]; }\n"
        "majority cin, b[0], a[0]; for int i in [0:2] { majority a[i], b[i + 1], a[i + 1]; }\n"
        "cx a[3], cout; for int i in [2:-1:0] { unmaj a[i], b[i + 1], a[i + 1]; } unmaj cin, b[0], a[0];\n"
        "measure b -> sum[0:3]; sum[4] = measure cout;",
        {"sum": "10011"},
    ),
    "repetition until success": (
        f"{QASM3}def segment(qubit[2] anc, qubit psi) -> bit[2] {{ bit[2] b; reset anc; h anc; ccx anc[0], anc[1], psi;\n"  # noqa: E501
        "s psi; ccx anc[0], anc[1], psi; z psi; h anc; measure anc -> b; return b; }\n"
        'qubit psi; qubit[2] anc; bit[2] flags = "11"; output bit out; h psi;\n'
        "while (int[2](flags) != 0) { flags = segment(anc, psi); }\n"
        "rz(pi - arccos(3 / 5)) psi; h psi; out = measure psi;",
        {"out": "0"},
    ),
    "correcting an error": (
        f"{QASM3}def syndrome(qubit[3] d, qubit[2] a) -> bit[2] {{ bit[2] b; cx d[0], a[0]; cx d[1], a[0];\n"
        "cx d[1], a[1]; cx d[2], a[1]; measure a -> b; return b; }\n"
        "qubit[3] q; qubit[2] a; bit[3] c; bit[2] syn; x q[1]; syn = syndrome(q, a);\n"
        "if (int[2](syn) == 1) x q[0]; if (int[2](syn) == 2) x q[2]; if (int[2](syn) == 3) x q[1]; c = measure q;",
        {"syn": "11", "c": "000"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_comes_out_right(case: str) -> None:
    program, expected = CASES[case]
    assert certain(program) == expected
