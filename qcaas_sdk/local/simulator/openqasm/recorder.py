"""A machine that records a circuit. It does not know the values of measurements.

Every measurement gets its own place. Only a measurement in a block with a measured condition writes to the place of
the variable's present value, because only the running circuit knows whether the block runs.
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
        bit: The bit of the circuit.
        fresh: Whether no variable has it yet.
        shared: Whether several variables have it.
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
    """Steps with a condition: they run once if it is true, or as long as it is true."""

    __slots__ = ("condition", "is_loop", "otherwise", "then")

    def __init__(self, condition: Formula, *, is_loop: bool) -> None:
        self.condition = condition
        self.is_loop = is_loop
        self.then: list[Step] = []
        self.otherwise: list[Step] = []


Step = Measured | Reset | Barrier | Block | Operations


class Recorder:
    """Records the steps of a program. It is also its own `Blocks`."""

    def __init__(self) -> None:
        self.depth = 0
        self.steps: list[Step] = []
        self._open: list[tuple[Block, list[Step]]] = []
        self._current = self.steps
        self._loops = 0
        self._bits: list[Cell] = []

    @property
    def blocks(self) -> "Recorder":
        """Itself: a circuit can have blocks."""
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
        """Reset a qubit to 0."""
        self._current.append(Reset(qubit))

    def barrier(self, qubits: Sequence[int]) -> None:
        """A barrier: no operation is moved across it."""
        self._current.append(Barrier(qubits))

    def outcome(self, outcome: Outcome) -> int:
        """Not known to this machine."""
        raise NeedsOutcome

    def store(self, cell: Cell, content: Any) -> None:
        """Set the content of a cell; in a block with a measured condition, only to a measurement of that block."""
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
            cell.content = content  # the bit of the circuit is 0 too if this does not run
        else:
            raise NeedsOutcome
        content.fresh = False

    # Blocks.

    def begin_if(self, condition: Formula) -> None:
        """Start a block that runs if the condition is true."""
        self._begin(Block(condition, is_loop=False))

    def begin_else(self) -> None:
        """Start the block that runs if it is false."""
        self._current = self._open[-1][0].otherwise

    def end_if(self) -> None:
        """End both blocks."""
        self._end()

    def prepare_loop(self) -> None:
        """Give every bit that is still 0 its own place: the loop may read it before it writes it."""
        for cell in self._bits:
            if isinstance(cell.content, int) and cell.content == 0:
                cell.content = Slot(None)

    def begin_while(self, condition: Formula) -> None:
        """Start a block that runs as long as the condition is true."""
        self._begin(Block(condition, is_loop=True))
        self._loops += 1

    def end_while(self) -> None:
        """End the block."""
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
