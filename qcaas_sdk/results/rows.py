"""The counts of many results side by side: the data of tables, arrays and plots."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from attrs import field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import NoResult, UnknownRegister
from qcaas_sdk.results.counts import Counts

PlotKind: TypeAlias = Literal["auto", "bars", "heatmap"]
"""Bars for each result, a heat map of all results, or a choice by their number."""

OnLengthMismatch: TypeAlias = Literal["raise", "pad"]
"""What becomes of bitstrings of different lengths in one register: an error, or zeros to their left."""


@frozen
class Row:
    """One result.

    Attributes:
        position: Its number in the sequence of outputs, or in the one that this one was taken from.
        task_id: The server's id of its run.
        qpu_id: The QPU of its run.
        tag: The tag of its job, if it has one.
        parameters: The values of its program's parameters.
        labels: What else the user calls its job: its name and metadata, by column.
        registers: Register → counts.
    """

    position: int
    task_id: str | None
    qpu_id: str
    tag: str | None
    registers: Mapping[str, Counts] = field(repr=False)
    labels: Mapping[str, object] = field(factory=dict, repr=False)
    parameters: Mapping[str, float] = field(factory=dict)

    @property
    def whose(self) -> str:
        """Its name in messages."""
        return f"task {self.task_id}"


class Grid(NamedTuple):
    """One register of several results.

    Attributes:
        creg: The register.
        bitstrings: Each that occurs, as the service writes it, in the order of the numbers they stand for.
        counts: For each result, for each of these, the number of shots.
    """

    creg: str
    bitstrings: Sequence[str]
    counts: Sequence[Sequence[int]]


def grid(rows: Sequence[Row], creg: str | None, on_length_mismatch: OnLengthMismatch = "raise") -> Grid:
    """The counts of one register; a result that does not have it has a row of zeros.

    Args:
        rows: The results.
        creg: The register; may be left out where there is only one in all of them.
        on_length_mismatch: What becomes of bitstrings of different lengths.

    Raises:
        UnknownRegister: No result has such a register, or there are several and you named none.
        NoResult: There is no result, or bitstrings differ in length and may not be padded.
        InvalidArgument: `on_length_mismatch` is something else.
    """
    arguments.one_of(on_length_mismatch, "on_length_mismatch", ("raise", "pad"))
    if not rows:
        raise NoResult("there are no results: see .errors(), or call raise_for_error()")
    creg = register_of(rows, creg)
    columns = [row.registers.get(creg, {}) for row in rows]
    widths = sorted({len(bitstring) for counts in columns for bitstring in counts})
    if len(widths) > 1:
        if on_length_mismatch == "raise":
            raise NoResult(
                f"the register {creg!r} has bitstrings of different lengths ({', '.join(map(str, widths))}); "
                "on_length_mismatch='pad' puts zeros to the left of the shorter ones"
            )
        columns = [_padded(counts, widths[-1]) for counts in columns]
    bitstrings = sorted({bitstring for counts in columns for bitstring in counts})
    return Grid(creg, bitstrings, [[counts.get(bitstring, 0) for bitstring in bitstrings] for counts in columns])


def register_of(rows: Sequence[Row], creg: str | None) -> str:
    """The name of one register.

    Raises:
        UnknownRegister: No result has it, or there are several and `creg` is None.
    """
    known = list(dict.fromkeys(name for row in rows for name in row.registers))
    if creg is None and len(known) == 1:
        return known[0]
    if creg is None or arguments.text(creg, "creg", hint="pass the name of a register") not in known:
        listed = ", ".join(known) or "none"
        where = f"{rows[0].whose} has" if len(rows) == 1 else f"these {len(rows)} results have"
        if creg is None:
            raise UnknownRegister(f"{where} {len(known)} registers ({listed}): name one, as creg=…")
        raise UnknownRegister(f"{where} no register {creg!r}; known: {listed}")
    return creg


def parameters_of(rows: Sequence[Row]) -> list[str]:
    """The names of the parameters of some results, each once."""
    return list(dict.fromkeys(name for row in rows for name in row.parameters))


def _padded(counts: Counts, width: int) -> Counts:
    padded: Counts = {}
    for bitstring, times in counts.items():
        whole = bitstring.rjust(width, "0")
        padded[whole] = padded.get(whole, 0) + times
    return padded
