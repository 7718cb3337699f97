"""Conditions on whole registers as conditions on their bits, for circuits whose registers are joined into one."""

from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import ControlFlowOp, IfElseOp


def on_single_bits(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with each `if_else` on a register replaced by nested ones on single bits.

    A circuit without control flow comes back as it is. Conditions of other kinds (loops and switches on registers,
    expressions) are left alone.
    """
    if not any(isinstance(step.operation, ControlFlowOp) for step in circuit.data):
        return circuit
    changed = circuit.copy_empty_like()
    for step in circuit.data:
        operation = step.operation
        if isinstance(operation, ControlFlowOp):
            operation = operation.replace_blocks([on_single_bits(block) for block in operation.blocks])
            if isinstance(operation, IfElseOp) and _is_on_register(operation.condition):
                operation, clbits = _nested(operation, step)
                changed.append(operation, step.qubits, clbits)
                continue
        changed.append(operation, step.qubits, step.clbits)
    return changed


def _is_on_register(condition: object) -> bool:
    return isinstance(condition, tuple) and isinstance(condition[0], ClassicalRegister)


def _nested(operation: IfElseOp, step: Any) -> tuple[IfElseOp, list[Any]]:
    """Not met, any bit leads to the `else` block; all met, the innermost block is reached."""
    register, value = operation.condition
    clbits = list(dict.fromkeys((*step.clbits, *register)))
    then, *otherwise = (_block(block, step, clbits) for block in operation.blocks)
    for index, bit in enumerate(register):
        innermost = IfElseOp((bit, bool(value >> index & 1)), then, *otherwise)
        then = QuantumCircuit(list(step.qubits), clbits)
        then.append(innermost, step.qubits, clbits)
    return innermost, clbits


def _block(block: QuantumCircuit, step: Any, clbits: list[Any]) -> QuantumCircuit:
    """A block on the bits of the circuit around it."""
    wide = QuantumCircuit(list(step.qubits), clbits)
    return wide.compose(block, step.qubits, step.clbits)
