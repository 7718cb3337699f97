"""pytket's circuits: gates without a name in OpenQASM 2, wide registers, swaps of wires, and what cannot be sent."""

import warnings

import pytest

with warnings.catch_warnings():  # of packages that it imports
    warnings.simplefilter("ignore")
    from pytket.circuit import Bit, Circuit, OpType, Qubit, fresh_symbol

from qcaas_sdk import InvalidProgram
from qcaas_sdk._programs.convert import program_text
from qcaas_sdk.local.simulator.programs import parse
from tests.programs.convert.distributions import SHOTS, counts_of


async def test_bits_and_registers() -> None:
    flip_first = Circuit(3).X(0).measure_all()
    named = Circuit()
    qubits, left, right = (
        named.add_q_register("a", 2),
        named.add_c_register("left", 2),
        named.add_c_register("right", 1),
    )
    named.X(qubits[1]).Measure(qubits[1], left[0]).Measure(qubits[0], right[0])
    assert await counts_of(flip_first, named) == [
        {"c": {"100": SHOTS}},
        {"left": {"10": SHOTS}, "right": {"0": SHOTS}},
    ]


async def test_swaps_of_wires_keep_their_meaning() -> None:
    circuit = Circuit(2, 2).X(0).SWAP(0, 1)
    circuit.replace_SWAPs()
    circuit.Measure(0, 0).Measure(1, 1)
    assert await counts_of(circuit) == [{"c": {"01": SHOTS}}]


async def test_conditions_and_wide_registers() -> None:
    circuit = Circuit(1, 40)
    flag = circuit.add_c_register("flag", 1)
    circuit.X(0).Measure(Qubit(0), flag[0])
    circuit.X(0, condition=flag[0])
    circuit.Measure(0, 39)
    assert await counts_of(circuit) == [{"c": {"0" * 40: SHOTS}, "flag": {"1": SHOTS}}]


async def test_registers_that_are_called_as_gates_come_back_under_their_names() -> None:
    circuit = Circuit()
    qubits, bits = circuit.add_q_register("h", 1), circuit.add_c_register("x", 1)
    circuit.H(qubits[0]).H(qubits[0]).X(qubits[0]).Measure(qubits[0], bits[0])
    assert await counts_of(circuit) == [{"x": {"1": SHOTS}}]
    assert circuit.c_registers[0].name == "x"


@pytest.mark.parametrize(
    ("kind", "qubits", "values"),
    [
        (OpType.PhasedX, 1, [0.2, 0.3]),
        (OpType.Sycamore, 2, []),
        (OpType.CnRy, 3, [0.1]),
        (OpType.CnZ, 4, []),
        (OpType.CnX, 5, []),
        (OpType.AAMS, 2, [0.1, 0.2, 0.3]),
        (OpType.GPI, 1, [0.1]),
        (OpType.TK2, 2, [0.1, 0.2, 0.3]),
        (OpType.ISWAP, 2, [0.3]),
        (OpType.ECR, 2, []),
        (OpType.ZZMax, 2, []),
        (OpType.BRIDGE, 3, []),
        (OpType.FSim, 2, [0.1, 0.2]),
    ],
    ids=str,
)
def test_a_gate_without_a_name_in_openqasm_2_is_rewritten_and_means_the_same(
    kind: OpType, qubits: int, values: list[float]
) -> None:
    import numpy as np
    from qiskit.quantum_info import Operator

    circuit = Circuit(qubits)
    circuit.add_gate(kind, values, list(range(qubits)))
    expected = circuit.get_unitary()  # bit 0 is the most significant
    read = parse(program_text(circuit.copy().measure_all()))
    read.remove_final_measurements()
    written = Operator(read.reverse_bits()).data
    overlap = abs(np.trace(expected.conj().T @ written)) / 2**qubits
    assert overlap == pytest.approx(1.0, abs=1e-6)


def test_what_cannot_be_sent() -> None:
    with pytest.raises(InvalidProgram, match=r"pytket circuit has parameters without a value: a; call"):
        program_text(Circuit(1).Rx(fresh_symbol("a"), 0).measure_all())
    with pytest.raises(InvalidProgram, match="pytket circuit measures nothing"):
        program_text(Circuit(1).H(0))
    lone = Circuit(1)
    lone.add_bit(Bit("lone"))
    with pytest.raises(InvalidProgram, match=r"pytket cannot write this circuit as OpenQASM: .*single index"):
        program_text(lone.H(0).Measure(Qubit(0), Bit("lone")))
    with pytest.raises(InvalidProgram, match=r"pytket cannot write this circuit as OpenQASM: .*entire classical"):
        program_text(Circuit(2, 2).Measure(0, 0).X(1, condition_bits=[0], condition_value=1).Measure(1, 1))
