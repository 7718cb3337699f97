"""Classical types and values of OpenQASM 3."""

from enum import Enum
from typing import Any

from attrs import frozen

MACHINE_WIDTH = 64
"""The width of `int`, `uint`, `float` and `angle` without an explicit width."""


class Kind(Enum):
    """The kind of a type, without its width."""

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
        kind: Its kind.
        width: In bits; n for `bit[n]`, and None for `bit`. Literals, and values that are computed from literals only,
            have no width: they are exact.
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
    """A measured bit. Only the machine may know its value."""

    __slots__ = ()


Element = int | Outcome
"""One bit: 0, 1, or the outcome of a measurement."""


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
    """An array, which shares its cells with its variable.

    Attributes:
        type: The type of its elements.
        cells: A numpy array of `Cell`.
    """

    type: Type
    cells: Any


@frozen
class Duration:
    """A duration. Seconds and samples are separate, because the length of a sample is not known.

    Attributes:
        seconds: The part in SI units.
        samples: The part in `dt`.
        known: False for a `stretch` and a `durationof`.
    """

    seconds: float = 0.0
    samples: float = 0.0
    known: bool = True


class Cell:
    """A place that holds one bit, or one value of another type.

    Attributes:
        content: Its content.
        written: Whether the program has given it a value.
        depth: How many blocks with a measured condition were open when it was declared.
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
    """The lowest bits of an integer, bit 0 first; two's complement if it is negative."""
    return tuple(number >> bit & 1 for bit in range(width))


def number_of(bits: "tuple[int, ...]") -> int:
    """The unsigned integer of bits, bit 0 first."""
    return sum(bit << position for position, bit in enumerate(bits))


def wrap(number: int, type_: Type) -> int:
    """An integer, wrapped to the width of its type."""
    if type_.width is None:
        return number
    number &= (1 << type_.width) - 1
    if type_.kind is Kind.INT and number >> (type_.width - 1):
        number -= 1 << type_.width
    return number
