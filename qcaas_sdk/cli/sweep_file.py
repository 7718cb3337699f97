"""Parameter values from a file: a list of JSON objects, or a CSV table with the names in its first line."""

import csv
import json
from io import StringIO
from typing import Any

from qcaas_sdk._programs.parameter_values import Value, values_of, values_told
from qcaas_sdk.cli.ending import USAGE, fail, read
from qcaas_sdk.errors import InvalidArgument


def read_sweep(name: str) -> list[dict[str, Value]]:
    """The values of each job. The command ends if the file is not such a list or table.

    Args:
        name: The file, or `-` for stdin. A name that ends in `.csv` is a table.
    """
    text = read(name, "parameter values")
    rows = _table(name, text) if name.lower().endswith(".csv") else _objects(name, text)
    if not rows:
        fail(USAGE, f"{name} has no parameter values: expected one object or line for each job")
    return [_checked(name, place, row) for place, row in enumerate(rows)]


def named(program: str, values: dict[str, Value]) -> str:
    """What a program with values is called."""
    return f"{program} {values_told(values)}".rstrip()


def _objects(name: str, text: str) -> list[Any]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        fail(USAGE, f"{name} is not valid JSON: {error}. A table needs a name that ends in .csv")
    if not isinstance(rows, list):
        fail(USAGE, f'{name}: expected a list of objects, for example [{{"theta": 0.5}}]')
    return rows


def _table(name: str, text: str) -> list[Any]:
    rows = list(csv.DictReader(StringIO(text, newline=""), skipinitialspace=True))
    for place, row in enumerate(rows):
        if None in row or None in row.values():
            fail(USAGE, f"{name}: line {place + 2} does not have as many values as the first line has names")
    return [{key.strip(): _number(value.strip()) for key, value in row.items()} for row in rows]


def _number(text: str) -> object:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _checked(name: str, place: int, row: Any) -> dict[str, Value]:
    try:
        return values_of(row)
    except InvalidArgument as error:
        fail(USAGE, f"{name}: entry {place}, counted from 0: {error}")
