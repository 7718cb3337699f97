"""Where the bits of the results of a program are."""

from collections.abc import Mapping

from attrs import frozen


@frozen(eq=False)
class Layout:
    """Where the bits of results are in a memory word.

    Attributes:
        registers: Register to the positions of its bits, bit 0 first; None for a bit that is never written.
        ones: Bits to set in every word, because the program sets them to 1 without a measurement.
    """

    registers: Mapping[str, list[int | None]]
    ones: int = 0
