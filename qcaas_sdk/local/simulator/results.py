"""Turns the memory words of a simulator into results with OQC's format and bit order. Runs in the simulator process.

The formats are those of QAT, OQC's own compiler; tests compare the two.

A memory word is an integer whose bit i is the circuit's i-th classical bit. In OQC's results the leftmost
character of a register is its bit 0.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from compiler_config.config import InlineResultsProcessing, QuantumResultsFormat, ResultsFormatting

Registers = Mapping[str, Sequence[int | None]]
"""Register to the positions of its bits in the memory word, bit 0 first; None for a bit that is never written."""

Results = dict[str, dict[str, int]] | dict[str, str] | dict[str, list[int]] | dict[str, list[list[float] | float]]
"""Register to: counts by bitstring, one bitstring, one bit per qubit, or the readings of every shot by qubit."""


def shape(
    words: Mapping[int, int], shots: Sequence[int], registers: Registers, wanted: QuantumResultsFormat
) -> Results:
    """Results in the format of the task.

    Args:
        words: Memory word to the number of shots that ended in it.
        shots: The word of every shot, in order; needed for raw readings only.
        registers: Where each register's bits are in a word.
        wanted: Binary counts; raw readings (+1.0 for 0 and -1.0 for 1, by qubit, then by shot; a number instead of a
            list if there is one shot); or binary: the more frequent bit of each qubit, squashed into one string if
            requested. A bit that is never written is 0 in every format.
    """
    if _has(wanted, ResultsFormatting.BinaryCount):
        return {name: _counts(words, bits) for name, bits in registers.items()}
    if wants_raw(wanted):
        return {name: [_readings(shots, bit) for bit in bits] for name, bits in registers.items()}
    majority = {name: [_majority(words, bit) for bit in bits] for name, bits in registers.items()}
    if _has(wanted, ResultsFormatting.SquashBinaryResultArrays):
        return {name: "".join(map(str, bits)) for name, bits in majority.items()}
    return majority


def wants_raw(wanted: QuantumResultsFormat) -> bool:
    """Whether the readings of every shot are requested."""
    raw = wanted.format is not None and InlineResultsProcessing.Raw in wanted.format
    return raw and not _has(wanted, ResultsFormatting.BinaryCount)


def _has(wanted: QuantumResultsFormat, transform: ResultsFormatting) -> bool:
    return wanted.transforms is not None and transform in wanted.transforms


def _bit(word: int, bit: int | None) -> int:
    return 0 if bit is None else word >> bit & 1


def _counts(words: Mapping[int, int], bits: Sequence[int | None]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for word, times in words.items():
        counts["".join(str(_bit(word, bit)) for bit in bits)] += times
    return dict(sorted(counts.items()))


def _readings(shots: Sequence[int], bit: int | None) -> list[float] | float:
    if bit is None:
        return 0
    readings = [1.0 - 2.0 * _bit(word, bit) for word in shots]
    return readings if len(readings) > 1 else readings[0]


def _majority(words: Mapping[int, int], bit: int | None) -> int:
    if bit is None:
        return 0
    ones = sum(times for word, times in words.items() if _bit(word, bit))
    return int(2 * ones >= sum(words.values()))  # 1 on a tie
