"""Gates as matrices, computed here by the formulas of the specification; global phases count."""

import cmath
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import qiskit
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit.quantum_info import Operator
from scipy.linalg import expm, logm

from qcaas_sdk.local.simulator.openqasm.operations import unitary
from qcaas_sdk.local.simulator.openqasm.recorder import Recorder
from qcaas_sdk.local.simulator.openqasm.standard_gates import QELIB1
from qcaas_sdk.local.simulator.programs import parse
from tests.local.openqasm.service import QASM2, QASM3, certain, counts
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

Matrix = NDArray[np.complex128]

A, B, C, D = 0.3, 1.1, -0.7, 2.3
I2 = np.eye(2, dtype=complex)
X: Matrix = np.array([[0, 1], [1, 0]], dtype=complex)
Y: Matrix = np.array([[0, -1j], [1j, 0]])
Z: Matrix = np.diag([1, -1]).astype(complex)
H: Matrix = np.array([[1, 1], [1, -1]]) / math.sqrt(2)
SWAP: Matrix = np.eye(4, dtype=complex)[[0, 2, 1, 3]]


def rotation(axis: Matrix, theta: float) -> Matrix:
    return np.asarray(expm(-0.5j * theta * axis))


def phase(lam: float) -> Matrix:
    return np.diag([1, cmath.exp(1j * lam)])


def euler(theta: float, phi: float, lam: float) -> Matrix:
    """The built-in U, as the specification has it."""
    e = cmath.exp(1j * theta)
    return 0.5 * np.array(
        [
            [1 + e, -1j * cmath.exp(1j * lam) * (1 - e)],
            [1j * cmath.exp(1j * phi) * (1 - e), cmath.exp(1j * (phi + lam)) * (1 + e)],
        ]
    )


def control(matrix: Matrix) -> Matrix:
    """Controlled by the first qubit, which is the least significant one."""
    size = len(matrix)
    result = np.eye(2 * size, dtype=complex)
    result[1::2, 1::2] = matrix
    return result


def power(matrix: Matrix, exponent: float) -> Matrix:
    return np.asarray(expm(exponent * logm(matrix)))


def of_phase(gamma: float, matrix: Matrix) -> Matrix:
    return cmath.exp(1j * gamma) * matrix


STDGATES: Mapping[str, Matrix] = {
    f"p({A})": phase(A),
    "x": X,
    "y": Y,
    "z": Z,
    "h": H,
    "s": phase(math.pi / 2),
    "sdg": phase(-math.pi / 2),
    "t": phase(math.pi / 4),
    "tdg": phase(-math.pi / 4),
    "sx": power(X, 0.5),
    f"rx({A})": rotation(X, A),
    f"ry({A})": rotation(Y, A),
    f"rz({A})": rotation(Z, A),
    "cx": control(X),
    "cy": control(Y),
    "cz": control(Z),
    f"cp({A})": control(phase(A)),
    f"crx({A})": control(rotation(X, A)),
    f"cry({A})": control(rotation(Y, A)),
    f"crz({A})": control(rotation(Z, A)),
    "ch": control(H),
    "swap": SWAP,
    "ccx": control(control(X)),
    "cswap": control(SWAP),
    f"cu({A}, {B}, {C}, {D})": control(of_phase(D - A / 2, euler(A, B, C))),
    "CX": control(X),
    f"phase({A})": phase(A),
    f"cphase({A})": control(phase(A)),
    "id": I2,
    f"u1({A})": phase(A),
    f"u2({A}, {B})": of_phase(-(A + B + math.pi / 2) / 2, euler(math.pi / 2, A, B)),
    f"u3({A}, {B}, {C})": of_phase(-(A + B + C) / 2, euler(A, B, C)),
    f"U({A}, {B}, {C})": euler(A, B, C),
}


def matrix(program: str) -> Matrix:
    return np.asarray(Operator(parse(program)).data)


def qubits(size: int) -> str:
    return ", ".join(f"q[{index}]" for index in range(size))


def call(text: str, size: int) -> Matrix:
    return matrix(f"{QASM3}qubit[{size}] q;\n{text} {qubits(size)};")


