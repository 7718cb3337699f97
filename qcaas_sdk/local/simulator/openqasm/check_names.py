"""Looks up every name before the program runs, so that errors in blocks that never run are found too."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm import functions
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.interpret import Language
from qcaas_sdk.local.simulator.openqasm.qasm2 import OpaqueGate


class Names:
    """Looks up the names of a program.

    Args:
        language: The language of the program.
    """

    def __init__(self, language: Language) -> None:
        self._headers = language.headers
        self._gates = set(language.built_in)
        self._functions = set(functions.NAMES)
        self._blocks: list[set[str]] = [set(functions.CONSTANTS)]

    def check(self, statements: Iterable[ast.Statement | ast.Pragma]) -> None:
        """Look up the names in statements, in order.

        Raises:
            ProgramError: One is not declared where it is used.
        """
        for statement in statements:
            self._visit(statement)

    def _visit(self, node: object) -> None:
        if isinstance(node, (list, tuple)):
            for item in node:
                self._visit(item)
        elif isinstance(node, ast.QASMNode):
            visit = _VISITS.get(type(node))
            if visit is None:
                for name, value in vars(node).items():
                    if name not in {"span", "annotations"} and isinstance(value, (list, tuple, ast.QASMNode)):
                        self._visit(value)
            else:
                visit(self, node)

    def _block(self, statements: object, *names: str) -> None:
        self._blocks.append(set(names))
        self._visit(statements)
        self._blocks.pop()

    def _declare(self, name: str) -> None:
        self._blocks[-1].add(name)

    def _identifier(self, node: ast.Identifier) -> None:
        if not node.name.startswith("$") and not any(node.name in block for block in self._blocks):
            raise ProgramError(f"'{node.name}' is not declared", node)

    def _function(self, node: ast.FunctionCall) -> None:
        if node.name.name not in self._functions:
            raise ProgramError(f"'{node.name.name}' is not defined", node, construct=node.name.name)
        self._visit(node.arguments)

    def _gate(self, node: ast.QuantumGate) -> None:
        if node.name.name not in self._gates and node.name.name not in self._functions:
            raise ProgramError(f"'{node.name.name}' is not defined", node, construct=node.name.name)
        self._visit([node.modifiers, node.arguments, node.qubits])

    def _include(self, node: ast.Include) -> None:
        self._gates |= set(self._headers.get(node.filename, ()))

    def _define_gate(self, node: ast.QuantumGateDefinition) -> None:
        self._block(node.body, *(item.name for item in (*node.arguments, *node.qubits)))
        self._gates.add(node.name.name)

    def _define_opaque(self, node: OpaqueGate) -> None:
        self._gates.add(node.name)

    def _define_subroutine(self, node: ast.SubroutineDefinition) -> None:
        self._functions.add(node.name.name)  # it may call itself
        for argument in node.arguments:
            self._visit(argument.size if isinstance(argument, ast.QuantumArgument) else argument.type)
        self._visit(node.return_type)
        self._block(node.body, *(argument.name.name for argument in node.arguments))

    def _declare_extern(self, node: ast.ExternDeclaration) -> None:
        self._functions.add(node.name.name)

    def _declare_qubits(self, node: ast.QubitDeclaration) -> None:
        self._visit(node.size)
        self._declare(node.qubit.name)

    def _declare_variable(self, node: ast.ClassicalDeclaration | ast.ConstantDeclaration | ast.IODeclaration) -> None:
        self._visit([node.type, getattr(node, "init_expression", None)])
        self._declare(node.identifier.name)

    def _alias(self, node: ast.AliasStatement) -> None:
        self._visit(node.value)
        self._declare(node.target.name)

    def _if(self, node: ast.BranchingStatement) -> None:
        self._visit(node.condition)
        self._block(node.if_block)
        self._block(node.else_block)

    def _while(self, node: ast.WhileLoop) -> None:
        self._visit(node.while_condition)
        self._block(node.block)

    def _for(self, node: ast.ForInLoop) -> None:
        self._visit([node.type, node.set_declaration])
        self._block(node.block, node.identifier.name)

    def _switch(self, node: ast.SwitchStatement) -> None:
        self._visit(node.target)
        for values, block in node.cases:
            self._visit(values)
            self._block(block.statements)
        if node.default is not None:
            self._block(node.default.statements)

    def _compound(self, node: ast.CompoundStatement) -> None:
        self._block(node.statements)

    def _box(self, node: ast.Box) -> None:
        self._visit(node.duration)
        self._block(node.body)

    def _nothing(self, node: ast.QASMNode) -> None:
        """A node without names, or with names of another language."""


_VISITS: Mapping[type[Any], Callable[[Names, Any], None]] = {
    ast.AliasStatement: Names._alias,
    ast.Box: Names._box,
    ast.BranchingStatement: Names._if,
    ast.CalibrationDefinition: Names._nothing,
    ast.ClassicalDeclaration: Names._declare_variable,
    ast.CompoundStatement: Names._compound,
    ast.ConstantDeclaration: Names._declare_variable,
    ast.DurationOf: Names._nothing,
    ast.ExternDeclaration: Names._declare_extern,
    ast.ForInLoop: Names._for,
    ast.FunctionCall: Names._function,
    ast.IODeclaration: Names._declare_variable,
    ast.Identifier: Names._identifier,
    ast.Include: Names._include,
    OpaqueGate: Names._define_opaque,
    ast.QuantumGate: Names._gate,
    ast.QuantumGateDefinition: Names._define_gate,
    ast.QubitDeclaration: Names._declare_qubits,
    ast.SubroutineDefinition: Names._define_subroutine,
    ast.SwitchStatement: Names._switch,
    ast.WhileLoop: Names._while,
}
