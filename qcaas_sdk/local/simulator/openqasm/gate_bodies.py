"""Turns the bodies of gates into operations."""

from collections.abc import Sequence

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.gates import Gates, ProgramGate
from qcaas_sdk.local.simulator.openqasm.loops import declare_variable, values_of
from qcaas_sdk.local.simulator.openqasm.machine import Budget
from qcaas_sdk.local.simulator.openqasm.operations import Operation, Operations
from qcaas_sdk.local.simulator.openqasm.scope import Qubits, Scalar, Scope
from qcaas_sdk.local.simulator.openqasm.types import REAL, Cell

_WORDS = {
    ast.BranchingStatement: "if",
    ast.BreakStatement: "break",
    ast.ClassicalAssignment: "assignment",
    ast.ClassicalDeclaration: "declaration",
    ast.ConstantDeclaration: "const",
    ast.ContinueStatement: "continue",
    ast.EndStatement: "end",
    ast.QuantumMeasurementStatement: "measure",
    ast.QuantumReset: "reset",
    ast.SwitchStatement: "switch",
    ast.WhileLoop: "while",
}


def operations_of(
    gate: ProgramGate, values: Sequence[float], globals_: Scope, gates: Gates, evaluator: Evaluator, budget: Budget
) -> Operations:
    """The operations of a gate of the program, on qubits 0, 1, ….

    Raises:
        ProgramError: Its body has a statement that a gate cannot have, or becomes too large.
    """
    scope = Scope(globals_, constants_only=True)
    for name, value in zip(gate.parameters, values, strict=True):
        scope.declare(name, Scalar(REAL, Cell(value), fixed=True), gate.node)
    for number, name in enumerate(gate.qubits):
        scope.declare(name, Qubits((number,), single=True), gate.node)
    collected: list[Operation] = []

    def run(statements: Sequence[ast.Statement], inner: Scope) -> None:
        for statement in statements:
            match statement:
                case ast.QuantumGate() | ast.QuantumPhase():
                    for operations in gates.call(statement, inner):
                        budget.check_operations(len(collected) + len(operations), statement)
                        collected.extend(operations)
                case ast.QuantumBarrier():
                    for qubit in statement.qubits:
                        evaluator.qubits(qubit, inner)
                case ast.DelayInstruction():
                    evaluator.value(statement.duration, inner)
                case ast.Box():
                    run(statement.body, Scope(inner))
                case ast.CompoundStatement():
                    run(statement.statements, Scope(inner))
                case ast.ForInLoop():
                    type_, items = values_of(statement, inner, evaluator, budget)
                    for item in items:
                        budget.count_steps(1, statement)
                        body = Scope(inner)
                        declare_variable(statement, type_, item, body, evaluator)
                        run(statement.block, body)
                case _:
                    word = _WORDS.get(type(statement), type(statement).__name__)
                    raise ProgramError(
                        f"`{word}` inside a gate: a gate can have only gates, barriers, delays and `for`",
                        statement,
                        construct=word,
                    )

    run(gate.node.body, scope)
    return tuple(collected)
