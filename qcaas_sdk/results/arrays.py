"""Counts as labelled arrays: xarray's, and scipp's as users of OQC's SDK know them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qcaas_sdk._base.text import counted
from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument, MissingExtra, NoResult
from qcaas_sdk.results.bitstrings import WIDEST, Endianness, shown, value_of
from qcaas_sdk.results.rows import Grid, OnLengthMismatch, Row, grid, parameters_of

if TYPE_CHECKING:
    import scipp
    import xarray

ANY = "*"
_COORDINATES = {"result", "bitstring", "task_id"}


def to_xarray(rows: Sequence[Row], creg: str | None, endianness: Endianness | str) -> "xarray.DataArray":
    """Results × bitstrings, with the counts of one register."""
    try:
        import numpy as np  # noqa: PLC0415  # comes with the extra
        import xarray  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("an xarray of counts", "xarray") from error
    made = grid(rows, creg)
    return xarray.DataArray(
        np.array(made.counts, dtype=np.int64).reshape(len(rows), len(made.bitstrings)),
        dims=("result", "bitstring"),
        coords={
            "result": [row.position for row in rows],
            "bitstring": np.array([shown(bitstring, endianness) for bitstring in made.bitstrings], dtype=str),
            "task_id": ("result", [str(row.task_id) for row in rows]),
            **{
                name if name not in _COORDINATES else f"parameters.{name}": (
                    "result",
                    [row.parameters.get(name, np.nan) for row in rows],
                )
                for name in parameters_of(rows)
            },
        },
        name=made.creg,
        attrs={"endianness": str(endianness), "long_name": "shots"},
    )


def to_scipp(
    rows: Sequence[Row], creg: str | None, endianness: Endianness | str, on_length_mismatch: OnLengthMismatch
) -> "scipp.DataArray":
    """Results × bits, with the counts of one register; the dimensions and labels are those of OQC's published SDK."""
    return _as_scipp(grid(rows, creg, on_length_mismatch), endianness)


def like(
    rows: Sequence[Row],
    pattern: str,
    creg: str | None,
    endianness: Endianness | str,
    on_length_mismatch: OnLengthMismatch,
) -> "scipp.DataArray":
    """As `to_scipp`, with the bitstrings only that match a pattern of 0, 1 and `*`.

    Raises:
        InvalidArgument: The pattern is not valid, or not as long as the bitstrings.
    """
    made = grid(rows, creg, on_length_mismatch)
    if not arguments.text(pattern, "pattern", empty=True) or set(pattern) - {"0", "1", ANY}:
        raise InvalidArgument(
            f"the pattern {pattern!r:.60} is not valid: use one character per bit, 0, 1 or * (either)",
            argument="pattern",
        )
    width = len(made.bitstrings[0]) if made.bitstrings else len(pattern)
    if len(pattern) != width:
        raise InvalidArgument(
            f"the pattern {pattern!r} has {counted(len(pattern), 'character')}; "
            f"the bitstrings of {made.creg!r} have {width}",
            argument="pattern",
        )
    wanted = shown(pattern, endianness)
    chosen = [
        column
        for column, bitstring in enumerate(made.bitstrings)
        if all(want in {ANY, bit} for want, bit in zip(wanted, bitstring, strict=True))
    ]
    kept = Grid(
        made.creg,
        [made.bitstrings[column] for column in chosen],
        [[counts[column] for column in chosen] for counts in made.counts],
    )
    return _as_scipp(kept, endianness)


def _as_scipp(made: Grid, endianness: Endianness | str) -> "scipp.DataArray":
    try:
        import numpy as np  # noqa: PLC0415  # comes with the extra
        import scipp  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("a scipp array of counts", "scipp") from error
    if any(len(bitstring) > WIDEST for bitstring in made.bitstrings):
        raise NoResult(
            f"the register {made.creg!r} has more than {WIDEST} bits, and the columns of a scipp array cannot hold "
            "them: use to_dataframe() or to_xarray()"
        )
    values = np.array(made.counts, dtype=np.int64).reshape(len(made.counts), len(made.bitstrings))
    labels = np.array([shown(bitstring, endianness) for bitstring in made.bitstrings], dtype=str)
    numbers = np.array([value_of(bitstring) for bitstring in made.bitstrings], dtype=np.int64)
    return scipp.DataArray(
        scipp.array(dims=["result", "bit"], values=values, unit=None),
        coords={
            "result": scipp.arange("result", len(made.counts), unit=None, dtype="int64"),
            "bit": scipp.array(dims=["bit"], values=numbers, unit=None),
            "bitstring": scipp.array(dims=["bit"], values=labels, unit=None),
        },
    )
