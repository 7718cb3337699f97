"""Qiskit's circuits with registers that OpenQASM can have: free names, and no bit in two of them or in none."""

from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from qcaas_sdk._programs.convert.qiskit_conditions import on_single_bits
from qcaas_sdk._programs.register_names import Place, free_names, is_free

_OF_NO_REGISTER = "cregless"  # as Qiskit's exporter calls it


def in_free_registers(circuit: QuantumCircuit) -> tuple[QuantumCircuit, dict[str, Place]]:
    """The circuit in other registers where it needs them, and where each classical register is.

    Raises:
        InvalidProgram: A condition speaks of registers that share bits in a way that cannot be said bit by bit.
    """
    groups = _groups(circuit)
    joined = ["_".join(register.name for register in group) or _OF_NO_REGISTER for group, _ in groups]
    alone = [group[0].name for group, _ in groups if len(group) == 1]
    names = free_names([*alone, *joined])
    places: dict[str, Place] = {}
    registers: list[ClassicalRegister] = []
    for (group, bits), name in zip(groups, joined, strict=True):
        registers.append(ClassicalRegister(name=names[name], bits=bits))
        for register in group:
            places[register.name] = (names[name], None if len(group) == 1 else [bits.index(bit) for bit in register])
    qubits = _quantum_registers(circuit, {register.name for register in registers})
    if _same(qubits, circuit.qregs) and _same(registers, circuit.cregs):
        return circuit, places
    shared = [register for group, _ in groups if len(group) > 1 for register in group]
    flat = QuantumCircuit(circuit.qubits, circuit.clbits, *qubits, *registers)
    flat.compose(on_single_bits(circuit, shared), flat.qubits, flat.clbits, inplace=True)
    # Qiskit composes the outermost conditions with the new registers; those within blocks still have the old ones.
    return on_single_bits(flat, ()), places


def _groups(circuit: QuantumCircuit) -> list[tuple[list[ClassicalRegister], list[Any]]]:
    """Registers that share bits go together; bits of no register are a group without one."""
    groups: list[tuple[list[ClassicalRegister], list[Any]]] = []
    for register in circuit.cregs:
        if not register.size:
            continue
        mine: list[Any] = list(register)
        touched = [group for group in groups if set(group[1]) & set(mine)]
        members = [one for group in touched for one in group[0]] + [register]
        bits = list(dict.fromkeys([*(bit for group in touched for bit in group[1]), *mine]))
        groups = [group for group in groups if group not in touched] + [(members, bits)]
    loose = [bit for bit in circuit.clbits if not any(bit in group[1] for group in groups)]
    return [*groups, *([([], loose)] if loose else [])]


def _quantum_registers(circuit: QuantumCircuit, taken: set[str]) -> list[QuantumRegister]:
    """The circuit's own, or one of all qubits where OpenQASM cannot have those."""
    own = [register for register in circuit.qregs if register.size]
    fine = all(is_free(register.name) and register.name not in taken for register in own)
    if fine and [bit for register in own for bit in register] == [*circuit.qubits]:
        return own
    name = next(name for name in ("q", *(f"q_{n}" for n in range(len(taken) + 1))) if name not in taken)
    return [QuantumRegister(name=name, bits=circuit.qubits)] if circuit.qubits else []


def _same(registers: list[Any], others: list[Any]) -> bool:
    return [(one.name, [*one]) for one in registers] == [(one.name, [*one]) for one in others]
