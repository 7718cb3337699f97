"""Names and their meaning."""

from typing import Any

from attrs import frozen
from openqasm3 import ast

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError
from qcaas_sdk.local.simulator.openqasm.types import Cell, Type


@frozen
class Qubits:
    """A qubit, or a register or alias of several.

    Attributes:
        numbers: The numbers of the qubits.
        single: Whether it is a qubit, not a register (of length 1).
    """

    numbers: tuple[int, ...]
    single: bool


@frozen(eq=False)
class Bits:
    """A bit, or a register or alias of several.

    Attributes:
        cells: Bit 0 first.
        single: Whether it is a bit, not a register (of length 1).
        fixed: Whether it is read-only.
    """

    cells: tuple[Cell, ...]
    single: bool
    fixed: bool = False


@frozen(eq=False)
class Scalar:
    """A variable of any other type, or an element of an array.

    Attributes:
        type: Its type.
        cell: Its cell.
        fixed: Whether it is read-only.
    """

    type: Type
    cell: Cell
    fixed: bool = False


@frozen(eq=False)
class Array:
    """An array, or a part of one that is an array.

    Attributes:
        type: The type of its elements.
        cells: A numpy array of cells.
        fixed: Whether it is read-only.
    """

    type: Type
    cells: Any
    fixed: bool = False


@frozen(eq=False)
class BitsOf:
    """Some bits of a variable that is not a register.

    Attributes:
        scalar: The variable.
        positions: The positions of the bits.
        single: Whether it is one bit.
    """

    scalar: Scalar
    positions: tuple[int, ...]
    single: bool


Symbol = Qubits | Bits | Scalar | Array
Place = Symbol | BitsOf


class Scope:
    """The names of a block. The names of outer blocks are visible in it.

    Args:
        outer: The outer block.
        constants_only: Whether only constants of outer blocks are visible, as in the body of a gate.
    """

    def __init__(self, outer: "Scope | None" = None, *, constants_only: bool = False) -> None:
        self._outer = outer
        self._constants_only = constants_only
        self.in_gate: bool = constants_only or (outer is not None and outer.in_gate)
        self._symbols: dict[str, Symbol] = {}

    def declare(self, name: str, symbol: Symbol, at: ast.QASMNode) -> None:
        """Add a name.

        Raises:
            ProgramError: This block has the name already.
        """
        if name in self._symbols:
            raise ProgramError(f"'{name}' is already declared", at)
        self._symbols[name] = symbol

    def replace(self, name: str, symbol: Symbol) -> None:
        """Add a name, or replace it if this block has it already."""
        self._symbols[name] = symbol

    def find(self, name: str) -> Symbol | None:
        """The meaning of a name; None if it is not declared."""
        scope: Scope | None = self
        constants_only = False
        while scope is not None:
            if (symbol := scope._symbols.get(name)) is not None:
                return symbol if not constants_only or _is_constant(symbol) else None
            constants_only = constants_only or scope._constants_only
            scope = scope._outer
        return None

    def look_up(self, name: str, at: ast.QASMNode) -> Symbol:
        """The meaning of a name.

        Raises:
            ProgramError: It is not declared.
        """
        symbol = self.find(name)
        if symbol is None:
            raise ProgramError(f"'{name}' is not declared", at)
        return symbol


def _is_constant(symbol: Symbol) -> bool:
    return not isinstance(symbol, Qubits) and symbol.fixed
