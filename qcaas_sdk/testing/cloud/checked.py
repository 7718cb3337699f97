"""Validators of the classes that describe a simulated service: a wrong value is refused where it is given."""

from math import inf
from typing import Any

from qcaas_sdk._guards import arguments


def seconds(_: object, attribute: Any, value: Any) -> None:
    """A number of seconds, 0 or more."""
    arguments.seconds(value, attribute.name)


def seconds_above_0(_: object, attribute: Any, value: Any) -> None:
    """A number of seconds above 0."""
    if not _number(value) or not 0.0 < float(value) < inf:
        raise arguments.wrong(attribute.name, "a number of seconds above 0", value)


def part(_: object, attribute: Any, value: Any) -> None:
    """A number from 0 to 1."""
    if not _number(value) or not 0.0 <= float(value) <= 1.0:
        raise arguments.wrong(attribute.name, "a number from 0 to 1", value)


def text(_: object, attribute: Any, value: Any) -> None:
    """Text that is not empty."""
    arguments.text(value, attribute.name)


def _number(value: object) -> bool:
    return not isinstance(value, bool | str) and hasattr(value, "__float__")
