"""Turns calls of gates into operations: definitions, modifiers, broadcasting."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.machine import Budget
from qcaas_sdk.local.simulator.openqasm.operations import (
    PHASE,
    CannotRaise,
    Operation,
    Operations,
    controlled,
    inverse,
    moved,
    power,
)
from qcaas_sdk.local.simulator.openqasm.scope import Qubits, Scope
from qcaas_sdk.local.simulator.openqasm.standard_gates import GateSignature

MAX_NESTING = 100
"""How deep gates can call gates, and subroutines can call subroutines."""

_MAX_CONTROLS = 64
"""Controls that one modifier adds."""


@frozen(eq=False)
class ProgramGate:
    """A gate that the program defines.

    Attributes:
        node: Its definition.
        parameters: The names of its parameters, in order.
        qubits: The names of its qubits, in order.
    """

    node: ast.QuantumGateDefinition
    parameters: tuple[str, ...]
    qubits: tuple[str, ...]


Gate = GateSignature | ProgramGate
RunBody = Callable[[ProgramGate, Sequence[float]], Operations]


class Gates:
    """The gates of a program.

    Args:
        known: The gates that need no definition, by name.
        evaluator: Evaluates their arguments.
        budget: The limits of the program.
        run_body: Turns the body of a definition into operations on qubits 0, 1, ….
    """

    def __init__(self, known: Mapping[str, Gate], evaluator: Evaluator, budget: Budget, run_body: RunBody) -> None:
        self._gates: dict[str, Gate] = dict(known)
        self._evaluator = evaluator
        self._budget = budget
        self._run_body = run_body
        self._expanded: dict[tuple[ProgramGate, tuple[float, ...]], Operations] = {}
        self._minimum_of: dict[ProgramGate, int] = {}
        self._nesting = 0

    def include(self, gates: Mapping[str, Gate]) -> None:
        """Add the gates of a header; definitions of the program have priority."""
        self._gates = {**gates, **self._gates}

    def define(self, node: ast.QuantumGateDefinition) -> None:
        """Add a gate of the program, even if a header has a gate of this name."""
        names = [parameter.name for parameter in node.arguments], [qubit.name for qubit in node.qubits]
        for group in names:
            if len(set(group)) != len(group):
                raise ProgramError(f"the gate '{node.name.name}' names a parameter or qubit twice", node)
        existing = self._gates.get(node.name.name)
        if isinstance(existing, ProgramGate):
            raise ProgramError(f"the gate '{node.name.name}' is already defined", node)
        self._gates[node.name.name] = ProgramGate(node, tuple(names[0]), tuple(names[1]))

    def __contains__(self, name: str) -> bool:
        return name in self._gates

    def call(self, node: ast.QuantumGate | ast.QuantumPhase, scope: Scope) -> Iterator[Operations]:
        """The operations of a call, one group for each element of a broadcast."""
        operands = [self._evaluator.qubits(qubit, scope) for qubit in node.qubits]
        controls = [
            (modifier.modifier.name == "negctrl", self._control_count(modifier, scope))
            for modifier in node.modifiers
            if modifier.modifier.name in {"ctrl", "negctrl"}
        ]
        count = sum(number for _, number in controls)
        base, targets = self._base(node, scope)
        if isinstance(node, ast.QuantumPhase) and not node.modifiers:
            operands = []  # some programs write `gphase(γ) q;`; it is the same phase
        elif len(operands) != count + targets:
            operands = _spread(operands, count + targets, node)
        operations = self._modified(moved(base, range(count, count + targets)), node, scope, count)
        return self._broadcast(operations, operands, node)

    def _base(self, node: ast.QuantumGate | ast.QuantumPhase, scope: Scope) -> tuple[Operations, int]:
        if isinstance(node, ast.QuantumPhase):
            return (Operation(PHASE, (self._evaluator.real(node.argument, scope),)),), 0
        name = node.name.name
        gate = self._gates.get(name)
        if gate is None:
            raise ProgramError(f"'{name}' is not defined", node, construct=name)
        parameters = len(gate.parameters) if isinstance(gate, ProgramGate) else gate.parameters
        if len(node.arguments) != parameters:
            raise ProgramError(f"'{name}' takes {parameters} parameter(s), not {len(node.arguments)}", node)
        values = tuple(self._evaluator.real(argument, scope) for argument in node.arguments)
        if isinstance(gate, GateSignature):
            return gate.operations(*values), gate.qubits
        return self._expand(gate, values, node), len(gate.qubits)

    def _expand(self, gate: ProgramGate, values: tuple[float, ...], at: ast.QASMNode) -> Operations:
        key = gate, values
        if (known := self._expanded.get(key)) is not None:
            return known
        if self._nesting >= MAX_NESTING:
            raise ProgramError(
                f"the gate '{gate.node.name.name}' calls itself, or gates call each other more than "
                f"{MAX_NESTING} deep",
                at,
                construct="gate",
            )
        self._budget.check_operations(self._minimum(gate), at)
        self._nesting += 1
        try:
            operations = self._run_body(gate, values)
        finally:
            self._nesting -= 1
        self._expanded[key] = operations
        return operations

    def _minimum(self, gate: Gate | None) -> int:
        """A lower bound for the number of operations of a gate, without expanding it: loops and powers count as 0."""
        if not isinstance(gate, ProgramGate):
            return 0 if gate is None else gate.min_operations
        if gate not in self._minimum_of:
            self._minimum_of[gate] = 0  # a gate that calls itself is rejected when it is expanded
            self._minimum_of[gate] = sum(
                self._minimum(self._gates.get(statement.name.name))
                for statement in gate.node.body
                if isinstance(statement, ast.QuantumGate)
                and not any(modifier.modifier.name == "pow" for modifier in statement.modifiers)
            )
        return self._minimum_of[gate]

    def _control_count(self, modifier: ast.QuantumGateModifier, scope: Scope) -> int:
        if modifier.argument is None:
            return 1
        count = self._evaluator.integer(modifier.argument, scope, f"the argument of `{modifier.modifier.name}`")
        if not 1 <= count <= _MAX_CONTROLS:
            raise ProgramError(
                f"`{modifier.modifier.name}` takes 1 to {_MAX_CONTROLS} controls, not {count}", modifier
            )
        return count

    def _modified(
        self, operations: Operations, node: ast.QuantumGate | ast.QuantumPhase, scope: Scope, controls: int
    ) -> Operations:
        end = controls
        for modifier in reversed(node.modifiers):
            match modifier.modifier.name:
                case "inv":
                    operations = inverse(operations)
                case "pow":
                    operations = self._raised(operations, modifier, node, scope)
                case kind:
                    start = end - self._control_count(modifier, scope)
                    operations = controlled(operations, tuple(range(start, end)), negative=kind == "negctrl")
                    end = start
        return operations

    def _raised(
        self, operations: Operations, modifier: ast.QuantumGateModifier, at: ast.QASMNode, scope: Scope
    ) -> Operations:
        if modifier.argument is None:
            raise ProgramError("`pow` needs an exponent", at, construct="pow")
        exponent = self._evaluator.real(modifier.argument, scope)
        try:
            raised = power(operations, exponent, self._budget.max_operations)
        except CannotRaise as error:
            raise ProgramError(str(error), at, construct="pow") from None
        if raised is None:
            self._budget.check_operations(self._budget.max_operations + 1, at)
            return ()
        return raised

    def _broadcast(
        self, operations: Operations, operands: Sequence[Qubits], at: ast.QASMNode
    ) -> Iterator[Operations]:
        sizes = {len(operand.numbers) for operand in operands if not operand.single}
        if len(sizes) > 1:
            raise ProgramError(
                f"registers of different sizes ({' and '.join(map(str, sorted(sizes)))}) cannot be used together", at
            )
        for index in range(sizes.pop() if sizes else 1):
            wires = [operand.numbers[0 if operand.single else index] for operand in operands]
            if len(set(wires)) != len(wires):
                raise ProgramError("a gate acts on the same qubit twice", at)
            self._budget.check_operations(len(operations), at)
            yield moved(operations, wires)


def _spread(operands: list[Qubits], wanted: int, node: ast.QuantumGate | ast.QuantumPhase) -> list[Qubits]:
    """Operands one by one, if registers are used as several controls, as in `ctrl(2) @ x a, b[0]`."""
    if any(modifier.modifier.name in {"ctrl", "negctrl"} for modifier in node.modifiers):
        spread = [Qubits((number,), single=True) for operand in operands for number in operand.numbers]
        if len(spread) == wanted:
            return spread
    name = node.name.name if isinstance(node, ast.QuantumGate) else "gphase"
    raise ProgramError(f"'{name}' acts on {wanted} qubit(s) here, not {len(operands)}", node)
