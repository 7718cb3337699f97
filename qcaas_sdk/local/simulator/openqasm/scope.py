"""Names and what they stand for."""

from typing import Any

from attrs import frozen
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.types import Cell, Type


@frozen
class Qubits:
    """A qubit, or a register or alias of several.

    Attributes:
        numbers: Which.
        single: Whether it is a qubit and no register, not even one of length 1.
    """

    numbers: tuple[int, ...]
    single: bool


@frozen(eq=False)
class Bits:
    """A bit, or a register or alias of several.

    Attributes:
        cells: Bit 0 first.
        single: Whether it is a bit and no register, not even one of length 1.
        fixed: Whether it may not be assigned to.
    """

    cells: tuple[Cell, ...]
    single: bool
    fixed: bool = False


@frozen(eq=False)
class Scalar:
    """A variable of any other type, or an element of an array.

    Attributes:
        type: Its type.
        cell: Its place.
        fixed: Whether it may not be assigned to.
    """

    type: Type
    cell: Cell
    fixed: bool = False


@frozen(eq=False)
class Array:
    """An array, or a part of one that is an array.

    Attributes:
        type: Of its elements.
        cells: A numpy array of cells.
        fixed: Whether it may not be assigned to.
    """

    type: Type
    cells: Any
    fixed: bool = False


@frozen(eq=False)
class BitsOf:
    """Some bits of a variable that is no register.

    Attributes:
        scalar: The variable.
        positions: Which.
        single: Whether it is one bit.
    """

    scalar: Scalar
    positions: tuple[int, ...]
    single: bool


Symbol = Qubits | Bits | Scalar | Array
Place = Symbol | BitsOf


class Scope:
    """A block's names; those of the blocks around it can be seen from it.

    Args:
        outer: The block around it.
        constants_only: Whether of the names around it only constants can be seen, as from the body of a gate.
    """

    def __init__(self, outer: "Scope | None" = None, *, constants_only: bool = False) -> None:
        self._outer = outer
        self._constants_only = constants_only
        self.in_gate: bool = constants_only or (outer is not None and outer.in_gate)
        self._symbols: dict[str, Symbol] = {}

    def declare(self, name: str, symbol: Symbol, at: ast.QASMNode) -> None:
        """Give a name.

        Raises:
            ProgramError: This block has given it already.
        """
        if name in self._symbols:
            raise ProgramError(f"'{name}' is already declared", at)
        self._symbols[name] = symbol

    def replace(self, name: str, symbol: Symbol) -> None:
        """Give a name, even if this block has given it already."""
        self._symbols[name] = symbol

    def find(self, name: str) -> Symbol | None:
        """What a name stands for."""
        scope: Scope | None = self
        constants_only = False
        while scope is not None:
            if (symbol := scope._symbols.get(name)) is not None:
                return symbol if not constants_only or _is_constant(symbol) else None
            constants_only = constants_only or scope._constants_only
            scope = scope._outer
        return None

    def look_up(self, name: str, at: ast.QASMNode) -> Symbol:
        """What a name stands for.

        Raises:
            ProgramError: Nothing.
        """
        symbol = self.find(name)
        if symbol is None:
            raise ProgramError(f"'{name}' is not declared", at)
        return symbol


def _is_constant(symbol: Symbol) -> bool:
    return not isinstance(symbol, Qubits) and symbol.fixed
