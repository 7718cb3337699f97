"""Counts of a result, and statistics of them. Bit 0 of a register is the leftmost character."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from qcaas_sdk._base.text import counted
from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument, NoResult, UnknownRegister
from qcaas_sdk.results.bitstrings import Endianness, shown

Counts = dict[str, int]
"""Bitstring → number of shots."""


def of_register(registers: Mapping[str, Counts], creg: str | None, whose: str) -> tuple[str, Counts]:
    """One register: its name and its counts.

    Raises:
        UnknownRegister: There is no such register, or there are several and `creg` is None.
    """
    if creg is None and len(registers) == 1:
        creg = next(iter(registers))
    if creg is None or arguments.text(creg, "creg", hint="pass the name of a register") not in registers:
        listed = ", ".join(registers) or "none"
        if creg is None:
            raise UnknownRegister(f"{whose} has {len(registers)} registers ({listed}): name one, as creg=…")
        raise UnknownRegister(f"{whose} has no register {creg!r}; known: {listed}")
    return creg, registers[creg]


def written(counts: Counts, endianness: Endianness | str) -> Counts:
    """The same counts, with bitstrings in the given order."""
    return {shown(bitstring, endianness): times for bitstring, times in counts.items()}


def width(counts: Counts, whose: str) -> int:
    """How many bits the bitstrings have.

    Raises:
        NoResult: There is none, or they differ.
    """
    widths = {len(bitstring) for bitstring in counts}
    if len(widths) != 1:
        told = (
            f"bitstrings of different lengths ({', '.join(map(str, sorted(widths)))})" if widths else "no bitstrings"
        )
        raise NoResult(f"the counts of {whose} have {told}")
    return widths.pop()


def shots_in(counts: Counts, whose: str) -> int:
    """How many shots are counted.

    Raises:
        NoResult: None is.
    """
    shots = sum(counts.values())
    if not shots:
        raise NoResult(f"the counts of {whose} have no shots, so frequencies cannot be computed")
    return shots


def probabilities(counts: Counts, whose: str) -> dict[str, float]:
    """Bitstring → share of the shots of this register; they add up to 1."""
    shots = shots_in(counts, whose)
    return {bitstring: times / shots for bitstring, times in counts.items()}


def most_frequent(counts: Counts, whose: str) -> str:
    """The bitstring that most shots gave; of several the first in alphabetical order."""
    shots_in(counts, whose)
    return min(counts, key=lambda bitstring: (-counts[bitstring], bitstring))


def marginal(counts: Counts, bits: Sequence[int], whose: str) -> Counts:
    """The counts of some bits only: their first is the leftmost character.

    Raises:
        InvalidArgument: The list is empty, a bit is in it twice, or there is no such bit.
        NoResult: The bitstrings differ in length.
    """
    there = width(counts, whose)
    try:
        wanted = [arguments.whole(bit, "bits", least=0, most=there - 1) for bit in bits]
    except (InvalidArgument, TypeError):
        wanted = []
    if not wanted or len(set(wanted)) != len(wanted):
        raise InvalidArgument(
            f"bits must be different numbers from 0 to {there - 1} for {whose}, not {arguments.told(bits)}",
            argument="bits",
        )
    kept: Counter[str] = Counter()
    for bitstring, times in counts.items():
        kept["".join(bitstring[bit] for bit in wanted)] += times
    return dict(sorted(kept.items()))


def expectation(counts: Counts, pauli: str, whose: str) -> float:
    """The mean over all shots of the product of +1 for a 0 and -1 for a 1, over the bits where `pauli` has a Z.

    Raises:
        InvalidArgument: `pauli` is not made of Z and I, or not as long as the register is wide.
    """
    there = width(counts, whose)
    if len(arguments.text(pauli, "pauli", empty=True)) != there or set(pauli) - {"Z", "I"}:
        raise InvalidArgument(
            f"pauli for {whose} must have {counted(there, 'character')}, each Z or I, not {pauli!r:.60}; "
            "other Paulis need a change of basis in the program, before the measurement",
            argument="pauli",
        )
    measured = [bit for bit, letter in enumerate(pauli) if letter == "Z"]
    total = sum(
        times if sum(bitstring[bit] == "1" for bit in measured) % 2 == 0 else -times
        for bitstring, times in counts.items()
    )
    return total / shots_in(counts, whose)


def standard_error(counts: Counts, pauli: str, whose: str) -> float:
    """The standard error of `expectation` e from n shots, √((1 - e²) / n): the value of each shot is +1 or -1."""
    mean = expectation(counts, pauli, whose)
    return math.sqrt((1 - mean**2) / shots_in(counts, whose))
