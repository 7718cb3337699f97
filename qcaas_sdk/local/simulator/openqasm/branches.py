"""A machine that knows what was measured: it simulates a program, once for each branch.

All shots of a program start as one branch. When the program needs the value of a measurement that can be 0 or 1, the
branch splits, and a random number of its shots goes each way. A branch is run from the start of the program, with the
outcomes that lead to it; the state at the split is kept, so that only classical statements are executed again.
Measurements whose value the program does not need are sampled at the end, for all shots at once.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from attrs import define, evolve, frozen

from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.layout import Layout
from qcaas_sdk.local.simulator.openqasm.machine import Machine
from qcaas_sdk.local.simulator.openqasm.operations import Matrix, Operation, Operations, apply
from qcaas_sdk.local.simulator.openqasm.results import Source, contents_of
from qcaas_sdk.local.simulator.openqasm.types import Cell, Outcome

_CERTAIN = 1e-12
"""A probability this close to 0 or 1 counts as 0 or 1."""


class Measurement(Outcome):
    """A measured bit. Its value is None until the program needs it."""

    __slots__ = ("qubit", "value")

    def __init__(self, qubit: int, value: int | None) -> None:
        self.qubit = qubit
        self.value = value


class _State:
    """The state of the qubits. A qubit that is certainly 0 or 1 needs no amplitudes.

    Attributes:
        amplitudes: An array with an axis of length 2 for each qubit in superposition.
        axes: The axis of each of these qubits.
        values: The values of the other qubits; 0 for a qubit in neither.
    """

    def __init__(self, amplitudes: Matrix, axes: dict[int, int], values: dict[int, int]) -> None:
        self.amplitudes = amplitudes
        self.axes = axes
        self.values = values

    def probability(self, qubit: int) -> float:
        """The probability that a qubit is 1."""
        if qubit not in self.axes:
            return float(self.values.get(qubit, 0))
        squares = np.square(np.abs(self.amplitudes))
        return float(squares.take(1, axis=self.axes[qubit]).sum() / squares.sum())

    def collapsed(self, qubit: int, value: int) -> "_State":
        """The state after a measurement of a qubit gave a value."""
        axis = self.axes.get(qubit)
        values = {**self.values, qubit: value}
        if axis is None:
            return _State(self.amplitudes.copy(), dict(self.axes), values)
        left = self.amplitudes.take(value, axis=axis)
        left /= np.sqrt(np.square(np.abs(left)).sum())
        axes = {other: place - (place > axis) for other, place in self.axes.items() if other != qubit}
        return _State(left, axes, values)

    def apply(self, operation: Operation, check_size: Callable[[int], None]) -> None:
        """Apply an operation."""
        if any(control not in self.axes and not self.values.get(control) for control in operation.controls):
            return
        controls = tuple(control for control in operation.controls if control in self.axes)
        if not controls and operation.name == "x" and operation.qubits[0] not in self.axes:
            self.values[operation.qubits[0]] = 1 - self.values.get(operation.qubits[0], 0)
        elif not controls and operation.name == "swap":
            self._swap(*operation.qubits)
        elif operation.wires:
            for qubit in operation.qubits:
                self.open(qubit, check_size)
            apply(self.amplitudes, evolve(operation, controls=controls), self.axes)

    def _swap(self, one: int, other: int) -> None:
        axes = {one: self.axes.pop(other, None), other: self.axes.pop(one, None)}
        self.axes.update({qubit: axis for qubit, axis in axes.items() if axis is not None})
        self.values[one], self.values[other] = self.values.get(other, 0), self.values.get(one, 0)

    def open(self, qubit: int, check_size: Callable[[int], None]) -> None:
        """Give a qubit an axis."""
        if qubit in self.axes:
            return
        check_size(len(self.axes) + 1)
        grown = np.zeros((*self.amplitudes.shape, 2), dtype=np.complex128)
        grown[..., self.values.pop(qubit, 0)] = self.amplitudes
        self.axes[qubit] = len(self.axes)
        self.amplitudes = grown


@define(eq=False)
class _Branch:
    """One branch of a program.

    Attributes:
        shots: How many shots take it.
        outcomes: The measured values that lead to it.
        state: The state after these; None to compute it again.
        events: How many changes of the state led to `state`.
    """

    shots: int
    outcomes: list[int]
    state: _State | None
    events: int


@frozen(eq=False)
class Sampled:
    """Shots of a program.

    Attributes:
        words: Memory word to number of shots.
        layout: Where results are in a word.
    """

    words: dict[int, int]
    layout: Layout


class BranchMachine:
    """Simulates one branch of a program, and collects those that split from it.

    Args:
        branch: The branch.
        rng: Source of randomness.
        check_size: Raises if a number of qubits is too large.
        keep_bytes: How much memory the states of other branches can use.
    """

    depth = 0
    blocks = None

    def __init__(
        self, branch: _Branch, rng: np.random.Generator, check_size: Callable[[int], None], keep_bytes: int
    ) -> None:
        self.shots = branch.shots
        self.others: list[_Branch] = []
        self._outcomes = list(branch.outcomes)
        self._replayed = 0
        self._state = _State(np.ones((), dtype=np.complex128), {}, {}) if branch.state is None else branch.state
        self._known_events = branch.events if branch.state is not None else 0
        self._events = 0
        self._rng = rng
        self._check_size = check_size
        self._keep_bytes = keep_bytes
        self._touched: set[int] = set()
        self._pending: dict[int, Measurement] = {}

    def bit(self) -> Cell:
        """A new bit, which is 0."""
        return Cell(0)

    def store(self, cell: Cell, content: object) -> None:
        """Set the content of a cell."""
        cell.content = content
        cell.written = True

    def operate(self, operations: Operations) -> None:
        """Apply unitary operations."""
        for operation in operations:
            for wire in operation.wires:
                self._settle(wire)
                self._touched.add(wire)
            if self._is_new_event():
                self._state.apply(operation, self._check_size)

    def measure(self, qubit: int) -> Outcome:
        """Measure a qubit. A second measurement gives the same value."""
        if qubit not in self._touched:
            return Measurement(qubit, 0)
        return self._pending.setdefault(qubit, Measurement(qubit, None))

    def reset(self, qubit: int) -> None:
        """Reset a qubit to 0: measure it, and flip it if it is 1."""
        if qubit not in self._touched:
            return
        outcome = self.measure(qubit)
        value = self.outcome(outcome)
        if value and self._is_new_event():
            self._state.values[qubit] = 0

    def barrier(self, qubits: Sequence[int]) -> None:
        """Do nothing: this machine does not reorder operations."""

    def outcome(self, outcome: Outcome) -> int:
        """The value of a measurement."""
        assert isinstance(outcome, Measurement)
        if outcome.value is None:
            self._pending.pop(outcome.qubit)
            outcome.value = self._value_of(outcome.qubit)
        return outcome.value

    def words(self, contents: Sequence[Source]) -> dict[int, int]:
        """Sample the bits of the results that have no value yet: memory word to number of shots."""
        for bit in contents:
            if isinstance(bit, Measurement) and bit.value is None and bit.qubit not in self._state.axes:
                bit.value = self._state.values.get(bit.qubit, 0)
        unknown = list(dict.fromkeys(bit for bit in contents if isinstance(bit, Measurement) and bit.value is None))
        fixed = sum(self._bit(bit) << position for position, bit in enumerate(contents))
        if not unknown:
            return {fixed: self.shots}
        places = {
            measured: [position for position, bit in enumerate(contents) if bit is measured] for measured in unknown
        }
        words: Counter[int] = Counter()
        for index, times in self._sample([measured.qubit for measured in unknown]):
            word = fixed
            for number, measured in enumerate(unknown):
                if index >> number & 1:
                    word |= sum(1 << position for position in places[measured])
            words[word] += times
        return words

    @staticmethod
    def _bit(bit: Source) -> int:
        if isinstance(bit, Measurement):
            return bit.value or 0
        return bit if isinstance(bit, int) else 0

    def _sample(self, qubits: Sequence[int]) -> list[tuple[int, int]]:
        amplitudes, axes = self._state.amplitudes, self._state.axes
        chosen = [axes[qubit] for qubit in reversed(qubits)]
        rest = tuple(axis for axis in range(amplitudes.ndim) if axis not in set(chosen))
        probabilities = np.square(np.abs(amplitudes)).sum(axis=rest)
        order = sorted(chosen)
        flat = probabilities.transpose([order.index(axis) for axis in chosen]).ravel()
        heights = np.cumsum(flat)
        drawn = np.searchsorted(heights, self._rng.random(self.shots) * heights[-1], side="right")
        values, counts = np.unique(drawn, return_counts=True)
        return [(int(value), int(count)) for value, count in zip(values, counts, strict=True)]

    def _settle(self, qubit: int) -> None:
        """Determine the value of a measured qubit before the qubit changes."""
        if (measured := self._pending.get(qubit)) is not None:
            self.outcome(measured)

    def _is_new_event(self) -> bool:
        self._events += 1
        return self._events > self._known_events

    def _value_of(self, qubit: int) -> int:
        if not self._is_new_event():
            self._replayed += 1
            return self._outcomes[self._replayed - 1]
        if self._replayed < len(self._outcomes):
            value = self._outcomes[self._replayed]
        else:
            value = self._split(self._state.probability(qubit), qubit)
            self._outcomes.append(value)
        self._replayed += 1
        self._state = self._state.collapsed(qubit, value)
        return value

    def _split(self, probability: float, qubit: int) -> int:
        """The value that this branch takes; the shots with the other value become another branch."""
        if probability < _CERTAIN or probability > 1 - _CERTAIN:
            return int(probability > 0.5)
        ones = int(self._rng.binomial(self.shots, probability))
        if ones in {0, self.shots}:
            return int(ones > 0)
        state: _State | None = None
        if self._state.amplitudes.nbytes <= self._keep_bytes:
            state = self._state.collapsed(qubit, 1)
            self._keep_bytes -= state.amplitudes.nbytes
        self.others.append(_Branch(ones, [*self._outcomes, 1], state, self._events))
        self.shots -= ones
        return 0


def sample(
    run: Callable[[Machine], Registers],
    shots: int,
    seed: int | None,
    check_size: Callable[[int], None],
    keep_bytes: int,
) -> Sampled:
    """Sample a program.

    Args:
        run: Runs it once on a machine.
        shots: How many.
        seed: Makes the results repeatable.
        check_size: Raises if a number of qubits is too large.
        keep_bytes: How much memory can be used to save time.
    """
    rng = np.random.default_rng(seed)
    branches = [_Branch(shots, [], None, 0)]
    sizes: dict[str, int] = {}
    written: dict[str, set[int]] = {}
    words: Counter[tuple[tuple[str, int], ...]] = Counter()
    while branches:
        branch = branches.pop()
        kept = sum(other.state.amplitudes.nbytes for other in branches if other.state is not None)
        machine = BranchMachine(branch, rng, check_size, max(0, keep_bytes - kept))
        contents = contents_of(run(machine))
        branches.extend(machine.others)
        for name, bits in contents.items():
            sizes[name] = len(bits)
            written.setdefault(name, set()).update(index for index, bit in enumerate(bits) if bit is not None)
        flat = [bit for bits in contents.values() for bit in bits]
        for word, times in machine.words(flat).items():
            parts, rest = [], word
            for name, bits in contents.items():
                parts.append((name, rest & ((1 << len(bits)) - 1)))
                rest >>= len(bits)
            words[tuple(parts)] += times
    starts = dict(zip(sizes, accumulate(sizes.values(), initial=0), strict=False))
    layout = Layout(
        {
            name: [starts[name] + index if index in written[name] else None for index in range(size)]
            for name, size in sizes.items()
        }
    )
    result: Counter[int] = Counter()
    for pieces, times in words.items():
        result[sum(value << starts[name] for name, value in pieces)] += times
    return Sampled(dict(result), layout)
