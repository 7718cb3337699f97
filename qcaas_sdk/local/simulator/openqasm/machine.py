"""What a program runs on: it takes operations and knows, or does not know, what was measured."""

from collections.abc import Sequence
from typing import Protocol

from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import TooLarge
from qcaas_sdk.local.simulator.openqasm.formulas import Formula
from qcaas_sdk.local.simulator.openqasm.operations import Operations
from qcaas_sdk.local.simulator.openqasm.types import Cell, Outcome

MAX_OPERATIONS = 1_000_000
"""That a program may come to, with its loops and gates expanded."""

MAX_STEPS = 500_000
"""Statements that may be executed, for one program or one of its branches."""


class Blocks(Protocol):
    """What a machine can do that does not know outcomes: have blocks run by them."""

    def begin_if(self, condition: Formula) -> None:
        """What follows happens if the condition holds."""

    def begin_else(self) -> None:
        """What follows happens if it does not."""

    def end_if(self) -> None:
        """What follows happens again."""

    def prepare_loop(self) -> None:
        """A loop comes: bits that it may write need a place that lasts."""

    def begin_while(self, condition: Formula) -> None:
        """What follows happens as long as the condition holds."""

    def end_while(self) -> None:
        """What follows happens once."""


class Machine(Protocol):
    """Takes the operations of a program, in order."""

    depth: int
    """In how many blocks we are that run by a measured condition; always 0 where outcomes are known."""

    @property
    def blocks(self) -> Blocks | None:
        """How blocks are run by outcomes, where these are not known."""

    def bit(self) -> Cell:
        """A new bit, which is 0."""

    def operate(self, operations: Operations) -> None:
        """Apply unitary operations."""

    def measure(self, qubit: int) -> Outcome:
        """Measure a qubit."""

    def reset(self, qubit: int) -> None:
        """Put a qubit into 0."""

    def barrier(self, qubits: Sequence[int]) -> None:
        """Let nothing be moved across."""

    def outcome(self, outcome: Outcome) -> int:
        """What a measurement gave.

        Raises:
            NeedsOutcome: It is not known here.
        """

    def store(self, cell: Cell, content: object) -> None:
        """Put something into a cell.

        Raises:
            NeedsOutcome: That depends on what was measured, in a way that a circuit cannot express.
        """


class Budget:
    """Counts what a program comes to, and stops it before that is too much."""

    def __init__(self, operations: int = MAX_OPERATIONS, steps: int = MAX_STEPS) -> None:
        self.max_operations = operations
        self.max_steps = steps
        self._operations = 0
        self._steps = 0

    def count_operations(self, count: int, at: ast.QASMNode | None) -> None:
        """So many operations are about to be added."""
        self._operations += count
        self.check_operations(self._operations, at)

    def check_operations(self, count: int, at: ast.QASMNode | None) -> None:
        """So many operations are about to be made."""
        if count > self.max_operations:
            raise TooLarge("operations", self.max_operations, at)

    def count_steps(self, count: int, at: ast.QASMNode | None) -> None:
        """So many statements are about to be executed."""
        self._steps += count
        self.check_steps(self._steps, at)

    def check_steps(self, count: int, at: ast.QASMNode | None) -> None:
        """So many statements are about to be executed, if every one of them is."""
        if count > self.max_steps:
            raise TooLarge("steps", self.max_steps, at)
