"""Circuits that put something hard to the way from Qiskit to the service and back."""

from collections.abc import Callable

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Qubit


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def registers_that_go_together() -> QuantumCircuit:
    """Counts register by register would not tell that the two are always equal."""
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(1, "first"), ClassicalRegister(2, "rest"))
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.x(2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    return circuit


def names_that_are_words_of_openqasm() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2, "h"), ClassicalRegister(1, "measure"), ClassicalRegister(1, "pi"))
    circuit.ry(1.0, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [1, 0])
    return circuit


def bits_of_no_register() -> QuantumCircuit:
    circuit = QuantumCircuit([Qubit(), Qubit()], [Clbit(), Clbit()])
    circuit.x(0)
    circuit.h(1)
    circuit.measure([0, 1], [1, 0])
    return circuit


def bits_that_nobody_writes() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "m"), ClassicalRegister(3, "n"))
    circuit.x(0)
    circuit.h(2)
    circuit.measure([0, 2], [3, 0])
    return circuit


def a_state_prepared() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.initialize([0.6, 0, 0, 0.8], [0, 1])
    circuit.measure([0, 1], [0, 1])
    return circuit


def gates_that_no_library_file_has() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.ecr(0, 1)
    circuit.rzx(0.4, 1, 2)
    circuit.iswap(0, 2)
    circuit.unitary([[0.6, 0.8], [0.8, -0.6]], 0)
    circuit.mcx([0, 1], 2)
    circuit.measure_all()
    return circuit


def teleportation() -> QuantumCircuit:
    circuit = QuantumCircuit(
        QuantumRegister(3, "q"), ClassicalRegister(1, "z"), ClassicalRegister(1, "x"), ClassicalRegister(1, "out")
    )
    circuit.ry(0.7, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.cregs[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.cregs[0], 1)):
        circuit.z(2)
    circuit.measure(2, 2)
    return circuit


def a_condition_on_one_of_two_wide_registers() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "a"), ClassicalRegister(2, "b"))
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.cregs[0], 2)) as otherwise:
        circuit.x(0)
    with otherwise:
        circuit.h(1)
    circuit.measure([0, 1], [2, 3])
    return circuit


def conditions_in_a_loop() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "a"), ClassicalRegister(1, "b"))
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.for_loop(range(2)), circuit.if_test((circuit.cregs[0], 3)):
        circuit.ry(0.3, 1)
        with circuit.if_test((circuit.clbits[0], 0)) as otherwise:
            circuit.x(1)
        with otherwise:
            circuit.x(0)
    circuit.measure(0, 2)
    return circuit


def a_block_with_bits_of_its_own() -> QuantumCircuit:
    block = QuantumCircuit(1, 1)
    block.x(0)
    block.measure(0, 0)
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "a"), ClassicalRegister(1, "b"))
    circuit.h(0)
    circuit.measure(0, 1)
    circuit.if_test((circuit.cregs[0], 2), block, [1], [2])
    return circuit


def a_loop_until_zero() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(1, "a"), ClassicalRegister(1, "b"))
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.while_loop((circuit.clbits[0], 1)):
        circuit.h(0)
        circuit.x(1)
        circuit.measure(0, 0)
    circuit.measure(1, 1)
    return circuit


def a_condition_on_the_only_register() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.cregs[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    return circuit


STATIC: list[Callable[[], QuantumCircuit]] = [
    bell,
    registers_that_go_together,
    names_that_are_words_of_openqasm,
    bits_of_no_register,
    bits_that_nobody_writes,
    a_state_prepared,
    gates_that_no_library_file_has,
]
DYNAMIC: list[Callable[[], QuantumCircuit]] = [
    teleportation,
    a_condition_on_one_of_two_wide_registers,
    conditions_in_a_loop,
    a_block_with_bits_of_its_own,
    a_loop_until_zero,
    a_condition_on_the_only_register,
]
