"""What a program runs on. It receives operations, and may know the values of measurements."""

from collections.abc import Sequence
from typing import Protocol

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import TooLarge
from qcaas_sdk.local.simulator.openqasm.formulas import Formula
from qcaas_sdk.local.simulator.openqasm.operations import Operations
from qcaas_sdk.local.simulator.openqasm.types import Cell, Outcome

MAX_OPERATIONS = 1_000_000
"""How many operations a program can have, with its loops and gates expanded."""

MAX_STEPS = 500_000
"""How many statements can be executed, for one program or one of its branches."""


class Blocks(Protocol):
    """Blocks with conditions on measured bits, for machines that do not know the values of measurements."""

    def begin_if(self, condition: Formula) -> None:
        """Start a block that runs if the condition is true."""

    def begin_else(self) -> None:
        """Start the block that runs if it is false."""

    def end_if(self) -> None:
        """End both blocks."""

    def prepare_loop(self) -> None:
        """Prepare for a loop: bits that it may write need a fixed place."""

    def begin_while(self, condition: Formula) -> None:
        """Start a block that runs as long as the condition is true."""

    def end_while(self) -> None:
        """End the block."""


class Machine(Protocol):
    """Receives the operations of a program, in order."""

    depth: int
    """How many blocks with a measured condition are open; always 0 if outcomes are known."""

    @property
    def blocks(self) -> Blocks | None:
        """Blocks with conditions on measured bits; None if the machine knows the values of measurements."""

    def bit(self) -> Cell:
        """A new bit, which is 0."""

    def operate(self, operations: Operations) -> None:
        """Apply unitary operations."""

    def measure(self, qubit: int) -> Outcome:
        """Measure a qubit."""

    def reset(self, qubit: int) -> None:
        """Reset a qubit to 0."""

    def barrier(self, qubits: Sequence[int]) -> None:
        """A barrier: no operation is moved across it."""

    def outcome(self, outcome: Outcome) -> int:
        """The value of a measurement.

        Raises:
            NeedsOutcome: It is not known here.
        """

    def store(self, cell: Cell, content: object) -> None:
        """Set the content of a cell.

        Raises:
            NeedsOutcome: It depends on a measurement in a way that a circuit cannot express.
        """


class Budget:
    """Counts operations and statements, and stops a program that exceeds a limit."""

    def __init__(self, operations: int = MAX_OPERATIONS, steps: int = MAX_STEPS) -> None:
        self.max_operations = operations
        self.max_steps = steps
        self._operations = 0
        self._steps = 0

    def count_operations(self, count: int, at: ast.QASMNode | None) -> None:
        """Count operations before they are added."""
        self._operations += count
        self.check_operations(self._operations, at)

    def check_operations(self, count: int, at: ast.QASMNode | None) -> None:
        """Check a number of operations before they are made."""
        if count > self.max_operations:
            raise TooLarge("operations", self.max_operations, at)

    def count_steps(self, count: int, at: ast.QASMNode | None) -> None:
        """Count statements before they are executed."""
        self._steps += count
        self.check_steps(self._steps, at)

    def check_steps(self, count: int, at: ast.QASMNode | None) -> None:
        """Check a number of statements before they are executed."""
        if count > self.max_steps:
            raise TooLarge("steps", self.max_steps, at)