def wires(gate: Matrix) -> int:
    return len(gate).bit_length() - 1


@pytest.mark.parametrize("gate", STDGATES)
class TestStdgates:
    def test_the_gate_itself(self, gate: str) -> None:
        expected = STDGATES[gate]
        assert np.allclose(call(gate, wires(expected)), expected)

    def test_controlled(self, gate: str) -> None:
        expected = control(STDGATES[gate])
        assert np.allclose(call(f"ctrl @ {gate}", wires(expected)), expected)

    def test_controlled_by_0(self, gate: str) -> None:
        expected = control(STDGATES[gate])
        flip = np.kron(np.eye(len(expected) // 2), X)
        assert np.allclose(call(f"negctrl @ {gate}", wires(expected)), flip @ expected @ flip)

    def test_undone(self, gate: str) -> None:
        expected = STDGATES[gate].conj().T
        assert np.allclose(call(f"inv @ {gate}", wires(expected)), expected)

    @pytest.mark.parametrize("exponent", [0, 1, 2, 3, 25, -1, -2])
    def test_to_whole_powers(self, gate: str, exponent: int) -> None:
        expected = np.linalg.matrix_power(STDGATES[gate], exponent)
        assert np.allclose(call(f"pow({exponent}) @ {gate}", wires(expected)), expected)

    @pytest.mark.parametrize("exponent", [0.5, 1 / 3, -0.25, 1.7])
    def test_to_other_powers(self, gate: str, exponent: float) -> None:
        expected = power(STDGATES[gate], exponent)
        raised = call(f"pow({exponent!r}) @ {gate}", wires(expected))
        # logm takes either side of -1's cut by rounding: compare what is certain, and the cut itself below.
        if exponent == 0.5:
            assert np.allclose(raised @ raised, STDGATES[gate])
        if np.min(np.abs(np.linalg.eigvals(STDGATES[gate]) + 1)) > 1e-6:
            assert np.allclose(raised, expected)

    def test_defined_anew_by_the_program(self, gate: str) -> None:
        name = gate.partition("(")[0]
        size = wires(STDGATES[gate])
        names = ", ".join("abc"[:size])
        parameters = ", ".join(f"p{index}" for index in range(gate.count(",") + 1)) if "(" in gate else ""
        head = f"{name}({parameters})" if parameters else name
        if name == "U":
            pytest.skip("U is built in")
        program = f"{QASM3}gate {head} {names} {{ U(pi, pi/2, pi/2) a; gphase(-pi/2); }}\nqubit[{size}] q;\n{gate} {qubits(size)};"  # noqa: E501
        assert np.allclose(matrix(program), np.kron(np.eye(1 << (size - 1)), Y))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pow(1/2) @ x", power(X, 0.5)),
        ("pow(1/2) @ z", phase(math.pi / 2)),
        ("pow(1/4) @ z", phase(math.pi / 4)),
        ("inv @ pow(1/2) @ x", power(X, -0.5)),
        ("ctrl @ pow(1/2) @ x", control(power(X, 0.5))),
        ("pow(1/2) @ ctrl @ x", control(power(X, 0.5))),
        ("pow(1/2) @ swap", 0.5 * np.array([[2, 0, 0, 0], [0, 1 + 1j, 1 - 1j, 0], [0, 1 - 1j, 1 + 1j, 0], [0, 0, 0, 2]])),  # noqa: E501
        ("ctrl(2) @ x", control(control(X))),
        ("ctrl @ ctrl @ ctrl @ h", control(control(control(H)))),
        ("ctrl(4) @ x", control(control(control(control(X))))),
        ("ctrl(5) @ rz(0.3)", control(control(control(control(control(rotation(Z, 0.3))))))),
        ("ctrl(6) @ U(0.3, 1.1, -0.7)", control(control(control(control(control(control(euler(0.3, 1.1, -0.7)))))))),
        ("ctrl @ gphase(0.4)", phase(0.4)),
        ("ctrl(2) @ gphase(0.4)", control(phase(0.4))),
        ("negctrl @ gphase(0.4)", np.diag([cmath.exp(0.4j), 1])),
        ("inv @ ctrl @ gphase(0.4)", phase(-0.4)),
        ("pow(3) @ ctrl @ gphase(0.4)", phase(1.2)),
    ],
)  # fmt: skip
def test_modifiers(text: str, expected: Matrix) -> None:
    assert np.allclose(call(text, wires(expected)), expected)


