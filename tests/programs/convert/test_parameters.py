"""Free parameters get values: those of each package's circuits, and the `input` variables of OpenQASM 3."""

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np
import openqasm3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import InvalidArgument, InvalidProgram
from qcaas_sdk._programs.convert import bound, check_bound, program_text
from qcaas_sdk._programs.convert.inputs import inputs_of
from qcaas_sdk._programs.parameter_values import values_of


def qiskit_circuit() -> Any:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    circuit = QuantumCircuit(1, 1)
    circuit.rx(Parameter("theta"), 0)
    circuit.measure(0, 0)
    return circuit


def pytket_circuit() -> Any:
    import sympy
    from pytket.circuit import Circuit

    circuit = Circuit(1, 1)
    circuit.Rx(sympy.Symbol("theta") / pi, 0)
    return circuit.Measure(0, 0)


def cirq_circuit() -> Any:
    import cirq
    import sympy

    qubit = cirq.LineQubit(0)
    return cirq.Circuit(cirq.rx(sympy.Symbol("theta"))(qubit), cirq.measure(qubit, key="c"))


def pennylane_node() -> Any:
    import pennylane

    @pennylane.qnode(pennylane.device("default.qubit", wires=1))
    def node(theta: float, more: float = 0.0) -> Any:
        pennylane.RX(theta + more, 0)
        return pennylane.counts()

    return node


def braket_circuit() -> Any:
    from braket.circuits import Circuit, FreeParameter

    return Circuit().rx(0, FreeParameter("theta")).measure(0)


MADE: dict[str, Callable[[], Any]] = {
    "Qiskit": qiskit_circuit,
    "pytket": pytket_circuit,
    "Cirq": cirq_circuit,
    "PennyLane": pennylane_node,
    "Braket": braket_circuit,
}


@pytest.mark.parametrize("package", MADE)
def test_a_parameter_gets_its_value_and_the_circuit_stays_as_it_is(package: str) -> None:
    circuit = MADE[package]()
    one, other = (bound(circuit, {"theta": value}) for value in (0.25, 1))
    assert "0.25" in one or "0.0795" in one  # pytket and Cirq write multiples of π
    assert one != other
    with pytest.raises(InvalidProgram, match=r"theta.*parameters=\{…\} to create_job"):
        program_text(circuit)


@pytest.mark.parametrize("package", MADE)
def test_a_missing_or_unknown_parameter_is_named(package: str) -> None:
    circuit = MADE[package]()
    known = "theta, more" if package == "PennyLane" else "theta"
    for values, told in (
        ({}, "no value for theta"),
        ({"theta": 1.0, "psi": 2.0}, "no parameter 'psi'"),
        ({"psi": 2.0}, "no value for theta; no parameter 'psi'"),
    ):
        with pytest.raises(InvalidArgument, match=rf"{told}.*The {package} circuit has: {known}") as met:
            bound(circuit, values)
        assert met.value.argument == "parameters"
    with pytest.raises(InvalidArgument, match="'theta' is True, not a number"):
        bound(circuit, {"theta": True})


def test_elements_of_a_vector_have_names() -> None:
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector

    angles, circuit = ParameterVector("a", 2), QuantumCircuit(1, 1)
    circuit.rx(angles[0], 0)
    circuit.rz(angles[1], 0)
    circuit.measure(0, 0)
    assert "rx(0.5) q[0];\nrz(0.25) q[0];" in bound(circuit, {"a[0]": 0.5, "a[1]": 0.25})


def test_input_variables_of_a_circuit_get_values_in_its_text() -> None:
    from qiskit import QuantumCircuit, qasm3
    from qiskit.circuit.classical import types

    circuit = QuantumCircuit(1, 1)
    with circuit.if_test(circuit.add_input("wanted", types.Bool())):
        circuit.x(0)
    circuit.measure(0, 0)
    with pytest.raises(InvalidProgram, match=r"without a value: wanted; pass the text of qiskit\.qasm3\.dumps"):
        program_text(circuit)
    assert "const bool wanted = true;" in bound(qasm3.dumps(circuit), {"wanted": True})


def test_an_argument_of_a_node_with_a_default_may_be_given() -> None:
    node = pennylane_node()
    assert bound(node, {"theta": 0.5, "more": 0.25}) == bound(node, {"theta": 0.75})


def test_a_value_that_a_package_refuses_says_so() -> None:
    import pennylane

    @pennylane.qnode(pennylane.device("default.qubit", wires=1))
    def node(theta: float) -> Any:
        raise RuntimeError(f"not {theta}")

    with pytest.raises(InvalidProgram, match=r"RuntimeError: not 0\.5"):
        bound(node, {"theta": 0.5})


