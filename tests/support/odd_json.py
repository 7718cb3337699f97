"""JSON as no service should send it: odd types, numbers that JSON does not have, or without end, deep nesting."""

import json
from typing import Any

from hypothesis import strategies as st

LONG_NUMBERS = {f"<{digits} digits>": "7" * digits for digits in (300, 400, 4299, 4301)}
DEEP = {f"<{depth} deep>": '{"a":[' * depth + "]}" * depth for depth in (40, 63, 64, 65, 120, 2000)}

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "\x00", "\x1b[31m", "\u202e", "NaN", '"[[', "2026-13-45", "COMPLETED"])
    | st.sampled_from([*LONG_NUMBERS, *DEEP])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


def as_text(value: Any) -> str:
    """A value as JSON, or nearly; each placeholder becomes the number or the nesting that it names."""
    text = json.dumps(value)
    for name, written in (LONG_NUMBERS | DEEP).items():
        text = text.replace(json.dumps(name), written)
    return text


def mutated(body: dict[str, Any], odd: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """A body in which some members have odd values, and to which others were added."""
    return {**more, **body, **odd}
