"""Parses OpenQASM 2 to the syntax tree of OpenQASM 3.

It accepts the language, and some extensions that files use: empty statements, other comparisons than `==` and single
bits in the condition of an `if`, and an `if` after an `if`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.qasm2_tokens import Token, tokens_of

_FUNCTIONS = {
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "exp": "exp",
    "ln": "log",
    "sqrt": "sqrt",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}
_KEYWORDS = {"OPENQASM", "include", "qreg", "creg", "gate", "opaque", "if", "barrier", "measure", "reset", "pi"}
_MAX_DIGITS = 1000
"""Digits of a number."""

_Node = TypeVar("_Node", bound=ast.QASMNode)


@dataclass
class OpaqueGate(ast.Statement):
    """A gate that is declared without a definition."""

    name: str


def parse(code: str) -> list[ast.Statement]:
    """The statements of a program.

    Args:
        code: Its text, without comments.

    Raises:
        ProgramError: It is not valid OpenQASM 2.
    """
    return _Parser(code).program()


class _Parser:
    def __init__(self, code: str) -> None:
        self._tokens = tokens_of(code)
        self._next = 0
        self._parameters: frozenset[str] = frozenset()

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def program(self) -> list[ast.Statement]:
        statements: list[ast.Statement] = []
        if self._is("OPENQASM"):
            self._advance()
            if self._token.kind not in {"real", "int"}:
                raise self._unexpected("a version")
            self._advance()
            self._expect(";")
        while self._token.kind != "end":
            if self._is(";"):
                self._advance()
            else:
                statements.append(self._statement())
        return statements

    def _statement(self) -> ast.Statement:
        token = self._token
        special: dict[str, Callable[[], ast.Statement]] = {
            "include": self._include,
            "qreg": self._register,
            "creg": self._register,
            "gate": self._gate,
            "opaque": self._opaque,
        }
        if token.kind == "name" and token.text in special:
            return self._placed(special[token.text](), token)
        return self._operation()

    def _operation(self) -> ast.Statement:
        token = self._token
        if token.kind != "name":
            raise self._unexpected("a statement")
        operations: dict[str, Callable[[], ast.Statement]] = {
            "if": self._if,
            "measure": self._measure,
            "reset": self._reset,
            "barrier": self._barrier,
        }
        return self._placed(operations.get(token.text, self._call)(), token)

    # Declarations.

    def _include(self) -> ast.Statement:
        self._advance()
        if self._token.kind != "string":
            raise self._unexpected("the name of a file")
        name = self._advance().text[1:-1]
        self._expect(";")
        return ast.Include(name)

    def _register(self) -> ast.Statement:
        quantum = self._advance().text == "qreg"
        name = self._name()
        self._expect("[")
        size = self._integer()
        self._expect("]")
        self._expect(";")
        if quantum:
            return ast.QubitDeclaration(name, size)
        return ast.ClassicalDeclaration(ast.BitType(size), name)

    def _gate(self) -> ast.Statement:
        self._advance()
        name, parameters, qubits = self._signature()
        self._expect("{")
        self._parameters = frozenset(parameter.name for parameter in parameters)
        body: list[ast.QuantumStatement] = []
        while not self._is("}"):
            if self._is(";"):
                self._advance()
                continue
            if self._token.text in {"if", "measure", "reset"}:
                raise ProgramError(f"`{self._token.text}` inside a gate", self._token.at, construct=self._token.text)
            statement = self._operation()
            assert isinstance(statement, ast.QuantumStatement)
            body.append(statement)
        self._expect("}")
        self._parameters = frozenset()
        return ast.QuantumGateDefinition(name, parameters, qubits, body)

    def _opaque(self) -> ast.Statement:
        self._advance()
        name, _, _ = self._signature()
        self._expect(";")
        return OpaqueGate(name.name)

    def _signature(self) -> tuple[ast.Identifier, list[ast.Identifier], list[ast.Identifier]]:
        name = self._name()
        parameters: list[ast.Identifier] = []
        if self._is("("):
            self._advance()
            parameters = [] if self._is(")") else self._list(self._name)
            self._expect(")")
        return name, parameters, self._list(self._name)

    # Operations.

    def _if(self) -> ast.Statement:
        self._advance()
        self._expect("(")
        place = self._token
        operand = self._operand()
        left: ast.Expression = (
            operand
            if isinstance(operand, ast.Identifier)
            else self._placed(ast.IndexExpression(operand.name, operand.indices[0]), place)
        )
        if self._token.text not in _COMPARISONS:
            raise self._unexpected("'=='")
        comparison = ast.BinaryOperator[self._advance().text]
        right = self._integer()
        self._expect(")")
        condition = self._placed(ast.BinaryExpression(comparison, left, right), place)
        return ast.BranchingStatement(condition, [self._operation()], [])

    def _measure(self) -> ast.Statement:
        token = self._advance()
        measured = self._placed(ast.QuantumMeasurement(self._operand()), token)
        self._expect("->")
        target = self._operand()
        self._expect(";")
        return ast.QuantumMeasurementStatement(measured, target)

    def _reset(self) -> ast.Statement:
        self._advance()
        qubits = self._operand()
        self._expect(";")
        return ast.QuantumReset(qubits)

    def _barrier(self) -> ast.Statement:
        self._advance()
        operands: list[ast.Expression] = []
        if not self._is(";"):
            operands = [
                operand
                if isinstance(operand, ast.Identifier)
                else ast.IndexExpression(operand.name, operand.indices[0])
                for operand in self._list(self._operand)
            ]
        self._expect(";")
        return ast.QuantumBarrier(operands)

    def _call(self) -> ast.Statement:
        name = self._name()
        arguments: list[ast.Expression] = []
        if self._is("("):
            self._advance()
            arguments = [] if self._is(")") else self._list(self._sum)
            self._expect(")")
        qubits = self._list(self._operand)
        self._expect(";")
        return ast.QuantumGate([], name, arguments, qubits)

    def _operand(self) -> ast.Identifier | ast.IndexedIdentifier:
        token = self._token
        name = self._name()
        if not self._is("["):
            return name
        self._advance()
        index = self._integer()
        self._expect("]")
        return self._placed(ast.IndexedIdentifier(name, [[index]]), token)

    # Expressions; from the highest precedence: `^`, signs, `*` and `/`, `+` and `-`.

    def _sum(self) -> ast.Expression:
        return self._chain(self._product, {"+", "-"})

    def _product(self) -> ast.Expression:
        return self._chain(self._signed, {"*", "/"})

    def _chain(self, operand: Callable[[], ast.Expression], operators: set[str]) -> ast.Expression:
        token = self._token
        left = operand()
        while self._token.kind == "symbol" and self._token.text in operators:
            operator = ast.BinaryOperator[self._advance().text]
            left = self._placed(ast.BinaryExpression(operator, left, operand()), token)
        return left

    def _signed(self) -> ast.Expression:
        token = self._token
        if self._is("+"):
            self._advance()
            return self._signed()
        if self._is("-"):
            self._advance()
            return self._placed(ast.UnaryExpression(ast.UnaryOperator["-"], self._signed()), token)
        base = self._atom()
        if not self._is("^"):
            return base
        self._advance()
        return self._placed(ast.BinaryExpression(ast.BinaryOperator["**"], base, self._signed()), token)

    def _atom(self) -> ast.Expression:
        token = self._advance()
        match token.kind:
            case "int":
                return self._placed(self._number(token), token)
            case "real":
                return self._placed(ast.FloatLiteral(float(token.text)), token)
            case "symbol" if token.text == "(":
                inner = self._sum()
                self._expect(")")
                return inner
            case "name" if token.text in _FUNCTIONS and self._is("("):
                self._advance()
                argument = self._sum()
                self._expect(")")
                function = self._placed(ast.Identifier(_FUNCTIONS[token.text]), token)
                return self._placed(ast.FunctionCall(function, [argument]), token)
            case "name" if token.text == "pi" or token.text in self._parameters:
                return self._placed(ast.Identifier(token.text), token)
            case "name":
                raise ProgramError(f"'{token.text}' is not defined", token.at)
        self._next -= 1
        raise self._unexpected("a number")

    # Tokens.

    def _name(self) -> ast.Identifier:
        token = self._token
        if token.kind != "name":
            raise self._unexpected("a name")
        if token.text in _KEYWORDS:
            raise ProgramError(f"'{token.text}' is a keyword and cannot be a name", token.at)
        self._advance()
        return self._placed(ast.Identifier(token.text), token)

    def _integer(self) -> ast.IntegerLiteral:
        token = self._token
        if token.kind != "int":
            raise self._unexpected("an integer")
        self._advance()
        return self._placed(self._number(token), token)

    @staticmethod
    def _number(token: Token) -> ast.IntegerLiteral:
        if len(token.text) > _MAX_DIGITS:
            raise ProgramError("the number is too large", token.at)
        return ast.IntegerLiteral(int(token.text))

    def _list(self, item: Callable[[], _Node]) -> list[_Node]:
        items = [item()]
        while self._is(","):
            self._advance()
            items.append(item())
        return items

    def _is(self, text: str) -> bool:
        return self._token.text == text and self._token.kind != "string"

    def _advance(self) -> Token:
        token = self._token
        if token.kind != "end":
            self._next += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise self._unexpected(f"'{text}'")
        self._advance()

    def _unexpected(self, wanted: str) -> ProgramError:
        token = self._token
        seen = token.text if token.kind == "end" else f"'{token.text}'"
        return ProgramError(f"expected {wanted}, not {seen}", token.at)

    @staticmethod
    def _placed(node: _Node, token: Token) -> _Node:
        node.span = ast.Span(token.line, token.column, token.line, token.column + len(token.text))
        return node
