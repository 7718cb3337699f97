"""Conditions on whole registers as conditions on their bits, for registers that the text does not have."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import ControlFlowOp, IfElseOp, Store, SwitchCaseOp, WhileLoopOp
from qiskit.circuit.classical import expr

from qcaas_sdk._programs.convert.refusals import not_writable


def on_single_bits(circuit: QuantumCircuit, registers: Iterable[ClassicalRegister] | None = None) -> QuantumCircuit:
    """The circuit with conditions on bits instead of on these registers, and with blocks on the circuit's own bits.

    A circuit without control flow comes back as it is.

    Args:
        circuit: Whose conditions they are.
        registers: Those that the text does not have; by default all.

    Raises:
        InvalidProgram: A condition speaks of such a register in a way that cannot be said bit by bit.
    """
    return _Conditions(circuit.cregs if registers is None else registers).rewritten(circuit)


class _Conditions:
    def __init__(self, registers: Iterable[ClassicalRegister]) -> None:
        self.gone = list(registers)

    def rewritten(self, circuit: QuantumCircuit) -> QuantumCircuit:
        if not any(isinstance(step.operation, ControlFlowOp | Store) for step in circuit.data):
            return circuit
        changed = circuit.copy_empty_like()
        for step in circuit.data:
            operation = step.operation
            if isinstance(operation, Store):
                self._refuse(operation.lvalue, operation.rvalue)
            if not isinstance(operation, ControlFlowOp):
                changed.append(step)
                continue
            clbits = list(dict.fromkeys((*step.clbits, *_of_conditions(operation))))
            wide = [self.rewritten(_on_outer_bits(block, step, clbits, circuit)) for block in operation.blocks]
            operation = _with_blocks(operation, wide)
            if isinstance(operation, IfElseOp | WhileLoopOp):
                operation = self._conditional(operation, step.qubits, clbits)
            elif isinstance(operation, SwitchCaseOp):
                self._refuse(
                    operation.target if isinstance(operation.target, expr.Expr) else expr.lift(operation.target)
                )
            changed.append(operation, step.qubits, clbits)
        return changed

    def _conditional(self, operation: ControlFlowOp, qubits: Any, clbits: list[Any]) -> ControlFlowOp:
        condition = operation.condition
        if isinstance(condition, expr.Expr):
            operation.condition = self._bitwise(condition)
            return operation
        target, value = condition
        if not self._is_gone(target):
            return operation
        if isinstance(operation, IfElseOp):
            return _nested(operation, qubits, clbits)
        operation.condition = (target[0], bool(value)) if len(target) == 1 else _equal(target, value)
        return operation

    def _bitwise(self, node: expr.Expr) -> expr.Expr:
        match node:
            case expr.Binary(op=expr.Binary.Op.EQUAL | expr.Binary.Op.NOT_EQUAL):
                sides = [_without_casts(node.left), _without_casts(node.right)]
                for one, other in (sides, sides[::-1]):
                    if isinstance(one, expr.Var) and self._is_gone(one.var) and isinstance(other, expr.Value):
                        same = _equal(one.var, int(other.value))
                        return same if node.op is expr.Binary.Op.EQUAL else expr.logic_not(same)
        match node:
            case expr.Binary():
                return expr.Binary(node.op, self._bitwise(node.left), self._bitwise(node.right), node.type)
            case expr.Unary():
                return expr.Unary(node.op, self._bitwise(node.operand), node.type)
        self._refuse(node)
        return node

    def _refuse(self, *nodes: expr.Expr) -> None:
        for node in nodes:
            for found in expr.iter_vars(node):
                if self._is_gone(found.var):
                    raise not_writable(
                        "Qiskit",
                        f"an expression, a switch or an assignment uses the whole register {found.var.name!r}, which "
                        "the program cannot have as it is here: use single bits, or compare it with == only",
                    )

    def _is_gone(self, target: object) -> bool:
        return isinstance(target, ClassicalRegister) and any(
            target is register or (target == register and [*target] == [*register]) for register in self.gone
        )


def _without_casts(node: expr.Expr) -> expr.Expr:
    while isinstance(node, expr.Cast) and node.implicit:
        node = node.operand
    return node


def _equal(register: ClassicalRegister, value: int) -> expr.Expr:
    """All bits are as the value says; never, for a value that does not fit."""
    if value >> len(register):
        return expr.lift(False)
    bits = [expr.lift(bit) if value >> place & 1 else expr.logic_not(bit) for place, bit in enumerate(register)]
    return reduce(expr.logic_and, bits)


def _nested(operation: IfElseOp, qubits: Any, clbits: list[Any]) -> IfElseOp:
    """Not met, any bit leads to the `else` block; all met, the innermost block is reached."""
    register, value = operation.condition
    then, *otherwise = operation.blocks
    for place, bit in enumerate(register):
        inner = IfElseOp((bit, bool(value >> place & 1)), then, *otherwise)
        then = QuantumCircuit(list(qubits), clbits)
        then.append(inner, qubits, clbits)
    return inner


def _of_conditions(operation: ControlFlowOp) -> list[Any]:
    """The bits that the condition of a block reads."""
    condition = getattr(operation, "condition", None) or getattr(operation, "target", None)
    if isinstance(condition, expr.Expr):
        found = [node.var for node in expr.iter_vars(condition)]
    else:
        found = [condition[0] if isinstance(condition, tuple) else condition]
    registers = [bit for one in found if isinstance(one, ClassicalRegister) for bit in one]
    return [
        *registers,
        *(one for one in found if not isinstance(one, ClassicalRegister) and hasattr(one, "_register")),
    ]


def _on_outer_bits(block: QuantumCircuit, step: Any, clbits: list[Any], outer: QuantumCircuit) -> QuantumCircuit:
    """A block on the bits of the circuit around it, and with its registers as far as they are there."""
    wide = QuantumCircuit(list(step.qubits), clbits)
    for register in outer.cregs:
        if all(bit in clbits for bit in register):
            wide.add_register(register)
    own = block.num_clbits
    vars_ = [*block.iter_captured_vars()]
    for var in vars_:
        wide.add_capture(var)
    return wide.compose(block, step.qubits, step.clbits[:own], inline_captures=True)


def _with_blocks(operation: ControlFlowOp, blocks: list[QuantumCircuit]) -> ControlFlowOp:
    changed = operation.replace_blocks(blocks)
    if isinstance(changed, IfElseOp | WhileLoopOp) and changed is operation:
        changed = operation.to_mutable()
    return changed
