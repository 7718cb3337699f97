"""A machine that knows what was measured: it simulates, and runs a program anew for every way it can go.

The shots of a program start together. Where a measurement can give both values and the program wants to know which,
they part, as many each way as chance has it. A run is repeated from its start for each way, by what was measured
before; the state at the parting is kept, so that only classical statements are executed again. Measurements that
nothing asks for are sampled at the end, all shots at once.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from attrs import define, evolve, frozen

from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.machine import Machine
from qcaas_sdk.local.simulator.openqasm.operations import Matrix, Operation, Operations, apply
from qcaas_sdk.local.simulator.openqasm.results import Layout, Source, contents_of
from qcaas_sdk.local.simulator.openqasm.types import Cell, Outcome

_CERTAIN = 1e-12
"""A probability this near to 0 or 1 is meant to be it."""


class Seen(Outcome):
    """A measured bit, which is looked at only when somebody asks."""

    __slots__ = ("qubit", "value")

    def __init__(self, qubit: int, value: int | None) -> None:
        self.qubit = qubit
        self.value = value


class _State:
    """The qubits whose value is open, as a state; those that are surely 0 or 1 cost nothing.

    Attributes:
        amplitudes: With an axis of length 2 for each of the first kind.
        axes: Their axes.
        values: Of the second kind; 0 for what is in neither.
    """

    def __init__(self, amplitudes: Matrix, axes: dict[int, int], values: dict[int, int]) -> None:
        self.amplitudes = amplitudes
        self.axes = axes
        self.values = values

    def chance(self, qubit: int) -> float:
        """How probable it is that a qubit is 1."""
        if qubit not in self.axes:
            return float(self.values.get(qubit, 0))
        squares = np.square(np.abs(self.amplitudes))
        return float(squares.take(1, axis=self.axes[qubit]).sum() / squares.sum())

    def seen(self, qubit: int, value: int) -> "_State":
        """After a qubit was seen to have a value."""
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
class _Way:
    """One way through a program.

    Attributes:
        shots: How many go it.
        outcomes: What was measured, as far as it parts from others.
        state: After these; None to compute it again.
        events: How many changes of the state it holds.
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
        layout: Where results stand in a word.
    """

    words: dict[int, int]
    layout: Layout


class BranchMachine:
    """Simulates one way through a program, and notes the others.

    Args:
        way: Which.
        rng: Chance.
        check_size: Raises if so many qubits are too many.
        keep_bytes: What the states of other ways may take.
    """

    depth = 0
    blocks = None

    def __init__(
        self, way: _Way, rng: np.random.Generator, check_size: Callable[[int], None], keep_bytes: int
    ) -> None:
        self.shots = way.shots
        self.others: list[_Way] = []
        self._outcomes = list(way.outcomes)
        self._told = 0
        self._state = _State(np.ones((), dtype=np.complex128), {}, {}) if way.state is None else way.state
        self._known_events = way.events if way.state is not None else 0
        self._events = 0
        self._rng = rng
        self._check_size = check_size
        self._keep_bytes = keep_bytes
        self._touched: set[int] = set()
        self._pending: dict[int, Seen] = {}

    def bit(self) -> Cell:
        """A new bit, which is 0."""
        return Cell(0)

    def store(self, cell: Cell, content: object) -> None:
        """Put something into a cell."""
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
        """Measure a qubit; a second look sees what the first did."""
        if qubit not in self._touched:
            return Seen(qubit, 0)
        return self._pending.setdefault(qubit, Seen(qubit, None))

    def reset(self, qubit: int) -> None:
        """Put a qubit into 0: look at it, and turn it around if it is 1."""
        if qubit not in self._touched:
            return
        outcome = self.measure(qubit)
        value = self.outcome(outcome)
        if value and self._is_new_event():
            self._state.values[qubit] = 0

    def barrier(self, qubits: Sequence[int]) -> None:
        """Nothing is moved here."""

    def outcome(self, outcome: Outcome) -> int:
        """What a measurement gave."""
        assert isinstance(outcome, Seen)
        if outcome.value is None:
            self._pending.pop(outcome.qubit)
            outcome.value = self._look(outcome.qubit)
        return outcome.value

    def words(self, contents: Sequence[Source]) -> dict[int, int]:
        """Sample what is still open among the bits of the results: memory word to number of shots."""
        for bit in contents:
            if isinstance(bit, Seen) and bit.value is None and bit.qubit not in self._state.axes:
                bit.value = self._state.values.get(bit.qubit, 0)
        open_ = list(dict.fromkeys(bit for bit in contents if isinstance(bit, Seen) and bit.value is None))
        fixed = sum(self._bit(bit) << position for position, bit in enumerate(contents))
        if not open_:
            return {fixed: self.shots}
        places = {seen: [position for position, bit in enumerate(contents) if bit is seen] for seen in open_}
        words: Counter[int] = Counter()
        for index, times in self._sample([seen.qubit for seen in open_]):
            word = fixed
            for number, seen in enumerate(open_):
                if index >> number & 1:
                    word |= sum(1 << position for position in places[seen])
            words[word] += times
        return words

    @staticmethod
    def _bit(bit: Source) -> int:
        if isinstance(bit, Seen):
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
        """A qubit that was measured changes: what it showed must be known before."""
        if (seen := self._pending.get(qubit)) is not None:
            self.outcome(seen)

    def _is_new_event(self) -> bool:
        self._events += 1
        return self._events > self._known_events

    def _look(self, qubit: int) -> int:
        if not self._is_new_event():
            self._told += 1
            return self._outcomes[self._told - 1]
        if self._told < len(self._outcomes):
            value = self._outcomes[self._told]
        else:
            value = self._part(self._state.chance(qubit), qubit)
            self._outcomes.append(value)
        self._told += 1
        self._state = self._state.seen(qubit, value)
        return value

    def _part(self, chance: float, qubit: int) -> int:
        """Which way to go; those of the shots that go the other one are noted."""
        if chance < _CERTAIN or chance > 1 - _CERTAIN:
            return int(chance > 0.5)
        ones = int(self._rng.binomial(self.shots, chance))
        if ones in {0, self.shots}:
            return int(ones > 0)
        state: _State | None = None
        if self._state.amplitudes.nbytes <= self._keep_bytes:
            state = self._state.seen(qubit, 1)
            self._keep_bytes -= state.amplitudes.nbytes
        self.others.append(_Way(ones, [*self._outcomes, 1], state, self._events))
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
        seed: For results that repeat.
        check_size: Raises if so many qubits are too many.
        keep_bytes: What may be taken to be faster.
    """
    rng = np.random.default_rng(seed)
    ways = [_Way(shots, [], None, 0)]
    sizes: dict[str, int] = {}
    written: dict[str, set[int]] = {}
    words: Counter[tuple[tuple[str, int], ...]] = Counter()
    while ways:
        way = ways.pop()
        kept = sum(other.state.amplitudes.nbytes for other in ways if other.state is not None)
        machine = BranchMachine(way, rng, check_size, max(0, keep_bytes - kept))
        contents = contents_of(run(machine))
        ways.extend(machine.others)
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
