"""Keeps of an answer only what JSON can represent, so that snapshots and journals never fail on it.

A status, a result or an id that is not valid is an error. Everything else that is not valid is left out with a
warning, so that an extra field cannot hide the answer.
"""

import logging
import math
from collections.abc import Sequence
from typing import Any, TypeGuard

from qcaas_sdk.errors import ServerWarning
from qcaas_sdk.errors.base import warn_of_server

MAX_INTEGER = 1 << 1000
"""The limit for whole numbers; a float can still represent them."""

DEEPEST = 128
"""How deep objects and lists may be nested in an answer."""

MAX_ID_LENGTH = 500
"""Characters of an id: it is part of a URL."""

TOLD_AT_MOST = 5
"""Fields that a warning names."""

log = logging.getLogger("qcaas_sdk._service")


def is_sound(value: Any, depth: int = 0) -> bool:
    """Whether JSON can represent a value: all numbers are finite, none is huge, nothing is nested too deeply."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return _is_sound_leaf(value)
    if depth == DEEPEST:
        return False
    for member in value.values() if kind is dict else value:
        kind = type(member)
        if kind is str:
            continue
        if not (is_sound(member, depth + 1) if kind is dict or kind is list else _is_sound_leaf(member)):
            return False
    return True


def _is_sound_leaf(value: Any) -> bool:
    if type(value) is int:
        return -MAX_INTEGER < value < MAX_INTEGER
    return type(value) is not float or math.isfinite(value)


def cleaned(value: Any, where: str, odd: list[str]) -> Any:
    """The value with None in place of what JSON cannot represent.

    Args:
        value: A decoded value.
        where: Its place in the answer.
        odd: The places that were left out are added here.
    """
    return value if is_sound(value) else _cleaned(value, where, odd, 0)


def _cleaned(value: Any, where: str, odd: list[str], depth: int) -> Any:
    if isinstance(value, dict) and depth < DEEPEST:
        return {key: _cleaned(member, f"{where}.{key:.40}", odd, depth + 1) for key, member in value.items()}
    if isinstance(value, list) and depth < DEEPEST:
        return [_cleaned(member, f"{where}[{place}]", odd, depth + 1) for place, member in enumerate(value)]
    if not isinstance(value, dict | list) and _is_sound_leaf(value):
        return value
    odd.append(f"{where[:100]} (not a finite number, or nested too deeply)")
    return None


def cleaned_object(value: Any, where: str, odd: list[str]) -> dict[str, Any] | None:
    """As `cleaned`, but None for anything that is not an object."""
    if value is None:
        return None
    if not isinstance(value, dict):
        odd.append(f"{where} ({type(value).__name__}, expected an object)")
        return None
    kept: dict[str, Any] = cleaned(value, where, odd)
    return kept


def warn_of(odd: Sequence[str], what: str) -> None:
    """Warn about what was left out of an answer, if anything was.

    Args:
        odd: The places.
        what: The name of the answer, for the message.
    """
    if odd:
        more = f"; and {len(odd) - TOLD_AT_MOST} more" if len(odd) > TOLD_AT_MOST else ""
        told = "; ".join(odd[:TOLD_AT_MOST])
        said = "".join(char if char.isprintable() else "\ufffd" for char in f"{told}{more}")
        message = f"parts of {what} are not valid and were left out: {said}"
        try:
            warn_of_server(message)
        except ServerWarning:  # a filter that turns warnings into errors must not hide a result
            log.warning(message)


def is_id(value: object) -> TypeGuard[str]:
    """Whether a value is an id: printable text, not too long, safe in a URL path."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_ID_LENGTH
        and value.isprintable()
        and value == value.strip()
        and value not in {".", ".."}
    )
