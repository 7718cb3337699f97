"""Values of parameters."""

import json
import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument

Value = bool | int | float
Parameters = Mapping[str, float]
"""Values by name; `int` and `bool` are numbers too."""


def values_of(parameters: Any) -> dict[str, Value]:
    """Checked values by name.

    Raises:
        InvalidArgument: It is not a mapping of names to finite numbers.
    """
    if not isinstance(parameters, Mapping):
        raise arguments.wrong("parameters", "a mapping of numbers, as {'theta': 0.5}, or a list of them", parameters)
    values = {}
    for name, value in parameters.items():
        if not isinstance(name, str):
            shown = arguments.told(name)
            raise InvalidArgument(f"parameters has the name {shown}: names are text", argument="parameters")
        values[str.__str__(name)] = _number(name, value)
    return values


def values_told(values: Mapping[str, Value]) -> str:
    """Values by name, as one short text."""
    return " ".join(f"{name}={json.dumps(value)}" for name, value in values.items())


def _number(name: str, value: Any) -> Value:
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, Real) and _is_finite(value):
        return int(value) if isinstance(value, Integral) else float(value)
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return _number(name, value.item())
    raise InvalidArgument(
        f"the parameter {name!r} is {arguments.told(value)}: pass a finite number", argument="parameters"
    )


def _is_finite(value: Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a number beyond all floats
        return False
