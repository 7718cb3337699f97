"""Which variables of a program are its results, and where their bits are."""

from collections.abc import Mapping

from attrs import frozen

from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.scope import Bits, Scalar
from qcaas_sdk.local.simulator.openqasm.types import BIT, MACHINE_WIDTH, Cell, Element, Kind, Outcome, bits_of

Source = Element | None
"""A bit of a result: known, measured, or never written."""


@frozen(eq=False)
class Layout:
    """Where the bits of results are in a memory word.

    Attributes:
        registers: Register to the positions of its bits, bit 0 first; None for a bit that is never written.
        ones: Bits to set in every word, because the program sets them to 1 without a measurement.
    """

    registers: Mapping[str, list[int | None]]
    ones: int = 0


def contents_of(registers: Registers) -> dict[str, list[Source]]:
    """The bits of each result at the end of a program.

    These are the variables that it declares as output; without any, all `bit` variables; without any, all others.
    """
    every: dict[str, Bits | Scalar] = {**registers.bits, **registers.others}
    if registers.outputs:
        chosen: Mapping[str, Bits | Scalar] = {name: every[name] for name in every if name in registers.outputs}
    else:
        chosen = registers.bits or registers.others
    return {name: _contents(symbol) for name, symbol in chosen.items()}


def _contents(symbol: Bits | Scalar) -> list[Source]:
    if isinstance(symbol, Bits):
        return [_source(cell) for cell in symbol.cells]
    type_, content = symbol.type, symbol.cell.content
    if not symbol.cell.written:
        return [None] * (1 if type_.kind is Kind.BOOL else type_.width or MACHINE_WIDTH)
    if type_.kind is Kind.BOOL or type_ == BIT:
        return [content if isinstance(content, Outcome) else int(content)]
    return list(bits_of(content, type_.width or MACHINE_WIDTH))


def _source(cell: Cell) -> Source:
    if not cell.written:
        return None
    content: Element = cell.content
    return content
