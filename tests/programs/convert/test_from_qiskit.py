"""Qiskit's circuits: what its exporters get wrong, and what cannot be sent."""

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.providers.fake_provider import GenericBackendV2

from qcaas_sdk import InvalidProgram
from qcaas_sdk._programs.convert import program_text
from qcaas_sdk.local.simulator.programs import parse
from tests.programs.convert.distributions import SHOTS, counts_of


async def test_bits_come_out_as_they_are_numbered() -> None:
    flip_first = QuantumCircuit(3, 3)
    flip_first.x(0)
    flip_first.measure(range(3), range(3))
    crossed = QuantumCircuit(QuantumRegister(2, "a"), QuantumRegister(1, "b"), ClassicalRegister(3, "out"))
    crossed.x(2)
    crossed.measure([0, 1, 2], [2, 0, 1])
    assert await counts_of(flip_first, crossed) == [{"c": {"100": SHOTS}}, {"out": {"010": SHOTS}}]


async def test_registers_keep_their_names_and_their_counts() -> None:
    two = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(1, "left"), ClassicalRegister(1, "right"))
    two.x(1)
    two.measure([0, 1], [0, 1])
    measured_all = QuantumCircuit(2)
    measured_all.measure_all()
    assert await counts_of(two, measured_all) == [
        {"left": {"0": SHOTS}, "right": {"1": SHOTS}},
        {"meas": {"00": SHOTS}},
    ]


async def test_what_is_no_gate_is_not_written_as_one() -> None:
    prepared = QuantumCircuit(2, 2)
    prepared.initialize("10", [0, 1])  # Qiskit's order: qubit 1 is 1
    prepared.measure([0, 1], [0, 1])
    step = QuantumCircuit(1, 1, name="flip and look")
    step.x(0)
    step.measure(0, 0)
    nested = QuantumCircuit(1, 1)
    nested.append(step.to_instruction(), [0], [0])
    assert await counts_of(prepared, nested) == [{"c": {"01": SHOTS}}, {"c": {"1": SHOTS}}]


async def test_control_flow_goes_as_openqasm_3() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    assert program_text(circuit).startswith("OPENQASM 3")
    compiled = transpile(circuit, GenericBackendV2(3, control_flow=True, seed=1), seed_transpiler=1)
    loop = QuantumCircuit(1, 1)
    with loop.for_loop(range(3)):
        loop.x(0)
    loop.measure(0, 0)
    assert await counts_of(circuit, compiled, loop) == [{"c": {"11": SHOTS}}] * 2 + [{"c": {"1": SHOTS}}]


async def test_a_register_that_is_called_as_a_gate() -> None:
    circuit = QuantumCircuit(QuantumRegister(2, "h"), ClassicalRegister(2, "out"))
    circuit.h(0)
    circuit.h(0)
    circuit.x(1)
    circuit.measure([0, 1], [0, 1])
    assert await counts_of(circuit) == [{"out": {"01": SHOTS}}]


@pytest.mark.parametrize("name", sorted(get_standard_gate_name_mapping()))
def test_every_standard_gate_is_written_so_that_it_can_be_read(name: str) -> None:
    gate = get_standard_gate_name_mapping()[name]
    circuit = QuantumCircuit(max(gate.num_qubits, 1), 1)
    values = [0.1 * (place + 1) for place in range(len(gate.params))]
    if name == "delay":
        circuit.delay(100, 0)
    elif name != "measure":
        circuit.append(gate.base_class(*values) if gate.params else gate, range(gate.num_qubits))
    circuit.measure(0, 0)
    assert parse(program_text(circuit)).num_clbits == 1


def test_parameters_without_a_value_are_named() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.rx(Parameter("theta"), 0)
    circuit.rz(Parameter("alpha"), 0)
    circuit.measure(0, 0)
    with pytest.raises(InvalidProgram, match=r"without a value: alpha, theta; call circuit\.assign_parameters"):
        program_text(circuit)


def test_a_circuit_that_measures_nothing() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    with pytest.raises(InvalidProgram, match=r"measures nothing.*circuit\.measure_all\(\)"):
        program_text(circuit)


def test_one_that_measures_only_inside_a_block_measures() -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(2)):
        circuit.measure(0, 0)
    assert "measure" in program_text(circuit)
