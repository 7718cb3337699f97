"""Control flow, on known values and, if the machine supports it, on measured bits."""

from collections.abc import Callable

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.casts import as_int
from qcaas_sdk.local.simulator.openqasm.conditions import equal, formula_of
from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome
from qcaas_sdk.local.simulator.openqasm.execution import Execution
from qcaas_sdk.local.simulator.openqasm.formulas import Formula
from qcaas_sdk.local.simulator.openqasm.loops import declare_variable, values_of
from qcaas_sdk.local.simulator.openqasm.machine import Blocks
from qcaas_sdk.local.simulator.openqasm.scope import Scope
from qcaas_sdk.local.simulator.openqasm.types import Value


class Signal(Exception):
    """A statement that leaves its block."""

    def __init__(self, at: ast.QASMNode) -> None:
        super().__init__()
        self.at = at


class Left(Signal):
    """A `break` or `continue`."""

    def __init__(self, at: ast.QASMNode, word: str) -> None:
        super().__init__(at)
        self.word = word


class Returned(Signal):
    """A `return`, with its value."""

    def __init__(self, at: ast.QASMNode, value: Value | None) -> None:
        super().__init__(at)
        self.value = value


class Ended(Signal):
    """An `end`."""


def leave(_program: Execution, node: ast.BreakStatement | ast.ContinueStatement, _scope: Scope) -> None:
    """A `break` or `continue`."""
    raise Left(node, "break" if isinstance(node, ast.BreakStatement) else "continue")


def give_back(program: Execution, node: ast.ReturnStatement, scope: Scope) -> None:
    """A `return`."""
    raise Returned(node, None if node.expression is None else program.evaluator.value(node.expression, scope))


def end(_program: Execution, node: ast.EndStatement, _scope: Scope) -> None:
    """An `end`."""
    raise Ended(node)


def branch(program: Execution, node: ast.BranchingStatement, scope: Scope) -> None:
    """An `if`."""
    try:
        holds: Formula = program.evaluator.truth(node.condition, scope)
    except NeedsOutcome:
        blocks = _blocks(program, node.condition)
        holds = formula_of(node.condition, scope, program.evaluator)
        if not isinstance(holds, bool):
            _choose(
                program,
                blocks,
                holds,
                lambda: program.block(node.if_block, Scope(scope)),
                (lambda: program.block(node.else_block, Scope(scope))) if node.else_block else None,
            )
            return
    program.block(node.if_block if holds else node.else_block, Scope(scope))


def repeat(program: Execution, node: ast.WhileLoop, scope: Scope) -> None:
    """A `while`."""
    while True:
        program.budget.count_steps(1, node)
        try:
            if not program.evaluator.truth(node.while_condition, scope):
                return
        except NeedsOutcome:
            blocks = _blocks(program, node.while_condition)
            _repeat_by_outcomes(program, blocks, node, scope)
            return
        try:
            program.block(node.block, Scope(scope))
        except Left as signal:
            if signal.word == "break":
                return


def for_each(program: Execution, node: ast.ForInLoop, scope: Scope) -> None:
    """A `for`."""
    type_, values = values_of(node, scope, program.evaluator, program.budget)
    for value in values:
        program.budget.count_steps(1, node)
        body = Scope(scope)
        declare_variable(node, type_, value, body, program.evaluator)
        try:
            program.block(node.block, Scope(body))
        except Left as signal:
            if signal.word == "break":
                return


def switch(program: Execution, node: ast.SwitchStatement, scope: Scope) -> None:
    """A `switch`."""
    evaluator = program.evaluator
    try:
        target = as_int(
            evaluator.known(evaluator.value(node.target, scope), node.target), node, "the value of a `switch`"
        )
    except NeedsOutcome:
        blocks = _blocks(program, node.target)
        conditions = [equal(node.target, values, scope, evaluator) for values, _ in node.cases]
        _switch_by_outcomes(program, blocks, node, conditions, scope)
        return
    for values, block in node.cases:
        if any(evaluator.integer(value, scope, "a case") == target for value in values):
            program.block(block.statements, Scope(scope))
            return
    if node.default is not None:
        program.block(node.default.statements, Scope(scope))


def _switch_by_outcomes(
    program: Execution, blocks: Blocks, node: ast.SwitchStatement, conditions: list[Formula], scope: Scope
) -> None:
    def run(case: int) -> None:
        if case == len(conditions):
            if node.default is not None:
                program.block(node.default.statements, Scope(scope))
            return
        condition = conditions[case]
        statements = node.cases[case][1].statements
        if isinstance(condition, bool):
            if condition:
                program.block(statements, Scope(scope))
            else:
                run(case + 1)
            return
        _choose(program, blocks, condition, lambda: program.block(statements, Scope(scope)), lambda: run(case + 1))

    run(0)


def _choose(
    program: Execution,
    blocks: Blocks,
    condition: Formula,
    then: Callable[[], None],
    otherwise: Callable[[], None] | None,
) -> None:
    try:
        blocks.begin_if(condition)
        then()
        if otherwise is not None:
            blocks.begin_else()
            otherwise()
        blocks.end_if()
    except Signal as signal:  # whether it leaves depends on a measurement
        raise NeedsOutcome(signal.at) from None


def _repeat_by_outcomes(program: Execution, blocks: Blocks, node: ast.WhileLoop, scope: Scope) -> None:
    blocks.prepare_loop()
    condition = formula_of(node.while_condition, scope, program.evaluator)
    if isinstance(condition, bool):
        raise NeedsOutcome(node)
    try:
        blocks.begin_while(condition)
        program.block(node.block, Scope(scope))
        blocks.end_while()
    except Signal as signal:
        raise NeedsOutcome(signal.at) from None


def _blocks(program: Execution, condition: ast.Expression) -> Blocks:
    """The `Blocks` of the machine. A condition with a call is rejected: it would be evaluated twice."""
    blocks = program.machine.blocks
    if blocks is None or _calls(condition):
        raise NeedsOutcome(condition)
    return blocks


def _calls(node: object) -> bool:
    if isinstance(node, (ast.FunctionCall, ast.QuantumMeasurement)):
        return True
    if isinstance(node, (list, tuple)):
        return any(map(_calls, node))
    return isinstance(node, ast.QASMNode) and any(map(_calls, vars(node).values()))