def test_what_has_no_parameters_takes_none() -> None:
    import pennylane

    tape = pennylane.tape.QuantumScript([pennylane.RX(0.5, 0)], [pennylane.counts()])
    assert bound(tape, {}) == program_text(tape)
    with pytest.raises(InvalidArgument, match=r"no parameter 'x' in the PennyLane circuit.*has: none"):
        bound(tape, {"x": 1})
    with pytest.raises(InvalidArgument, match=r"no parameter 'x' in the program"):
        bound("OPENQASM 2.0; qreg q[1];", {"x": 1})


# OpenQASM 3.

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


@pytest.mark.parametrize(
    ("declared", "value", "written"),
    [
        ("float", 1, "1.0"),
        ("float[64]", -0.5, "-0.5"),
        ("float[ 32 ]", 1e-07, "1e-07"),
        ("angle[20]", 3.5, "3.5"),
        ("int", -3, "-3"),
        ("int[8]", 127, "127"),
        ("int[8]", -128, "-128"),
        ("int[N]", 5.0, "5"),
        ("uint[4]", 15, "15"),
        ("bool", True, "true"),
        ("bool", False, "false"),
    ],
)
def test_an_input_becomes_a_constant(declared: str, value: float, written: str) -> None:
    text = bound(f"{HEAD}input {declared} x;\nqubit q;\n", {"x": value})
    assert text == f"{HEAD}const {declared} x = {written};\nqubit q;\n"
    openqasm3.parse(text)
    check_bound(text)


@pytest.mark.parametrize(
    ("declared", "value", "told"),
    [
        ("int[8]", 128, "128 does not fit"),
        ("int[8]", -129, "-129 does not fit"),
        ("int", 0.5, "0.5 is not a whole number"),
        ("uint", -1, "-1 is negative"),
        ("uint[2]", 4, "4 does not fit"),
        ("bool", 1, "1 is not True or False"),
        ("float", True, "True is not a number"),
        ("bit[4]", 1, "only angle, bool, float, int, uint can be parameters"),
        ("duration", 1, "only angle, bool"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(declared: str, value: float, told: str) -> None:
    with pytest.raises(InvalidArgument, match=f"'x' is declared as .*: {told}"):
        bound(f"{HEAD}input {declared} x;\n", {"x": value})


QUIET = f"""{HEAD}// input float a;
/* input float b;
*/
#pragma note input float c;
pragma note input float d;
@note input float e;
float my_input = 1.0;
"""


def test_only_statements_are_inputs() -> None:
    assert inputs_of(QUIET) == []
    assert inputs_of(QUIET + "input float f; /* x */input\nint\n[8]\nn;") == ["f", "n"]
    assert inputs_of('OPENQASM 2.0; gate input a { } input q; include "input float x;";') == []
    assert inputs_of("// OPENQASM 2\ninput float x;") == ["x"]


def test_lines_keep_their_numbers() -> None:
    text = f"{HEAD}input\n float\n x;\nqubit q;\nrx(x) q;"
    assert bound(text, {"x": 0.5}).splitlines()[5:] == text.splitlines()[5:]


def test_a_program_with_an_input_is_refused_with_the_names() -> None:
    with pytest.raises(InvalidProgram, match=r"without a value: a, b; pass parameters=\{'a': …\}"):
        check_bound(f"{HEAD}input float a; input int b;")
    check_bound(QUIET)


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in {"input", "pragma"} and not name.startswith("pi")
)


@given(
    st.dictionaries(NAMES, st.floats(allow_nan=False, allow_infinity=False), max_size=5),
    st.text('ab;/*"\n ', max_size=20),
)
def test_every_input_gets_the_value_that_it_was_given(values: dict[str, float], noise: str) -> None:
    text = HEAD + "".join(f"input float[64] {name};\n" for name in values) + "// " + noise.replace("\n", " ")
    assert inputs_of(text) == list(values)
    written = bound(text, values)
    found = dict(
        line[len("const float[64] ") : -1].split(" = ") for line in written.splitlines() if line[:5] == "const"
    )
    assert {name: float(value) for name, value in found.items()} == values
    assert inputs_of(written) == []


# Values.


def test_numbers_of_numpy_become_plain() -> None:
    values = values_of(
        {"a": np.float64(0.5), "b": np.int64(3), "c": np.float32(0.5), "d": np.bool_(True), "e": np.array(2)}
    )
    assert values == {"a": 0.5, "b": 3, "c": 0.5, "d": True, "e": 2}
    assert [type(value) for value in values.values()] == [float, int, float, bool, int]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, 1j, [1.0], np.array([1.0])])
def test_what_is_no_finite_number_is_named(value: object) -> None:
    with pytest.raises(InvalidArgument, match=r"the parameter 'x' is .*: pass a finite number"):
        values_of({"x": value})


@pytest.mark.parametrize(
    ("parameters", "told"), [(3, "a mapping of numbers"), ({1: 2.0}, "has the name 1: names are text")]
)
def test_parameters_are_a_mapping_of_names(parameters: object, told: str) -> None:
    with pytest.raises(InvalidArgument, match=told):
        values_of(parameters)
