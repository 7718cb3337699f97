"""Executes the statements of a program on a machine.

Classical values are computed here; the machine gets the operations on qubits. A measured bit is an `Outcome`, and
only the machine may know its value: see `machine.Machine`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm import flow
from qcaas_sdk.local.simulator.openqasm.assignment import write
from qcaas_sdk.local.simulator.openqasm.declarations import declare, declare_input, declare_qubits
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError, Unsupported
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.gate_bodies import operations_of
from qcaas_sdk.local.simulator.openqasm.gates import MAX_NESTING, Gate, Gates, ProgramGate
from qcaas_sdk.local.simulator.openqasm.machine import Budget, Machine
from qcaas_sdk.local.simulator.openqasm.operations import Operations
from qcaas_sdk.local.simulator.openqasm.operators import binary
from qcaas_sdk.local.simulator.openqasm.places import read
from qcaas_sdk.local.simulator.openqasm.qasm2 import OpaqueGate
from qcaas_sdk.local.simulator.openqasm.scope import BitsOf, Qubits, Scalar, Scope
from qcaas_sdk.local.simulator.openqasm.subroutines import bind
from qcaas_sdk.local.simulator.openqasm.types import BIT, ArrayValue, Kind, Value, register


@frozen
class Language:
    """The differences between OpenQASM 2 and 3 after parsing.

    Attributes:
        built_in: Gates that need no header.
        headers: The gates of each header.
    """

    built_in: Mapping[str, Gate]
    headers: Mapping[str, Mapping[str, Gate]]


class Interpreter:
    """Runs a program once.

    Args:
        machine: What it runs on.
        language: Its language.
        budget: Its limits.
        inputs: Values of its inputs.
    """

    def __init__(
        self, machine: Machine, language: Language, budget: Budget, inputs: Mapping[str, float | bool | str]
    ) -> None:
        self.machine = machine
        self.budget = budget
        self.inputs = inputs
        self.registers = Registers()
        self.globals = Scope()
        self.evaluator = Evaluator(machine, self)
        self.gates = Gates(language.built_in, self.evaluator, budget, self._body)
        self._headers = language.headers
        self._opaque: set[str] = set()
        self._subroutines: dict[str, ast.SubroutineDefinition] = {}
        self._externs: set[str] = set()
        self._nesting = 0
        self.declared = 0

    def run(self, statements: Sequence[ast.Statement | ast.Pragma]) -> None:
        """Execute the statements of a program.

        Raises:
            ProgramError: It is wrong, or cannot run here.
            NeedsOutcome: It uses a measurement in a way that the machine cannot express.
        """
        try:
            self.block(statements, self.globals)
        except flow.Ended:
            return
        except flow.Returned as signal:
            raise ProgramError("`return` outside a subroutine", signal.at, construct="return") from None
        except flow.Left as signal:
            raise ProgramError(f"`{signal.word}` outside a loop", signal.at, construct=signal.word) from None

    def block(self, statements: Sequence[ast.Statement | ast.Pragma], scope: Scope) -> None:
        """Execute statements in a scope."""
        for statement in statements:
            execute = _STATEMENTS.get(type(statement))
            if execute is None:
                raise Unsupported(
                    f"`{type(statement).__name__}`: not supported by this QPU", statement, type(statement).__name__
                )
            self.budget.count_steps(1, statement)
            execute(self, statement, scope)

    # What expressions need.

    def measure(self, node: ast.QuantumMeasurement, scope: Scope) -> Value:
        """Measure qubits."""
        qubits = self.evaluator.qubits(node.qubit, scope)
        self.budget.count_operations(len(qubits.numbers), node)
        outcomes = tuple(self.machine.measure(number) for number in qubits.numbers)
        if qubits.single:
            return Value(BIT, outcomes[0])
        return Value(register(len(outcomes)), outcomes)

    def physical_qubit(self, name: str, at: ast.QASMNode) -> Qubits:
        """The qubit that is called `$0`, `$1`, …."""
        if not name[1:].isdigit():
            raise ProgramError(f"'{name}' is not a qubit", at)
        physical = self.registers.physical
        if name not in physical:
            physical[name] = self.registers.count
            self.registers.count += 1
        return Qubits((physical[name],), single=True)

    def call(self, node: ast.FunctionCall, scope: Scope) -> Value | None:
        """Call a subroutine; gives its return value, if it has one."""
        name = node.name.name
        definition = self._subroutines.get(name)
        if definition is None:
            if name in self._externs:
                raise Unsupported(
                    f"the extern function '{name}' is called: this QPU has no extern functions", node, "extern"
                )
            raise ProgramError(f"'{name}' is not defined", node, construct=name)
        if self._nesting >= MAX_NESTING:
            raise ProgramError(f"subroutines call each other more than {MAX_NESTING} deep", node, construct="def")
        body = Scope(self.globals)
        bind(definition, node, scope, body, self.evaluator, self.machine)
        result: Value | None = None
        self._nesting += 1
        try:
            self.block(definition.body, body)
        except flow.Returned as signal:
            result = signal.value
        except flow.Left as signal:
            raise ProgramError(f"`{signal.word}` outside a loop", signal.at, construct=signal.word) from None
        finally:
            self._nesting -= 1
        if definition.return_type is None:
            return None
        to = self.evaluator.type(definition.return_type, self.globals, definition)
        if result is None:
            raise ProgramError(f"'{name}' ends without returning a value", node, construct="return")
        return self.evaluator.cast(result, to, node)

    # Statements.

    def _body(self, gate: ProgramGate, values: Sequence[float]) -> Operations:
        return operations_of(gate, values, self.globals, self.gates, self.evaluator, self.budget)

    def include(self, node: ast.Include, _scope: Scope) -> None:
        """Add the gates of a header."""
        header = self._headers.get(node.filename)
        if header is None:
            raise ProgramError(f"'{node.filename}' cannot be included", node, construct="include")
        self.gates.include(header)

    def gate(self, node: ast.QuantumGate | ast.QuantumPhase, scope: Scope) -> None:
        """Apply a gate, or a phase."""
        if isinstance(node, ast.QuantumGate) and node.name.name not in self.gates:
            name = node.name.name
            if name in self._opaque:
                raise Unsupported(f"the gate '{name}' is opaque: it has no definition", node, "opaque")
            if name in self._subroutines:
                raise ProgramError(f"'{name}' is a subroutine: call it as {name}(…)", node, construct="def")
        for operations in self.gates.call(node, scope):
            self.budget.count_operations(len(operations), node)
            self.machine.operate(operations)

    def define_gate(self, node: ast.QuantumGateDefinition, _scope: Scope) -> None:
        """A gate of the program."""
        self.gates.define(node)

    def define_opaque(self, node: OpaqueGate, _scope: Scope) -> None:
        """A gate without a definition."""
        self._opaque.add(node.name)

    def define_subroutine(self, node: ast.SubroutineDefinition, _scope: Scope) -> None:
        """A `def`."""
        if node.name.name in self._subroutines:
            raise ProgramError(f"'{node.name.name}' is already defined", node, construct="def")
        self._subroutines[node.name.name] = node

    def declare_extern(self, node: ast.ExternDeclaration, _scope: Scope) -> None:
        """An external function; a call of it is rejected."""
        self._externs.add(node.name.name)

    def measurement(self, node: ast.QuantumMeasurementStatement, scope: Scope) -> None:
        """Measure, and assign the outcome if there is a target."""
        target = None if node.target is None else self.evaluator.place(node.target, scope)
        value = self.measure(node.measure, scope)
        if target is not None:
            write(target, value, node, self.evaluator)

    def reset(self, node: ast.QuantumReset, scope: Scope) -> None:
        """Reset qubits to 0."""
        qubits = self.evaluator.qubits(node.qubits, scope)
        self.budget.count_operations(len(qubits.numbers), node)
        for number in qubits.numbers:
            self.machine.reset(number)

    def barrier(self, node: ast.QuantumBarrier, scope: Scope) -> None:
        """A barrier: no operation is moved across it."""
        numbers = [number for qubit in node.qubits for number in self.evaluator.qubits(qubit, scope).numbers]
        self.machine.barrier(tuple(dict.fromkeys(numbers)) if node.qubits else tuple(range(self.registers.count)))

    def delay(self, node: ast.DelayInstruction, scope: Scope) -> None:
        """A delay has no effect: neither timing nor noise is simulated."""
        check_delay(node, scope, self.evaluator)

    def box(self, node: ast.Box, scope: Scope) -> None:
        """A `box`, which only groups statements."""
        self.block(node.body, Scope(scope))

    def compound(self, node: ast.CompoundStatement, scope: Scope) -> None:
        """A block of statements with its own scope."""
        self.block(node.statements, Scope(scope))

    def alias(self, node: ast.AliasStatement, scope: Scope) -> None:
        """A `let`."""
        place = self.evaluator.place(node.value, scope)
        if isinstance(place, BitsOf):
            raise ProgramError("an alias of a part of a number is not possible", node, construct="let")
        scope.replace(node.target.name, place)

    def assign(self, node: ast.ClassicalAssignment, scope: Scope) -> None:
        """An assignment, with or without an operator."""
        target = self.evaluator.place(node.lvalue, scope)
        real = isinstance(target, Scalar) and target.type.kind is Kind.FLOAT
        value: Value | ArrayValue = self.evaluator.any_value(node.rvalue, scope, real=real)
        if node.op.name != "=":
            current = read(target, node)
            if isinstance(current, ArrayValue) or isinstance(value, ArrayValue):
                raise ProgramError(f"`{node.op.name}` does not take arrays", node, construct="array")
            one, other = self.evaluator.known(current, node), self.evaluator.known(value, node)
            value = binary(node.op.name[:-1], one, other, node, real=real)
        write(target, value, node, self.evaluator)

    def expression(self, node: ast.ExpressionStatement, scope: Scope) -> None:
        """An expression as a statement, such as a call."""
        if isinstance(node.expression, ast.FunctionCall) and node.expression.name.name in self._subroutines:
            self.call(node.expression, scope)
        else:
            self.evaluator.any_value(node.expression, scope)

    def nothing(self, _node: ast.QASMNode, _scope: Scope) -> None:
        """Statements without effect: pragmas, and the name of a calibration grammar."""

    def calibration(self, node: ast.Statement, _scope: Scope) -> None:
        """Pulses, which are rejected."""
        word = "defcal" if isinstance(node, ast.CalibrationDefinition) else "cal"
        raise Unsupported(f"`{word}` describes pulses, and this QPU does not support pulses", node, word)


def check_delay(node: ast.DelayInstruction, scope: Scope, evaluator: Evaluator) -> None:
    """Check the duration and the qubits of a delay."""
    value = evaluator.value(node.duration, scope)
    if value.type.kind is not Kind.DURATION:
        raise ProgramError(f"a delay takes a duration such as 100ns, not {value.type}", node, construct="delay")
    for qubit in node.qubits:
        evaluator.qubits(qubit, scope)


_STATEMENTS: dict[type[Any], Callable[[Interpreter, Any, Scope], None]] = {
    ast.AliasStatement: Interpreter.alias,
    ast.Box: Interpreter.box,
    ast.BranchingStatement: flow.branch,
    ast.BreakStatement: flow.leave,
    ast.CalibrationDefinition: Interpreter.calibration,
    ast.CalibrationGrammarDeclaration: Interpreter.nothing,
    ast.CalibrationStatement: Interpreter.calibration,
    ast.ClassicalAssignment: Interpreter.assign,
    ast.ClassicalDeclaration: declare,
    ast.CompoundStatement: Interpreter.compound,
    ast.ConstantDeclaration: declare,
    ast.ContinueStatement: flow.leave,
    ast.DelayInstruction: Interpreter.delay,
    ast.EndStatement: flow.end,
    ast.ExpressionStatement: Interpreter.expression,
    ast.ExternDeclaration: Interpreter.declare_extern,
    ast.ForInLoop: flow.for_each,
    ast.IODeclaration: declare_input,
    ast.Include: Interpreter.include,
    OpaqueGate: Interpreter.define_opaque,
    ast.Pragma: Interpreter.nothing,
    ast.QuantumBarrier: Interpreter.barrier,
    ast.QuantumGate: Interpreter.gate,
    ast.QuantumGateDefinition: Interpreter.define_gate,
    ast.QuantumMeasurementStatement: Interpreter.measurement,
    ast.QuantumPhase: Interpreter.gate,
    ast.QuantumReset: Interpreter.reset,
    ast.QubitDeclaration: declare_qubits,
    ast.ReturnStatement: flow.give_back,
    ast.SubroutineDefinition: Interpreter.define_subroutine,
    ast.SwitchStatement: flow.switch,
    ast.WhileLoop: flow.repeat,
}