def test_controls_come_in_the_order_of_the_modifiers() -> None:
    program = f"{QASM3}qubit[3] q; bit[3] c; x q[2]; negctrl @ ctrl @ x q[0], q[2], q[1]; c = measure q;"
    assert certain(program) == {"c": "011"}


def test_a_register_may_stand_for_several_controls() -> None:
    program = f"{QASM3}qubit[2] a; qubit[2] b; bit[2] c; x a; ctrl(2) @ x a, b[1]; c = measure b;"
    assert certain(program) == {"c": "01"}


def test_global_phases_of_own_gates_count_under_a_control() -> None:
    program = f"{QASM3}gate g(t) a {{ gphase(t); h a; }}\nqubit[2] q; ctrl @ g(0.4) q[0], q[1];"
    assert np.allclose(matrix(program), control(of_phase(0.4, H)))


def test_parameters_are_bound_in_the_order_of_their_declaration() -> None:
    program = f"{QASM3}gate g(z, a, m) q {{ rz(z) q; ry(a) q; rx(m) q; }}\nqubit q; g(0.1, 0.2, 0.3) q;"
    assert np.allclose(matrix(program), rotation(X, 0.3) @ rotation(Y, 0.2) @ rotation(Z, 0.1))


def test_a_parameter_hides_a_constant_of_its_name() -> None:
    program = (
        f"{QASM3}const float t = 2.0; gate g(t) q {{ rz(t) q; }} gate k q {{ rz(t) q; }}\nqubit q; g(0.5) q; k q;"
    )
    assert np.allclose(matrix(program), rotation(Z, 2.5))


