"""Classical types and values of OpenQASM 3."""

from enum import Enum
from typing import Any

from attrs import frozen

MACHINE_WIDTH = 64
"""Of `int`, `uint`, `float` and `angle` that name no width."""


class Kind(Enum):
    """What a value is, whatever its width."""

    BOOL = "bool"
    BIT = "bit"
    INT = "int"
    UINT = "uint"
    FLOAT = "float"
    ANGLE = "angle"
    DURATION = "duration"


@frozen
class Type:
    """A scalar type, or `bit[n]`.

    Attributes:
        kind: What it is.
        width: In bits. A `bit` has none (a `bit[n]` has n); a number that stands in the text of the program, and what
            is computed of such numbers alone, has none either: it is exact.
    """

    kind: Kind
    width: int | None = None

    def __str__(self) -> str:
        return self.kind.value if self.width is None else f"{self.kind.value}[{self.width}]"

    @property
    def is_register(self) -> bool:
        """Whether it is `bit[n]`."""
        return self.kind is Kind.BIT and self.width is not None

    @property
    def is_integer(self) -> bool:
        """Whether it is `int` or `uint`, of any width."""
        return self.kind in {Kind.INT, Kind.UINT}


class Outcome:
    """A bit that was measured; what came out is known to the machine alone."""

    __slots__ = ()


Element = int | Outcome
"""One bit: 0, 1, or what a measurement gave."""


@frozen(eq=False)
class Value:
    """A value with its type.

    Attributes:
        type: Its type.
        data: A bool; an `Element` for a bit, a tuple of them for `bit[n]`, bit 0 first; an int for integers; a float;
            for an angle its bits as an unsigned integer; a `Duration`.
    """

    type: Type
    data: Any


@frozen(eq=False)
class ArrayValue:
    """An array: numpy's array of cells, shared with the variable that it is a part of.

    Attributes:
        type: Of its elements.
        cells: A numpy array of `Cell`.
    """

    type: Type
    cells: Any


@frozen
class Duration:
    """A time: SI units and samples are kept apart, because nothing here says how long a sample is.

    Attributes:
        seconds: In SI units.
        samples: In `dt`.
        known: Whether it is: a `stretch` and a `durationof` are not.
    """

    seconds: float = 0.0
    samples: float = 0.0
    known: bool = True


class Cell:
    """A place that holds one bit, or one value of another type.

    Attributes:
        content: What it holds.
        written: Whether the program has given it a value.
        depth: In how many blocks that run by a measured condition it was declared.
    """

    __slots__ = ("content", "depth", "written")

    def __init__(self, content: Any, depth: int = 0, *, written: bool = False) -> None:
        self.content = content
        self.depth = depth
        self.written = written


BIT = Type(Kind.BIT)
BOOL = Type(Kind.BOOL)
NUMBER = Type(Kind.INT)
REAL = Type(Kind.FLOAT, MACHINE_WIDTH)
DURATION = Type(Kind.DURATION)


def register(width: int) -> Type:
    """The type `bit[width]`."""
    return Type(Kind.BIT, width)


def bits_of(number: int, width: int) -> tuple[int, ...]:
    """The lowest bits of an integer, bit 0 first; two's complement where it is negative."""
    return tuple(number >> bit & 1 for bit in range(width))


def number_of(bits: "tuple[int, ...]") -> int:
    """The unsigned integer of bits, bit 0 first."""
    return sum(bit << position for position, bit in enumerate(bits))


def wrap(number: int, type_: Type) -> int:
    """An integer as its type can hold it."""
    if type_.width is None:
        return number
    number &= (1 << type_.width) - 1
    if type_.kind is Kind.INT and number >> (type_.width - 1):
        number -= 1 << type_.width
    return number
