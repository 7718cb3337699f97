"""Names of registers come back as the user wrote them; what cannot be converted is refused with its name."""

import warnings
from typing import Any

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Gate
from qiskit.circuit.classical import expr

from qcaas_sdk import InvalidProgram
from qcaas_sdk._programs.convert import program_text, under_own_names
from qcaas_sdk._programs.register_names import is_free, with_names
from qcaas_sdk.qiskit import OqcProvider
from tests.programs.convert.distributions import SHOTS, counts_of

with warnings.catch_warnings():  # of packages that these import
    warnings.simplefilter("ignore")
    import cirq
    import pennylane as qml
    import sympy
    from pytket.circuit import Circuit, Qubit

NAMES = ["Out", "pi", "h", "output", "ψ", "a b", "measure", "_x", "0"]


async def test_qiskits_registers_come_back_under_their_names() -> None:
    circuits = []
    for name in NAMES:
        circuit = QuantumCircuit(QuantumRegister(1, "q"), ClassicalRegister(1, name))
        circuit.x(0)
        circuit.measure(0, 0)
        circuits.append(circuit)
    assert await counts_of(*circuits) == [{name: {"1": SHOTS}} for name in NAMES]


async def test_registers_that_share_bits() -> None:
    c = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(2, "q"), c, ClassicalRegister(bits=[c[1], c[0]], name="d"))
    circuit.x(0)
    circuit.measure([0, 1], [0, 1])
    assert await counts_of(circuit) == [{"c": {"10": SHOTS}, "d": {"01": SHOTS}}]


async def test_conditions_in_blocks_on_registers_that_get_another_name() -> None:
    circuits = []
    for nested in ("tuple", "equal", "less", "switch", "while"):
        a, b = ClassicalRegister(1, "a"), ClassicalRegister(2, "in")
        circuit = QuantumCircuit(QuantumRegister(2, "q"), a, b)
        circuit.x(0)
        circuit.measure([0, 0], [a[0], b[1]])
        with circuit.if_test((a, 1)):
            match nested:
                case "tuple":
                    with circuit.if_test((b, 2)):
                        circuit.x(1)
                case "equal":
                    with circuit.if_test(expr.equal(b, 2)):
                        circuit.x(1)
                case "less":
                    with circuit.if_test(expr.less(b, 3)):
                        circuit.x(1)
                case "switch":
                    with circuit.switch(b) as case, case(2):
                        circuit.x(1)
                case "while":
                    with circuit.while_loop((b, 2)):
                        circuit.x(1)
                        circuit.measure(1, b[0])
        circuit.measure(1, b[0])
        circuits.append(circuit)
    assert await counts_of(*circuits) == [{"a": {"1": SHOTS}, "in": {"11": SHOTS}}] * 5


async def test_conditions_wires_and_barriers_mean_what_they_mean() -> None:
    a, b, c = cirq.LineQubit.range(3)
    condition = cirq.X(c).with_classical_controls(sympy.Eq(sympy.Symbol("m"), 1))
    keyed = cirq.Circuit(cirq.X(a), cirq.measure(a, b, key="m"), condition, cirq.measure(c, key="n"))

    @qml.qnode(qml.device("default.qubit", wires=[0, 1, 2]))
    def node() -> Any:
        qml.CNOT([2, 0])
        qml.PauliX(2)
        return qml.counts()

    barred = Circuit(2, 2).X(0)
    barred.add_barrier([0, 1], [0])
    barred.Measure(0, 1)
    assert await counts_of(keyed, node, barred) == [
        {"m_m": {"10": SHOTS}, "m_n": {"0": SHOTS}},
        {"c": {"001": SHOTS}},
        {"c": {"01": SHOTS}},
    ]


def computing() -> Any:
    circuit = Circuit(1)
    one, other = circuit.add_c_register("a", 3), circuit.add_c_register("b", 3)
    circuit.X(0).Measure(Qubit(0), one[0])
    circuit.add_clexpr_from_logicexp(one + 1, other.to_list())
    return circuit


def repeating() -> Any:
    qubit = cirq.LineQubit(0)
    inner = cirq.FrozenCircuit(cirq.X(qubit), cirq.measure(qubit, key="m"))
    until = cirq.KeyCondition(cirq.MeasurementKey("m"))
    return cirq.Circuit(cirq.CircuitOperation(inner, use_repetition_ids=False, repeat_until=until))


def opaque() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.append(Gate("dark", 1, []), [0])
    circuit.measure(0, 0)
    return circuit


def postselecting() -> Any:
    with qml.tape.QuantumTape() as tape:
        qml.measure(0, postselect=0)
        qml.counts()
    return tape


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (computing, r"computes with bits \(ClExpr\)"),
        (repeating, "nondeterministic repetitions"),
        (opaque, "the instruction 'dark' has no definition"),
        (postselecting, "postselects"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_name(make: Any, says: str) -> None:
    with pytest.raises(InvalidProgram, match=says):
        program_text(make())


def test_a_loop_on_a_register_and_a_register_called_output_through_the_provider() -> None:
    a, b = ClassicalRegister(1, "a"), ClassicalRegister(2, "b")
    loop = QuantumCircuit(QuantumRegister(2), a, b)
    loop.x(0)
    loop.measure(0, a[0])
    with loop.while_loop((a, 1)):
        loop.x(0)
        loop.measure(0, a[0])
        loop.x(1)
    loop.measure(1, b[1])
    named = QuantumCircuit(QuantumRegister(1, "q"), ClassicalRegister(2, "output"))
    named.x(0)
    named.measure(0, 0)
    with named.if_test((named.cregs[0], 1)):
        named.x(0)
    named.measure(0, 1)
    with OqcProvider.local() as provider:
        result = provider.get_backend().run([loop, named], shots=10).result()
    assert result.get_counts(0) == {"10 0": 10}
    assert result.get_counts(1) == {"01": 10}


def test_results_of_every_shape_are_read_by_the_line_and_nothing_else_is() -> None:
    text = with_names("OPENQASM 2.0;\n", {"Out": ("r", [1, 0]), "e": ("e", None)})
    assert under_own_names(text, {"r": {"01": 3, "11": 1}, "e": {"0": 4}}) == {
        "Out": {"10": 3, "11": 1},
        "e": {"0": 4},
    }
    assert under_own_names(text, {"r": "01", "x": [0]}) == {"x": [0], "Out": "10"}
    assert under_own_names(text, {"r": [0, 1]}) == {"Out": [1, 0]}
    for odd in (None, [1], {"r": 3}, {"r": [0]}):
        assert under_own_names(text, odd) == odd
    assert under_own_names("OPENQASM 2.0;\n// registers of the circuit: {oops}", {"r": 1}) == {"r": 1}
    assert with_names("text", {"c": ("c", None)}) == "text"
    assert is_free("c") and not any(map(is_free, NAMES))