@st.composite
def own_gates(draw: st.DrawFn) -> tuple[str, list[Matrix], list[str]]:
    """Gates of a program that use each other, under names that headers use; their matrices, and their names."""
    names = draw(
        st.lists(
            st.sampled_from(["r", "rzz", "swap", "cx", "h", "u", "ryy", "dcx", "my", "sxdg", "iswap", "xx_plus_yy"]),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    text, matrices = "", []
    for number, name in enumerate(names):
        body, product = "", np.eye(4, dtype=complex)
        for _ in range(draw(st.integers(1, 4))):
            t, f = draw(st.floats(-3, 3)), draw(st.floats(-3, 3))
            kind = draw(st.integers(0, 3 if number else 2))
            first = draw(st.booleans())
            if kind == 0:
                body += f"U({t!r}, {f!r}, 0.2) {'a' if first else 'b'};"
                one = euler(t, f, 0.2)
                step = np.kron(I2, one) if first else np.kron(one, I2)
            elif kind == 1:
                body += f"ctrl @ U({t!r}, {f!r}, 0.2) {'a, b' if first else 'b, a'};"
                step = control(euler(t, f, 0.2))
                step = step if first else SWAP @ step @ SWAP
            elif kind == 2:
                body += f"gphase({t!r});"
                step = cmath.exp(1j * t) * np.eye(4)
            else:
                which = draw(st.integers(0, number - 1))
                modifier = draw(st.sampled_from(["", "inv @ ", "pow(2) @ ", "pow(-3) @ "]))
                body += f"{modifier}{names[which]} {'a, b' if first else 'b, a'};"
                step = matrices[which]
                step = {
                    "": lambda m: m,
                    "inv @ ": lambda m: m.conj().T,
                    "pow(2) @ ": lambda m: m @ m,
                    "pow(-3) @ ": lambda m: np.linalg.matrix_power(m, -3),
                }[modifier](step)
                step = step if first else SWAP @ step @ SWAP
            product = step @ product
        text += f"gate {name} a, b {{ {body} }}\n"
        matrices.append(product)
    return text, matrices, names


@given(own_gates(), st.booleans())
@settings(max_examples=scaled(60), deadline=None)
def test_gates_of_the_program_mean_what_they_say(gates: tuple[str, list[Matrix], list[str]], header: bool) -> None:
    text, matrices, names = gates
    # Included after the definitions, too, a header must not take the name of a gate that the program has.
    head = "OPENQASM 3.0;\n" + text + ('include "stdgates.inc";\n' if header else "")
    program = f"{head}qubit[3] q;\nctrl @ {names[-1]} q[0], q[1], q[2];"
    assert np.allclose(matrix(program), control(matrices[-1]))


LIBRARY = Path(qiskit.__file__).parent / "qasm" / "libs" / "qelib1.inc"


@pytest.mark.parametrize("name", QELIB1)
def test_qelib1_is_what_its_published_text_says(name: str) -> None:
    signature = QELIB1[name]
    values = ", ".join(str(0.3 + 0.4 * index) for index in range(signature.parameters))
    text = f"qreg q[{signature.qubits}];\n{name}{f'({values})' if values else ''} {qubits(signature.qubits)};"
    by_definition = "OPENQASM 2.0;\n" + LIBRARY.read_text(encoding="utf-8") + text
    assert Operator(parse(QASM2 + text)).equiv(Operator(parse(by_definition)))


class TestOwnGatesOfOpenQasm2:
    @pytest.mark.parametrize(
        "name",
        [
            "c3sx",
            "store",
            "xx_plus_yy",
            "xx_minus_yy",
            "cx",
            "swap",
            "u",
            "delay",
            "mcx",
            "unitary",
            "rcccx",
            "measure_x",
        ],
    )
    def test_the_program_wins(self, name: str) -> None:
        program = f"{QASM2}gate {name} a,b {{ x a; }}\nqreg q[2];creg c[2];\n{name} q[0],q[1];\nmeasure q -> c;"
        assert certain(program) == {"c": "10"}

    @pytest.mark.parametrize("name", ["ctrl", "output", "e", "gphase", "pow", "int", "tau", "x", "u", "m_of_program"])
    def test_registers_keep_their_names(self, name: str) -> None:
        program = f"{QASM2}qreg q[1];creg {name}[1];\nx q[0];\nmeasure q -> {name};"
        assert certain(program) == {name: "1"}

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("+pi", math.pi),
            ("-pi/2", -math.pi / 2),
            ("2^3", 8),
            ("2^-1", 0.5),
            ("-2^2", -4),
            ("2^3^0", 2),
            ("1/2", 0.5),
            ("3-2-1", 0),
            ("sin(pi/2)+cos(0)", 2),
            ("ln(exp(2))", 2),
            ("sqrt(4)*tan(0)", 0),
            ("2*-1", -2),
            (".5e1", 5),
            ("1.e-1", 0.1),
            ("(1+2)*3", 9),
            ("7/2*2", 7),
        ],
    )
    def test_expressions(self, text: str, value: float) -> None:
        assert np.allclose(matrix(f"{QASM2}qreg q[1];rx({text}) q[0];"), rotation(X, value))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x q[2:-1:0];", "1110"),
        ("x q[-2:-1];", "0011"),
        ("x q[0:2:3];", "1010"),
        ("x q[3:-2:0];", "0101"),
        ("x q[:1];", "1100"),
        ("x q[2:];", "0011"),
        ("x q[:];", "1111"),
        ("x q[::2];", "1110"),
        ("x q[{0, 3}];", "1001"),
        ("x q[{-1}];", "0001"),
        ("x q[-4];", "1000"),
        ("let a = q[1:2]; x a[1];", "0010"),
        ("let a = q[0:1] ++ q[3]; x a[2];", "0001"),
        ("let a = q[3:-1:0]; x a[0];", "0001"),
        ("for int i in [3:-2:0] { x q[i]; }", "0101"),
        ("const int k = 1; x q[k + 1];", "0010"),
        ("cx q[0], q[1]; x q; cx q[0:1], q[2:3];", "1100"),
        ("x q[0]; cx q[0], q[1:3];", "1111"),
        ("x q[{1, 3}]; reset q[2:3];", "0100"),
        ("U(pi, 0, pi) q;", "1111"),
    ],
)
def test_parts_of_registers(text: str, expected: str) -> None:
    assert certain(f"{QASM3}qubit[4] q; bit[4] c;\n{text}\nc = measure q;") == {"c": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c[2:-1:0] = measure q[0:2];", "0010"),
        ("c[{3, 0}] = measure q[{0, 1}];", "0001"),
        ("measure q[0] -> c[-1];", "0001"),
        ("c[1:2] = measure q[0:1];", "0100"),
        ("let d = c[2:3]; d[1] = measure q[0];", "0001"),
        ("bit b = measure q[0]; c[2] = b;", "0010"),
        ("bit[4] b = measure q; c = b;", "1000"),
        ("measure q; c[0] = 1;", "1000"),
    ],
)
def test_measuring_into_parts(text: str, expected: str) -> None:
    assert certain(f"{QASM3}qubit[4] q; bit[4] c;\nx q[0];\n{text}")["c"] == expected


