"""PennyLane's tapes and nodes: wires, bases, what its exporter writes wrong, and what cannot be sent."""

import warnings
from typing import Any

import pytest

with warnings.catch_warnings():  # of packages that it imports
    warnings.simplefilter("ignore")
    import pennylane as qml

from qcaas_sdk import InvalidProgram
from qcaas_sdk._programs.convert import program_text
from qcaas_sdk.local.simulator.programs import parse
from tests.programs.convert.distributions import SHOTS, counts_of


def tape(*operations: Any, measures: Any = ()) -> Any:
    return qml.tape.QuantumScript(list(operations), list(measures))


async def test_wires_are_bits_in_the_order_of_the_tape() -> None:
    named = tape(qml.Identity("first"), qml.X("second"), measures=[qml.counts()])
    with qml.tape.QuantumTape() as recorded:
        qml.X(0)
        qml.CNOT([0, 2])
        qml.probs(wires=[2])
    assert await counts_of(named, recorded) == [{"c": {"01": SHOTS}}, {"c": {"11": SHOTS}}]


async def test_an_observable_is_measured_in_its_own_basis() -> None:
    plus = tape(qml.Hadamard(0), qml.X(1), measures=[qml.expval(qml.X(0) @ qml.Z(1))])
    assert await counts_of(plus) == [{"c": {"01": SHOTS}}]


async def test_a_node_without_arguments_is_a_program() -> None:
    @qml.qnode(qml.device("default.qubit", wires=2))
    def flip(angle: float = 0.0) -> Any:
        qml.RX(angle, 0)
        qml.X(1)
        return qml.counts()

    @qml.qnode(qml.device("default.qubit", wires=1))
    def rotated(angle: float, *, times: int) -> Any:
        return qml.counts()

    assert [set(counts["c"]) for counts in await counts_of(flip)] == [{"01"}]
    with pytest.raises(InvalidProgram, match=r"takes arguments \(angle, times\).*construct_tape\(node\)\(…\)"):
        program_text(rotated)


async def test_what_the_exporter_writes_is_made_openqasm() -> None:
    @qml.qnode(qml.device("default.qubit", wires=3))
    def midway() -> Any:
        qml.X(0)
        for _ in range(2):
            qml.cond(qml.measure(0), qml.X)(1)
        return qml.counts(wires=[0, 1])

    phase = tape(qml.QubitUnitary(qml.matrix(qml.X(0)) * 1j, 0), measures=[qml.counts()])
    assert "gphase" not in program_text(phase)
    first, second = await counts_of(midway, phase)
    assert first["c"] == {"100": SHOTS}  # all wires of the device
    assert first["mcms_0"] == first["mcms_1"] == {"1": SHOTS}
    assert second == {"c": {"1": SHOTS}}


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (tape(qml.X(0), measures=[qml.expval(qml.X(0)), qml.expval(qml.Z(0))]), "measures in 2 bases"),
        (tape(qml.BitFlip(0.1, 0), measures=[qml.counts()]), "PennyLane cannot write this circuit as OpenQASM"),
    ],
)
def test_what_cannot_be_sent(program: Any, says: str) -> None:
    with pytest.raises(InvalidProgram, match=says):
        program_text(program)


def test_a_library_of_operations_can_be_read() -> None:
    operations = [
        qml.QFT([0, 1, 2]),
        qml.IsingXX(0.3, [0, 1]),
        qml.Toffoli([0, 1, 2]),
        qml.MultiControlledX([0, 1, 2, 3]),
        qml.CRot(0.1, 0.2, 0.3, [0, 1]),
        qml.SX(0),
        qml.ISWAP([0, 1]),
        qml.StatePrep([0.6, 0.8], 4),
    ]
    assert parse(program_text(tape(*operations, measures=[qml.counts()]))).num_qubits == 5
