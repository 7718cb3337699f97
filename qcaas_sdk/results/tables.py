"""Counts as a pandas table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.results.bitstrings import Endianness, shown
from qcaas_sdk.results.counts import shots_in
from qcaas_sdk.results.rows import Row, parameters_of, register_of

if TYPE_CHECKING:
    import pandas as pd


def to_dataframe(rows: Sequence[Row], creg: str | None, endianness: Endianness | str) -> "pd.DataFrame":
    """One line for each bitstring of each register of each result, indexed by the parameters, if there are any."""
    try:
        import pandas as pd  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("a table of counts", "pandas") from error
    wanted = None if creg is None else register_of(rows, creg)
    labels = list(dict.fromkeys(label for row in rows for label in row.labels))
    lines = [
        (
            row.position,
            row.task_id,
            row.qpu_id,
            row.tag,
            *map(row.labels.get, labels),
            name,
            shown(bitstring, endianness),
            times,
            times / shots,
        )
        for row in rows
        for name, counts in row.registers.items()
        if wanted in {None, name} and counts
        for shots in (shots_in(counts, row.whose),)
        for bitstring, times in sorted(counts.items())
    ]
    kinds = {
        "result": "int64",
        "task_id": "object",
        "qpu_id": "object",
        "tag": "object",
        **dict.fromkeys(labels, "object"),
        "register": "object",
        "bitstring": "object",
        "count": "int64",
        "probability": "float64",
    }
    table = pd.DataFrame(lines, columns=list(kinds)).astype(kinds)
    names = parameters_of(rows)
    if not names:
        return table
    values = {row.position: row.parameters for row in rows}
    columns = [[values[position].get(name) for position in table["result"]] for name in names]
    return table.set_index(
        pd.MultiIndex.from_arrays(columns, names=names) if names[1:] else pd.Index(columns[0], name=names[0])
    )
