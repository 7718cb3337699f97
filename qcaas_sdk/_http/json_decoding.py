"""JSON from anybody, decoded so that one odd value does not hide all others.

Where JSON has no such number (`NaN`), or Python takes none so long, or values are nested too deeply, a number stands
that is not finite. Readers that rely on a value refuse that number; the others leave it out.
"""

import json
import re
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

DEEPEST = 128
"""How deep objects and lists may be nested."""

ODD = float("nan")
"""Stands for a value that cannot be kept."""

_MAX_NUMBER_LENGTH = 4300
"""Digits that Python turns into a number unasked."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def decoded(text: str) -> JsonValue:
    """The value of a JSON text.

    Raises:
        ValueError: It is not JSON.
    """
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        text = _cut(text)
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of thousands of digits
        value = _with_long_numbers.decode(text)
    return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        kind = text[token.start()]
        if kind in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif kind != '"':
            depth -= 1
    return deepest


def _cut(text: str) -> str:
    """The text with `NaN` in place of what is nested too deeply."""
    kept: list[str] = []
    depth = begin = 0
    for token in _TOKEN.finditer(text):
        kind = text[token.start()]
        if kind in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept += text[begin : token.start()], "NaN"
        elif kind != '"':
            if depth == DEEPEST + 1:
                begin = token.end()
            depth -= 1
    return "".join(kept) + (text[begin:] if depth <= DEEPEST else "")


def _number(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_NUMBER_LENGTH else ODD


_with_long_numbers = json.JSONDecoder(parse_int=_number)
