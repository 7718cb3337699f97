"""Which variables of a program are its results."""

from qcaas_sdk.local.simulator.openqasm.execution import Registers
from qcaas_sdk.local.simulator.openqasm.scope import Bits, Scalar
from qcaas_sdk.local.simulator.openqasm.types import BIT, MACHINE_WIDTH, Cell, Element, Kind, Outcome, bits_of

Source = Element | None
"""A bit of a result: known, measured, or never written."""


def contents_of(registers: Registers) -> dict[str, list[Source]]:
    """The bits of each result at the end of a program.

    These are the variables that it declares as output; without any, all `bit` variables; without any, all others.
    """
    every: dict[str, Bits | Scalar] = {**registers.bits, **registers.others}
    names = registers.outputs or registers.bits or registers.others
    return {name: _contents(symbol) for name, symbol in every.items() if name in names}


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
