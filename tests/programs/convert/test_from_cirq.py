"""Cirq's circuits: keys and registers, order of qubits, subcircuits, and what cannot be sent."""

import warnings
from typing import Any

import pytest
import sympy

with warnings.catch_warnings():  # of packages that it imports
    warnings.simplefilter("ignore")
    import cirq

from qcaas_sdk import InvalidProgram
from qcaas_sdk._programs.convert import program_text
from tests.programs.convert.distributions import SHOTS, counts_of

A, B, C = cirq.LineQubit.range(3)


async def test_a_key_is_a_register_and_its_qubits_are_its_bits() -> None:
    circuit = cirq.Circuit(cirq.X(A), cirq.X(C), cirq.measure(C, B, key="left"), cirq.measure(A, key="right"))
    inverted = cirq.Circuit(cirq.measure(A, B, key="k", invert_mask=(True,)))
    assert await counts_of(circuit, inverted.freeze()) == [
        {"m_left": {"10": SHOTS}, "m_right": {"1": SHOTS}},
        {"m_k": {"10": SHOTS}},
    ]


async def test_keys_of_one_register_become_one_register() -> None:
    bell = cirq.Circuit(cirq.H(A), cirq.CNOT(A, B), cirq.X(C))
    apart = bell + cirq.Circuit(cirq.measure(qubit, key=f"c_{place}") for place, qubit in enumerate((C, A, B)))
    (counts,) = await counts_of(apart)
    assert set(counts["m_c"]) == {"100", "111"}  # what the qubits do together is not lost


@pytest.mark.parametrize(
    "circuit",
    [
        cirq.Circuit(cirq.measure(A, key="c_0"), cirq.X(A), cirq.measure(B, key="c_1")),  # not final
        cirq.Circuit(
            cirq.measure(A, key="c_0"), cirq.X(B).with_classical_controls("c_0"), cirq.measure(B, key="c_1")
        ),
        cirq.Circuit(cirq.measure(A, key="c_0"), cirq.measure(B, key="c_2")),  # a gap
        cirq.Circuit(cirq.measure(A, key="c_0"), cirq.measure(B, C, key="c_1")),  # two qubits
        cirq.Circuit(cirq.measure(A, key="c_0"), cirq.measure(B, key="c")),  # the name is taken
    ],
)
def test_other_keys_stay_apart(circuit: Any) -> None:
    assert program_text(circuit).count("creg") == 2


async def test_control_by_a_key_and_subcircuits() -> None:
    controlled = cirq.Circuit(
        cirq.X(A), cirq.measure(A, key="flag"), cirq.X(B).with_classical_controls("flag"), cirq.measure(B, key="out")
    )
    inner = cirq.CircuitOperation(cirq.FrozenCircuit(cirq.X(A)), repetitions=3)
    nested = cirq.Circuit(inner, cirq.measure(A, key="out"))
    assert await counts_of(controlled, nested) == [
        {"m_flag": {"1": SHOTS}, "m_out": {"1": SHOTS}},
        {"m_out": {"1": SHOTS}},
    ]


@pytest.mark.parametrize(
    ("circuit", "says"),
    [
        (cirq.Circuit(cirq.rx(sympy.Symbol("t"))(A), cirq.measure(A)), "without a value: t; call cirq.resolve_param"),
        (cirq.Circuit(cirq.H(A)), "measures nothing"),
        (cirq.Circuit(cirq.measure(A, key="c"), cirq.measure(B, key="c")), "measures the key 'c' 2 times"),
        (cirq.Circuit(cirq.depolarize(0.1)(A), cirq.measure(A)), "Cirq cannot write this circuit as OpenQASM"),
        (cirq.Circuit(cirq.measure(cirq.LineQid(0, 3))), "Cirq cannot write this circuit as OpenQASM"),
    ],
    ids=["a parameter", "no measurement", "a key twice", "noise", "a qutrit"],
)
def test_what_cannot_be_sent(circuit: Any, says: str) -> None:
    with pytest.raises(InvalidProgram, match=says):
        program_text(circuit)