def test_physical_qubits() -> None:
    assert certain(f"{QASM3}bit[2] c; x $7; c[0] = measure $0; c[1] = measure $7;") == {"c": "01"}


def test_what_says_nothing_to_a_simulator_is_passed_over() -> None:
    program = (
        f"{QASM3}#pragma some words\nqubit[2] q; bit[2] c; stretch s; duration d = 2 * 100ns;\n@note this\nx q[0];\n"
        "delay[s] q; delay[d / 2] q[0]; delay[4dt] q[1]; barrier q; barrier; box[1ms] { x q[1]; delay[durationof({x q[0];})] q; }\n"  # noqa: E501
        "c = measure q;"
    )
    assert certain(program) == {"c": "11"}


def test_a_large_power_is_a_matrix_and_not_a_repetition() -> None:
    program = f"{QASM3}gate g a, b {{ h a; cx a, b; t b; }}\nqubit[2] q; pow(1000000) @ g q[0], q[1];"
    step = np.kron(phase(math.pi / 4), I2) @ control(X) @ np.kron(I2, H)
    assert np.allclose(matrix(program), np.linalg.matrix_power(step, 1_000_000), atol=1e-6)
    assert len(parse(program).data) == 1


def test_many_controls() -> None:
    program = f"{QASM3}qubit[14] q; bit[14] c; x q[0:12]; ctrl(13) @ x {qubits(14)}; c = measure q;"
    assert certain(program) == {"c": "1" * 14}
    half = f"{QASM3}qubit[9] q; bit[9] c; x q[0:7]; ctrl(8) @ ry(pi / 2) {qubits(9)}; c = measure q;"
    assert set(counts(half)["c"]) == {"111111110", "111111111"}


def test_the_own_simulator_agrees_with_the_circuit() -> None:
    """What branches are simulated with, and what Aer gets, are one thing."""
    from qcaas_sdk.local.simulator.openqasm.interpret import Interpreter
    from qcaas_sdk.local.simulator.openqasm.machine import Budget
    from qcaas_sdk.local.simulator.openqasm.program import _LANGUAGES
    from qcaas_sdk.local.simulator.openqasm.program import parse as parse_openqasm

    text = (
        f"{QASM3}qubit[3] q; h q; ctrl @ u3(0.1, 0.2, 0.3) q[2], q[0]; pow(0.3) @ cswap q[1], q[0], q[2]; "
        "negctrl @ swap q[0], q[2], q[1]; ctrl(2) @ gphase(0.7) q[0], q[2]; rz(0.4) q[1]; crx(0.2) q[2], q[1];"
    )
    recorder = Recorder()
    Interpreter(recorder, _LANGUAGES[3], Budget(), {}).run(parse_openqasm(3, text).statements)
    steps: Sequence[object] = recorder.steps
    operations = [operation for step in steps if isinstance(step, tuple) for operation in step]
    assert np.allclose(unitary(operations, (0, 1, 2)), matrix(text))
