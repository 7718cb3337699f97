"""Decodes JSON so that one invalid value does not hide all others.

`NaN`, numbers that are too long for Python and values that are nested too deeply become a number that is not finite.
Readers that need the value refuse that number; the others leave it out.
"""

import json
import re
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

DEEPEST = 128
"""How deep objects and lists may be nested."""

ODD = float("nan")
"""Replaces a value that cannot be decoded."""

_MAX_NUMBER_LENGTH = 4300
"""The most digits that Python converts to a number by default."""

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
    """The text with `NaN` in place of values that are nested too deeply."""
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
