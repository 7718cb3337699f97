"""What declarations and control flow need of the interpreter."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import Factory, define
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.evaluate import Evaluator
from qcaas_sdk.local.simulator.openqasm.machine import Budget, Machine
from qcaas_sdk.local.simulator.openqasm.scope import Bits, Scalar, Scope


@define(eq=False)
class Registers:
    """What a program declares at its top level.

    Attributes:
        qubits: The numbers of the qubits of every quantum register, by name.
        bits: Every `bit` variable, by name.
        others: Every other variable that can be a result, by name.
        outputs: The names of the variables that are declared as output.
        physical: The numbers of the qubits `$0`, `$1`, ….
        count: The number of all qubits.
    """

    qubits: dict[str, tuple[int, ...]] = Factory(dict)
    bits: dict[str, Bits] = Factory(dict)
    others: dict[str, Scalar] = Factory(dict)
    outputs: set[str] = Factory(set)
    physical: dict[str, int] = Factory(dict)
    count: int = 0


class Execution(Protocol):
    """A program that is being executed.

    Attributes:
        machine: What it runs on.
        budget: How large it can become.
        inputs: Values of its inputs.
        registers: What it has declared at its top level.
        globals: The names of its top level.
        evaluator: Evaluates its expressions.
        declared: How many qubits and bits it has declared.
    """

    machine: Machine
    budget: Budget
    inputs: Mapping[str, float | bool | str]
    registers: Registers
    globals: Scope
    evaluator: Evaluator
    declared: int

    def block(self, statements: Sequence[ast.Statement | ast.Pragma], scope: Scope) -> None:
        """Execute statements in a scope."""
