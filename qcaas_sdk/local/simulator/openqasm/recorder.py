"""A machine that writes down a circuit and does not know what will be measured.

Every measurement gets a place of its own. Only in blocks that run by a measured condition does a measurement write
where the variable's value stands already: which of the two values it has afterwards is known when the circuit runs.
"""

from collections.abc import Sequence
from typing import Any

from qiskit.circuit import Clbit

from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome
from qcaas_sdk.local.simulator.openqasm.formulas import Formula
from qcaas_sdk.local.simulator.openqasm.operations import Operations
from qcaas_sdk.local.simulator.openqasm.types import Cell, Outcome


class Slot(Outcome):
    """A place that a measurement writes to.

    Attributes:
        bit: Of the circuit.
        fresh: Whether no variable holds it yet.
        shared: Whether several variables hold it.
        step: The measurement that wrote it first.
    """

    __slots__ = ("bit", "fresh", "shared", "step")

    def __init__(self, step: "Measured | None") -> None:
        self.bit = Clbit()
        self.fresh = step is not None
        self.shared = False
        self.step = step


class Measured:
    """A measurement."""

    __slots__ = ("qubit", "slot")

    def __init__(self, qubit: int) -> None:
        self.qubit = qubit
        self.slot = Slot(self)


class Reset:
    """A reset."""

    __slots__ = ("qubit",)

    def __init__(self, qubit: int) -> None:
        self.qubit = qubit


class Barrier:
    """A barrier."""

    __slots__ = ("qubits",)

    def __init__(self, qubits: Sequence[int]) -> None:
        self.qubits = tuple(qubits)


class Block:
    """Steps that run by a condition: once, or as long as it holds."""

    __slots__ = ("condition", "is_loop", "otherwise", "then")

    def __init__(self, condition: Formula, *, is_loop: bool) -> None:
        self.condition = condition
        self.is_loop = is_loop
        self.then: list[Step] = []
        self.otherwise: list[Step] = []


Step = Measured | Reset | Barrier | Block | Operations


class Recorder:
    """Writes down the steps of a program. Also its own `Blocks`."""

    def __init__(self) -> None:
        self.depth = 0
        self.steps: list[Step] = []
        self._open: list[tuple[Block, list[Step]]] = []
        self._current = self.steps
        self._loops = 0
        self._bits: list[Cell] = []

    @property
    def blocks(self) -> "Recorder":
        """Itself: a circuit can hold blocks."""
        return self

    def bit(self) -> Cell:
        """A new bit, which is 0."""
        cell = Cell(0, self.depth)
        self._bits.append(cell)
        return cell

    def operate(self, operations: Operations) -> None:
        """Apply unitary operations."""
        self._current.append(operations)

    def measure(self, qubit: int) -> Outcome:
        """Measure a qubit."""
        step = Measured(qubit)
        self._current.append(step)
        return step.slot

    def reset(self, qubit: int) -> None:
        """Put a qubit into 0."""
        self._current.append(Reset(qubit))

    def barrier(self, qubits: Sequence[int]) -> None:
        """Let nothing be moved across."""
        self._current.append(Barrier(qubits))

    def outcome(self, outcome: Outcome) -> int:
        """Not known here."""
        raise NeedsOutcome

    def store(self, cell: Cell, content: Any) -> None:
        """Put something into a cell; in a block that a measured condition runs, only what is measured there."""
        if cell.depth < self.depth:
            self._store_by_condition(cell, content)
        else:
            _hold(content)
            cell.content = content
        cell.written = True

    def _store_by_condition(self, cell: Cell, content: Any) -> None:
        if not isinstance(content, Slot) or not content.fresh or content.step is None:
            raise NeedsOutcome
        old = cell.content
        if isinstance(old, Slot):
            if old.shared:
                raise NeedsOutcome
            content.step.slot = old
        elif old == 0 and isinstance(old, int) and not self._loops:
            cell.content = content  # the bit of the circuit is 0 as well, unless this is run
        else:
            raise NeedsOutcome
        content.fresh = False

    # Blocks.

    def begin_if(self, condition: Formula) -> None:
        """What follows happens if the condition holds."""
        self._begin(Block(condition, is_loop=False))

    def begin_else(self) -> None:
        """What follows happens if it does not."""
        self._current = self._open[-1][0].otherwise

    def end_if(self) -> None:
        """What follows happens again."""
        self._end()

    def prepare_loop(self) -> None:
        """Give every bit that is still 0 a place of its own: the loop may write it, and read it before."""
        for cell in self._bits:
            if isinstance(cell.content, int) and cell.content == 0:
                cell.content = Slot(None)

    def begin_while(self, condition: Formula) -> None:
        """What follows happens as long as the condition holds."""
        self._begin(Block(condition, is_loop=True))
        self._loops += 1

    def end_while(self) -> None:
        """What follows happens once."""
        self._end()
        self._loops -= 1

    def _begin(self, block: Block) -> None:
        self._current.append(block)
        self._open.append((block, self._current))
        self._current = block.then
        self.depth += 1

    def _end(self) -> None:
        _, self._current = self._open.pop()
        self.depth -= 1


def _hold(content: Any) -> None:
    if isinstance(content, Slot):
        content.shared = not content.fresh
        content.fresh = False
    elif isinstance(content, tuple):
        for bit in content:
            if isinstance(bit, Slot):
                bit.fresh, bit.shared = False, True
