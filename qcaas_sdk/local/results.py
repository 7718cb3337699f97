"""From the simulator's memory words to results in OQC's shape and bit order. Runs inside the simulator process.

A memory word is an integer whose bit i is the circuit's i-th classical bit. In OQC's results the leftmost
character of a register is its bit 0.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from compiler_config.config import InlineResultsProcessing, QuantumResultsFormat, ResultsFormatting
from qiskit import QuantumCircuit

from qcaas_sdk.local.programs import name_of_register

Registers = dict[str, list[int]]
"""Register to the positions of its bits in the memory word, bit 0 first."""

Results = dict[str, dict[str, int]] | dict[str, str] | dict[str, list[int]] | dict[str, list[list[int]]]
"""Register to: counts by bitstring, one bitstring, one bit a qubit, or the readings of every shot by qubit."""


def registers_of(circuit: QuantumCircuit, single_bit_names: Sequence[str]) -> Registers:
    """Where each register's bits stand. A bit of no register becomes a register of one, under its own name."""
    registers: Registers = {
        name_of_register(register.name): [circuit.find_bit(bit).index for bit in register]
        for register in circuit.cregs
    }
    single = [location.index for location in map(circuit.find_bit, circuit.clbits) if not location.registers]
    if len(single_bit_names) != len(single):
        single_bit_names = [f"bit{index}" for index in single]
    registers.update({name: [index] for name, index in zip(single_bit_names, single, strict=True)})
    return registers


def shape(
    words: Mapping[int, int], shots: Sequence[int], registers: Registers, wanted: QuantumResultsFormat
) -> Results:
    """Results in the format that the task asks for.

    Args:
        words: Memory word to the number of shots that ended in it.
        shots: The word of every shot, in order; needed for raw readings only.
        registers: From `registers_of`.
        wanted: Binary counts (the default), raw readings (+1 for 0 and -1 for 1, by qubit, then by shot), or
            binary (the bit that most shots show, for each qubit), squashed into one string if asked.
    """
    if wants_raw(wanted):
        return {
            name: [[1 - 2 * (word >> bit & 1) for word in shots] for bit in bits] for name, bits in registers.items()
        }
    if wanted.format == InlineResultsProcessing.Binary and not _has(wanted, ResultsFormatting.BinaryCount):
        majority = {name: [_majority(words, bit) for bit in bits] for name, bits in registers.items()}
        if _has(wanted, ResultsFormatting.SquashBinaryResultArrays):
            return {name: "".join(map(str, bits)) for name, bits in majority.items()}
        return majority
    return {name: _counts(words, bits) for name, bits in registers.items()}


def wants_raw(wanted: QuantumResultsFormat) -> bool:
    """Whether every shot's reading is asked for."""
    raw = wanted.format is not None and InlineResultsProcessing.Raw in wanted.format
    return raw and not _has(wanted, ResultsFormatting.BinaryCount)


def _has(wanted: QuantumResultsFormat, transform: ResultsFormatting) -> bool:
    return wanted.transforms is not None and transform in wanted.transforms


def _counts(words: Mapping[int, int], bits: Sequence[int]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for word, times in words.items():
        counts["".join(str(word >> bit & 1) for bit in bits)] += times
    return dict(sorted(counts.items()))


def _majority(words: Mapping[int, int], bit: int) -> int:
    ones = sum(times for word, times in words.items() if word >> bit & 1)
    return int(2 * ones > sum(words.values()))
