"""Parses programs, and turns them into a circuit, or into shots if a circuit cannot express them."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from attrs import frozen
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm import qasm2
from qcaas_sdk.local.simulator.openqasm.branches import Sampled, sample
from qcaas_sdk.local.simulator.openqasm.check_names import Names
from qcaas_sdk.local.simulator.openqasm.circuit import Recorded, assemble
from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.interpret import Interpreter, Language
from qcaas_sdk.local.simulator.openqasm.machine import MAX_OPERATIONS, MAX_STEPS, Budget, Machine
from qcaas_sdk.local.simulator.openqasm.recorder import Recorder
from qcaas_sdk.local.simulator.openqasm.standard_gates import BUILT_IN, BUILT_IN_2, QELIB1, STDGATES, UNDEFINED_2

_HEADERS = {"qelib1.inc": QELIB1, "stdgates.inc": STDGATES}
_LANGUAGES = {
    2: Language({**UNDEFINED_2, **BUILT_IN_2}, _HEADERS),
    3: Language(BUILT_IN, _HEADERS),
}
_MAX_RECURSION = 8000
"""Python's limit of recursion while a program is read."""
_MAX_BRACKETS = 200
"""How deep brackets can be nested."""
_BRACKET = re.compile(r"[()\[\]{}]")

Input = float | bool | str
"""The value of an input: a number, a bool, or bits as in a bitstring literal."""


@frozen(eq=False)
class Program:
    """A parsed program.

    Attributes:
        version: The version of OpenQASM: 2 or 3.
        statements: Its statements.
        inputs: The values of its inputs.
        max_operations: How many operations it can have.
        max_steps: How many statements one run can execute.
    """

    version: int
    statements: Sequence[ast.Statement | ast.Pragma]
    inputs: Mapping[str, Input]
    max_operations: int = MAX_OPERATIONS
    max_steps: int = MAX_STEPS

    def record(self) -> Recorded:
        """The program as a circuit.

        Raises:
            ProgramError: It is wrong, or cannot run here.
            NeedsOutcome: It uses a measurement in a way that a circuit cannot express: sample it instead.
        """
        with _deep():
            recorder = Recorder()
            registers = self._run(recorder)
            return assemble(recorder.steps, registers)

    def sample(self, shots: int, seed: int | None, check_size: Callable[[int], None], keep_bytes: int) -> Sampled:
        """Simulate shots of the program, for every use of measurements.

        Args:
            shots: How many.
            seed: Makes the results repeatable.
            check_size: Raises if a number of qubits is too large.
            keep_bytes: How much memory can be used to save time.

        Raises:
            ProgramError: It is wrong, or cannot run here.
        """
        with _deep():
            return sample(self._run, shots, seed, check_size, keep_bytes)

    def declared_qubits(self) -> int:
        """How many qubits the program declares. Only its declarations are executed.

        Raises:
            ProgramError: A declaration is wrong, or too large.
        """
        with _deep():
            return self._run(Recorder(), _declarations(self.statements)).count

    def _run(self, machine: Machine, statements: Sequence[ast.Statement | ast.Pragma] | None = None) -> Registers:
        budget = Budget(self.max_operations, self.max_steps)
        interpreter = Interpreter(machine, _LANGUAGES[self.version], budget, self.inputs)
        interpreter.run(self.statements if statements is None else statements)
        return interpreter.registers


def parse(
    version: int,
    text: str,
    *,
    inputs: Mapping[str, Input] | None = None,
    max_operations: int = MAX_OPERATIONS,
    max_steps: int = MAX_STEPS,
) -> Program:
    """Parse a program.

    Args:
        version: The version of OpenQASM: 2 or 3.
        text: Its text, with comments replaced by spaces.
        inputs: The values of its inputs.
        max_operations: How many operations it can have, with its loops and gates expanded.
        max_steps: How many statements one run can execute.

    Raises:
        ProgramError: The syntax is wrong, or a name is not declared.
    """
    _check_depth(text)
    with _deep():
        statements: Sequence[ast.Statement | ast.Pragma]
        if version == 2:
            statements = qasm2.parse(text)
        else:
            from qcaas_sdk.local.simulator.openqasm import qasm3  # noqa: PLC0415  # its parser is slow to import

            statements = qasm3.parse(text)
        Names(_LANGUAGES[version]).check(statements)
    return Program(version, statements, dict(inputs or {}), max_operations, max_steps)


def _declarations(statements: Sequence[ast.Statement | ast.Pragma]) -> list[ast.Statement]:
    """The declarations of constants, registers and variables; variables without their initial values."""
    found: list[ast.Statement] = []
    for statement in statements:
        if isinstance(statement, (ast.ConstantDeclaration, ast.QubitDeclaration)):
            found.append(statement)
        elif isinstance(statement, ast.ClassicalDeclaration):
            bare = ast.ClassicalDeclaration(statement.type, statement.identifier)
            bare.span = statement.span
            found.append(bare)
    return found


def _check_depth(text: str) -> None:
    """Reject deep brackets here: the parsers need very long before they reject them."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "([{" else -1
        if depth > _MAX_BRACKETS:
            line = text.count("\n", 0, bracket.start()) + 1
            column = bracket.start() - (text.rfind("\n", 0, bracket.start()) + 1)
            raise ProgramError(
                f"the program is nested too deeply: more than {_MAX_BRACKETS} brackets", (line, column)
            )


@contextmanager
def _deep() -> Iterator[None]:
    """Allow deeply nested expressions and blocks, and report those that are too deep."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _MAX_RECURSION))
    try:
        yield
    except RecursionError:
        raise ProgramError("the program is nested too deeply") from None
    finally:
        sys.setrecursionlimit(before)
