"""Bitstrings: bit order, and conversion to numbers."""

from enum import StrEnum
from typing import TYPE_CHECKING

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument, MissingExtra

if TYPE_CHECKING:
    import scipp


class Endianness(StrEnum):
    """Which character of a bitstring is bit 0 of its register."""

    BIG = "big"
    """The leftmost character: the order of OQC, Cirq and Braket."""
    LITTLE = "little"
    """The rightmost character: the order of Qiskit."""


_ORDERS = tuple(map(str, Endianness))


def shown(bitstring: str, endianness: Endianness | str) -> str:
    """A bitstring converted from OQC's order to the given order, or back.

    Raises:
        InvalidArgument: The order is not big or little.
    """
    order = endianness if isinstance(endianness, Endianness) else arguments.one_of(endianness, "endianness", _ORDERS)
    return bitstring if order == Endianness.BIG else bitstring[::-1]


def value_of(bitstring: str, endianness: Endianness | str = Endianness.BIG) -> int:
    """The number whose binary digits are the register's bits, bit 0 first: `011` in OQC's order is 3.

    Raises:
        InvalidArgument: It is empty, or contains other characters than 0 and 1.
    """
    if not arguments.text(bitstring, "s", empty=True) or set(bitstring) - {"0", "1"}:
        raise InvalidArgument(
            f"{bitstring!r:.60} is not a bitstring: use only the characters 0 and 1, at least one", argument="s"
        )
    return int(shown(bitstring, endianness), base=2)


def bits(s: str, endianness: Endianness | str = Endianness.BIG) -> "scipp.Variable":
    """The index that selects a bitstring in the dimension `bit` of a `to_counts_dataarray`.

    Args:
        s: A bitstring.
        endianness: The order in which it is written; either way the same outcome is the same number.

    Returns:
        A scalar without a unit, of integers.

    Raises:
        InvalidArgument: It is not a bitstring, or has more than 63 bits.
        MissingExtra: scipp is not installed.
    """
    try:
        import scipp  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("indexing by bits", "scipp") from error
    value = value_of(s, endianness)
    if len(s) > WIDEST:
        raise InvalidArgument(f"the bitstring has {len(s)} bits; an index can have at most {WIDEST}", argument="s")
    return scipp.scalar(value, unit=None, dtype="int64")


WIDEST = 63
"""Maximum bits of a number that labels a column of a scipp array."""
